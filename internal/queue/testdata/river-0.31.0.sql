-- The queue's tables and jobs as River v0.31.0 left them: a look that waits, one that was running when the process died, one that
-- waits for its retry, one that is done, a scan and a step of advice.
CREATE TABLE river_queue (
    name text PRIMARY KEY NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    metadata blob NOT NULL DEFAULT (json('{}')),
    paused_at timestamp,
    updated_at timestamp NOT NULL
);
CREATE TABLE river_leader (
    elected_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    leader_id text NOT NULL,
    name text PRIMARY KEY NOT NULL DEFAULT 'default' CHECK (name = 'default'),
    CONSTRAINT name_length CHECK (length(name) > 0 AND length(name) < 128),
    CONSTRAINT leader_id_length CHECK (length(leader_id) > 0 AND length(leader_id) < 128)
);
CREATE TABLE river_migration (
    line text NOT NULL,
    version integer NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT line_length CHECK (length(line) > 0 AND length(line) < 128),
    CONSTRAINT version_gte_1 CHECK (version >= 1),
    PRIMARY KEY (line, version)
);
CREATE TABLE river_client (
    id text PRIMARY KEY NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    metadata blob NOT NULL DEFAULT (json('{}')),
    paused_at timestamp,
    updated_at timestamp NOT NULL,
    CONSTRAINT name_length CHECK (length(id) > 0 AND length(id) < 128)
);
CREATE TABLE river_client_queue (
    river_client_id text NOT NULL REFERENCES river_client (id) ON DELETE CASCADE,
    name text NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    max_workers integer NOT NULL DEFAULT 0,
    metadata blob NOT NULL DEFAULT (json('{}')),
    num_jobs_completed integer NOT NULL DEFAULT 0,
    num_jobs_running integer NOT NULL DEFAULT 0,
    updated_at timestamp NOT NULL,
    PRIMARY KEY (river_client_id, name),
    CONSTRAINT name_length CHECK (length(name) > 0 AND length(name) < 128),
    CONSTRAINT num_jobs_completed_zero_or_positive CHECK (num_jobs_completed >= 0),
    CONSTRAINT num_jobs_running_zero_or_positive CHECK (num_jobs_running >= 0)
);
CREATE TABLE river_job (
    id integer PRIMARY KEY, -- SQLite makes this autoincrementing automatically
    args blob NOT NULL DEFAULT '{}',
    attempt integer NOT NULL DEFAULT 0,
    attempted_at timestamp,
    attempted_by blob, -- json
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    errors blob, -- json
    finalized_at timestamp,
    kind text NOT NULL,
    max_attempts integer NOT NULL,
    metadata blob NOT NULL DEFAULT (json('{}')),
    priority integer NOT NULL DEFAULT 1,
    queue text NOT NULL DEFAULT 'default',
    state text NOT NULL DEFAULT 'available',
    scheduled_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    tags blob NOT NULL DEFAULT (json('[]')),
    unique_key blob,
    unique_states integer,
    CONSTRAINT finalized_or_finalized_at_null CHECK (
        (finalized_at IS NULL AND state NOT IN ('cancelled', 'completed', 'discarded')) OR
        (finalized_at IS NOT NULL AND state IN ('cancelled', 'completed', 'discarded'))
    ),
    CONSTRAINT priority_in_range CHECK (priority >= 1 AND priority <= 4),
    CONSTRAINT queue_length CHECK (length(queue) > 0 AND length(queue) < 128),
    CONSTRAINT kind_length CHECK (length(kind) > 0 AND length(kind) < 128),
    CONSTRAINT state_valid CHECK (state IN ('available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled'))
);
CREATE INDEX river_job_kind ON river_job (kind);
CREATE INDEX river_job_state_and_finalized_at_index ON river_job (state, finalized_at) WHERE finalized_at IS NOT NULL;
CREATE INDEX river_job_prioritized_fetching_index ON river_job (state, queue, priority, scheduled_at, id);
CREATE UNIQUE INDEX river_job_unique_idx ON river_job (unique_key)
    WHERE unique_key IS NOT NULL
        AND unique_states IS NOT NULL
        AND CASE state
            WHEN 'available' THEN unique_states & (1 << 0)
            WHEN 'cancelled' THEN unique_states & (1 << 1)
            WHEN 'completed' THEN unique_states & (1 << 2)
            WHEN 'discarded' THEN unique_states & (1 << 3)
            WHEN 'pending'   THEN unique_states & (1 << 4)
            WHEN 'retryable' THEN unique_states & (1 << 5)
            WHEN 'running'   THEN unique_states & (1 << 6)
            WHEN 'scheduled' THEN unique_states & (1 << 7)
            ELSE 0
        END >= 1;
INSERT INTO river_migration (line, version, created_at) VALUES ('main', 1, '2026-11-28 11:00:10');
INSERT INTO river_migration (line, version, created_at) VALUES ('main', 2, '2026-11-28 11:00:10');
INSERT INTO river_migration (line, version, created_at) VALUES ('main', 3, '2026-11-28 11:00:10');
INSERT INTO river_migration (line, version, created_at) VALUES ('main', 4, '2026-11-28 11:00:10');
INSERT INTO river_migration (line, version, created_at) VALUES ('main', 5, '2026-11-28 11:00:10');
INSERT INTO river_migration (line, version, created_at) VALUES ('main', 6, '2026-11-28 11:00:10');
INSERT INTO river_job (id, args, attempt, attempted_at, attempted_by, created_at, errors, finalized_at, kind, max_attempts, metadata, priority, queue, state, scheduled_at, tags, unique_key, unique_states) VALUES (1, X'7B226B6579223A226769746875623A372331227D', 0, NULL, NULL, '2026-11-28 11:00:10.407', NULL, NULL, 'look', 10, '{"river:unique_nonce":"0c4cbe516f8b0c91"}', 1, 'look', 'available', '2026-11-28 11:00:10.407', '[]', X'091B98299905522B72196B2C61E2AD6EFD0DB230E57F8C299BD1AC91512F08C1', 241);
INSERT INTO river_job (id, args, attempt, attempted_at, attempted_by, created_at, errors, finalized_at, kind, max_attempts, metadata, priority, queue, state, scheduled_at, tags, unique_key, unique_states) VALUES (2, X'7B226B6579223A226769746875623A372332227D', 1, '2026-11-28 11:00:10.424', '["old"]', '2026-11-28 11:00:10.424', NULL, NULL, 'look', 10, '{"river:unique_nonce":"5c7c59ce060c945b"}', 2, 'look', 'running', '2026-11-28 11:00:10.424', '[]', X'7405B2270051F235892D61BAC0C45E91B30A58A2A7305076EC9036BF3F228258', 241);
INSERT INTO river_job (id, args, attempt, attempted_at, attempted_by, created_at, errors, finalized_at, kind, max_attempts, metadata, priority, queue, state, scheduled_at, tags, unique_key, unique_states) VALUES (3, X'7B226B6579223A226769746875623A372333227D', 2, '2026-11-28 11:00:10.441', NULL, '2026-11-28 11:00:10.441', '[{"at":"2026-11-27T12:00:00Z","attempt":1,"error":"boom","trace":""}]', NULL, 'look', 10, '{"river:unique_nonce":"a22e187074fc9b91"}', 4, 'look', 'retryable', '2026-11-28 11:00:10.441', '[]', X'2A37484204F8D4BF220F66CCC8979657317EF4DBF0A49AB80C318EA517A3FA3B', 241);
INSERT INTO river_job (id, args, attempt, attempted_at, attempted_by, created_at, errors, finalized_at, kind, max_attempts, metadata, priority, queue, state, scheduled_at, tags, unique_key, unique_states) VALUES (4, X'7B226B6579223A226769746875623A372334227D', 1, '2026-11-28 11:00:10.455', NULL, '2026-11-28 11:00:10.455', NULL, '2026-11-28 11:00:10.455', 'look', 10, '{"river:unique_nonce":"6b6f9110d176a861"}', 1, 'look', 'completed', '2026-11-28 11:00:10.455', '[]', X'AAD1C50D23C7C09E65A07ED0EC3F93C287A68C66533ABF30289235CA31B2C272', 241);
INSERT INTO river_job (id, args, attempt, attempted_at, attempted_by, created_at, errors, finalized_at, kind, max_attempts, metadata, priority, queue, state, scheduled_at, tags, unique_key, unique_states) VALUES (5, X'7B22666F726765223A22676974687562222C22696E7374616C6C6174696F6E223A31312C227265706F5F6964223A302C226272616E6368223A22222C22776879223A2274657374227D', 0, NULL, NULL, '2026-11-28 11:00:10.472', NULL, NULL, 'scan', 10, '{"river:unique_nonce":"a873c884bbd486cd"}', 2, 'sweep', 'available', '2026-11-28 11:00:10.472', '[]', X'98413F79D9EB6A4EF1B8A5384CA6605E3A5181926CBE9B6E958D5794B5E3C135', 241);
INSERT INTO river_job (id, args, attempt, attempted_at, attempted_by, created_at, errors, finalized_at, kind, max_attempts, metadata, priority, queue, state, scheduled_at, tags, unique_key, unique_states) VALUES (6, X'7B2273746570223A22706F7374222C226964223A34327D', 0, NULL, NULL, '2026-11-28 11:00:10.480', NULL, NULL, 'consult', 10, '{"river:unique_nonce":"d96a6f4b4cbacfe9"}', 1, 'consult', 'available', '2026-11-28 11:00:10.480', '[]', X'C2DA77ECEC6F63D7B7F4B95CEB7E66BE144804FFD3D9785AE528FBAFC218A00A', 241);
