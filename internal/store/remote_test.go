package store_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// TestNumbersBecomeTexts opens a database in which what a forge posted is known by a number: each receipt is still
// there, under the same number, and what has none has none.
func TestNumbersBecomeTexts(t *testing.T) {
	for name, at := range map[string]func(t *testing.T) (address string, raw *sql.DB){
		"SQLite": func(t *testing.T) (string, *sql.DB) {
			path := filepath.Join(t.TempDir(), "lintel.db")
			return "sqlite://" + path, openRaw(t, path)
		},
		"PostgreSQL": func(t *testing.T) (string, *sql.DB) {
			address := postgrestest.New(t)
			return address, postgrestest.Open(t, address)
		},
	} {
		t.Run(name, func(t *testing.T) {
			address, raw := at(t)
			s, err := store.Open(ctx(), address, time.Now, &storetest.Queue{})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{
				`DELETE FROM schema_version WHERE number = 28`,
				`DROP INDEX effect_remote`,
				`ALTER TABLE effect DROP COLUMN remote`,
				`ALTER TABLE effect DROP COLUMN thread`,
				`ALTER TABLE effect ADD COLUMN remote_id BIGINT NOT NULL DEFAULT 0`,
				`CREATE INDEX effect_remote ON effect (forge, repo_id, remote_id) WHERE kind = 'remark' AND remote_id <> 0`,
				`INSERT INTO effect (key, change_id, forge, repo_id, kind, name, sha, status, digest, body, seq, attempts, error, remote_id, url,
					found, created_at, done_at)
					VALUES ('posted', 'github:7#1', 'github', 7, 'comment', '', '', '', 'd', '{"key":"posted","comment":{"edits":5}}', 2, 1, '',
						9007199254740993, '', 0, 1, 2),
					('dropped', 'github:7#1', 'github', 7, 'comment', '', '', '', 'd', '{"key":"dropped","comment":{}}', 1, 1, 'why', 0, '', 0, 1, 2)`,
			} {
				if _, err := raw.Exec(text); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
			}
			if s, err = store.Open(ctx(), address, time.Now, &storetest.Queue{}); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			all, err := s.Effects(ctx(), storetest.Pull(1).Key, 5)
			if err != nil || len(all) != 2 {
				t.Fatal(all, err)
			}
			if r := all[0].Receipt; r == nil || r.RemoteID != effect.NumberID(9007199254740993) || all[0].Effect.Comment.Edits != "5" {
				t.Errorf("posted: %+v", all[0])
			}
			if all[1].Receipt != nil {
				t.Errorf("what was dropped has the receipt %+v", all[1].Receipt)
			}
		})
	}
}
