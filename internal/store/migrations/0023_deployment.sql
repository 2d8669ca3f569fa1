-- Deployments and incidents, for the five metrics of DORA. A deployment brings the pull requests that were merged after
-- from_at up to upto_at (milliseconds); both are NULL while nobody knows which commit sha is. failed, rework and
-- recovered_at follow from the other rows, and so do failed_by and rework_by, which say why. counted is 0 for a row that is
-- none of its own: a failed run, the same commit again, another environment, a source that a better one stands beside.
CREATE TABLE deployment (
    id            TEXT   NOT NULL PRIMARY KEY,
    forge         TEXT   NOT NULL,
    repo_id       BIGINT NOT NULL,
    service       TEXT   NOT NULL,
    environment   TEXT   NOT NULL,
    production    BIGINT NOT NULL,
    source        TEXT   NOT NULL,
    sha           TEXT   NOT NULL,
    result        TEXT   NOT NULL,
    unplanned     BIGINT,
    started_at    BIGINT,
    finished_at   BIGINT NOT NULL,
    finished_day  BIGINT NOT NULL,
    from_at       BIGINT,
    upto_at       BIGINT,
    counted       BIGINT NOT NULL,
    failed        BIGINT NOT NULL,
    failed_by     TEXT   NOT NULL,
    rework        BIGINT NOT NULL,
    rework_by     TEXT   NOT NULL,
    recovered_at  BIGINT,
    received_at   BIGINT NOT NULL
);
CREATE INDEX deployment_service ON deployment (forge, repo_id, service, finished_at);
CREATE INDEX deployment_finished ON deployment (finished_at);
CREATE INDEX deployment_upto ON deployment (forge, repo_id, upto_at);
CREATE INDEX deployment_sha ON deployment (forge, repo_id, sha);
CREATE INDEX flow_fact_deployed ON flow_fact (deployed_at) WHERE deployed_at IS NOT NULL;

CREATE TABLE incident (
    id          TEXT   NOT NULL PRIMARY KEY,
    forge       TEXT   NOT NULL,
    repo_id     BIGINT NOT NULL,
    service     TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    deployment  TEXT   NOT NULL,
    opened_at   BIGINT NOT NULL,
    resolved_at BIGINT,
    received_at BIGINT NOT NULL
);
CREATE INDEX incident_service ON incident (forge, repo_id, service, opened_at);

-- For other programs, read only. The columns of a view never change; another meaning is another view.
CREATE VIEW v_pr_v1 AS SELECT
    f.change_id,
    f.forge,
    f.repo_id,
    r.owner,
    r.name,
    f.number,
    f.team,
    f.author_kind,
    f.state,
    f.draft,
    f.fork,
    f.base,
    f.base_is_default,
    f.stacked,
    f.labels,
    f.waits_for,
    f.first_commit_at,
    f.opened_at,
    f.ready_at,
    f.requested_at,
    f.first_response_at,
    f.approved_at,
    f.merged_at,
    f.closed_at,
    f.deployed_at,
    f.opened_day,
    f.merged_day,
    f.closed_day,
    f.deployed_day,
    f.additions,
    f.deletions,
    f.files,
    f.reverts,
    f.reverted_by,
    f.replaced_lines,
    f.complete,
    f.cycle_s,
    f.coding_s,
    f.draft_s,
    f.pickup_s,
    f.review_s,
    f.merge_s,
    f.queue_s,
    f.unreviewed_s,
    f.redraft_s,
    f.closed_s,
    f.deploy_s,
    f.first_review_at,
    f.cycle_bh_s,
    f.pickup_bh_s,
    f.review_bh_s,
    f.size_effective,
    f.human_comments,
    f.bot_comments,
    f.rounds,
    f.commits_after_review,
    f.lines_after_review,
    f.replaced_lines_21d,
    f.replaced_lines_30d,
    f.reviews,
    f.merged_unreviewed,
    f.self_merged,
    f.waiting_since,
    f.force_pushes,
    f.reopens,
    f.reverted,
    f.lead_s
FROM flow_fact f LEFT JOIN repository r ON r.forge = f.forge AND r.id = f.repo_id;
CREATE VIEW v_deploy_v1 AS SELECT
    d.id, d.forge, d.repo_id, r.owner, r.name, d.service, d.environment, d.source, d.sha, d.result, d.started_at, d.finished_at,
    d.finished_day, d.failed, d.failed_by, d.rework, d.rework_by, d.recovered_at
FROM deployment d LEFT JOIN repository r ON r.forge = d.forge AND r.id = d.repo_id WHERE d.counted = 1;
