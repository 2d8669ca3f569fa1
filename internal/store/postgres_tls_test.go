package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// TestPostgresOverTLS connects to a server with a certificate of an authority of its own, whose name is localhost.
func TestPostgresOverTLS(t *testing.T) {
	server := postgrestest.Server(t)
	_, dir, _ := strings.Cut(server, "host=")
	port, err := os.ReadFile(filepath.Join(dir, "port"))
	if err != nil {
		t.Fatalf("scripts/postgres.sh of another version started this PostgreSQL: %v", err)
	}
	admin := postgrestest.Open(t, server)
	if _, err := admin.Exec(`DO $$ BEGIN CREATE ROLE encrypted LOGIN PASSWORD 'sesame';
		EXCEPTION WHEN duplicate_object THEN NULL; END $$`); err != nil {
		t.Fatal(err)
	}
	at := func(host, parameters string) string {
		return "postgres://encrypted:sesame@" + host + ":" + strings.TrimSpace(string(port)) + "/postgres?" + parameters
	}
	root := "&sslrootcert=" + filepath.Join(dir, "ca.crt")
	const isEncrypted = `SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`
	for _, good := range []string{
		at("localhost", "sslmode=verify-full"+root),
		at("127.0.0.1", "sslmode=verify-ca"+root),
		at("127.0.0.1", "sslmode=require"),
	} {
		db, err := sqldb.Existing(ctx(), good, time.Now, func(*sqldb.DB) error { return nil })
		if err != nil {
			t.Errorf("%s: %v", good, err)
			continue
		}
		var encrypted bool
		if err := db.Reader().QueryRow(isEncrypted).Scan(&encrypted); err != nil || !encrypted {
			t.Errorf("%s: TLS is %t, %v", good, encrypted, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	wrong := strings.Replace(at("localhost", "sslmode=require"), "sesame", "wrong", 1)
	for address, want := range map[string]string{
		at("localhost", "sslmode=verify-full"):                      "name the authority of the server's certificate",
		at("127.0.0.1", "sslmode=verify-full"+root):                 "and its host as the certificate does",
		at("localhost", "sslmode=verify-full&sslrootcert=/nowhere"): "cannot be used: correct it",
		at("127.0.0.1", "sslmode=disable"):                          "lets it in",
		wrong:                                                       "refuses the password",
	} {
		_, err := store.Open(ctx(), address, time.Now, &storetest.Queue{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s\ngot  %v\nwant %s", address, err, want)
		}
	}
}
