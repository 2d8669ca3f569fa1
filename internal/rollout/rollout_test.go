package rollout

import (
	"fmt"
	"testing"
	"time"
)

func at(day string) time.Time {
	moment, err := time.Parse(time.RFC3339, day)
	if err != nil {
		panic(err)
	}
	return moment
}

func TestDays(t *testing.T) {
	w := Window{Percent: 100, From: "2026-03-01", Until: "2026-03-31"}
	for moment, want := range map[string]State{
		"2026-02-28T23:59:59Z":      Early,
		"2026-03-01T00:00:00Z":      Applies,
		"2026-03-31T23:59:59Z":      Applies,
		"2026-04-01T00:00:00Z":      Ended,
		"2026-04-01T01:00:00+02:00": Applies, // 23:00 UTC of the day before
		"2026-02-28T23:00:00-05:00": Applies, // 04:00 UTC of the day after
	} {
		if got := w.State(7, "size", at(moment)); got != want {
			t.Errorf("at %s it is %s, want %s", moment, got, want)
		}
	}
	if got := (Window{Percent: 100}).State(0, "size", at("2026-03-01T00:00:00Z")); got != Applies {
		t.Errorf("everywhere and always is %s", got)
	}
}

// TestShares holds that a share is what it says, grows without dropping anybody, and differs from name to name.
func TestShares(t *testing.T) {
	now := at("2026-03-01T00:00:00Z")
	const all = 20_000
	chosen := map[string]int{}
	same := 0
	for id := int64(1); id <= all; id++ {
		before := false
		for percent := 0; percent <= 100; percent += 5 {
			is := Window{Percent: percent}.State(id, "size", now) == Applies
			if before && !is {
				t.Fatalf("repository %d is chosen at less than %d %%, and not at that", id, percent)
			}
			before = is
			if is {
				chosen[fmt.Sprint(percent)]++
			}
		}
		a := Window{Percent: 50}.State(id, "size", now)
		b := Window{Percent: 50}.State(id, "lint", now)
		if a == b {
			same++
		}
	}
	for percent := 0; percent <= 100; percent += 5 {
		want := all * percent / 100
		if got := chosen[fmt.Sprint(percent)]; got < want-all/100 || got > want+all/100 {
			t.Errorf("%d %% of %d repositories are %d", percent, all, got)
		}
	}
	if same < all*48/100 || same > all*52/100 {
		t.Errorf("two names choose alike in %d of %d repositories", same, all)
	}
}

// TestPlaces holds the places: another hash would move every repository of everybody.
func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		id   int64
		name string
		want uint64
	}{{1, "size", 68}, {1, "lint", 43}, {123456789, "commits/header", 14}} {
		if got := place(c.id, c.name); got != c.want {
			t.Errorf("%d stands at %d for %s, want %d", c.id, got, c.name, c.want)
		}
	}
}

func TestNoId(t *testing.T) {
	now := at("2026-03-01T00:00:00Z")
	for percent, want := range map[int]State{0: Outside, 1: Unknown, 99: Unknown, 100: Applies} {
		if got := (Window{Percent: percent}).State(0, "size", now); got != want {
			t.Errorf("without an id, %d %% is %s, want %s", percent, got, want)
		}
	}
}

// FuzzWindow holds that any text for a day gives a state, that a day which is read sorts as text, and that more percent
// never leaves a repository out.
func FuzzWindow(f *testing.F) {
	f.Add("2026-03-01", "2026-03-31", int64(7), 25, int64(1_770_000_000))
	f.Add("", "", int64(0), 100, int64(0))
	f.Add("0001-01-01", "9999-12-31", int64(-1), -3, int64(-62_000_000_000))
	f.Fuzz(func(t *testing.T, from, until string, id int64, percent int, seconds int64) {
		w := Window{Percent: percent, From: from, Until: until}
		moment := time.Unix(seconds%200_000_000_000, 0)
		state := w.State(id, "size", moment)
		more := Window{Percent: 100, From: from, Until: until}.State(id, "size", moment)
		if state == Applies && more != Applies {
			t.Errorf("%+v applies, and not at 100 %%", w)
		}
		a, okA := Day(from)
		b, okB := Day(until)
		if okA && okB && a.Before(b) != (from < until) {
			t.Errorf("%q and %q sort otherwise as days", from, until)
		}
		if _, known := map[State]bool{Applies: true, Outside: true, Unknown: true, Early: true, Ended: true}[state]; !known {
			t.Errorf("%+v is in state %q", w, state)
		}
	})
}
