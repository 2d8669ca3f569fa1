-- What is remembered of an organisation's file, and the texts of its versions.
CREATE TABLE organisation (
    forge    TEXT   NOT NULL,
    owner_id BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    body     TEXT   NOT NULL,
    PRIMARY KEY (forge, owner_id)
);
CREATE TABLE organisation_file (
    forge    TEXT   NOT NULL,
    owner_id BIGINT NOT NULL,
    blob     TEXT   NOT NULL,
    body     BLOB   NOT NULL,
    seen_at  BIGINT NOT NULL,
    PRIMARY KEY (forge, owner_id, blob)
);
CREATE INDEX repository_owner ON repository (forge, owner_id);
