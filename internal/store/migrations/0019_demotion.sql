-- Rules of whose findings people did not want enough in a repository, with the evidence of the newest look at it.
CREATE TABLE demotion (
    forge      TEXT   NOT NULL,
    repo_id    BIGINT NOT NULL,
    rule       TEXT   NOT NULL,
    decided    BIGINT NOT NULL,
    unwanted   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When a verdict first rested on it, because the settings let rules be demoted; 0: none did.
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (forge, repo_id, rule)
);
