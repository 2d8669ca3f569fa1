package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// source is a changed file at a head, with one line that a finding may flag.
func source(path, line string) diff.File {
	return diff.File{Path: path, Status: diff.Modified, State: diff.Text, Blob: "blob of " + line,
		Hunks: []diff.Hunk{{NewStart: 1, Lines: []diff.Line{{Op: diff.Add, Text: line}}}}}
}

// flag is a finding of size/large-file on the line of a file.
func flag(path string, mode finding.Mode) finding.Finding {
	return finding.Finding{Rule: "size/large-file", Family: "size", Severity: finding.Error, Mode: mode, Blocking: mode == finding.Enforce,
		Path: path, Line: 1, EndLine: 1, Fingerprint: finding.Fingerprint("of " + path)}
}

// looked saves a look at a change on its head that found these findings among these files.
func (r *Rig) looked(number int, files []diff.File, found ...finding.Finding) *outcome.Look {
	r.t.Helper()
	look := r.Verdict(number, "failure", fmt.Sprint(number, r.Clock.Now().UnixNano()))
	look.Seen = outcome.NewLook(look.Record.Head.SHA, files)
	look.Seen.Judged = []string{"size/large-file"}
	for _, f := range found {
		look.Seen.Sight(f, false)
	}
	r.Save(look)
	return look.Seen
}

// becameOf is how many findings came to each outcome; none for those of none.
func (r *Rig) becameOf() map[outcome.Outcome]int64 {
	r.t.Helper()
	got := map[outcome.Outcome]int64{}
	for _, c := range r.cards() {
		for o, n := range c.Outcomes {
			if n > 0 {
				got[o] += n
			}
		}
	}
	return got
}

func (r *Rig) cards() []scorecard.Card {
	r.t.Helper()
	counts, err := r.Scores(ctx(), "", 0, r.Clock.Now().Add(-scorecard.Window))
	r.fatal(err)
	own, err := r.Scores(ctx(), change.GitHub, repoID, r.Clock.Now().Add(-scorecard.Window))
	r.fatal(err)
	if diff := cmp.Diff(counts, own); diff != "" {
		r.t.Errorf("the one repository and all of them differ: %s", diff)
	}
	return scorecard.Cards(counts)
}

// ended stores that a change was merged or closed.
func (r *Rig) ended(id string, number int, state change.State) {
	r.t.Helper()
	a := r.Admission(id)
	a.Ended, a.EndState = []change.Ref{Pull(number)}, state
	r.MustAdmit(a)
}

// recount is how many findings have each outcome by the findings themselves.
func (r *Rig) recount() map[outcome.Outcome]int64 {
	r.t.Helper()
	rows, err := r.Writer().QueryContext(ctx(), `SELECT outcome, COUNT(*) FROM posted GROUP BY outcome`)
	r.fatal(err)
	defer rows.Close()
	all := map[outcome.Outcome]int64{}
	for rows.Next() {
		var o outcome.Outcome
		var n int64
		r.fatal(rows.Scan(&o, &n))
		all[o] = n
	}
	r.fatal(rows.Err())
	return all
}

var outcomeCases = map[string]func(t *testing.T, r *Rig){
	"a finding is pending, then addressed by a push that changed its line": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.looked(1, []diff.File{source("a.go", "bad"), source("b.go", "bad")}, flag("a.go", finding.Enforce), flag("b.go", finding.Warn),
			flag("c.go", finding.Shadow))
		if got, want := r.becameOf(), map[outcome.Outcome]int64{outcome.Pending: 2}; !maps.Equal(got, want) {
			t.Errorf("%v; what is in shadow was not posted", got)
		}
		r.Clock.Add(time.Hour)
		r.MustAdmit(r.Admission("d2", Opened(1, "bbb")))
		r.looked(1, []diff.File{source("a.go", "good"), source("b.go", "bad")})
		r.looked(1, []diff.File{source("a.go", "good"), source("b.go", "bad")})
		want := map[outcome.Outcome]int64{outcome.Addressed: 1, outcome.Outdated: 1}
		if got := r.becameOf(); !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		c := r.cards()[0]
		if c.Fired != 2 || c.Blocked != 1 || c.Changes != 1 || c.Refused != 1 {
			t.Errorf("%+v", c)
		}
		r.MustAdmit(r.Admission("d3", Opened(1, "ccc")))
		r.looked(1, []diff.File{source("a.go", "bad")}, flag("a.go", finding.Enforce))
		want = map[outcome.Outcome]int64{outcome.Pending: 1, outcome.Outdated: 1}
		if got := r.becameOf(); !maps.Equal(got, want) {
			t.Errorf("%v after it came back, want %v", got, want)
		}
	},
	"how a change ends decides, and opening it again takes that back": func(t *testing.T, r *Rig) {
		for n, state := range map[int]change.State{1: change.Merged, 2: change.Closed, 3: change.Open} {
			r.MustAdmit(r.Admission(fmt.Sprint("d", n), Opened(n, "aaa")))
			r.looked(n, []diff.File{source("a.go", "bad")}, flag("a.go", finding.Warn))
			if state != change.Open {
				r.ended(fmt.Sprint("e", n), n, state)
				r.ended(fmt.Sprint("again", n), n, state)
			}
		}
		want := map[outcome.Outcome]int64{outcome.Ignored: 1, outcome.Abandoned: 1, outcome.Pending: 1}
		if got := r.becameOf(); !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		r.MustAdmit(r.Admission("reopened", Opened(2, "aaa")))
		r.looked(2, []diff.File{source("a.go", "bad")}, flag("a.go", finding.Warn))
		want = map[outcome.Outcome]int64{outcome.Ignored: 1, outcome.Pending: 2}
		if got := r.becameOf(); !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		look := plan.Look{Record: r.MustRecord(Pull(3).Key)}
		look.Record.State = change.Merged // as a look reads it when the event was lost
		r.Save(look)
		if got := r.becameOf()[outcome.Ignored]; got != 2 {
			t.Errorf("%d ignored", got)
		}
	},
	"people's acts on an inline comment are evidence when they decide here": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.posted("of a.go", 9)
		r.looked(1, []diff.File{source("a.go", "bad")}, flag("a.go", finding.Warn))
		give := func(id string, a change.Feedback) outcome.Outcome {
			delivered := r.Admission(id)
			delivered.Feedback = []change.Feedback{a}
			r.MustAdmit(delivered)
			for o := range r.becameOf() {
				return o
			}
			return ""
		}
		for i, step := range []struct {
			act  change.Feedback
			want outcome.Outcome
		}{
			{act(change.FeedbackThumbsDown, "guest", change.RoleReader, "reaction:1"), outcome.Pending},
			{act(change.FeedbackResolved, "mona", change.RoleAuthor, "delivery:2"), outcome.ResolvedUnchanged},
			{act(change.FeedbackUnresolved, "mona", change.RoleAuthor, "delivery:3"), outcome.Pending},
			{act(change.FeedbackThumbsDown, "bo", change.RoleWriter, "reaction:4"), outcome.DismissedFP},
			{act(change.FeedbackThumbsDown, "bo", change.RoleWriter, "reaction:4"), outcome.DismissedFP},
		} {
			if got := give(fmt.Sprint("f", i), step.act); got != step.want {
				t.Errorf("step %d: %s, want %s", i, got, step.want)
			}
		}
		r.ended("e", 1, change.Merged)
		if got := r.becameOf(); !maps.Equal(got, map[outcome.Outcome]int64{outcome.DismissedFP: 1}) {
			t.Errorf("%v", got)
		}
	},
	"an override that held once is evidence also when it ended": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.looked(1, []diff.File{source("a.go", "bad")}, flag("a.go", finding.Enforce))
		look := r.Verdict(1, "success", "overridden")
		look.Seen = outcome.NewLook("aaa", []diff.File{source("a.go", "bad")})
		over := flag("a.go", finding.Enforce)
		over.Blocking = false
		look.Seen.Sight(over, true)
		r.Save(look)
		r.MustAdmit(r.Admission("d2", Opened(1, "bbb")))
		r.looked(1, []diff.File{source("a.go", "bad")}, flag("a.go", finding.Enforce))
		if got := r.becameOf(); !maps.Equal(got, map[outcome.Outcome]int64{outcome.Overridden: 1}) {
			t.Errorf("%v", got)
		}
		if c := r.cards()[0]; c.Overridden != 1 || c.Refused != 1 {
			t.Errorf("%+v", c)
		}
	},
	"whatever happens, the outcomes partition the findings and the counts are theirs": func(t *testing.T, r *Rig) {
		random := rand.New(rand.NewPCG(3, 4))
		paths := []string{"a.go", "b.go", "c.go", "d.go"}
		for i := range 150 {
			n := 1 + random.IntN(4)
			switch random.IntN(6) {
			case 0:
				r.ended(fmt.Sprint("e", i), n, []change.State{change.Merged, change.Closed}[random.IntN(2)])
			case 1:
				r.Clock.Add(time.Duration(random.IntN(20)) * time.Hour)
			default:
				r.MustAdmit(r.Admission(fmt.Sprint("d", i), Opened(n, fmt.Sprint("head", random.IntN(3)))))
				var files []diff.File
				var found []finding.Finding
				for _, p := range paths {
					if random.IntN(3) > 0 {
						files = append(files, source(p, fmt.Sprint(random.IntN(2))))
					}
					if random.IntN(2) > 0 {
						found = append(found, flag(p, []finding.Mode{finding.Shadow, finding.Warn, finding.Enforce}[random.IntN(3)]))
					}
				}
				r.looked(n, files, found...)
			}
			if got, want := r.becameOf(), r.recount(); !maps.Equal(got, want) {
				t.Fatalf("event %d: counted %v, and the findings have %v", i, got, want)
			}
		}
	},
}
