package tree

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/checkrun"
)

// TestTurned: a tree that nobody uses becomes the next one where little differs, with files that became folders and the
// other way round; one that is shared stays whole for whoever uses it, and where much differs both are kept.
func TestTurned(t *testing.T) {
	t.Parallel()
	f, s := newForge(t, "github-1"), open(t, options(t))
	files := func(more map[string]string) map[string]string {
		all := maps.Clone(more)
		for i := range 40 {
			all[fmt.Sprintf("same/%d", i)] = fmt.Sprint(i)
		}
		return all
	}
	one := f.commit(files(map[string]string{"a": "1", "d/e/f": "2", "run": "3"}))
	two := f.commit(files(map[string]string{"a/b": "1", "d": "2", "run!": "3"}))
	other := f.commit(map[string]string{"a": "1"})
	first := s.get(t, f, checkrun.Commit{Head: one})
	shared := s.get(t, f, checkrun.Commit{Head: two})
	if have := holding(t, first.Path); !strings.HasPrefix(have, "a 444 1|d/e/f 444 2|run 444 3") {
		t.Fatalf("a tree in use was turned: %s", have)
	}
	want := holding(t, shared.Path)
	s.counts(t)
	shared.Release()
	first.Release()
	for range 2 { // the newest that nobody uses is first: it goes, and comes back
		for _, c := range []struct{ head, has string }{{one, "a 444 1|d/e/f 444 2|run 444 3"}, {two, "a/b 444 1|d 444 2|run 555 3"}} {
			got := s.get(t, f, checkrun.Commit{Head: c.head})
			if have := holding(t, got.Path); !strings.HasPrefix(have, c.has) || strings.Count(have, "same/") != 40 {
				t.Errorf("%s", have)
			}
			got.Release()
			s.counts(t)
			if c.head == one {
				s.mu.Lock() // so that there is nothing but this one
				for id, k := range s.repos["github-1"].kept {
					if k.dir != got.Path {
						delete(s.repos["github-1"].kept, id)
						s.mu.Unlock()
						if err := s.remove(s.repos["github-1"], k.dir); err != nil {
							t.Fatal(err)
						}
						s.mu.Lock()
					}
				}
				s.mu.Unlock()
			} else if n := len(s.repos["github-1"].kept); n != 1 {
				t.Errorf("%d trees are kept: none was turned", n)
			}
		}
	}
	again := s.get(t, f, checkrun.Commit{Head: two})
	if have := holding(t, again.Path); have != want {
		t.Errorf("%s, want %s", have, want)
	}
	again.Release()
	s.get(t, f, checkrun.Commit{Head: other}).Release()
	if kept := s.get(t, f, checkrun.Commit{Head: two}); kept.Path != again.Path {
		t.Error("a tree was given up for one that has little of it")
	}
	s.counts(t)
}

// TestTurnedWithinLimits: a folder is turned into no tree that is too large, and stays what it was.
func TestTurnedWithinLimits(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.MaxBytes = 1 << 16
	f, s := newForge(t, "github-1"), open(t, o)
	files := map[string]string{"large": "x"}
	for i := range 20 {
		files[fmt.Sprint(i)] = "same"
	}
	small := f.commit(files)
	files["large"] = strings.Repeat("x", 1<<16)
	large := f.commit(files)
	first := s.get(t, f, checkrun.Commit{Head: small})
	first.Release()
	var refused *checkrun.Refused
	if _, err := s.Get(t.Context(), f.from, checkrun.Commit{Head: large}, nil); !errors.As(err, &refused) {
		t.Error(err)
	}
	again := s.get(t, f, checkrun.Commit{Head: small})
	if again.Path != first.Path || !strings.Contains(holding(t, again.Path), "large 444 x") {
		t.Error("what was refused left something")
	}
	s.counts(t)
}
