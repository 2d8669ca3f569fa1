package processlock

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestMarks: who is over is seen by the others until somebody has settled what it left, and nobody who lives is.
func TestMarks(t *testing.T) {
	t.Chdir(t.TempDir())
	whole, err := filepath.Abs("x.db")
	if err != nil {
		t.Fatal(err)
	}
	for name, database := range map[string]string{"a path": whole, "a name": "x.db"} {
		t.Run(name, func(t *testing.T) { marked(t, database) })
	}
}

func marked(t *testing.T, database string) {
	leave := func(name string) *Mark {
		t.Helper()
		m, err := Leave(database, name)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	over := func(want ...string) {
		t.Helper()
		refused, asked := errors.New("the database is locked"), []string(nil)
		err := Bury(database, func(names []string) error {
			asked = names
			return refused
		})
		if slices.Sort(asked); !slices.Equal(asked, want) || (err != nil) != (len(want) > 0) {
			t.Fatalf("over are %q, want %q: %v", asked, want, err)
		}
	}
	over()
	killed, stopped, lives := leave("killed"), leave("stopped"), leave("lives")
	other, err := Leave(database+"2", "of-another-database")
	if err != nil {
		t.Fatal(err)
	}
	over()
	if err := errors.Join(killed.lock.Close(), stopped.Close(true), other.Close(false)); err != nil {
		t.Fatal(err)
	}
	over("killed")
	over("killed") // it was not settled
	if err := Bury(database, func([]string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	over()
	if err := lives.Close(false); err != nil {
		t.Fatal(err)
	}
	over("lives")
	again := leave("lives")
	over()
	if err := again.Close(true); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 1 {
		t.Errorf("left are %v: %v", left, err)
	}
	if err := Bury(database+"2", func([]string) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// TestAMarkThatCannotBeRead: it is left alone, said, and hides no other.
func TestAMarkThatCannotBeRead(t *testing.T) {
	database := filepath.Join(t.TempDir(), "x.db")
	odd := database + markBegins + "a" + markEnds
	if err := os.Symlink(odd, odd); err != nil { // leads to itself
		t.Fatal(err)
	}
	m, err := Leave(database, "over")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(false); err != nil {
		t.Fatal(err)
	}
	var settled []string
	err = Bury(database, func(names []string) error {
		settled = names
		return nil
	})
	if err == nil || !slices.Equal(settled, []string{"over"}) {
		t.Errorf("settled %q: %v", settled, err)
	}
	if _, err := os.Lstat(odd); err != nil {
		t.Error(err)
	}
}
