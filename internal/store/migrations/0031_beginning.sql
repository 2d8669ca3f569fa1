-- When each repository began with what is rolled out repository by repository: 'lintel' (its first verdict) and 'advice'
-- (its first question to a model). Verdicts and questions end with their retention; this stays.
CREATE TABLE beginning (
    name    TEXT   NOT NULL,
    forge   TEXT   NOT NULL,
    repo_id BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (name, forge, repo_id)
);
