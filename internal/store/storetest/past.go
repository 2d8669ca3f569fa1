package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/verdict"
)

// past lists the changes judged last, each on a line with its verdicts.
func (r *Rig) past(repository int64, limit int) (lines []string) {
	r.t.Helper()
	r.fatal(r.PastPulls(ctx(), change.GitHub, repository, limit, func(p verdict.Past) error {
		line := fmt.Sprintf("%s %s %s %q", p.Record.Ref, p.Record.State, p.EndedAt.Format(time.TimeOnly), p.Body)
		for _, look := range p.Looks {
			line += fmt.Sprintf(" %s:%s", look.Head, look.Decision)
		}
		lines = append(lines, line)
		return nil
	}))
	return lines
}

var pastCases = map[string]func(t *testing.T, r *Rig){
	"newest first, each with its verdicts": func(t *testing.T, r *Rig) {
		town(r)
		look := r.Verdict(1, "success", "y")
		look.Verdict.Title = `Revert "feat: sell"`
		look.Evidence[0].Body = []byte(`{"change":{"body":"Reverts acme/shop#2"}}`)
		r.Clock.Add(time.Minute)
		r.Save(look)
		a := r.Admission("")
		a.Ended, a.EndState = []change.Ref{Pull(2)}, change.Merged
		r.MustAdmit(a)
		want := []string{
			`acme/shop#1 open 00:00:00 "Reverts acme/shop#2" aaa:{"decision":"x"} aaa:{"decision":"y"}`,
			`acme/shop#2 merged 12:01:00 "" bbb:{"decision":"x"}`,
		}
		if d := cmp.Diff(want, r.past(0, 10)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(want[:1], r.past(repoID, 1)); d != "" {
			t.Error(d)
		}
		if got := r.past(8, 10); len(got) > 0 {
			t.Errorf("another repository has %q", got)
		}
	},
	"a decision that is no longer kept": func(t *testing.T, r *Rig) {
		town(r)
		look := r.Verdict(1, "success", "z")
		look.Evidence = nil
		r.Save(look)
		if got, want := r.past(0, 1), []string{`acme/shop#1 open 00:00:00 "" aaa:{"decision":"x"} aaa:`}; !cmp.Equal(want, got) {
			t.Errorf("%q, want %q", got, want)
		}
	},
	"an error ends it": func(t *testing.T, r *Rig) {
		town(r)
		n := 0
		err := r.PastPulls(ctx(), change.GitHub, 0, 10, func(verdict.Past) error { n++; return change.ErrNotFound })
		if !errors.Is(err, change.ErrNotFound) || n != 1 {
			t.Errorf("after %d: %v", n, err)
		}
	},
}
