-- Uses of the operator's switch. installation and repo_id 0: all; ended_at 0: it stands.
CREATE TABLE gate_switch (
    id           BIGINT NOT NULL PRIMARY KEY,
    state        TEXT   NOT NULL,
    forge        TEXT   NOT NULL,
    installation BIGINT NOT NULL,
    repo_id      BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    reason       TEXT   NOT NULL,
    actor        TEXT   NOT NULL,
    began_at     BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    ended_by     TEXT   NOT NULL
);
CREATE INDEX gate_switch_standing ON gate_switch (id) WHERE ended_at = 0;

-- The verdicts that a switch turned, for a second look. ref is the change as people call it, in JSON.
CREATE TABLE gate_verdict (
    switch_id BIGINT NOT NULL,
    change_id TEXT   NOT NULL,
    sha       TEXT   NOT NULL,
    ref       TEXT   NOT NULL,
    passed    BIGINT NOT NULL,
    problems  BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (switch_id, change_id, sha)
);
CREATE INDEX gate_verdict_at ON gate_verdict (at);
