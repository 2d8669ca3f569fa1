package eval

import (
	"context"
	"fmt"
	"testing"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/command/eval/answers"
	"github.com/lintel-review/lintel/internal/eval/cases"
	"github.com/lintel-review/lintel/internal/eval/oracle"
	"github.com/lintel-review/lintel/internal/llm"
)

// TestRealSizes holds each case of the suite "real" to what it is for: its first question has the size that real changes
// have, its defects arrive as comments at lines if a model says them, its known-wrong claims are at lines that the model
// sees and count as no defect, and its answers for the scripted mode find all.
//
//race:unwatched
func TestRealSizes(t *testing.T) {
	t.Parallel()
	all, err := readSuite(suite("real"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, w := range realSizeProblems(t, name, c) {
				t.Error(w)
			}
		})
	}
}

func realSizeProblems(t *testing.T, name string, c cases.Case) (wrong []string) {
	t.Helper()
	const least, most, window = 3_000, 12_000, "16384"
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	spoken := func(say []cases.Say) (found, visible, first int) {
		one := c
		one.Answers = cases.Answers{Find: say}
		rig := evalRig()
		rig.Model = func(c *cases.Case, push int) advise.Model {
			return sized{answers.Scripted(c, push, nil), &first}
		}
		r, err := rig.Run(t.Context(), "real", "scripted", "lexical", map[string]cases.Case{name: one})
		if err != nil {
			t.Fatal(err)
		}
		wrong = append(wrong, r.Broken()...)
		return r.Recall.N, r.Visible.N, first
	}

	alone := c
	alone.Expect.Never = nil
	report, err := oracle.Play(t.Context(), map[string]cases.Case{name: alone}, evalRig().Redactor, "repository")
	if err != nil {
		t.Fatal(err)
	}
	if n := report.Windows[window]["right"]; n.Of == 0 || n.Inline != n.Of {
		bad("of its defects not all arrive at their lines: %+v, dropped %v, folded %v", n, report.Gates, report.Folded)
	}
	if found, _, _ := spoken(c.Answers.Find); found != len(c.Expect.Find) {
		bad("its own answers find %d of %d defects", found, len(c.Expect.Find))
	}

	traps := []cases.Say{}
	for _, w := range c.Expect.Never {
		traps = append(traps, cases.Say{At: w.At, Category: w.Category, Message: w.Keywords})
	}
	found, visible, first := spoken(traps)
	if len(traps) == 0 || found+visible > 0 {
		bad("of %d known-wrong claims %d count as right", len(traps), max(found, visible))
	}
	if first < least || first > most {
		bad("the first question has %d tokens, want %d to %d", first, least, most)
	}
	alone = c
	alone.Expect.Find = nil
	if report, err = oracle.Play(t.Context(), map[string]cases.Case{name: alone}, evalRig().Redactor, "diff"); err != nil {
		t.Fatal(err)
	}
	if n := report.Windows[window]["wrong"]; n.Placed != n.Of || n.Shown != n.Of {
		bad("a known-wrong claim is at lines that nobody is shown: %+v", n)
	}
	return wrong
}

// sized keeps the estimate of the first question's tokens.
type sized struct {
	advise.Model
	first *int
}

func (s sized) Ask(ctx context.Context, r llm.Request) (llm.Answer, error) {
	if *s.first == 0 {
		*s.first = r.EstimateIn
	}
	return s.Model.Ask(ctx, r)
}
