package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/thread"
)

// posted makes an inline comment that stands on the forge under an id.
func (r *Rig) posted(fingerprint string, id int64) {
	r.t.Helper()
	e := InlineComment("r-"+fingerprint, 1, fingerprint)
	r.Save(r.Verdict(1, "success", "one"), e)
	receipt := effect.Receipt{Key: e.Key, RemoteID: effect.NumberID(id), At: r.Clock.Now()}
	r.fatal(r.Receive(ctx(), e, receipt, history.Line{Key: Pull(1).Key}))
}

// report stores an event by which people do something, and returns the findings' state and the outcomes as text.
func (r *Rig) report(id string, acts ...change.Feedback) (thread.State, []string) {
	r.t.Helper()
	a := r.Admission(id)
	a.Feedback = acts
	r.MustAdmit(a)
	return r.byFingerprint()["p1"].State, r.outcomes()
}

func (r *Rig) outcomes() []string {
	r.t.Helper()
	all, err := r.Outcomes(ctx(), Pull(1).Key)
	r.fatal(err)
	out := []string{}
	for _, o := range all {
		out = append(out, fmt.Sprintf("%s %s %s %s", o.Fingerprint, o.Kind, o.Actor, o.Role))
	}
	return out
}

func act(kind change.FeedbackKind, actor string, role change.Role, source string) change.Feedback {
	return change.Feedback{Comment: 9, Kind: kind, Actor: actor, Role: role, Source: source}
}

var feedbackCases = map[string]func(t *testing.T, r *Rig){
	"what people do about an inline comment is kept once, and counts by who they are": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.posted("p1", 9)
		var want []string
		for i, c := range []struct {
			act   change.Feedback
			news  []string
			state thread.State
		}{
			{act(change.FeedbackReply, "rita", change.RoleReader, "delivery:1"), []string{"p1 replied rita reader"}, thread.Open},
			{act(change.FeedbackReply, "rita", change.RoleReader, "delivery:1"), nil, thread.Open},
			{act(change.FeedbackThumbsDown, "dependabot[bot]", change.RoleBot, "reaction:1"), nil, thread.Open},
			{change.Feedback{
				Comment: 1234,
				Kind:    change.FeedbackResolved,
				Actor:   "wendy",
				Role:    change.RoleWriter,
				Source:  "delivery:2",
			}, nil, thread.Open},
			{act(change.FeedbackThumbsDown, "rita", change.RoleReader, "reaction:2"), []string{"p1 thumbs_down rita reader"}, thread.Open},
			{act(change.FeedbackThumbsUp, "olga", change.RoleWriter, "reaction:3"), []string{"p1 thumbs_up olga writer"}, thread.Open},
			{act(change.FeedbackUnresolved, "", change.RoleUnknown, ""), nil, thread.Open},
			{act(change.FeedbackResolved, "wendy", change.RoleAuthor, "delivery:4"),
				[]string{"p1 resolved wendy author", "p1 dismissed wendy author"}, thread.Dismissed},
			{act(change.FeedbackResolved, "wendy", change.RoleAuthor, ""), nil, thread.Dismissed},
			{act(change.FeedbackThumbsDown, "olga", change.RoleWriter, "reaction:5"), []string{"p1 thumbs_down olga writer"},
				thread.Dismissed},
			{act(change.FeedbackUnresolved, "olga", change.RoleWriter, "delivery:6"), []string{"p1 unresolved olga writer"}, thread.Open},
			{act(change.FeedbackDeleted, "olga", change.RoleWriter, "delivery:7"),
				[]string{"p1 deleted olga writer", "p1 dismissed olga writer"}, thread.Dismissed},
		} {
			state, got := r.report(fmt.Sprintf("e%d", i), c.act)
			want = append(want, c.news...)
			if diff := cmp.Diff(want, got); diff != "" || state != c.state {
				t.Fatalf("step %d: %s, %s", i, state, diff)
			}
		}
	},
	"a look repairs what an event did not tell": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.posted("p1", 9)
		look := r.Verdict(1, "success", "two")
		look.Feedback = []change.Feedback{act(change.FeedbackResolved, "wendy", change.RoleAuthor, ""),
			act(change.FeedbackThumbsDown, "olga", change.RoleUnknown, "reaction:1")}
		r.Save(look)
		r.Save(look)
		if diff := cmp.Diff([]string{"p1 resolved wendy author", "p1 dismissed wendy author", "p1 thumbs_down olga unknown"},
			r.outcomes()); diff != "" {
			t.Error(diff)
		}
	},
	"a permission that is learned later counts then": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.posted("p1", 9)
		if state, _ := r.report("e1", act(change.FeedbackThumbsDown, "olga", change.RoleUnknown, "reaction:1")); state != thread.Open {
			t.Error(state)
		}
		state, got := r.report("e2", act(change.FeedbackThumbsDown, "olga", change.RoleWriter, "reaction:1"))
		if diff := cmp.Diff([]string{"p1 thumbs_down olga writer", "p1 dismissed olga writer"}, got); diff != "" ||
			state != thread.Dismissed {
			t.Error(state, diff)
		}
	},
	"votes of which a delivery told are asked about until it is known what the voter may do": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.posted("p1", 9)
		for i, a := range []change.Feedback{
			act(change.FeedbackThumbsDown, "rae", change.RoleUnknown, "delivery:1"),
			act(change.FeedbackThumbsDown, "rita", change.RoleUnknown, "delivery:2"),
			act(change.FeedbackThumbsDown, "zoe", change.RoleUnknown, "reaction:3"),
			act(change.FeedbackThumbsUp, "dev", change.RoleUnknown, "delivery:4"),
		} {
			r.report(fmt.Sprintf("e%d", i), a)
		}
		asked := func() (who []string) {
			all, err := r.Unweighed(ctx(), Pull(1).Key)
			r.fatal(err)
			for _, v := range all {
				who = append(who, fmt.Sprintf("%s %s %d", v.Actor, v.Source, v.Comment))
			}
			return who
		}
		if diff := cmp.Diff([]string{"rae delivery:1 9", "rita delivery:2 9"}, asked()); diff != "" {
			t.Error(diff)
		}
		if state, _ := r.report("e5", act(change.FeedbackThumbsDown, "rae", change.RoleReader, "delivery:1")); state != thread.Open {
			t.Error("a reader decides: ", state)
		}
		if diff := cmp.Diff([]string{"rita delivery:2 9"}, asked()); diff != "" {
			t.Error(diff)
		}
		state, got := r.report("e6", act(change.FeedbackThumbsDown, "rita", change.RoleWriter, "delivery:2"))
		if diff := cmp.Diff([]string{"p1 thumbs_down rae reader", "p1 thumbs_down rita writer", "p1 thumbs_down zoe unknown",
			"p1 thumbs_up dev unknown", "p1 dismissed rita writer"}, got); diff != "" || state != thread.Dismissed {
			t.Error(state, diff)
		}
		if left := asked(); len(left) != 0 {
			t.Error(left)
		}
	},
	"what was dismissed stays so, whatever is composed": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.posted("p1", 9)
		r.report("e1", act(change.FeedbackResolved, "wendy", change.RoleAuthor, "delivery:1"))
		again := InlineComment("again", 1, "p1")
		r.Save(r.Verdict(1, "success", "two"), again)
		if p := r.byFingerprint()["p1"]; p.State != thread.Dismissed || p.Actor != "wendy" {
			t.Errorf("%+v", p)
		}
	},
	"dismissals are learned from until they are lifted": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.posted("p1", 9)
		r.report("e1", act(change.FeedbackThumbsDown, "wendy", change.RoleAuthor, "reaction:1"))
		all, err := r.Dismissals(ctx(), change.GitHub, repoID, r.Clock.Now().Add(-time.Hour))
		r.fatal(err)
		if len(all) != 1 || all[0].By != "wendy" || all[0].Why != "thumbs_down" || all[0].About.Category != "correctness" ||
			all[0].Path != "cart/cart.go" || all[0].Key != Pull(1).Key {
			t.Fatalf("%+v", all)
		}
		if old, err := r.Dismissals(ctx(), change.GitHub, repoID, r.Clock.Now().Add(time.Hour)); err != nil || len(old) != 0 {
			t.Errorf("%+v %v", old, err)
		}
		r.fatal(r.Lift(ctx(), all, "olga"))
		if left, err := r.Dismissals(ctx(), change.GitHub, repoID, time.Time{}); err != nil || len(left) != 0 {
			t.Errorf("%+v %v", left, err)
		}
		if lines, err := r.Lines(ctx(), Pull(1).Key, 1); err != nil || lines[0].Kind != history.Lifted || lines[0].Actor != "olga" {
			t.Errorf("%+v %v", lines, err)
		}
		if p := r.byFingerprint()["p1"]; p.State != thread.Dismissed {
			t.Errorf("lifting brought a comment back: %+v", p)
		}
	},
	"rules' findings are followed across heads": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		look := func(head string, unjudged []string, found ...string) {
			t.Helper()
			l := r.Verdict(1, "failure", head)
			l.Verdict.Head, l.Record.Head.SHA, l.Unjudged = head, head, unjudged
			for _, f := range found {
				l.Found = append(l.Found,
					thread.Finding{
						Fingerprint: f,
						About:       effect.About{Origin: effect.FromRule, Rule: "size/" + f, Severity: "error"},
						Path:        "a.go",
					})
			}
			r.Save(l)
		}
		look("aaa", nil, "one", "two", "three")
		look("aaa", nil, "one", "two", "three")
		look("aaa", nil, "one", "two")
		look("bbb", []string{"size/two"}, "one")
		look("ccc", []string{"*"})
		look("ddd", nil, "two")
		if diff := cmp.Diff([]string{"three cleared  ", "one addressed  "}, r.outcomes()); diff != "" {
			t.Error(diff)
		}
		p := r.byFingerprint()
		if p["one"].State != thread.Addressed || p["two"].State != thread.Open || p["two"].SHA != "ddd" ||
			p["three"].State != thread.Addressed {
			t.Errorf("%+v", p)
		}
		look("eee", nil, "one", "two")
		if p := r.byFingerprint()["one"]; p.State != thread.Open {
			t.Errorf("it came back: %+v", p)
		}
	},
	"drafts wait for a release": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "aaa")))
		r.Queue.Take()
		draft, gone := InlineComment("r1", 1, "p1"), InlineComment("r2", 1, "p2")
		draft.Inline.Draft, gone.Inline.Draft = true, true
		r.Save(r.Verdict(1, "success", "one"), draft, gone)
		if jobs := r.Queue.Take(); len(jobs) != 1 || jobs[0].Key != "github:7#1" {
			t.Errorf("nobody writes the check that tells of them: %v", jobs)
		}
		withdrawn := InlineComment("r3", 1, "p2")
		withdrawn.Inline.Draft, withdrawn.Inline.AddressedIn = true, "bbb"
		r.Save(plan.Look{Record: r.MustRecord(Pull(1).Key), KeepRecord: true}, withdrawn)
		if got := r.pending(); len(got) != 0 {
			t.Errorf("handed out: %v", got)
		}
		click := r.Admission("d2",
			delivery.ReviewRequest{Commit: "aaa", Forge: change.GitHub, RepoID: repoID, Lane: delivery.Interactive, Why: "w"})
		click.Release = &delivery.Release{SHA: "aaa", Actor: "rita", Via: "button"}
		r.MustAdmit(click)
		asks, err := r.Asked(ctx(), Pull(1).Key)
		r.fatal(err)
		if len(asks) != 1 || asks[0].Actor != "rita" || asks[0].SHA != "aaa" || asks[0].Via != "button" {
			t.Fatalf("%+v", asks)
		}
		if none, err := r.Asked(ctx(), Pull(2).Key); err != nil || len(none) != 0 {
			t.Errorf("a change without drafts was asked for: %+v %v", none, err)
		}
		r.fatal(r.Refuse(ctx(), asks[0], "rita may not write here"))
		if left, err := r.Asked(ctx(), Pull(1).Key); err != nil || len(left) != 0 || r.byFingerprint()["p1"].State != thread.Waiting {
			t.Errorf("%+v %v", left, err)
		}
		n, err := r.Release(ctx(), delivery.ReleaseRequest{Key: Pull(1).Key, SHA: "aaa", Actor: "olga", Via: "command"})
		r.fatal(err)
		if n != 1 {
			t.Errorf("released %d", n)
		}
		if got := r.pending(effect.KindInline); !cmp.Equal(got, []string{"r1"}) {
			t.Errorf("to be posted: %v", got)
		}
		p := r.byFingerprint()
		if p["p1"].State != thread.Open || p["p1"].Actor != "olga" || p["p1"].Posted.Effect.Inline.Draft ||
			p["p2"].State != thread.Addressed {
			t.Errorf("%+v", p)
		}
		if diff := cmp.Diff([]string{"p1 released olga writer"}, r.outcomes()); diff != "" {
			t.Error(diff)
		}
		lines, err := r.Lines(ctx(), Pull(1).Key, 2)
		r.fatal(err)
		if lines[0].Detail != "1 comment released by command" || lines[0].Actor != "olga" || lines[1].Actor != "rita" ||
			lines[1].Detail != "drafts of comments were not released: rita may not write here" {
			t.Errorf("%+v", lines)
		}
		if again, err := r.Release(ctx(), delivery.ReleaseRequest{Key: Pull(1).Key, Actor: "olga"}); err != nil || again != 0 {
			t.Errorf("released again: %d %v", again, err)
		}
	},
	"old findings of a change that is over go": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.posted("p1", 9)
		r.report("e1", act(change.FeedbackReply, "rita", change.RoleReader, "delivery:1"))
		year := 365 * 24 * time.Hour
		r.Clock.Add(2 * year)
		_, err := r.Prune(ctx(), store.Retention{History: year})
		r.fatal(err)
		if len(r.byFingerprint()) != 1 || len(r.outcomes()) != 0 {
			t.Errorf("what stands on an open change: %v; its old outcomes: %v", r.byFingerprint(), r.outcomes())
		}
		over := r.Admission("d2")
		over.Ended, over.EndState = []change.Ref{Pull(1)}, change.Merged
		r.MustAdmit(over)
		_, err = r.Prune(ctx(), store.Retention{History: year})
		r.fatal(err)
		if len(r.byFingerprint()) != 0 {
			t.Errorf("%v", r.byFingerprint())
		}
	},
}
