-- floor: 37
-- Which verdict needs a document, asked for a few documents at a time instead of for all at once (docs/adr/0106).
CREATE INDEX verdict_facts ON verdict (facts);
CREATE INDEX verdict_decision ON verdict (decision);
CREATE INDEX verdict_settings ON verdict (settings);
CREATE INDEX verdict_policy ON verdict (policy);
