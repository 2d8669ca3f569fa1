package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/store"
)

// land tells of a push of commits to the default branch. Each is named by its parent's name and a letter more.
func (r *Rig) land(delivery string, commits ...churn.Commit) {
	r.t.Helper()
	a := r.Admission(delivery)
	a.Landed = commits
	r.MustAdmit(a)
}

// commit is one that is made now.
func (r *Rig) commit(id, parent, message string, paths ...string) churn.Commit {
	return churn.Commit{ID: id, Parent: parent, At: r.Clock.Now(), Author: "Ann@acme.example", Message: message, Paths: paths}
}

// churn is what the record adds to a change of two files, of which one was renamed.
func (r *Rig) churn(repo int64, mergeBase string) (*churn.History, time.Time) {
	r.t.Helper()
	s := change.Snapshot{Ref: Pull(1), MergeBase: mergeBase, Files: []diff.File{{Path: "a.go"}, {Path: "new.go", OldPath: "b.go"}}}
	s.Ref.RepoID = repo
	r.fatal(r.AddChurn(ctx(), &s))
	return s.Churn, s.ChurnSince
}

const day = 24 * time.Hour

var landingCases = map[string]func(t *testing.T, r *Rig){
	"history counts when it is known for the whole window": func(t *testing.T, r *Rig) {
		start := r.Clock.Now()
		r.land("d1", r.commit("one", "zero", "feat: a", "a.go"))
		r.Clock.Add(10 * day)
		r.land("d2", r.commit("two", "one", "Fix a", "a.go", "b.go"), r.commit("three", "two", "feat: c", "c.go"))
		if h, since := r.churn(repoID, "three"); h != nil || !since.Equal(start) {
			t.Errorf("too early: %+v, since %s", h, since)
		}
		if h, since := r.churn(repoID, "zero"); h != nil || !since.IsZero() {
			t.Errorf("of what is not known: %+v, since %s", h, since)
		}
		r.Clock.Add(80 * day)
		r.land("d3", r.commit("four", "three", "feat: b", "b.go"))
		if h, _ := r.churn(repoID, "four"); h != nil {
			t.Errorf("a day too early: %+v", h)
		}
		r.Clock.Add(day)
		r.land("d4", r.commit("five", "four", "feat: d", "d.go"))
		want := &churn.History{Days: 90, Files: []churn.File{
			{Path: "a.go", Changes: 1, Authors: 1, Fixes: 1, Age: 81},
			{Path: "b.go", Changes: 2, Authors: 1, Fixes: 1, Age: 1},
		}}
		h, since := r.churn(repoID, "five")
		if d := cmp.Diff(want, h); d != "" || !since.IsZero() {
			t.Errorf("since %s: %s", since, d)
		}
		if h, since := r.churn(repoID+1, "five"); h != nil || !since.IsZero() {
			t.Errorf("of another repository: %+v, since %s", h, since)
		}
		if h, since := r.churn(repoID, "three"); h != nil || !since.Equal(start) {
			t.Errorf("of an older commit: %+v, since %s", h, since)
		}
	},
	"a branch that begins in the window is known": func(t *testing.T, r *Rig) {
		r.land("d1", r.commit("one", "", "feat: begin"), r.commit("two", "one", "feat: a", "a.go"))
		if h, _ := r.churn(repoID, "two"); h == nil || h.Files[0].Changes != 1 || h.Files[1].Age != -1 {
			t.Errorf("%+v", h)
		}
	},
	"deliveries come twice, late and never": func(t *testing.T, r *Rig) {
		r.land("d1", r.commit("one", "", "feat: begin"))
		three := r.commit("three", "two", "feat: b", "b.go")
		two := r.commit("two", "one", "feat: a", "a.go")
		r.Clock.Add(time.Minute)
		r.land("d3", three)
		since := r.Clock.Now()
		if h, at := r.churn(repoID, "three"); h != nil || !at.Equal(since) {
			t.Errorf("with a push missing: %+v, since %s", h, at)
		}
		r.Clock.Add(time.Hour)
		r.land("d2", two)
		r.land("d2", two)
		r.land("d4", two) // sent once more under another id
		if h, _ := r.churn(repoID, "three"); h == nil || h.Files[0].Changes != 1 || h.Files[1].Changes != 1 {
			t.Errorf("late: %+v", h)
		}
	},
	"a clone tells what was before the first push": func(t *testing.T, r *Rig) {
		now := r.Clock.Now()
		r.land("d1", r.commit("three", "two", "feat: as the push tells it", "a.go"))
		r.Clock.Add(time.Hour)
		old := r.commit("one", "zero", "feat: long ago", "a.go")
		old.At = now.Add(-100 * day)
		two := r.commit("two", "one", "fix: b", "b.go")
		two.At = now.Add(-40 * day)
		odd := r.commit("zero", "", "feat: begin") // made after what it leads to, by a wrong clock
		odd.At = now.Add(50 * day)
		three := r.commit("three", "two", "feat: as the clone tells it", "b.go")
		three.At = now
		r.fatal(r.Land(ctx(), change.GitHub, repoID, []churn.Commit{three, two, old, odd}))
		want := &churn.History{Days: 90, Files: []churn.File{
			{Path: "a.go", Age: -1}, {Path: "b.go", Changes: 2, Authors: 1, Fixes: 1, Age: 0},
		}}
		h, since := r.churn(repoID, "three")
		if d := cmp.Diff(want, h); d != "" || !since.IsZero() {
			t.Errorf("since %s: %s", since, d)
		}
		r.land("d2", r.commit("four", "three", "feat: c", "a.go"))
		if h, _ := r.churn(repoID, "four"); h == nil || h.Files[0].Changes != 1 || h.Files[1].Changes != 2 {
			t.Errorf("with a push after it: %+v", h)
		}
	},
	"commits that go in a circle end": func(t *testing.T, r *Rig) {
		r.land("d1", r.commit("one", "two", "feat: a", "a.go"), r.commit("two", "one", "feat: b", "a.go"))
		if h, _ := r.churn(repoID, "two"); h != nil {
			t.Errorf("%+v", h)
		}
	},
	"what is old goes, and that nothing is missing before it stays known": func(t *testing.T, r *Rig) {
		r.land("d1", r.commit("one", "", "feat: begin"))
		r.Clock.Add(day)
		r.land("d2", r.commit("two", "one", "feat: a", "a.go"))
		r.Clock.Add(200 * day)
		r.land("d3", r.commit("three", "two", "feat: b", "b.go"))
		n, err := r.Prune(ctx(), store.Retention{})
		r.fatal(err)
		if h, since := r.churn(repoID, "three"); n != 1 || h == nil || h.Files[1].Changes != 1 || h.Files[0].Changes != 0 {
			t.Errorf("%d rows went; %+v, since %s", n, h, since)
		}
	},
	"a repository has a bounded number of rows": func(t *testing.T, r *Rig) {
		parent := ""
		for i := range 21 {
			var commits []churn.Commit
			for k := range 100 {
				id := fmt.Sprintf("c%d-%d", i, k)
				commits, parent = append(commits, r.commit(id, parent, "feat: a", "a.go")), id
			}
			r.land(fmt.Sprintf("d%d", i), commits...)
			r.Clock.Add(time.Minute)
		}
		if h, _ := r.churn(repoID, "c0-99"); h != nil {
			t.Errorf("the oldest are still there: %+v", h)
		}
		if h, _ := r.churn(repoID, parent); h == nil || h.Days != 0 || h.Files[0].Changes != churn.MaxCommits {
			t.Errorf("%+v", h)
		}
	},
	"a commit of very many files tells of none": func(t *testing.T, r *Rig) {
		paths := []string{"a.go"}
		for i := range churn.MaxPaths {
			paths = append(paths, fmt.Sprintf("x/%d.go", i))
		}
		r.land("d1", r.commit("one", "", "feat: begin"), r.commit("two", "one", "style: format", paths...))
		if h, _ := r.churn(repoID, "two"); h == nil || h.Files[0].Changes != 0 {
			t.Errorf("%+v", h)
		}
	},
}
