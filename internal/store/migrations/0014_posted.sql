-- The findings of rules that were posted on changes, with the evidence of what became of them.
CREATE TABLE posted (
    change_id   TEXT   NOT NULL,
    fingerprint TEXT   NOT NULL,
    forge       TEXT   NOT NULL,
    repo_id     BIGINT NOT NULL,
    rule        TEXT   NOT NULL,
    path        TEXT   NOT NULL,
    -- What it flags, without its text, and the head on which it was found last.
    anchor      TEXT   NOT NULL,
    head        TEXT   NOT NULL,
    blocked     BIGINT NOT NULL,
    false_alarm BIGINT NOT NULL,
    overridden  BIGINT NOT NULL,
    resolved    BIGINT NOT NULL,
    fate        TEXT   NOT NULL,
    ended       TEXT   NOT NULL,
    posted_at   BIGINT NOT NULL,
    gone_at     BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,
    outcome_at  BIGINT NOT NULL,
    PRIMARY KEY (change_id, fingerprint)
);
CREATE INDEX posted_outcome ON posted (outcome_at);

-- What is counted of each rule by day, in each repository, and in all of them (forge '' and repo_id 0).
CREATE TABLE tally (
    forge   TEXT   NOT NULL,
    repo_id BIGINT NOT NULL,
    day     BIGINT NOT NULL,
    rule    TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (forge, repo_id, day, rule, name)
);
