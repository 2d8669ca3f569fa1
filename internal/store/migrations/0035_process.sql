-- The processes that work on the database beside each other. Each holds the PostgreSQL lock whose number is its id for as long as it lives.
CREATE TABLE process (
  id        BIGINT NOT NULL PRIMARY KEY,
  host      TEXT   NOT NULL,
  pid       BIGINT NOT NULL,
  version   TEXT   NOT NULL,
  roles     TEXT   NOT NULL,
  policies  TEXT   NOT NULL,
  began_at  BIGINT NOT NULL,
  beat_at   BIGINT NOT NULL
);
-- What events said is stale in the memory of every process: a team or login of a connection, or all of it.
CREATE TABLE forgotten (
  id         BIGINT NOT NULL PRIMARY KEY,
  forge      TEXT   NOT NULL,
  connection BIGINT NOT NULL,
  subject    TEXT   NOT NULL,
  at         BIGINT NOT NULL
);
CREATE INDEX forgotten_at ON forgotten (at);
