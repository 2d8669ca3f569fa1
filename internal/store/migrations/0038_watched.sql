-- floor: 37
-- What a forge does for a project beside what its webhooks tell: which gate holds merges, and how its webhook to us does.
-- One process asks for it; all show it.
CREATE TABLE watched (
  forge   TEXT   NOT NULL,
  repo_id BIGINT NOT NULL,
  name    TEXT   NOT NULL,
  gate    TEXT   NOT NULL,
  webhook TEXT   NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (forge, repo_id)
);
