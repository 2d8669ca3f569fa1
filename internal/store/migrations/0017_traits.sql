-- What targets of an organisation's file go by, as JSON; empty while nothing is known.
ALTER TABLE repository ADD COLUMN traits TEXT NOT NULL DEFAULT '';
