-- Overrides: permissions of people to merge although a rule refuses. body is the whole override.
CREATE TABLE override (
    id         BIGINT NOT NULL PRIMARY KEY,
    change_id  TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    rule       TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    -- When it ends by the clock; 0: never.
    until      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    ended_by   TEXT   NOT NULL
);
CREATE INDEX override_change ON override (change_id, id);
CREATE INDEX override_until ON override (until) WHERE ended_at = 0 AND until > 0;
