-- Checks that Lintel runs itself. A run is one check on one head of a change, result what it came to (0: nothing yet).
CREATE TABLE check_run (
    id         BIGINT NOT NULL PRIMARY KEY,
    change_id  TEXT   NOT NULL,
    head       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    scope      TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    run_key    TEXT   NOT NULL,
    spec       BLOB   NOT NULL,
    job        BLOB   NOT NULL,
    result     BIGINT NOT NULL,
    cached     BIGINT NOT NULL,
    made_at    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL
);
CREATE INDEX check_run_change ON check_run (change_id, head);
CREATE INDEX check_run_key ON check_run (run_key) WHERE ended_at = 0;
CREATE INDEX check_run_open ON check_run (changed_at) WHERE ended_at = 0;
CREATE INDEX check_run_result ON check_run (result);

-- Results, which several runs share. Those that are reusable answer runs with the same key.
CREATE TABLE check_result (
    id       BIGINT NOT NULL PRIMARY KEY,
    run_key  TEXT   NOT NULL,
    reusable BIGINT NOT NULL,
    ended    TEXT   NOT NULL,
    tool     TEXT   NOT NULL,
    body     BLOB   NOT NULL,
    took     BIGINT NOT NULL,
    made_at  BIGINT NOT NULL,
    used_at  BIGINT NOT NULL
);
CREATE INDEX check_result_key ON check_result (run_key) WHERE reusable = 1;
CREATE INDEX check_result_used ON check_result (used_at);
