-- floor: 37
-- What forges told of how many requests a connection may send, and which of them are left to be handed out to processes;
-- and until when a connection sends none.
CREATE TABLE forge_limit (
  forge        TEXT   NOT NULL,
  connection   BIGINT NOT NULL,
  resource     TEXT   NOT NULL,
  allowed      BIGINT NOT NULL DEFAULT 0,
  remaining    BIGINT NOT NULL DEFAULT 0,
  reset_at     BIGINT NOT NULL DEFAULT 0,
  paused_until BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (forge, connection, resource)
);
CREATE INDEX forge_limit_paused ON forge_limit (paused_until);
