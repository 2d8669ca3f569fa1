package past

import (
	"testing"
	"time"
)

func TestPagesHalveAndGrowAgain(t *testing.T) {
	s, steps := FirstSize(), []Size{{12, 100}, {6, 100}, {3, 100}, {1, 100}, {1, 50}, {1, 25}, {1, 12}}
	for _, want := range steps {
		var ok bool
		if s, ok = s.Smaller(); !ok || s != want {
			t.Fatalf("got %+v %t, want %+v", s, ok, want)
		}
	}
	if _, ok := s.Smaller(); ok {
		t.Error("there is no smaller page than one pull request with ten items")
	}
	for _, want := range []Size{{1, 24}, {1, 48}, {1, 96}, {1, 100}, {2, 100}, {4, 100}, {8, 100}, {16, 100}, {25, 100}, {25, 100}} {
		if s = s.Larger(); s != want {
			t.Fatalf("got %+v, want %+v", s, want)
		}
	}
}

func TestBudgetKeepsAFifth(t *testing.T) {
	for _, c := range []struct {
		b    Budget
		next int
		want bool
	}{
		{Budget{}, 9, false}, {Budget{Limit: 5000, Remaining: 1010}, 9, false}, {Budget{Limit: 5000, Remaining: 1008}, 9, true},
		{Budget{Limit: 5000, Remaining: 0}, 1, true}, {Budget{Limit: 5000, Remaining: 5000}, 9, false},
	} {
		if got := c.b.Low(c.next); got != c.want {
			t.Errorf("%+v, next %d: %t", c.b, c.next, got)
		}
	}
}

var day = func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

func TestBookmark(t *testing.T) {
	b := Bookmark{Owner: "acme", Name: "shop"}
	if !b.Want(day(1), false) || b.State != Wanted {
		t.Fatalf("%+v", b)
	}
	if b.Want(day(3), false) || !b.Since.Equal(day(1)) {
		t.Errorf("less is asked for, and wanted: %+v", b)
	}
	b.Began = day(21)
	if _, ok := b.CompleteSince(); ok || b.Ratio() != 0 {
		t.Error("it is complete before the first page")
	}
	b.Read(Page{Pulls: 25, Total: 60, Oldest: day(11), Cursor: "a", More: true, Calls: 1, Points: 7})
	if since, _ := b.CompleteSince(); b.State != Reading || !since.Equal(day(11)) || b.Ratio() != 0.5 {
		t.Errorf("%+v %v", b, b.Ratio())
	}
	b.Read(Page{Pulls: 25, Total: 60, Oldest: day(1), Cursor: "b", More: true, Calls: 1, Points: 7})
	if b.State != Reading || b.Pulling() || b.ProductionAfter() != "" || b.Want(day(5), false) {
		t.Errorf("production is not read next: %+v", b)
	}
	b.ReadProduction(ProductionPage{Next: "2", Missing: "releases"})
	if b.State != Reading || b.ProductionAfter() != "2" {
		t.Errorf("production is not read to its end: %+v", b)
	}
	b.ReadProduction(ProductionPage{Missing: "incidents"})
	if since, _ := b.CompleteSince(); b.State != Complete || !since.Equal(day(1)) || b.Ratio() != 1 || b.Pulls != 50 || b.Points != 14 ||
		b.Why != "not shown to us, so not read: releases, incidents" {
		t.Errorf("%+v", b)
	}
	if b.Want(day(5), false) || b.State != Complete {
		t.Errorf("what was read is asked for again: %+v", b)
	}
	if !b.Want(day(1).AddDate(0, -1, 0), false) || b.Cursor != "b" || b.Pulls != 50 || !b.Pulling() {
		t.Errorf("a longer past does not go on from where it stood: %+v", b)
	}
	b.Read(Page{Pulls: 10, Total: 60, Oldest: day(1).AddDate(0, 0, -3), Calls: 1})
	b.ReadProduction(ProductionPage{})
	since, _ := b.CompleteSince()
	if b.State != Complete || !since.Equal(day(1).AddDate(0, -1, 0)) || b.Cursor != "" {
		t.Errorf("the repository has no more: %+v", b)
	}
	if !b.Want(day(1).AddDate(-1, 0, 0), false) || b.Pulling() || b.Why != "" {
		t.Errorf("there are no more pull requests, and production is read: %+v", b)
	}
	b.ReadProduction(ProductionPage{})
	if since, _ := b.CompleteSince(); b.State != Complete || !since.Equal(day(1).AddDate(-1, 0, 0)) {
		t.Errorf("%+v", b)
	}
	if !b.Want(day(3), true) || b.Cursor != "" || b.Pulls != 0 || !b.Since.Equal(day(3)) {
		t.Errorf("anew: %+v", b)
	}
}

func TestSum(t *testing.T) {
	if p := Sum(nil); p.Ratio != 1 || !p.Since.IsZero() {
		t.Errorf("nothing: %+v", p)
	}
	whole := Bookmark{State: Complete, Since: day(1), Pulls: 3}
	half := Bookmark{State: Paused, Since: day(1), Began: day(21), Reached: day(11), Pulls: 4}
	if p := Sum([]Bookmark{whole, half}); p.Complete != 1 || p.Reading != 1 || p.Ratio != 0.75 || !p.Since.Equal(day(11)) || p.Pulls != 7 {
		t.Errorf("%+v", p)
	}
	if p := Sum([]Bookmark{whole, half, {State: Wanted}}); !p.Since.IsZero() {
		t.Errorf("one has no page yet: %+v", p)
	}
}
