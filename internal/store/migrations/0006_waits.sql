-- Since when the head of a change waits for reports of CI, and when to look at it again without an event (0: not).
CREATE TABLE report_wait (
    change_id TEXT   NOT NULL PRIMARY KEY,
    sha       TEXT   NOT NULL,
    since     BIGINT NOT NULL,
    due       BIGINT NOT NULL
);
CREATE INDEX report_wait_due ON report_wait (due);
