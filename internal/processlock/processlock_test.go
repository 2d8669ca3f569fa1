package processlock

import (
	"path/filepath"
	"strings"
	"testing"
)

// One process serves a database: a second one is refused, with what to do, until the first has ended.
func TestServe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lintel.db.lock")
	first, err := Serve(path)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := Serve(path); err == nil || !strings.Contains(err.Error(), "another lintel serve") {
		t.Errorf("a second process serves: %v, %v", second, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Serve(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Serve(filepath.Join(path, "no folder")); err == nil {
		t.Error("a lock where there is no folder")
	}
}

// The first process that asks models is alone until it lets others in, and a later one is not while it lives.
func TestAsk(t *testing.T) {
	database := filepath.Join(t.TempDir(), "lintel.db")
	first, alone, err := Ask(database)
	if err != nil || !alone {
		t.Fatalf("the first is alone: %t, %v", alone, err)
	}
	if err := first.Share(); err != nil {
		t.Fatal(err)
	}
	second, alone, err := Ask(database)
	if err != nil || alone {
		t.Fatalf("the second is alone: %t, %v", alone, err)
	}
	for _, l := range []*Askers{first, second} {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	third, alone, err := Ask(database)
	if err != nil || !alone {
		t.Errorf("after both have ended one is alone: %t, %v", alone, err)
	}
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
}
