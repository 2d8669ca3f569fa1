-- How far the past of each repository has been read. revision is raised by each change: whoever saves names the one
-- that it read, so that of two readers one goes on. Times are milliseconds, 0 where there is none.
CREATE TABLE backfill (
    forge        TEXT   NOT NULL,
    repo_id      BIGINT NOT NULL,
    installation BIGINT NOT NULL,
    owner        TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    since        BIGINT NOT NULL,
    began_at     BIGINT NOT NULL,
    cursor       TEXT   NOT NULL,
    reached      BIGINT NOT NULL,
    total        BIGINT NOT NULL,
    pulls        BIGINT NOT NULL,
    calls        BIGINT NOT NULL,
    points       BIGINT NOT NULL,
    until        BIGINT NOT NULL,
    why          TEXT   NOT NULL,
    revision     BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (forge, repo_id)
);
