-- Commits on the line of first parents of default branches, as pushes told of them. parent is '' for the first of all.
-- author and paths are salted hashes: paths has eight bytes for each file that the commit touched, sorted.
CREATE TABLE landing (
    forge        TEXT   NOT NULL,
    repo_id      BIGINT NOT NULL,
    sha          TEXT   NOT NULL,
    parent       TEXT   NOT NULL,
    committed_at BIGINT NOT NULL,
    received_at  BIGINT NOT NULL,
    author       TEXT   NOT NULL,
    fix          BIGINT NOT NULL,
    paths        BLOB   NOT NULL,
    PRIMARY KEY (forge, repo_id, sha)
);
CREATE INDEX landing_received ON landing (forge, repo_id, received_at);
