package store_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// TestJoinMakesNothing joins a database that is not there, one of another schema, and the right one.
func TestJoinMakesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db")
	if _, err := store.Join(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{}); err == nil ||
		!strings.Contains(err.Error(), "start lintel serve first") {
		t.Errorf("joined nothing: %v", err)
	}
	r, _ := rig(t, path)
	r.MustAdmit(r.Admission("d1", storetest.Opened(1, "aaa")))
	joined, err := store.Join(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{})
	if err != nil {
		t.Fatal(err)
	}
	defer joined.Close()
	if got, err := joined.Record(ctx(), storetest.Pull(1).Key); err != nil || got.Head.SHA != "aaa" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := joined.Ping(ctx()); err != nil {
		t.Errorf("write beside the server: %v", err)
	}
	if _, err := openRaw(t, path).Exec(`DELETE FROM schema_version WHERE number = 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Join(ctx(), "sqlite://"+path, time.Now, &storetest.Queue{}); err == nil ||
		!strings.Contains(err.Error(), "run the same version as lintel serve") {
		t.Errorf("joined a schema that lacks a step: %v", err)
	}
}
