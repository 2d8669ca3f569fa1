-- The audit log: a chain of records, each sealed with the hash of the one before. body is the record as it is exported;
-- the other columns repeat parts of it, to find records by.
CREATE TABLE audit (
    seq       BIGINT NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    act       TEXT   NOT NULL,
    forge     TEXT   NOT NULL,
    repo_id   BIGINT NOT NULL,
    change_id TEXT   NOT NULL,
    body      TEXT   NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_repo ON audit (forge, repo_id, seq);

-- Where the chain ends ('newest'), and the last record that was deleted because of its age ('pruned').
CREATE TABLE audit_end (
    name TEXT   NOT NULL PRIMARY KEY,
    seq  BIGINT NOT NULL,
    hash TEXT   NOT NULL
);
