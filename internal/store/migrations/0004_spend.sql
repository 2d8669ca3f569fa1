-- What each call of a model cost: reserved before it, settled after. A reservation that nobody settles ends by itself.
CREATE TABLE spend (
    id          BIGINT NOT NULL PRIMARY KEY,
    forge       TEXT   NOT NULL,
    repo_id     BIGINT NOT NULL,
    change_id   TEXT   NOT NULL,
    head        TEXT   NOT NULL,
    day         TEXT   NOT NULL,
    purpose     TEXT   NOT NULL,
    model       TEXT   NOT NULL,
    outcome     TEXT   NOT NULL,
    tokens      BIGINT NOT NULL,
    micro       BIGINT NOT NULL,
    priced      BIGINT NOT NULL,
    estimate_in BIGINT NOT NULL,
    tokens_in   BIGINT NOT NULL,
    cached_in   BIGINT NOT NULL,
    tokens_out  BIGINT NOT NULL,
    reasoning   BIGINT NOT NULL,
    reserved_at BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    settled_at  BIGINT NOT NULL
);
CREATE INDEX spend_change ON spend (change_id, head);
CREATE INDEX spend_repository ON spend (day, forge, repo_id);
CREATE INDEX spend_model ON spend (model, settled_at);
CREATE INDEX spend_reserved ON spend (reserved_at);

-- Answers by the content of their question, never shared between installations.
CREATE TABLE answer (
    forge        TEXT   NOT NULL,
    installation BIGINT NOT NULL,
    question     TEXT   NOT NULL,
    body         BLOB   NOT NULL,
    made_at      BIGINT NOT NULL,
    PRIMARY KEY (forge, installation, question)
);
CREATE INDEX answer_made ON answer (made_at);
