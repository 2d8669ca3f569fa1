-- The merged pull requests of a day as one value, from which figures are counted (internal/flow/daily). It follows from
-- flow_fact: a row goes when a fact of its day changes, and comes back when a sweep packs the day again. form is that of
-- the value.
CREATE TABLE flow_day (
    day   BIGINT NOT NULL PRIMARY KEY,
    form  BIGINT NOT NULL,
    pulls BLOB   NOT NULL
);
-- What figures were read from until now.
DROP INDEX flow_fact_merged;
DROP INDEX flow_fact_merged_totals;
DROP INDEX flow_fact_day;
DROP INDEX flow_fact_repo_merged;
DROP INDEX flow_fact_team;
DROP INDEX flow_fact_repo;
ALTER TABLE flow_fact DROP COLUMN cycle_b;
ALTER TABLE flow_fact DROP COLUMN pickup_b;
ALTER TABLE flow_fact DROP COLUMN review_b;
ALTER TABLE flow_fact DROP COLUMN lead_b;
ALTER TABLE flow_fact DROP COLUMN cycle_bh_b;
ALTER TABLE flow_fact DROP COLUMN pickup_bh_b;
-- With all that counts merges by day.
CREATE INDEX flow_fact_day ON flow_fact (merged_day, base_is_default, forge, repo_id, merged_at);
CREATE INDEX flow_fact_team ON flow_fact (team);
CREATE INDEX flow_fact_repo ON flow_fact (forge, repo_id, merged_day, author_kind);
