-- floor: 37
-- The gate of a project as it was shown last, however long ago: a change of gates across a time in which nobody showed it
-- is one, too.
ALTER TABLE watched ADD COLUMN held TEXT NOT NULL DEFAULT '';
UPDATE watched SET held = gate;
-- What the note on a change says of its gate, for all processes; a question mark where nobody knows.
ALTER TABLE change ADD COLUMN gate_note TEXT NOT NULL DEFAULT '?';
