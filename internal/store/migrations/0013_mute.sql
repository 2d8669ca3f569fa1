-- Mutes: what a rule remarks on a change is hidden until a time. body is the whole mute.
CREATE TABLE mute (
    id        BIGINT NOT NULL PRIMARY KEY,
    change_id TEXT   NOT NULL,
    rule      TEXT   NOT NULL,
    body      TEXT   NOT NULL,
    until     BIGINT NOT NULL,
    ended_at  BIGINT NOT NULL,
    ended_by  TEXT   NOT NULL
);
CREATE INDEX mute_change ON mute (change_id, id);

-- Findings that people called false alarms by a command. ended_at 0: it stands.
CREATE TABLE false_alarm (
    change_id   TEXT   NOT NULL,
    fingerprint TEXT   NOT NULL,
    rule        TEXT   NOT NULL,
    actor       TEXT   NOT NULL,
    category    TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    head        TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL,
    ended_by    TEXT   NOT NULL,
    PRIMARY KEY (change_id, fingerprint)
);
