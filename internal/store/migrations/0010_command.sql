-- What people asked for in comments. The key makes one of however many events tell of it: a command is carried out once.
CREATE TABLE command (
    change_id   TEXT   NOT NULL,
    place       TEXT   NOT NULL,
    comment_id  BIGINT NOT NULL,
    line        TEXT   NOT NULL,
    id          BIGINT NOT NULL,
    body        TEXT   NOT NULL,
    actor       TEXT   NOT NULL,
    -- The head that it was written on; empty when nobody knows.
    head        TEXT   NOT NULL,
    written_at  BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    good        BIGINT NOT NULL,
    answer      TEXT   NOT NULL,
    -- When the comment got its reaction; 0: not yet.
    reacted_at  BIGINT NOT NULL,
    PRIMARY KEY (change_id, place, comment_id, line)
);
CREATE INDEX command_change ON command (change_id, id);
CREATE UNIQUE INDEX command_id ON command (id);
CREATE INDEX command_written ON command (written_at);
