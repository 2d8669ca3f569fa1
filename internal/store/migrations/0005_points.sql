-- What became of each finding: of rules and of advice, with or without an inline comment.
CREATE TABLE point (
    change_id  TEXT   NOT NULL,
    point      TEXT   NOT NULL,
    forge      TEXT   NOT NULL,
    repo_id    BIGINT NOT NULL,
    origin     TEXT   NOT NULL,
    rule       TEXT   NOT NULL,
    category   TEXT   NOT NULL,
    severity   TEXT   NOT NULL,
    path       TEXT   NOT NULL,
    symbol     TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    sha        TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    actor      TEXT   NOT NULL,
    -- 0 when its dismissal no longer counts for what advice is kept silent: somebody lifted that.
    counts     BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (change_id, point)
);
CREATE INDEX point_dismissed ON point (forge, repo_id, changed_at) WHERE state = 'dismissed';
CREATE INDEX point_changed ON point (changed_at);

-- Append-only. A thing that is told twice (a redelivery, a reaction that is read again) has one source and is kept once.
CREATE TABLE outcome (
    id        BIGINT NOT NULL PRIMARY KEY,
    change_id TEXT   NOT NULL,
    point     TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    actor     TEXT   NOT NULL,
    role      TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    sha       TEXT   NOT NULL,
    source    TEXT   NOT NULL
);
CREATE UNIQUE INDEX outcome_once ON outcome (change_id, point, kind, source);
CREATE INDEX outcome_at ON outcome (at);

-- Somebody asked for drafts to be posted; whether that person may is read when the change is looked at.
CREATE TABLE release (
    id          BIGINT NOT NULL PRIMARY KEY,
    change_id   TEXT   NOT NULL,
    sha         TEXT   NOT NULL,
    actor       TEXT   NOT NULL,
    via         TEXT   NOT NULL,
    asked_at    BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    answer      TEXT   NOT NULL
);
CREATE INDEX release_open ON release (change_id) WHERE answered_at = 0;

CREATE INDEX effect_remark ON effect (change_id, name, seq) WHERE kind = 'remark';
CREATE INDEX effect_remote ON effect (forge, repo_id, remote_id) WHERE kind = 'remark' AND remote_id <> 0;
