package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/sqldb"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// TestPrivateFiles makes a database under any umask, and opens one that others could read.
func TestPrivateFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	r, _ := fresh(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	modes(t, path, 0o600)
	for before, after := range map[os.FileMode]os.FileMode{0o644: 0o600, 0o640: 0o600, 0o666: 0o660, 0o664: 0o660, 0o660: 0o660,
		0o600: 0o600} {
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			if err := os.Chmod(name, before); err != nil {
				t.Fatal(err)
			}
		}
		again, err := store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{})
		if err != nil {
			t.Fatal(err)
		}
		modes(t, path, after)
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func modes(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(name), info.Mode().Perm(), want)
		}
	}
}

// TestFileTakenAway deletes the database under a running server, and puts another in its place.
func TestFileTakenAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	r, s := rig(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	refused := func() {
		t.Helper()
		_, err := s.Admit(ctx(), r.Admission("d2", storetest.Opened(2, "bbb")))
		for what, err := range map[string]error{"a delivery": err, "the check of health": s.Ping(ctx())} {
			var trouble *sqldb.Trouble
			if !errors.As(err, &trouble) || !strings.Contains(err.Error(), path+" was deleted or replaced") {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	refused()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused()
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(ctx()); err != nil {
		t.Errorf("the file is back: %v", err)
	}
}

// TestTroublesSayWhatToDo meets the database's own errors: each names the file and what to do.
func TestTroublesSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		want  string
		cause func(t *testing.T, path string) error
	}{
		"full": {"is full: free space there", func(t *testing.T, path string) error {
			r, s := rig(t, path)
			if _, err := s.Writer().Exec(`PRAGMA max_page_count = 1`); err != nil { // SQLite takes the pages in use for the least
				t.Fatal(err)
			}
			var err error
			for n := 1; n <= 20_000 && err == nil; n++ {
				_, err = s.Admit(ctx(), r.Admission("", storetest.Opened(n, "aaa")))
			}
			return err
		}},
		"locked": {"another program holds the database", func(t *testing.T, path string) error {
			r, s := rig(t, path)
			foreign, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer foreign.Close()
			conn, err := foreign.Conn(ctx())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.ExecContext(ctx(), `BEGIN IMMEDIATE`); err != nil {
				t.Fatal(err)
			}
			brief, cancel := context.WithTimeout(ctx(), 50*time.Millisecond)
			defer cancel()
			_, err = s.Admit(brief, r.Admission("d1", storetest.Opened(1, "aaa")))
			if err == nil || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("waiting for a lock does not listen to the context: %v", err)
			}
			if _, err := conn.ExecContext(ctx(), `ROLLBACK`); err != nil {
				t.Fatal(err)
			}
			r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
			return err
		}},
		"no database": {"restore the newest backup", func(t *testing.T, path string) error {
			if err := os.WriteFile(path, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{})
			return err
		}},
		"no folder": {"see that its folder exists", func(t *testing.T, path string) error {
			_, err := store.Open(ctx(), "sqlite://"+filepath.Join(path, "none", "x.db"), time.Now, &storetest.Queue{})
			return err
		}},
		"damaged": {"is damaged: stop Lintel", func(t *testing.T, path string) error {
			s, err := store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 4096; i < len(raw); i++ {
				raw[i] = 0xa5
			}
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = store.Open(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name+".db")
			err := tt.cause(t, path)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("want %q and the path in: %v", tt.want, err)
			}
		})
	}
}
