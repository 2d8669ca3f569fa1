-- What happened to pull requests, and what follows from it: one row of flow_fact for each, derived from its events.
-- event_key is the same whoever tells of an event. change_id is '' for an event about the commit sha that names no
-- pull request. detail is JSON and is read by no query. *_at are milliseconds, *_s seconds, *_day days since 1970, UTC;
-- *_b are logarithmic buckets. What is NULL is not known or does not apply.
CREATE TABLE flow_event (
    event_key   TEXT   NOT NULL PRIMARY KEY,
    change_id   TEXT   NOT NULL,
    forge       TEXT   NOT NULL,
    repo_id     BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    actor_id    BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    source      TEXT   NOT NULL,
    sha         TEXT   NOT NULL,
    detail      TEXT   NOT NULL
);
CREATE INDEX flow_event_change ON flow_event (change_id, at);
CREATE INDEX flow_event_sha ON flow_event (forge, repo_id, sha) WHERE sha <> '';
CREATE INDEX flow_event_at ON flow_event (at);

-- Accounts. kind is 'human', 'bot', 'ai' or 'ghost'; erased is 1 when the name was taken away on request.
CREATE TABLE actor (
    forge       TEXT   NOT NULL,
    id          BIGINT NOT NULL,
    login       TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    kind_source TEXT   NOT NULL,
    erased      BIGINT NOT NULL,
    PRIMARY KEY (forge, id)
);

CREATE TABLE flow_fact (
    change_id            TEXT   NOT NULL PRIMARY KEY,
    forge                TEXT   NOT NULL,
    repo_id              BIGINT NOT NULL,
    number               BIGINT NOT NULL,
    team                 TEXT   NOT NULL,
    author_id            BIGINT NOT NULL,
    author_kind          TEXT   NOT NULL,
    state                TEXT   NOT NULL,
    draft                BIGINT NOT NULL,
    fork                 BIGINT NOT NULL,
    base                 TEXT   NOT NULL,
    base_is_default      BIGINT NOT NULL,
    branch               TEXT   NOT NULL,
    head_sha             TEXT   NOT NULL,
    merge_sha            TEXT   NOT NULL,
    labels               TEXT   NOT NULL,
    reviewers            TEXT   NOT NULL,
    waits_for            TEXT   NOT NULL,
    first_commit_at      BIGINT,
    opened_at            BIGINT NOT NULL,
    ready_at             BIGINT,
    requested_at         BIGINT,
    first_response_at    BIGINT,
    first_review_at      BIGINT,
    approved_at          BIGINT,
    merged_at            BIGINT,
    closed_at            BIGINT,
    deployed_at          BIGINT,
    waiting_since        BIGINT,
    last_event_at        BIGINT NOT NULL,
    opened_day           BIGINT NOT NULL,
    closed_day           BIGINT,
    merged_day           BIGINT,
    deployed_day         BIGINT,
    coding_s             BIGINT,
    draft_s              BIGINT,
    pickup_s             BIGINT,
    review_s             BIGINT,
    merge_s              BIGINT,
    queue_s              BIGINT,
    unreviewed_s         BIGINT,
    redraft_s            BIGINT,
    closed_s             BIGINT,
    deploy_s             BIGINT,
    cycle_s              BIGINT,
    lead_s               BIGINT,
    pickup_bh_s          BIGINT,
    review_bh_s          BIGINT,
    cycle_bh_s           BIGINT,
    cycle_b              BIGINT,
    pickup_b             BIGINT,
    review_b             BIGINT,
    lead_b               BIGINT,
    additions            BIGINT,
    deletions            BIGINT,
    size_effective       BIGINT,
    files                BIGINT,
    rounds               BIGINT NOT NULL,
    reviews              BIGINT NOT NULL,
    human_comments       BIGINT NOT NULL,
    bot_comments         BIGINT NOT NULL,
    commits_after_review BIGINT,
    lines_after_review   BIGINT,
    force_pushes         BIGINT NOT NULL,
    reopens              BIGINT NOT NULL,
    replaced_lines       BIGINT,
    replaced_lines_21d   BIGINT,
    replaced_lines_30d   BIGINT,
    merged_unreviewed    BIGINT NOT NULL,
    self_merged          BIGINT NOT NULL,
    stacked              BIGINT NOT NULL,
    reverts              BIGINT NOT NULL,
    reverted_by          BIGINT NOT NULL,
    reverted             BIGINT NOT NULL,
    complete             BIGINT NOT NULL,
    def_version          BIGINT NOT NULL
);
CREATE INDEX flow_fact_day ON flow_fact (merged_day, author_kind, repo_id, team, cycle_b, pickup_b, review_b);
CREATE INDEX flow_fact_repo ON flow_fact (forge, repo_id, merged_day, author_kind, cycle_b, pickup_b);
CREATE INDEX flow_fact_merge ON flow_fact (forge, repo_id, merge_sha) WHERE merge_sha <> '';
CREATE INDEX flow_fact_open ON flow_fact (state, opened_at) WHERE state = 'open';
CREATE INDEX flow_fact_version ON flow_fact (def_version);
