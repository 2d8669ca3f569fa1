package server_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/publish"
)

// What is written beside a new check, and what is looked for before.
var (
	editsChecks   = rest("PATCH", anyRepo+"/check-runs/{check_run_id}")
	checksOf      = rest("GET", anyRepo+"/commits/{ref}/check-runs")
	commentsOf    = rest("GET", anyRepo+"/issues/{issue_number}/comments")
	comments      = rest("POST", anyRepo+"/issues/{issue_number}/comments")
	editsComments = rest("PATCH", anyRepo+"/issues/comments/{comment_id}")
	theComment    = rest("GET", anyRepo+"/issues/comments/{comment_id}")
	inlineOf      = rest("GET", anyPull+"/comments")
	inline        = rest("POST", anyPull+"/comments")
	editsInline   = rest("PATCH", anyRepo+"/pulls/comments/{comment_id}")
	theInline     = rest("GET", anyRepo+"/pulls/comments/{comment_id}")
)

// postedSpots are the addresses of what is posted: the check that is continued or searched for, the comment, inline comments at
// lines and their threads.
func postedSpots() []spot {
	lost := []traffic.Fault{{Method: makesChecks.method, Route: makesChecks.route, Status: 502, After: true, Times: 1}}
	return append(at(rest("GET", "/app"), comments, commentsOf, editsComments, inline, inlineOf, editsInline, graph("LintelThreads"),
		graph("LintelResolve"), editsChecks),
		spot{address: checksOf, beside: lost}, beside(theComment, editsComments), beside(theInline, editsInline))
}

// plan wants an inline comment, or with gone that it be said to be settled, as a job that composes advice does.
func (a *answering) plan(sha string, gone bool) {
	a.t.Helper()
	store := a.server.Record()
	record, err := store.Record(a.t.Context(), a.key)
	must(a.t, err)
	want := []effect.InlineComment{
		{
			Fingerprint: "sha256:twice",
			SHA:         sha,
			Path:        "cart/twice.go",
			Side:        effect.Right,
			StartLine:   1,
			Line:        1,
			Body:        "Twice is too often.",
			About: effect.About{
				Origin:   effect.FromAdvice,
				Rule:     "advice/correctness",
				Category: "correctness",
				Severity: "medium",
				Symbol:   "Twice",
			}}}
	in := publish.Inline{Record: record, Want: want, Head: sha}
	if gone {
		in.Want, in.Gone = nil, []string{"sha256:twice"}
	}
	_, err = store.SavePlan(a.t.Context(), plan.Look{Record: record, KeepRecord: true}, func(st plan.Standing) ([]effect.Effect, error) {
		in.Standing = st
		effects, _ := in.Plan()
		return effects, nil
	})
	must(a.t, err)
}

// TestEveryAnswerToWhatIsPosted plays every fault at every address at which something is posted or looked for: while a
// check waits in progress for a report and is then concluded, and while a comment and an inline comment are made and edited.
// What must hold: whatever becomes of the rest, the check is concluded as the truth is, and there is never a second
// comment of either kind.
//
//race:unwatched
func TestEveryAnswerToWhatIsPosted(t *testing.T) {
	t.Parallel() // each has a hub and a server of its own, and no clock but its own
	for _, s := range postedSpots() {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			a := answer(t, owned(t), false)
			commit(t, a.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: expect", Files: fakehub.Files{
				".github/lintel.yml": "version: 1\ncommits: { mode: enforce }\nownership: { mode: warn }\nreports: { " +
					"expect: [{ kind: coverage, flag: unit, required: true }], deadline: 6h }\n"}})
			met := 0
			for _, name := range sortedNames(faultsAt(s)) {
				met += a.post(s, name, faultsAt(s)[name])
			}
			if met == 0 {
				t.Errorf("nothing that is posted asks %s", s)
			}
		})
	}
}

// post opens a pull request, plays a fault while everything about it is posted, and again while all of it is edited.
func (a *answering) post(s spot, name string, fault traffic.Fault) (met int) {
	t := a.t
	t.Helper()
	if s.address == rest("GET", "/app") { // it is asked once
		must(t, a.server.Close())
		a.open()
	}
	branch := "topic-" + time.Now().Format("150405.000000000")
	sha := commit(t, a.hub, shop,
		fakehub.Commit{
			Branch:  branch,
			From:    "main",
			Author:  "wendy",
			Message: "feat: " + branch,
			Files:   fakehub.Files{"cart/twice.go": "package cart // " + branch + "\n"},
		})
	a.follow(open(t, a.hub, shop, fakehub.Pull{Head: branch, Base: "main", Title: "Bad title.", Author: "wendy"}))
	a.find()
	a.plan(sha, false)
	under := func(do func()) {
		a.hub.Reset()
		remove := a.play(s, fault)
		do()
		met += a.hits(s)
		remove()
	}
	settle := func(when, want string) {
		t.Helper()
		a.find()
		a.look()
		if got := a.stands(sha); got != want {
			runs := a.hub.Runs(shop, sha)
			t.Errorf("%s %s: %s: the check is %s, want %s: %s", s, name, when, got, want, runs[len(runs)-1].Summary)
		}
		view, err := a.hub.Pull(shop, a.number)
		must(t, err)
		threads, err := a.hub.Threads(shop, a.number)
		must(t, err)
		most := 1
		if s.address == theComment && slices.Contains([]int{404, 410, 451}, fault.Status) {
			most = 2 // its own address says that it is gone, so it is made anew
		}
		if len(view.Comments) > most || len(threads) > 1 {
			t.Errorf("%s %s: %s: %d comments, %d threads", s, name, when, len(view.Comments), len(threads))
		}
	}
	under(func() { a.look() })
	settle("made", "failure")
	a.title("feat: pay twice") // now only the report is missing
	a.plan(sha, true)
	a.find()
	under(func() { a.look() })
	a.clock.forward(7 * time.Hour) // past the deadline
	a.find()
	under(func() { a.look() })
	settle("edited", "failure") // for want of the report
	must(t, a.hub.ClosePull(shop, a.number, "wendy"))
	_, err := a.server.LookThrough(t.Context(), change.Key{Forge: change.GitHub, RepoID: a.repo.ID, Number: a.number})
	must(t, err)
	if runs := a.hub.Runs(shop, sha); slices.ContainsFunc(runs[len(runs)-1:],
		func(v fakehub.RunView) bool { return v.Status != "completed" }) {
		t.Errorf("%s %s: a check stays in progress", s, name)
	}
	return met
}
