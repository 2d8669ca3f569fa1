-- The groups that a project is in, as the last look at it read them, the nearest first: ",7,3,". A question mark stands
-- for a project that has moved since.
ALTER TABLE repository ADD COLUMN above TEXT NOT NULL DEFAULT '';
