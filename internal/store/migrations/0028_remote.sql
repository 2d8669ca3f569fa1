-- What a forge calls that which was posted is a text: not every forge has numbers. thread names its thread, where that
-- has a name of its own.
ALTER TABLE effect ADD COLUMN remote TEXT NOT NULL DEFAULT '';
ALTER TABLE effect ADD COLUMN thread TEXT NOT NULL DEFAULT '';
UPDATE effect SET remote = CAST(remote_id AS TEXT) WHERE remote_id <> 0;
DROP INDEX effect_remote;
CREATE INDEX effect_remote ON effect (forge, repo_id, remote) WHERE kind = 'remark' AND remote <> '';
ALTER TABLE effect DROP COLUMN remote_id;
