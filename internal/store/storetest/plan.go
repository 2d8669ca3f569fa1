package storetest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/verdict"
)

var planCases = map[string]func(t *testing.T, r *Rig){
	"a look is kept whole": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		look := r.Verdict(1, "failure", "one")
		look.Record.Base.SHA = "newer"
		look.Lines = []history.Line{{Key: Pull(1).Key, At: r.Clock.Now(), Kind: history.Evaluated, Detail: "failure", SHA: "aaa"}}
		st := r.Save(look, Check("k1", 1, "aaa", effect.Failure), Comment("k2", 1))
		if len(st.Peers) != 0 || len(st.Checks) != 0 || st.Comment != nil || st.Sequence == 0 {
			t.Errorf("something stood before the first look: %+v", st)
		}
		verdicts, err := r.Verdicts(ctx(), look.Record, 10)
		r.fatal(err)
		if diff := cmp.Diff([]verdict.Verdict{*look.Verdict}, verdicts); diff != "" {
			t.Error(diff)
		}
		for _, e := range look.Evidence {
			if got, err := r.Evidence(ctx(), e.Digest); err != nil || string(got) != string(e.Body) {
				t.Errorf("evidence %s: %s %v", e.Digest, got, err)
			}
		}
		if got := r.MustRecord(Pull(1).Key); got.Base.SHA != "newer" {
			t.Errorf("%+v", got)
		}
		lines, err := r.Lines(ctx(), Pull(1).Key, 1)
		r.fatal(err)
		if diff := cmp.Diff(look.Lines, lines); diff != "" {
			t.Error(diff)
		}
		if effects, err := r.Effects(ctx(), Pull(1).Key, 10); err != nil || len(effects) != 2 {
			t.Errorf("%+v %v", effects, err)
		}
		decided, err := r.Decided(ctx(), Pull(1).Key, "aaa")
		if err != nil || string(decided) != `{"decision":"one"}` {
			t.Errorf("%s %v", decided, err)
		}
		if none, err := r.Decided(ctx(), Pull(1).Key, "bbb"); err != nil || none != nil {
			t.Errorf("a decision on another commit: %s %v", none, err)
		}
	},
	"an error of compose keeps nothing": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		look := r.Verdict(1, "failure", "one")
		look.Lines = []history.Line{{Key: Pull(1).Key, At: r.Clock.Now(), Kind: history.Evaluated}}
		look.Record.Head.SHA = "bbb"
		bad := errors.New("cannot compose")
		if _, err := r.SavePlan(ctx(), look, func(plan.Standing) ([]effect.Effect, error) {
			return []effect.Effect{Check("k1", 1, "aaa", effect.Failure)}, bad
		}); !errors.Is(err, bad) {
			t.Fatal(err)
		}
		nothing(t, r)
	},
	"a look that began before a saved one is refused": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		older := r.Verdict(1, "failure", "one")
		r.MustAdmit(r.Admission("d2", Opened(1, "aaa")))
		r.Save(r.Verdict(1, "success", "two"))
		_, err := r.SavePlan(ctx(), older, func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
		if !errors.Is(err, plan.ErrOutdated) {
			t.Errorf("an older look was saved: %v", err)
		}
	},
	"an effect that intends nothing keeps nothing": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		planned, err := r.SavePlan(ctx(), r.Verdict(1, "failure", "one"), func(plan.Standing) ([]effect.Effect, error) {
			return []effect.Effect{Check("k1", 1, "aaa", effect.Failure), {Key: "k2", Ref: Pull(1)}}, nil
		})
		if err == nil || planned != nil {
			t.Fatal(planned, err)
		}
		nothing(t, r)
	},
	"a record that is kept is not changed": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		look := r.Verdict(1, "failure", "one")
		look.KeepRecord, look.Record.Base.SHA = true, "other"
		r.Save(look)
		if got := r.MustRecord(Pull(1).Key); got.Base.SHA != "base" {
			t.Errorf("%+v", got)
		}
		if v, err := r.Verdicts(ctx(), look.Record, 10); err != nil || len(v) != 0 {
			t.Errorf("%+v %v", v, err)
		}
	},
	"what stands on a commit": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "aaa"), Opened(3, "ccc")))
		first := r.Save(r.Verdict(1, "failure", "one"), Check("k1", 1, "aaa", effect.Failure), Comment("c1", 1))
		receipt := effect.Receipt{Key: "k1", RemoteID: "approval", URL: "https://forge/70", At: r.Clock.Now(), Found: true}
		r.fatal(r.Receive(ctx(), Check("k1", 1, "aaa", effect.Failure), receipt,
			history.Line{Key: Pull(1).Key, At: r.Clock.Now(), Kind: history.Published}))
		second := r.Save(r.Verdict(2, "success", "two"), Check("k2", 2, "aaa", effect.Failure))
		if second.Sequence <= first.Sequence {
			t.Errorf("sequence %d after %d", second.Sequence, first.Sequence)
		}
		if diff := cmp.Diff(map[string]effect.Posted{"lintel": {Effect: Check("k1", 1, "aaa", effect.Failure), Receipt: &receipt}},
			second.Checks); diff != "" {
			t.Error(diff)
		}
		if second.Comment != nil {
			t.Errorf("the comment is another change's: %+v", second.Comment)
		}
		if len(second.Peers) != 1 || second.Peers[0].Record.Number != 1 || second.Peers[0].Verdict == nil ||
			second.Peers[0].Verdict.Conclusion != "failure" {
			t.Errorf("%+v", second.Peers)
		}
		third := r.Save(r.Verdict(1, "success", "three"))
		if len(third.Checks) != 1 || third.Checks["lintel"].Effect.Key != "k2" || third.Checks["lintel"].Receipt != nil {
			t.Errorf("the newest effect on the commit stands: %+v", third.Checks)
		}
		if third.Comment == nil || third.Comment.Effect.Key != "c1" {
			t.Errorf("%+v", third.Comment)
		}
		if st := r.Save(r.Verdict(3, "success", "x")); len(st.Peers)+len(st.Checks) != 0 {
			t.Errorf("another commit: %+v", st)
		}
	},
	"a peer has the verdict on this commit alone": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "old"), Opened(2, "aaa")))
		r.Save(r.Verdict(1, "success", "one"))
		r.MustAdmit(r.Admission("d2", Opened(1, "aaa")))
		if st := r.Save(r.Verdict(2, "success", "two")); len(st.Peers) != 1 || st.Peers[0].Verdict != nil {
			t.Errorf("%+v", st.Peers)
		}
		peers, err := r.SameCommit(ctx(), r.MustRecord(Pull(1).Key))
		if err != nil || len(peers) != 1 || peers[0].Verdict == nil {
			t.Errorf("%+v %v", peers, err)
		}
	},
	"a merge group has no peers": func(t *testing.T, r *Rig) {
		ref := Pull(0)
		ref.Key = change.Key{Forge: change.GitHub, RepoID: repoID, Group: "aaa"}
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"),
			delivery.ReviewRequest{Ref: &ref, Group: &change.Group{Head: "aaa", Number: 1}, Why: "w"}))
		record := r.MustRecord(ref.Key)
		if st := r.Save(plan.Look{Record: record}); len(st.Peers) != 0 {
			t.Errorf("%+v", st.Peers)
		}
		if st := r.Save(r.Verdict(1, "success", "x")); len(st.Peers) != 0 {
			t.Errorf("%+v", st.Peers)
		}
	},
	"a look that finds the change over wakes those with its commit": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "aaa")))
		r.Queue.Take()
		look := plan.Look{Record: r.MustRecord(Pull(1).Key)}
		look.Record.State = change.Merged
		rings := r.Queue.Rings
		r.Save(look)
		if diff := cmp.Diff([]Job{{"github:7#2", delivery.Interactive, 0, true}}, r.Queue.Take()); diff != "" || r.Queue.Rings != rings+1 {
			t.Error(diff, r.Queue.Rings)
		}
		r.Save(look)
		if jobs := r.Queue.Take(); len(jobs) != 0 {
			t.Errorf("again for nothing: %v", jobs)
		}
	},
	"a look that finds a new head wakes those with the old one": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "aaa")))
		r.Queue.Take()
		look := r.Verdict(1, "success", "one")
		r.Save(look)
		if jobs := r.Queue.Take(); len(jobs) != 0 {
			t.Errorf("woken for nothing: %v", jobs)
		}
		look.Record.Head.SHA = "bbb"
		r.Save(look)
		if jobs := r.Queue.Take(); len(jobs) != 1 || jobs[0].Key != "github:7#2" {
			t.Errorf("%v", jobs)
		}
	},
	"large evidence comes back as it was": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		body, err := json.Marshal(make([]int, 200_000))
		r.fatal(err)
		look := r.Verdict(1, "success", "one")
		look.Evidence = append(look.Evidence, verdict.Evidence{Digest: "sha256:big", Kind: "facts", Body: body},
			verdict.Evidence{Digest: "sha256:empty", Kind: "facts"})
		r.Save(look)
		r.Save(look)
		if got, err := r.Evidence(ctx(), "sha256:big"); err != nil || string(got) != string(body) {
			t.Errorf("%d bytes came back, %v", len(got), err)
		}
		if got, err := r.Evidence(ctx(), "sha256:empty"); err != nil || len(got) != 0 {
			t.Errorf("%q %v", got, err)
		}
		if _, err := r.Evidence(ctx(), "sha256:none"); !errors.Is(err, change.ErrNotFound) {
			t.Error(err)
		}
	},
}

// nothing checks that a refused plan left no trace of change 1.
func nothing(t *testing.T, r *Rig) {
	t.Helper()
	rec := r.MustRecord(Pull(1).Key)
	verdicts, verr := r.Verdicts(ctx(), rec, 10)
	effects, eerr := r.Effects(ctx(), Pull(1).Key, 10)
	lines, lerr := r.Lines(ctx(), Pull(1).Key, 10)
	r.fatal(errors.Join(verr, eerr, lerr))
	if rec.Head.SHA != "aaa" || len(verdicts)+len(effects) != 0 || len(lines) != 1 {
		t.Errorf("kept: %+v %+v %+v %+v", rec, verdicts, effects, lines)
	}
	if _, err := r.Evidence(ctx(), "sha256:factsone"); !errors.Is(err, change.ErrNotFound) {
		t.Errorf("evidence was kept: %v", err)
	}
}

var journalCases = map[string]func(t *testing.T, r *Rig){
	"intended, tried, received": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		check, comment := Check("k1", 1, "aaa", effect.Failure), Comment("c1", 1)
		r.Save(r.Verdict(1, "failure", "one"), check, comment)
		want := func(step string, want []effect.Pending) {
			t.Helper()
			got, err := r.Pending(ctx(), Pull(1).Key)
			r.fatal(err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", step, diff)
			}
		}
		want("at first", []effect.Pending{{Effect: comment}, {Effect: check}})
		want("after a crash", []effect.Pending{{Effect: comment, Tried: true}, {Effect: check, Tried: true}})
		line := history.Line{Key: Pull(1).Key, At: r.Clock.Now(), Kind: history.Published, Detail: "comment"}
		r.fatal(r.Receive(ctx(), comment, effect.Receipt{Key: "c1", RemoteID: "5", At: r.Clock.Now()}, line))
		want("after a receipt", []effect.Pending{{Effect: check, Tried: true}})
		r.fatal(r.Drop(ctx(), check, "the forge will never take it"))
		want("after it was dropped", nil)
		effects, err := r.Effects(ctx(), Pull(1).Key, 10)
		r.fatal(err)
		for _, p := range effects {
			if (p.Receipt != nil) != (p.Effect.Comment != nil) {
				t.Errorf("only what reached the forge has a receipt: %+v", p)
			}
		}
		if lines, err := r.Lines(ctx(), Pull(1).Key, 1); err != nil || len(lines) != 1 || lines[0].Kind != history.Published {
			t.Errorf("%+v %v", lines, err)
		}
	},
	"a newer effect supersedes, across changes for a check": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "aaa"), Opened(3, "ccc")))
		other := Check("k1-size", 1, "aaa", effect.Success)
		other.Check.Name = "lintel / size"
		r.holds("aaa", false)
		r.Save(r.Verdict(1, "failure", "one"), Check("k1", 1, "aaa", effect.Failure), other, Comment("c1", 1))
		r.holds("aaa", true)
		r.Save(r.Verdict(3, "success", "x"), Check("k3", 3, "ccc", effect.Success), Comment("c3", 3))
		r.holds("ccc", false)
		superseded := func(n int) map[string]bool {
			t.Helper()
			all, err := r.Pending(ctx(), Pull(n).Key)
			r.fatal(err)
			got := map[string]bool{}
			for _, p := range all {
				got[p.Effect.Key] = p.Superseded
			}
			return got
		}
		if diff := cmp.Diff(map[string]bool{"k1": false, "k1-size": false, "c1": false}, superseded(1)); diff != "" {
			t.Error(diff)
		}
		r.Save(r.Verdict(2, "failure", "two"), Check("k2", 2, "aaa", effect.Failure), Comment("c2", 2))
		if diff := cmp.Diff(map[string]bool{"k1": true, "k1-size": false, "c1": false}, superseded(1)); diff != "" {
			t.Error(diff)
		}
		r.Save(r.Verdict(1, "failure", "three"), Comment("c1b", 1))
		if diff := cmp.Diff(map[string]bool{"k1": true, "k1-size": false, "c1": true, "c1b": false}, superseded(1)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string]bool{"k2": false, "c2": false}, superseded(2)); diff != "" {
			t.Error(diff)
		}
	},
	"only the first kind is tried": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.Save(r.Verdict(1, "failure", "one"), Comment("c1", 1), Check("k1", 1, "aaa", effect.Failure))
		both, comments := []effect.Kind{effect.KindCheck, effect.KindComment}, []effect.Kind{effect.KindComment}
		for i, want := range []string{"c1 k1", "c1 k1 tried", "c1", "c1 tried", "c1 tried k1 tried"} {
			kinds := both
			if i == 2 || i == 3 {
				kinds = comments
			}
			if got := strings.Join(r.pending(kinds...), " "); got != want {
				t.Errorf("list %d is %q, want %q", i, got, want)
			}
		}
	},
	"a key is intended once": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		e := Check("k1", 1, "aaa", effect.Failure)
		r.Save(r.Verdict(1, "failure", "one"), e)
		r.fatal(r.Receive(ctx(), e, effect.Receipt{Key: "k1", RemoteID: "5", At: r.Clock.Now()}, history.Line{Key: Pull(1).Key}))
		r.Save(r.Verdict(1, "failure", "one"), e)
		if all, err := r.Pending(ctx(), Pull(1).Key); err != nil || len(all) != 0 {
			t.Errorf("%+v %v", all, err)
		}
	},
	"what was received is not dropped": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		e := Check("k1", 1, "aaa", effect.Failure)
		r.Save(r.Verdict(1, "failure", "one"), e)
		r.fatal(r.Receive(ctx(), e, effect.Receipt{Key: "k1", RemoteID: "5", At: r.Clock.Now()}, history.Line{Key: Pull(1).Key}))
		r.Clock.Add(time.Second)
		r.fatal(r.Drop(ctx(), e, "late"))
		if all, err := r.Effects(ctx(), Pull(1).Key, 1); err != nil || all[0].Receipt == nil ||
			!all[0].Receipt.At.Equal(r.Clock.Now().Add(-time.Second)) {
			t.Errorf("%+v %v", all, err)
		}
	},
}

// holds fails the test unless the newest check on a commit holds a merge, or does not, as wanted.
func (r *Rig) holds(sha string, want bool) {
	r.t.Helper()
	got, err := r.HoldsMerge(ctx(), change.GitHub, repoID, sha, "lintel")
	if r.fatal(err); got != want {
		r.t.Errorf("the check on %s holds a merge: %v, want %v", sha, got, want)
	}
}
