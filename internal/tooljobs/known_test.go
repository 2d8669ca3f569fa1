package tooljobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/report"
)

// answers has one result that may be taken, by its key.
type answers struct {
	record
	key   string
	asked int
}

func (a *answers) Reusable(_ context.Context, keys []string) (map[string]checkrun.Result, error) {
	a.asked++
	out := map[string]checkrun.Result{}
	for _, key := range keys {
		if key == a.key {
			out[key] = checkrun.Result{ID: 7, Reusable: true, Report: report.Report{Kind: report.LintKind, Check: "another"}}
		}
	}
	return out, nil
}

// TestKnown: a look judges by what another change's check came to, where the change tells its key or a check of a change that
// is the same to it was prepared; it asks nothing for what runs, for a merge group, and without the tool's digest.
func TestKnown(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"gofmt", "shellcheck", "go vet"} {
		a, keys := &answers{}, shelf{}
		text := "- {name: format, tool: " + tool + "}\n"
		snap := func(head string) *change.Snapshot {
			s := snapshot()
			s.Head.SHA = head
			s.Files = []diff.File{{Path: "a.go", Status: diff.Modified, Mode: "100644", Blob: fmt.Sprintf("%040d", 1)},
				{Path: "a.sh", Status: diff.Modified, Mode: "100644", Blob: fmt.Sprintf("%040d", 1)}}
			s.FilesTotal = len(s.Files)
			return s
		}
		known, seen := "sha256:tool", []Ended{}
		var unread error
		by := func(context.Context, string, string) (string, error) { return known, unread }
		w, err := NewWanter(WanterOptions{Results: a, By: checkplan.Laptop("bwrap"), Keys: keys, Digest: by,
			Observe: func(_ context.Context, e Ended) { seen = append(seen, e) }})
		if err != nil {
			t.Fatal(err)
		}
		add := func(r change.Record, s *change.Snapshot) (out checkrun.Want) {
			t.Helper()
			all, err := w.Add(t.Context(), r, s, set(t, text), false)
			if err != nil || len(all) != 1 && s.Group == nil {
				t.Fatal(all, err)
			}
			if s.Group == nil {
				out = all[0]
			}
			return out
		}
		first := snap("one")
		want := add(change.Record{}, first)
		if want.Result != 0 || len(first.Reports) != 0 {
			t.Errorf("%s: a result is known before anything ran: %+v", tool, want)
		}
		a.run = checkrun.Run{ID: 1, State: checkrun.Wanted, Check: want.Check, Spec: want.Spec}
		p, err := NewPreparer(PrepareOptions{Store: &a.record, Keys: keys, Digest: by, Trees: &forest{files: []checkplan.Input{
			{Path: "a.go", Blob: "100644 " + first.Files[0].Blob}, {Path: "a.sh", Blob: "100644 " + first.Files[1].Blob},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Prepare(t.Context(), job.PrepareCheck{Run: 1}, job.Attempt{}); err != nil || a.run.Key == "" {
			t.Fatal(err)
		}
		a.key = a.run.Key

		other := snap("two")
		if got := add(change.Record{}, other); got.Result != 7 || got.Key != a.key || len(other.Reports) != 1 || !other.Reports[0].Cached ||
			other.Reports[0].Check != "format" || len(seen) != 1 || seen[0].Outcome != "cached" ||
			seen[0].Run.Head != "two" {
			t.Errorf("%s: %+v, %+v, %+v", tool, got, other.Reports, seen)
		}
		changed := snap("three")
		changed.Files[0].Blob, changed.Files[1].Blob = fmt.Sprintf("%040d", 2), fmt.Sprintf("%040d", 2)
		if got := add(change.Record{}, changed); got.Result != 0 || len(changed.Reports) != 0 {
			t.Errorf("%s: other files have the result %+v", tool, got)
		}
		before := a.asked
		late := snap("two")
		late.FilesUnpinned = true
		add(change.Record{}, late)
		group := snap("four")
		group.Group = &change.Group{Number: 7, Head: "merged"}
		add(change.Record{}, group)
		a.kept = []checkrun.Answer{{Run: checkrun.Run{Check: "format", Scope: want.Scope}}}
		add(change.Record{}, snap("one"))
		a.kept = nil
		known = ""
		add(change.Record{}, snap("two"))
		unread = errors.New("the tool cannot be read")
		add(change.Record{}, snap("two"))
		unread = nil
		if a.asked != before || len(group.Reports) != 0 {
			t.Errorf("%s: a list that no commit pins, a group, what runs, and a tool that is not known ask for results", tool)
		}
		known = "sha256:another"
		if got := add(change.Record{}, snap("two")); got.Result != 0 {
			t.Errorf("%s: another tool has the result %+v", tool, got)
		}
		known = "sha256:tool"
		a.kept = []checkrun.Answer{{Run: checkrun.Run{Check: "format", Scope: want.Scope},
			Result: &checkrun.Result{Report: report.Report{Problem: "it crashed"}}}}
		for forced, result := range map[int64]int64{0: 0, 1: 7} {
			s := snap("one")
			got := add(change.Record{Forced: forced}, s)
			if got.Result != result || len(s.Reports) != 1 || (s.Reports[0].Problem == "") == (forced == 0) {
				t.Errorf("%s: forced %d: a crash is answered by %+v, %+v", tool, forced, got, s.Reports)
			}
		}
		if prefix := keyKind; (tool == "gofmt") != (len(keys) == 0) {
			t.Errorf("%s: %s keeps %v", tool, prefix, strings.Join(keysOf(keys), ", "))
		}
	}
}

// TestNoNameByAnotherTree: a forge took a link for a file, so the tree does not have what the change names. No change that
// has the file gets the result of the one that had the link.
func TestNoNameByAnotherTree(t *testing.T) {
	t.Parallel()
	snap := snapshot()
	snap.Files = []diff.File{{Path: "bad.py", Status: diff.Added, Blob: fmt.Sprintf("%040d", 1)}}
	for blob, want := range map[string]int{"": 0, fmt.Sprintf("100644 %040d", 2): 0, fmt.Sprintf("100644 %040d", 1): 1} {
		r, keys := &record{}, shelf{}
		asked := wants(t, r, "- {name: a, tool: black, inputs: tree}\n", snap, checkplan.Laptop("bwrap"))[0]
		r.run = checkrun.Run{ID: 1, State: checkrun.Wanted, Check: asked.Check, Spec: asked.Spec}
		tree := []checkplan.Input{{Path: "a.py", Blob: fmt.Sprintf("100644 %040d", 3)}}
		if blob != "" {
			tree = append(tree, checkplan.Input{Path: "bad.py", Blob: blob})
		}
		p, err := NewPreparer(PrepareOptions{Store: r, Keys: keys, Digest: digest, Trees: &forest{files: tree}})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Prepare(t.Context(), job.PrepareCheck{Run: 1}, job.Attempt{}); err != nil || r.run.Key == "" || len(keys) != want {
			t.Errorf("%q: %v, %d names, want %d", blob, err, len(keys), want)
		}
	}
}

func keysOf(s shelf) (out []string) {
	for key := range s {
		out = append(out, key)
	}
	return out
}
