-- floor: 37
-- What the sweeps and pages of a large record look for without reading a whole table (docs/adr/0103).
CREATE INDEX tally_day ON tally (day, name, forge, repo_id);
DROP INDEX change_open;
CREATE INDEX change_open ON change (forge, repo_id) WHERE state = 'open';
CREATE INDEX release_asked ON release (asked_at);
CREATE INDEX override_created ON override (created_at);
CREATE INDEX mute_until ON mute (until);
CREATE INDEX false_alarm_at ON false_alarm (at);
CREATE INDEX report_wait_since ON report_wait (since);
CREATE INDEX check_run_changed ON check_run (changed_at);
CREATE INDEX landing_at ON landing (received_at);
CREATE INDEX evidence_created ON evidence (created_at);
CREATE INDEX deployment_counted ON deployment (service) WHERE counted = 1;
