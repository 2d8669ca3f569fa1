-- floor: 37
-- The oldest program that may run on the schema as a step left it, by the number of that program's own newest step
-- ("-- floor: N" in the first line of its file). A program refused every newer schema before.
ALTER TABLE schema_version ADD COLUMN floor BIGINT NOT NULL DEFAULT 0;
-- What processes judged by (the gate, the policies, the organisation's file), in the order in which it came here first.
CREATE TABLE judged_by (
  id   BIGINT NOT NULL PRIMARY KEY,
  name TEXT   NOT NULL,
  at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX judged_by_name ON judged_by (name);
-- The number of what a process judges by; 0 for one that does not judge.
ALTER TABLE process ADD COLUMN judged_by BIGINT NOT NULL DEFAULT 0;
