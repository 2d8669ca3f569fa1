package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/store"
)

// look saves a look at a change that wants checks, each as "name:scope".
func (r *Rig) look(number int, head string, wants ...string) {
	r.t.Helper()
	record := r.MustRecord(Pull(number).Key)
	record.Head.SHA, record.State = head, change.Open
	all := []checkrun.Want{}
	for _, w := range wants {
		w, again := strings.CutSuffix(w, "!")
		name, scope, _ := strings.Cut(w, ":")
		all = append(all, checkrun.Want{Check: name, Scope: scope, Spec: []byte("spec of " + name), Again: again})
	}
	_, err := r.SavePlan(ctx(), plan.Look{Record: record, Checks: all},
		func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
	r.fatal(err)
}

// ran is a result with one finding of a rule.
func ran(rule string, reusable bool) checkrun.Result {
	return checkrun.Result{
		Reusable: reusable,
		Ended:    "finished",
		Tool:     "sha256:tool",
		Took:     1500 * time.Millisecond,
		Report: report.Report{Kind: report.LintKind, Format: "sarif", Flag: "gofmt", Lint: &report.Lint{
			Tools: []report.LintTool{}, Findings: []report.LintFinding{{Rule: rule}}, Rest: []report.RuleCount{}, Unresolved: []string{},
			Notes: []string{},
		}},
	}
}

// runs are the runs of a head as "name state rule", with " cached".
func (r *Rig) runs(number int, head string) string {
	r.t.Helper()
	all, err := r.HeadRuns(ctx(), Pull(number).Key, head)
	r.fatal(err)
	var out []string
	for _, a := range all {
		line := a.Check + " " + string(a.State)
		if a.Result != nil {
			line += " " + a.Result.Report.Lint.Findings[0].Rule
		}
		if a.Cached {
			line += " cached"
		}
		out = append(out, line)
	}
	return strings.Join(out, ", ")
}

var checkCases = map[string]func(t *testing.T, r *Rig){
	"goes through its steps": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.Queue.Take()
		r.look(1, "aaa", "gofmt:s", "vet:s")
		steps := r.Queue.TakeChecks()
		if len(steps) != 2 || r.runs(1, "aaa") != "gofmt wanted, vet wanted" {
			t.Fatalf("%v, %s", steps, r.runs(1, "aaa"))
		}
		id := steps[0].(job.PrepareCheck).Run
		run, err := r.CheckRun(ctx(), id)
		r.fatal(err)
		want := checkrun.Run{
			ID: id, Ref: Pull(1), Head: "aaa", Check: "gofmt", Scope: "s", State: checkrun.Wanted, Spec: []byte("spec of gofmt"),
			MadeAt: r.Clock.Now(),
		}
		if d := cmp.Diff(want, run, cmp.Comparer(func(a, b []byte) bool { return string(a) == string(b) })); d != "" {
			t.Error(d)
		}
		cached, err := r.QueueRun(ctx(), id, "k", []byte("job"))
		r.fatal(err)
		if d := cmp.Diff([]job.Args{job.RunCheck{Key: "k"}}, r.Queue.TakeChecks()); d != "" || cached {
			t.Error(d, cached)
		}
		queued, err := r.QueuedRun(ctx(), "k")
		if err != nil || queued.ID != id || string(queued.Job) != "job" {
			t.Errorf("%+v, %v", queued, err)
		}
		r.fatal(r.EndRuns(ctx(), "k", ran("one", true)))
		if got := r.runs(1, "aaa"); got != "gofmt done one, vet wanted" {
			t.Error(got)
		}
		if looks := r.Queue.Take(); len(looks) != 1 || looks[0].Key != Pull(1).Key.String() {
			t.Errorf("a result asks for the looks %v", looks)
		}
		all, err := r.HeadRuns(ctx(), Pull(1).Key, "aaa")
		r.fatal(err)
		kept := ran("one", true)
		kept.At = r.Clock.Now()
		if d := cmp.Diff(&kept, all[0].Result); d != "" {
			t.Error(d)
		}
		if _, err := r.QueuedRun(ctx(), "k"); !errors.Is(err, change.ErrNotFound) {
			t.Errorf("a run that is done waits: %v", err)
		}
	},
	"is not asked for twice, but where it failed and somebody asks": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.look(1, "aaa", "gofmt:s")
		first := r.Queue.TakeChecks()
		r.look(1, "aaa", "gofmt:s")
		r.look(1, "aaa", "gofmt:s!")
		if again := r.Queue.TakeChecks(); len(again) != 0 {
			t.Errorf("it is queued again: %v", again)
		}
		r.fatal(r.EndRun(ctx(), first[0].(job.PrepareCheck).Run, ran("crash", false)))
		r.look(1, "aaa", "gofmt:s")
		if again := r.Queue.TakeChecks(); len(again) != 0 || r.runs(1, "aaa") != "gofmt done crash" {
			t.Errorf("%v, %s", again, r.runs(1, "aaa"))
		}
		r.look(1, "aaa", "gofmt:s!")
		if again := r.Queue.TakeChecks(); len(again) != 1 || r.runs(1, "aaa") != "gofmt wanted" {
			t.Errorf("%v, %s", again, r.runs(1, "aaa"))
		}
	},
	"a newer head, another scope and a check that nobody wants end it": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.look(1, "aaa", "gofmt:s", "vet:s", "old:s")
		steps := r.Queue.TakeChecks()
		for i, key := range []string{"k", "l", "m"} {
			_, err := r.QueueRun(ctx(), steps[i].(job.PrepareCheck).Run, key, nil)
			r.fatal(err)
		}
		r.look(1, "aaa", "gofmt:s", "vet:t")
		if got := r.runs(1, "aaa"); got != "gofmt queued, vet wanted" {
			t.Error(got)
		}
		r.look(1, "bbb", "gofmt:s")
		r.Queue.Take()
		r.fatal(r.EndRuns(ctx(), "k", ran("late", true)))
		if got := r.runs(1, "aaa") + r.runs(1, "bbb"); got != "gofmt wanted" || len(r.Queue.Take()) != 0 {
			t.Errorf("a stale run has a result: %s", got)
		}
		if cached, err := r.QueueRun(ctx(), steps[1].(job.PrepareCheck).Run, "k", nil); err != nil || cached {
			t.Errorf("a stale run is queued: %v", err)
		}
	},
	"a result is found again when its head and scope come back": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.look(1, "aaa", "gofmt:s")
		id := r.Queue.TakeChecks()[0].(job.PrepareCheck).Run
		_, err := r.QueueRun(ctx(), id, "k", nil)
		r.fatal(err)
		r.Queue.TakeChecks()
		r.fatal(r.EndRuns(ctx(), "k", ran("one", true)))
		r.look(1, "aaa", "gofmt:t")
		r.look(1, "bbb", "gofmt:s")
		r.Queue.TakeChecks()
		r.look(1, "aaa", "gofmt:s")
		if got := r.runs(1, "aaa"); got != "gofmt done one" {
			t.Errorf("%q, and %v is queued", got, r.Queue.TakeChecks())
		}
	},
	"one run answers all who wait for its key, and a reusable result those who come": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "bbb"), Opened(3, "ccc")))
		r.look(1, "aaa", "gofmt:s")
		r.look(2, "bbb", "gofmt:s")
		r.look(3, "ccc", "gofmt:s")
		steps := r.Queue.TakeChecks()
		for _, s := range steps[:2] {
			_, err := r.QueueRun(ctx(), s.(job.PrepareCheck).Run, "k", nil)
			r.fatal(err)
		}
		r.fatal(r.EndRuns(ctx(), "k", ran("crash", false)))
		if got := r.runs(1, "aaa") + ", " + r.runs(2, "bbb"); got != "gofmt done crash, gofmt done crash" {
			t.Error(got)
		}
		if cached, err := r.QueueRun(ctx(), steps[2].(job.PrepareCheck).Run, "k", nil); err != nil || cached {
			t.Errorf("a crash is reused: %v", err)
		}
		r.fatal(r.EndRuns(ctx(), "k", ran("found", true)))
		r.Queue.Take()
		r.look(1, "ddd", "gofmt:s")
		steps = r.Queue.TakeChecks()
		cached, err := r.QueueRun(ctx(), steps[len(steps)-1].(job.PrepareCheck).Run, "k", nil)
		if err != nil || !cached || r.runs(1, "ddd") != "gofmt done found cached" || len(r.Queue.TakeChecks()) != 0 {
			t.Errorf("%s, %v", r.runs(1, "ddd"), err)
		}
	},
	"tries are counted for a key, and end with its run": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "bbb")))
		queue := func(n int, head, want string) {
			r.Queue.TakeChecks()
			r.look(n, head, want)
			_, err := r.QueueRun(ctx(), r.Queue.TakeChecks()[0].(job.PrepareCheck).Run, "k", nil)
			r.fatal(err)
		}
		got := ""
		count := func(key string, by int) {
			n, err := r.CountTry(ctx(), key, by)
			r.fatal(err)
			got += fmt.Sprint(n, " ")
		}
		queue(1, "aaa", "gofmt:s")
		count("k", 1)
		count("k", 1)
		queue(2, "bbb", "gofmt:s")
		count("k", 1)
		count("k", -1)
		count("nobody", 1)
		r.fatal(r.EndRuns(ctx(), "k", ran("crash", false)))
		count("k", 1)
		queue(1, "aaa", "gofmt:s!")
		if count("k", 1); got != "1 2 3 2 0 0 1 " {
			t.Error(got)
		}
	},
	"a look that judged by a known result runs nothing": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "bbb"), Opened(3, "ccc")))
		r.look(1, "aaa", "gofmt:s")
		_, err := r.QueueRun(ctx(), r.Queue.TakeChecks()[0].(job.PrepareCheck).Run, "k", nil)
		r.fatal(err)
		r.fatal(r.EndRuns(ctx(), "k", ran("older", true)))
		r.fatal(r.EndRuns(ctx(), "k", ran("found", true)))
		r.fatal(r.EndRuns(ctx(), "k", ran("crash", false)))
		r.Queue.TakeChecks()
		known, err := r.Reusable(ctx(), []string{"k", "l"})
		r.fatal(err)
		kept := ran("found", true)
		kept.ID, kept.At = known["k"].ID, r.Clock.Now()
		if d := cmp.Diff(map[string]checkrun.Result{"k": kept}, known); d != "" || kept.ID == 0 {
			t.Fatal(d)
		}
		began := r.Clock.Now()
		judged := func(number int, head string, id int64) {
			t.Helper()
			record := r.MustRecord(Pull(number).Key)
			record.Head.SHA, record.State = head, change.Open
			_, err := r.SavePlan(ctx(), plan.Look{Record: record, Checks: []checkrun.Want{
				{Check: "gofmt", Scope: "s", Spec: []byte("spec"), Result: id, Key: "k"},
			}}, func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
			r.fatal(err)
		}
		judged(2, "bbb", kept.ID)
		if got := r.runs(2, "bbb"); got != "gofmt done found cached" || len(r.Queue.TakeChecks()) != 0 {
			t.Errorf("it runs: %s", got)
		}
		if all, more, err := r.ChecksArrived(ctx(), Pull(2).Key, began); all || more || err != nil {
			t.Errorf("the next look does not wait for a check that ended: %v, %v, %v", all, more, err)
		}
		judged(2, "bbb", kept.ID)
		r.look(2, "bbb", "gofmt:s")
		if got := r.runs(2, "bbb"); got != "gofmt done found cached" || len(r.Queue.TakeChecks()) != 0 {
			t.Errorf("it is wanted again: %s", got)
		}
		judged(3, "ccc", kept.ID+1) // the crash: as a result that is gone meanwhile
		if got := r.runs(3, "ccc"); got != "gofmt wanted" || len(r.Queue.TakeChecks()) != 1 {
			t.Errorf("a result that is gone answers: %s", got)
		}
	},
	"a look knows when all its checks have come": func(t *testing.T, r *Rig) {
		began := r.Clock.Now()
		arrived := func() string {
			all, more, err := r.ChecksArrived(ctx(), Pull(1).Key, began)
			r.fatal(err)
			return fmt.Sprint(all, more)
		}
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "bbb")))
		got := arrived()
		r.look(1, "aaa", "gofmt:s", "vet:s")
		r.look(2, "bbb", "gofmt:s")
		steps := r.Queue.TakeChecks()
		got += ", " + arrived()
		for _, s := range steps[:2] {
			r.fatal(r.EndRun(ctx(), s.(job.PrepareCheck).Run, ran("x", false)))
			got += ", " + arrived()
		}
		r.Clock.Add(time.Second)
		began = r.Clock.Now()
		if got += ", " + arrived(); got != "false false, false true, false true, true false, false false" {
			t.Error(got)
		}
	},
	"what stands still is queued again": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.look(1, "aaa", "gofmt:s", "vet:s")
		steps := r.Queue.TakeChecks()
		_, err := r.QueueRun(ctx(), steps[0].(job.PrepareCheck).Run, "k", nil)
		r.fatal(err)
		r.Queue.TakeChecks()
		if n, err := r.Unrun(ctx(), r.Clock.Now(), 10); n != 0 || err != nil {
			t.Errorf("%d are queued at once: %v", n, err)
		}
		r.Clock.Add(time.Hour)
		n, err := r.Unrun(ctx(), r.Clock.Now(), 10)
		r.fatal(err)
		if again := r.Queue.TakeChecks(); n != 2 || len(again) != 2 {
			t.Errorf("%d, %v", n, again)
		}
		r.Clock.Add(time.Hour)
		_, err = r.CountTry(ctx(), "k", 0)
		r.fatal(err)
		if n, err := r.Unrun(ctx(), r.Clock.Now(), 10); n != 1 || err != nil {
			t.Errorf("%d are queued again, with one that runs: %v", n, err)
		}
	},
	"what is old goes, what is needed stays": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.look(1, "aaa", "gofmt:s")
		_, err := r.QueueRun(ctx(), r.Queue.TakeChecks()[0].(job.PrepareCheck).Run, "k", nil)
		r.fatal(err)
		r.fatal(r.EndRuns(ctx(), "k", ran("found", true)))
		r.fatal(r.EndRuns(ctx(), "nobody", ran("found", true)))
		r.look(1, "bbb")
		keep := store.Retention{Checks: time.Hour}
		if n, err := r.Prune(ctx(), keep); n != 0 || err != nil {
			t.Errorf("nothing is old: %d, %v", n, err)
		}
		r.Clock.Add(2 * time.Hour)
		if n, err := r.Prune(ctx(), keep); n != 1 || err != nil || r.runs(1, "aaa") != "gofmt done found" {
			t.Errorf("of an open change: %d, %v, %s", n, err, r.runs(1, "aaa"))
		}
		a := r.Admission("d2")
		a.Ended, a.EndState = []change.Ref{Pull(1)}, change.Merged
		r.MustAdmit(a)
		if n, err := r.Prune(ctx(), keep); n != 2 || err != nil {
			t.Errorf("of a change that is over: %d, %v", n, err)
		}
	},
}
