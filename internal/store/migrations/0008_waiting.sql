-- Since when a change waits for a look (meaningful while generation > evaluated), and when a look ended that was not shown all it asked for (0: it was).
ALTER TABLE change ADD COLUMN waiting_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE change ADD COLUMN unsure_at BIGINT NOT NULL DEFAULT 0;
UPDATE change SET waiting_since = raised_at;
CREATE INDEX change_unfinished ON change (waiting_since) WHERE generation > evaluated;
-- Checks that are shown in progress, to find those that no look will conclude.
CREATE INDEX effect_progress ON effect (created_at) WHERE kind = 'check' AND status = 'in_progress';
