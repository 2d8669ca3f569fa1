-- Sign-ins that have begun, by the hash of what the browser holds. Each is taken once.
CREATE TABLE signin (
    hash     TEXT   NOT NULL PRIMARY KEY,
    body     TEXT   NOT NULL,
    began_at BIGINT NOT NULL
);
CREATE INDEX signin_began ON signin (began_at);

-- People who signed in, by the hash of what the browser holds.
CREATE TABLE session (
    hash     TEXT   NOT NULL PRIMARY KEY,
    person   TEXT   NOT NULL,
    began_at BIGINT NOT NULL,
    seen_at  BIGINT NOT NULL
);
CREATE INDEX session_began ON session (began_at);
