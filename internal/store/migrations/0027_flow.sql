-- What a page reads of one repository, in the order of the merge.
CREATE INDEX flow_fact_repo_merged ON flow_fact (forge, repo_id, base_is_default, author_kind, merged_at) WHERE state = 'merged';

-- Buckets by the business clock. A fact has them once it was derived anew, or never when its events are past their retention.
ALTER TABLE flow_fact ADD COLUMN cycle_bh_b BIGINT;
ALTER TABLE flow_fact ADD COLUMN pickup_bh_b BIGINT;
-- Percentiles and totals have an index each: PostgreSQL takes 32 columns in one. Both have the state, too: SQLite takes
-- columns after the 63rd from an index only when all columns of a query are in it.
DROP INDEX flow_fact_merged;
CREATE INDEX flow_fact_merged ON flow_fact (base_is_default, author_kind, merged_at, forge, repo_id, team, cycle_s, pickup_s,
    cycle_b, pickup_b, cycle_bh_s, pickup_bh_s, cycle_bh_b, pickup_bh_b, size_effective, additions, deletions,
    merged_unreviewed, change_id, state)
    WHERE state = 'merged';
CREATE INDEX flow_fact_merged_totals ON flow_fact (base_is_default, author_kind, merged_at, forge, repo_id, team, coding_s,
    draft_s, pickup_s, review_s, merge_s, unreviewed_s, redraft_s, closed_s, deploy_s, merged_unreviewed, reverted,
    human_comments, size_effective, additions, deletions, rounds, commits_after_review, replaced_lines, replaced_lines_21d,
    replaced_lines_30d, state)
    WHERE state = 'merged';

-- An incident that was withdrawn stays as a row, so that an older delivery that comes late does not bring it back. told_at
-- is when the forge said what the row has.
ALTER TABLE incident ADD COLUMN withdrawn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
