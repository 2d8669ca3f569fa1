-- What pages count of merged pull requests, in the order of their merge: with all columns that are summed, so that no row
-- of the table is read. A query names both first columns.
CREATE INDEX flow_fact_merged ON flow_fact (base_is_default, author_kind, merged_at, forge, repo_id, team, cycle_s, pickup_s,
    cycle_b, pickup_b, cycle_bh_s, pickup_bh_s, coding_s, draft_s, review_s, merge_s, unreviewed_s, redraft_s, closed_s,
    deploy_s, merged_unreviewed, reverted, human_comments, size_effective, additions, deletions, change_id)
    WHERE state = 'merged';
CREATE INDEX flow_fact_waiting ON flow_fact (base_is_default, author_kind, opened_at) WHERE state = 'open';
CREATE INDEX flow_fact_team ON flow_fact (team, base_is_default, author_kind, merged_at);
