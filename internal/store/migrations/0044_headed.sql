-- floor: 37
-- Since when a change has its remembered head, by the forge's clock (0: not known): whether a comment was written before a
-- push or after it is told by one clock. It counts only where headed_sha is the head: an older program moves that alone.
ALTER TABLE change ADD COLUMN headed_sha TEXT NOT NULL DEFAULT '';
ALTER TABLE change ADD COLUMN headed_at BIGINT NOT NULL DEFAULT 0;
UPDATE change SET headed_sha = head_sha, headed_at = COALESCE(
    (SELECT r.told_at FROM response r WHERE r.change_id = change.id AND r.head = change.head_sha AND r.told_at > 0),
    (SELECT MIN(v.forge_updated) FROM verdict v WHERE v.change_id = change.id AND v.head = change.head_sha), 0)
    WHERE state = 'open';
