package advise_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/report"
)

var update = flag.Bool("update", false, "rewrite the golden prompts")

// TestPrompts shows every word that a model is told about one change: an edit of a prompt is seen in review, and
// reminds to raise question.Version.
func TestPrompts(t *testing.T) {
	s := snapshotOf(t, map[string]string{"shop/pay.go": shopPatch, "go.sum": "@@ -1,1 +1,1 @@\n-a\n+b\n"}, "go.sum", "shop/pay.go")
	covered(s, report.Miss)
	in := inputOf(t, s, finding.Finding{
		Rule:        "lint/new",
		Family:      "lint",
		Severity:    finding.Warning,
		Path:        "shop/pay.go",
		Line:        14,
		EndLine:     14,
		Title:       "errcheck",
		Message:     "unchecked",
		Fingerprint: "f",
	})
	in.Guidance = "Money is always an integer of cents."
	in.Options.Language = "de"
	m := &scripted{answers: map[llm.Purpose][]any{
		llm.Find: {findings(lostErrorAt("P2", "R0014", "\ts.bank.Charge(ctx, total)", lostError.Message))}, llm.Verify: {keepAll},
		llm.Sum: {emptySummary},
	}}
	run(t, in, m)
	var b strings.Builder
	for _, r := range m.asked {
		b.WriteString("===== " + string(r.Purpose) + ": system\n" + r.System + "\n===== " + string(r.Purpose) + ": user\n" + r.User)
	}
	const file = "testdata/prompts.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("the prompts changed (-want +got): raise question.Version, then go test ./internal/advise -update\n%s", d)
	}
}
