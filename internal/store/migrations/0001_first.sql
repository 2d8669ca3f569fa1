-- One portable schema: TEXT, BIGINT (times are milliseconds since 1970, UTC) and BLOB; ids are made in Go.
CREATE TABLE repository (
    forge          TEXT   NOT NULL,
    id             BIGINT NOT NULL,
    installation   BIGINT NOT NULL,
    owner          TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    private        BIGINT NOT NULL,
    default_branch TEXT   NOT NULL,
    gone           BIGINT NOT NULL,
    scanned_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (forge, id)
);
CREATE INDEX repository_name ON repository (forge, lower(owner), lower(name));
CREATE INDEX repository_installation ON repository (forge, installation);

CREATE TABLE delivery (
    id           TEXT   NOT NULL PRIMARY KEY,
    forge        TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    action       TEXT   NOT NULL,
    installation BIGINT NOT NULL,
    repo_id      BIGINT NOT NULL,
    sender       TEXT   NOT NULL,
    outcome      TEXT   NOT NULL,
    reason       TEXT   NOT NULL,
    received_at  BIGINT NOT NULL
);
CREATE INDEX delivery_received ON delivery (received_at);

CREATE TABLE change (
    id           TEXT   NOT NULL PRIMARY KEY,
    forge        TEXT   NOT NULL,
    repo_id      BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    installation BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    target       TEXT   NOT NULL,
    head_sha     TEXT   NOT NULL,
    head_ref     TEXT   NOT NULL,
    base_sha     TEXT   NOT NULL,
    base_ref     TEXT   NOT NULL,
    merge_group  TEXT   NOT NULL,
    draft        BIGINT NOT NULL,
    teams        TEXT   NOT NULL,
    generation   BIGINT NOT NULL,
    evaluated    BIGINT NOT NULL,
    forced       BIGINT NOT NULL,
    raised_at    BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE INDEX change_target ON change (forge, repo_id, target);
CREATE INDEX change_open ON change (forge, repo_id, state);
CREATE INDEX change_number ON change (forge, repo_id, number);
CREATE INDEX change_raised ON change (raised_at DESC, id);
CREATE INDEX change_installation ON change (forge, installation, state);
CREATE INDEX change_waiting ON change (forge, installation) WHERE generation > evaluated;

CREATE TABLE verdict (
    id            BIGINT NOT NULL PRIMARY KEY,
    change_id     TEXT   NOT NULL,
    generation    BIGINT NOT NULL,
    target        TEXT   NOT NULL,
    head          TEXT   NOT NULL,
    base_ref      TEXT   NOT NULL,
    base_sha      TEXT   NOT NULL,
    merge_base    TEXT   NOT NULL,
    conclusion    TEXT   NOT NULL,
    digest        TEXT   NOT NULL,
    facts         TEXT   NOT NULL,
    policy        TEXT   NOT NULL,
    settings      TEXT   NOT NULL,
    decision      TEXT   NOT NULL,
    engine        TEXT   NOT NULL,
    controls      TEXT   NOT NULL,
    control_files TEXT   NOT NULL,
    title         TEXT   NOT NULL,
    forge_updated BIGINT NOT NULL,
    taken_at      BIGINT NOT NULL,
    decided_at    BIGINT NOT NULL
);
CREATE INDEX verdict_change ON verdict (change_id, id);
CREATE INDEX verdict_decided ON verdict (decided_at);

CREATE TABLE evidence (
    digest     TEXT   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL,
    body       BLOB   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE effect (
    key        TEXT   NOT NULL PRIMARY KEY,
    change_id  TEXT   NOT NULL,
    forge      TEXT   NOT NULL,
    repo_id    BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    sha        TEXT   NOT NULL,
    status     TEXT   NOT NULL,
    digest     TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    error      TEXT   NOT NULL,
    remote_id  BIGINT NOT NULL,
    url        TEXT   NOT NULL,
    found      BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    done_at    BIGINT NOT NULL
);
CREATE INDEX effect_change ON effect (change_id, seq);
CREATE INDEX effect_sha ON effect (forge, repo_id, sha, name, seq);
CREATE INDEX effect_pending ON effect (done_at, created_at);

CREATE TABLE history (
    id        BIGINT NOT NULL PRIMARY KEY,
    change_id TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    detail    TEXT   NOT NULL,
    delivery  TEXT   NOT NULL,
    sha       TEXT   NOT NULL,
    actor     TEXT   NOT NULL
);
CREATE INDEX history_change ON history (change_id, id);
CREATE INDEX history_at ON history (at);

-- What the forge told and can never change (a blob by its id), so that it is read once.
CREATE TABLE kept (
    kind    TEXT   NOT NULL,
    key     TEXT   NOT NULL,
    body    BLOB   NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX kept_used ON kept (used_at);

CREATE TABLE mark (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
