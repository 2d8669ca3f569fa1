-- floor: 37
-- How often a machine began a run without anybody having said since why it did not end: tries that were lost, and the one
-- that runs.
ALTER TABLE check_run ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
