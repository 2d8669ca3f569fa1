-- The past of deployments, releases and incidents is read after that of pull requests: production is how far, unread what
-- the forge does not show. What was complete before is not any more: it goes on with production alone.
ALTER TABLE backfill ADD COLUMN production TEXT NOT NULL DEFAULT '';
ALTER TABLE backfill ADD COLUMN unread TEXT NOT NULL DEFAULT '';
UPDATE backfill SET state = 'reading', production = 'first' WHERE state = 'complete';
