-- When Lintel heard of each head of a pull request. What followed is in the tables effect, verdict and consult.
CREATE TABLE response (
    change_id   TEXT   NOT NULL,
    head        TEXT   NOT NULL,
    forge       TEXT   NOT NULL,
    repo_id     BIGINT NOT NULL,
    -- The forge's time of the event (0: not known), when the delivery came, and when it was stored.
    told_at     BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    stored_at   BIGINT NOT NULL,
    -- 1 when a sweep found the head before a delivery told of it.
    lost        BIGINT NOT NULL,
    PRIMARY KEY (change_id, head)
);
CREATE INDEX response_received ON response (received_at);
