package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// ignored merges so many changes with a finding of size/large-file.
func (r *Rig) ignored(from, n int) {
	r.t.Helper()
	for i := from; i < from+n; i++ {
		r.MustAdmit(r.Admission(fmt.Sprint("o", i), Opened(i, fmt.Sprint("h", i))))
		r.looked(i, []diff.File{source("a.go", "bad")}, flag("a.go", finding.Enforce))
		r.ended(fmt.Sprint("m", i), i, change.Merged)
	}
}

// demotionActs are the acts of the audit log about demotions.
func (r *Rig) demotionActs() string {
	r.t.Helper()
	var all []string
	r.fatal(r.Audit(ctx(), r.Clock.Now().AddDate(-1, 0, 0), func(rec audit.Record) error {
		if strings.Contains(string(rec.Act), "demot") {
			all = append(all, string(rec.Act)+" "+rec.Detail["rule"])
		}
		return nil
	}))
	return strings.Join(all, ", ")
}

func (r *Rig) review(want int, exempt ...string) {
	r.t.Helper()
	n, err := r.Review(ctx(), func(rule string) bool { return strings.Contains(strings.Join(exempt, " "), rule) })
	r.fatal(err)
	if n != want {
		r.t.Errorf("%d demotions proposed, want %d", n, want)
	}
}

// demotedTo saves a look that these demotions were in force for.
func (r *Rig) demotedTo(rules ...string) {
	r.t.Helper()
	r.MustAdmit(r.Admission("", Opened(99, "open")))
	look := r.Verdict(99, "success", fmt.Sprint(r.Clock.Now().UnixNano()))
	look.Seen = outcome.NewLook(look.Record.Head.SHA, nil)
	look.Seen.Demoted = append([]string{}, rules...)
	r.Save(look)
}

var demotionCases = map[string]func(t *testing.T, r *Rig){
	"a rule is proposed once, when enough of it is unwanted": func(t *testing.T, r *Rig) {
		r.ignored(1, 49)
		r.review(0)
		r.ignored(50, 1)
		r.review(0, "size/large-file")
		r.review(1)
		r.review(0)
		got, err := r.Noisy(ctx(), change.GitHub, repoID)
		r.fatal(err)
		if diff := cmp.Diff([]change.NoisyRule{{Rule: "size/large-file", Decided: 50, Unwanted: 50}}, got); diff != "" {
			t.Error(diff)
		}
		all, err := r.Demotions(ctx(), 9)
		r.fatal(err)
		if len(all) != 1 || all[0].Repository != "acme/shop" || !all[0].AppliedAt.IsZero() {
			t.Errorf("%+v", all)
		}
		if other, err := r.Noisy(ctx(), change.GitHub, repoID+1); err != nil || len(other) != 0 {
			t.Errorf("another repository: %v %v", other, err)
		}
		r.Clock.Add(2 * scorecard.Window)
		r.review(0)
		if got := r.demotionActs(); got != "demotion.proposed size/large-file, demotion.withdrawn size/large-file" {
			t.Error(got)
		}
	},
	"a demotion takes effect once, and stands until the settings undo it": func(t *testing.T, r *Rig) {
		r.ignored(1, 50)
		r.review(1)
		r.demotedTo()
		r.demotedTo("size/large-file")
		r.demotedTo("size/large-file")
		r.Clock.Add(2 * scorecard.Window)
		r.review(0)
		if got, err := r.Noisy(ctx(), change.GitHub, repoID); err != nil || len(got) != 1 {
			t.Errorf("%v %v", got, err)
		}
		r.demotedTo()
		r.review(0)
		want := "demotion.proposed size/large-file, rule.demoted size/large-file, demotion.undone size/large-file, " +
			"demotion.withdrawn size/large-file"
		if got := r.demotionActs(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	},
}
