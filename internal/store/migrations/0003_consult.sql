-- Requests for a language model's advice. The input (redacted code) is there between two steps alone and erased when the model has answered.
CREATE TABLE consult (
    id         BIGINT NOT NULL PRIMARY KEY,
    change_id  TEXT   NOT NULL,
    head       TEXT   NOT NULL,
    merge_base TEXT   NOT NULL,
    scope      TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    asked      BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    input      BLOB   NOT NULL,
    result     BLOB   NOT NULL,
    since      BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    made_at    BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL
);
CREATE INDEX consult_change ON consult (change_id, id);
CREATE INDEX consult_live ON consult (due_at) WHERE ended_at = 0;
CREATE INDEX consult_ended ON consult (ended_at);
