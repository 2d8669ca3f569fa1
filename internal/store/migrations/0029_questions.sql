-- 1 for a retry or a repair of a question: the cap on calls counts questions.
ALTER TABLE spend ADD COLUMN again BIGINT NOT NULL DEFAULT 0;
