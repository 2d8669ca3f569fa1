-- How often what targets of an organisation's file go by changed since somebody acted on it.
ALTER TABLE repository ADD COLUMN moved BIGINT NOT NULL DEFAULT 0;
