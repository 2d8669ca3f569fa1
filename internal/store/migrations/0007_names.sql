-- Every name that a repository was seen under, in lower case. Links to pages hold the name of their day; the change is found by any of them.
CREATE TABLE known_name (
    forge   TEXT   NOT NULL,
    owner   TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    repo_id BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (forge, owner, name, repo_id)
);
INSERT INTO known_name (forge, owner, name, repo_id, seen_at)
SELECT forge, lower(owner), lower(name), id, updated_at FROM repository;
