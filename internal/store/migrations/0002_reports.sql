-- Who owns a repository, by id: a token of CI is believed only when it names both.
ALTER TABLE repository ADD COLUMN owner_id BIGINT NOT NULL DEFAULT 0;

-- One report in its place. A newer one replaces it.
CREATE TABLE report (
    forge       TEXT   NOT NULL,
    repo_id     BIGINT NOT NULL,
    sha         TEXT   NOT NULL,
    scope       TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    flag        TEXT   NOT NULL,
    part        TEXT   NOT NULL,
    measured    TEXT   NOT NULL,
    run         TEXT   NOT NULL,
    attempt     BIGINT NOT NULL,
    job         TEXT   NOT NULL,
    sender      TEXT   NOT NULL,
    trust       TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    first_at    BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    body        BLOB   NOT NULL,
    PRIMARY KEY (forge, repo_id, sha, scope, kind, flag, part)
);
CREATE INDEX report_scope ON report (forge, repo_id, scope, received_at);
CREATE INDEX report_received ON report (received_at);

-- Reports as they came, for whoever wants to know why one was read as it was.
CREATE TABLE report_raw (
    digest     TEXT   NOT NULL PRIMARY KEY,
    encoding   TEXT   NOT NULL,
    body       BLOB   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX report_raw_created ON report_raw (created_at);

-- Tokens that may be used once, until they expire.
CREATE TABLE token_used (
    issuer     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    digest     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, id)
);
CREATE INDEX token_used_expires ON token_used (expires_at);

-- Upload tokens of repositories. Only a digest of the secret is kept.
CREATE TABLE upload_token (
    id         TEXT   NOT NULL PRIMARY KEY,
    forge      TEXT   NOT NULL,
    repo_id    BIGINT NOT NULL,
    hash       TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    base       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
);
CREATE INDEX upload_token_repository ON upload_token (forge, repo_id, created_at);

-- Finished runs of forks whose artifacts may hold reports and were not looked at yet.
CREATE TABLE ci_run (
    forge        TEXT   NOT NULL,
    repo_id      BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    attempt      BIGINT NOT NULL,
    installation BIGINT NOT NULL,
    sha          TEXT   NOT NULL,
    fork         BIGINT NOT NULL,
    collected    BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    PRIMARY KEY (forge, repo_id, id)
);
CREATE INDEX ci_run_commit ON ci_run (forge, repo_id, sha, collected);
CREATE INDEX ci_run_seen ON ci_run (seen_at);
