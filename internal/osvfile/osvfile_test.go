package osvfile

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/osv"
)

// written is a database with one advisory of one package.
func written(t *testing.T, id string) []byte {
	t.Helper()
	record, err := osv.ParseRecord([]byte(`{"id": "` + id + `", "modified": "2026-03-01T10:00:00Z", "affected": [
		{"package": {"ecosystem": "npm", "name": "left"}, "versions": ["1.0.0"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	b := osv.NewBuilder()
	if err := b.Add(record); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := b.Write(&out, "a test", time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// replace puts a new file in the place of another, as an update does.
func replace(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func ids(t *testing.T, db *osv.Database) string {
	t.Helper()
	found, err := db.Lookup("npm", "left")
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0].ID
}

func TestReplacedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "osv.db")
	replace(t, path, written(t, "GHSA-1"))
	f := New(path)
	first := f.Source()
	if again := f.Source(); again.Database != first.Database {
		t.Error("a file that stays is opened twice")
	}
	replace(t, path, written(t, "GHSA-22"))
	second := f.Source()
	if got := ids(t, second.Database); got != "GHSA-22" {
		t.Errorf("after the replacement it holds %s", got)
	}
	if got := ids(t, first.Database); got != "GHSA-1" {
		t.Errorf("the one that was given out now holds %s", got)
	}
}

func TestProblems(t *testing.T) {
	if got := New("").Source(); got != (osv.Source{}) {
		t.Errorf("without a path there is %v", got)
	}
	path := filepath.Join(t.TempDir(), "osv.db")
	f := New(path)
	if got := f.Source(); got.Database != nil || got.Problem != "its file cannot be opened (no such file or directory)" {
		t.Errorf("%q", got.Problem)
	}
	replace(t, path, written(t, "GHSA-1")[:100])
	if got := f.Source(); got.Database != nil || !strings.Contains(got.Problem, "it is damaged") {
		t.Errorf("%q", got.Problem)
	}
	replace(t, path, written(t, "GHSA-1"))
	if got := f.Source(); got.Problem != "" || ids(t, got.Database) != "GHSA-1" {
		t.Errorf("a good file after a bad one: %q", got.Problem)
	}
	if got := New(t.TempDir()).Source(); got.Problem != "it is no file" {
		t.Errorf("a folder: %q", got.Problem)
	}
}
