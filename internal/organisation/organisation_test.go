package organisation

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/settings"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func waves(shares ...float64) settings.Waves {
	return settings.Waves{Shares: shares, Minutes: 10, Factor: 2}
}

// read reads a version of the file; "" is a commit without it.
func read(s *State, blob string, w settings.Waves, problems ...string) int {
	return len(s.Read(Reading{Login: "acme", Place: "acme/.github:lintel.yml", Commit: "c" + blob, Blob: blob, Waves: w,
		Problems: problems, At: start, Newest: 7, Before: Share{18, 2}}))
}

// holds names the version that holds for all repositories, or for how many of a thousand which.
func holds(s State) string {
	count := map[string]int{}
	for id := range int64(1000) {
		name := "none"
		if v := s.For(id); v != nil {
			name = v.Blob
		}
		count[name]++
	}
	return strings.TrimPrefix(fmt.Sprint(count), "map")
}

func TestWaves(t *testing.T) {
	s := &State{}
	read(s, "a", waves(100))
	if got := holds(*s); got != "[a:1000]" || s.Next != nil {
		t.Fatalf("without waves: %s", got)
	}
	read(s, "b", waves(1, 10, 100))
	first := holds(*s)
	now := start
	step := func(minutes int) {
		for range minutes {
			now = now.Add(time.Minute)
			s.Advance(now, Share{})
		}
	}
	step(9)
	if got := holds(*s); got != first || !strings.Contains(got, "b:") || !strings.Contains(strings.Join(s.Notes(), ""), "reached 1 %") {
		t.Errorf("before the second wave: %s, first %s, %q", got, first, s.Notes())
	}
	step(1)
	if s.reached() != 10 || s.AskFrom != 0 || s.AskTo != 100 {
		t.Errorf("second wave: reached %v, asked %v to %v", s.reached(), s.AskFrom, s.AskTo)
	}
	if step(10); holds(*s) != "[b:1000]" || s.Previous.Blob != "a" {
		t.Errorf("third wave: %s", holds(*s))
	}
	if _, err := s.Rollback("olga", ""); err != nil || holds(*s) != "[a:1000]" {
		t.Errorf("rollback: %s, %v", holds(*s), err)
	}
	if read(s, "b", waves(100)); holds(*s) != "[a:1000]" {
		t.Errorf("the version that was rolled back is taken again: %s", holds(*s))
	}
	if read(s, "c", waves(100)); holds(*s) != "[c:1000]" || s.Refused != nil {
		t.Errorf("a newer version is not taken: %s", holds(*s))
	}
}

func TestWavesStop(t *testing.T) {
	s := &State{}
	read(s, "a", waves(100))
	read(s, "b", waves(10, 100))
	if _, entries := s.Advance(start.Add(time.Minute), Share{4, 4}); len(entries) > 0 {
		t.Error("four verdicts stop the waves")
	}
	// 2 of 18 before, so 3 of 20 with the even chance: up to 30 % may be refused.
	if _, entries := s.Advance(start.Add(2*time.Minute), Share{10, 3}); len(entries) > 0 {
		t.Error("30 % stop the waves")
	}
	if _, entries := s.Advance(start.Add(3*time.Minute), Share{10, 4}); len(entries) != 1 || entries[0].Act != Stopped {
		t.Errorf("40 %% do not stop the waves: %v", entries)
	}
	for i := range 100 {
		s.Advance(start.Add(time.Duration(i)*time.Minute), Share{10, 0})
	}
	if s.reached() != 10 {
		t.Errorf("stopped waves reach %v", s.reached())
	}
	if _, err := s.Resume("olga", Share{10, 4}); err != nil {
		t.Error(err)
	}
	if _, entries := s.Advance(start.Add(200*time.Minute), Share{10, 5}); len(entries) > 0 {
		t.Errorf("after resuming: %v", entries)
	}
}

func TestWhatIsNotReadReplacesNothing(t *testing.T) {
	s := &State{}
	read(s, "a", waves(100))
	if s.Cannot("a passing fault", true, start); len(s.Notes()) != 0 {
		t.Errorf("a failure that may pass is told: %q", s.Notes())
	}
	s.Cannot("GitHub knows no such thing", false, start)
	if holds(*s) != "[a:1000]" || !strings.Contains(s.Notes()[0], "cannot be read (GitHub knows no such thing); the version of ca holds") {
		t.Errorf("unread: %s %q", holds(*s), s.Notes())
	}
	read(s, "b", waves(100), "b.yml:1:1: no")
	if holds(*s) != "[a:1000]" || s.Unread != "" || !strings.Contains(s.Notes()[0], "at cb is not valid (1 problems)") {
		t.Errorf("invalid: %s %q", holds(*s), s.Notes())
	}
	if read(s, "", waves(100)); holds(*s) != "[a:1000]" {
		t.Errorf("one answer without the file ends the floor: %s", holds(*s))
	}
	if read(s, "", waves(100)); holds(*s) != "[:1000]" {
		t.Errorf("the file was removed, and %s", holds(*s))
	}
	s.rename("acme2")
	if s.Former[0] != "acme" {
		t.Errorf("former names: %v", s.Former)
	}
	if s.rename("acme"); len(s.Former) != 1 || s.Former[0] != "acme2" {
		t.Errorf("former names after a return: %v", s.Former)
	}
}

// TestANewerVersionTakesOverTheWaves: a correction reaches at once the repositories that the faulty version had reached.
func TestANewerVersionTakesOverTheWaves(t *testing.T) {
	s := &State{}
	read(s, "a", waves(100))
	read(s, "b", waves(1, 10, 100))
	s.Wave, s.Stopped = 1, "too much"
	read(s, "c", waves(2, 10, 50, 100))
	if s.reached() != 10 || s.Stopped != "" || strings.Contains(holds(*s), "b") {
		t.Errorf("reached %v, %s", s.reached(), holds(*s))
	}
	s.AskFrom, s.AskTo = 0, 0
	if n := read(s, "a", waves(100)); n != 1 || holds(*s) != "[a:1000]" || s.AskTo != 10 {
		t.Errorf("the version in force came back: %s, asked to %v", holds(*s), s.AskTo)
	}
}

// TestClocksThatJump holds, for clocks that jump at will, that no wave lasts less than its minutes of short steps, and
// that a repository which a wave reached stays reached.
func TestClocksThatJump(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := &State{}
		read(s, "a", waves(100))
		read(s, "b", waves(1, 10, 50, 100))
		now, looks, last, reached := start, 0, 0, s.reached()
		for s.Next != nil && looks < 10_000 {
			looks++
			switch r.IntN(10) {
			case 0:
				now = now.Add(-time.Duration(r.IntN(1e6)) * time.Second)
			case 1:
				now = now.Add(time.Duration(r.IntN(1e6)) * time.Second)
			default:
				now = now.Add(time.Duration(r.IntN(90)) * time.Second)
			}
			wave := s.Wave
			s.Advance(now, Share{})
			if s.Next != nil && s.reached() < reached {
				t.Fatalf("seed %d: reached %v after %v", seed, s.reached(), reached)
			}
			if s.Next == nil || s.Wave != wave {
				if looks-last < 5 { // ten minutes are five of the longest steps
					t.Fatalf("seed %d: a wave after %d looks", seed, looks-last)
				}
				if s.Next != nil && s.Wave != wave+1 {
					t.Fatalf("seed %d: a wave was skipped", seed)
				}
				last = looks
			}
			if s.Next != nil {
				reached = s.reached()
			}
		}
		if s.Next != nil {
			t.Fatalf("seed %d: the waves never end", seed)
		}
	}
}

// TestPositionsAreEven holds that the stable hash spreads repositories.
func TestPositionsAreEven(t *testing.T) {
	n := 0
	for id := range int64(10_000) {
		p := Position(id)
		if p < 0 || p >= 100 {
			t.Fatalf("position %v", p)
		}
		if p < 10 {
			n++
		}
	}
	if n < 900 || n > 1100 {
		t.Errorf("%d of 10,000 repositories are in the first tenth", n)
	}
}
