package report

import (
	"fmt"
	"slices"
	"testing"
)

// shard is a report of one file in which lines ran, with branches "line name taken".
func shard(t *testing.T, lines []int, branches ...string) Coverage {
	t.Helper()
	c := NewCollector()
	f, err := c.File("a")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range lines {
		if err := f.Set(n, Hit); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range branches {
		var line int
		var name string
		var taken bool
		if _, err := fmt.Sscan(b, &line, &name, &taken); err != nil {
			t.Fatal(err)
		}
		if err := f.Branch(line, []byte(name), taken); err != nil {
			t.Fatal(err)
		}
	}
	return finished(t, c)
}

func counted(t *testing.T, total int, missed ...string) Coverage {
	t.Helper()
	c := NewCollector()
	f, err := c.File("a")
	if err != nil || f.Set(1, Hit) != nil {
		t.Fatal(err)
	}
	if err := f.Missed(1, total, missed); err != nil {
		t.Fatal(err)
	}
	return finished(t, c)
}

// TestMergeBranches holds that the branches of shards are put together before a line is judged, in any order.
func TestMergeBranches(t *testing.T) {
	one := []int{1}
	left, right := shard(t, one, "1 a true", "1 b false"), shard(t, one, "1 a false", "1 b true")
	for _, c := range []struct {
		what   string
		shards []Coverage
		want   string
	}{
		{"each takes the other branch", []Coverage{left, right}, "a: 1 hit"},
		{"both take the same", []Coverage{left, left}, "a: 1 partial"},
		{"one that only a shard lists", []Coverage{left, shard(t, one, "1 b true", "1 c false")}, "a: 1 partial"},
		{"three, each one of them",
			[]Coverage{shard(t, one, "1 a true", "1 b false", "1 c false"), shard(t, one, "1 a false", "1 b true", "1 c false"),
				shard(t, one, "1 a false", "1 b false", "1 c true")}, "a: 1 hit"},
		{"a shard that did not reach it", []Coverage{left, shard(t, nil)}, "a: 1 partial"},
		{"a shard without branches reached it", []Coverage{left, shard(t, one)}, "a: 1 hit"},
		{"counted", []Coverage{counted(t, 2, "4"), counted(t, 2, "exit")}, "a: 1 hit"},
		{"counted, the same", []Coverage{counted(t, 2, "4"), counted(t, 2, "4")}, "a: 1 partial"},
		{"counted, not as many", []Coverage{counted(t, 2, "4"), counted(t, 3, "5")}, "a: 1 partial"},
		{"counted and listed", []Coverage{counted(t, 2, "4"), shard(t, one, "1 4 true", "1 exit false")}, "a: 1 hit"},
		{"other names for them", []Coverage{counted(t, 2, "4"), left}, "a: 1 partial"},
	} {
		for range 2 {
			if got := Merge(c.shards...); got.Files[0].String() != c.want {
				t.Errorf("%s: %s, want %s", c.what, got.Files[0], c.want)
			}
			if last := len(c.shards) - 1; last == 2 {
				if got := Merge(Merge(c.shards[0], c.shards[2]), c.shards[1]); got.Files[0].String() != c.want {
					t.Errorf("%s, otherwise: %s", c.what, got.Files[0])
				}
			}
			slices.Reverse(c.shards)
		}
	}
	moved := MoveBranches(left.Files[0].Branches, func(line int) (int, bool) { return line + 5, true })
	if len(moved) != 1 || moved[0].Line != 6 || left.Files[0].Branches[0].Line != 1 {
		t.Errorf("%v", moved)
	}
	if gone := MoveBranches(moved, func(int) (int, bool) { return 0, false }); len(gone) > 0 {
		t.Errorf("%v", gone)
	}
}

func finished(t *testing.T, c *Collector) Coverage {
	t.Helper()
	got, err := c.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return got
}
