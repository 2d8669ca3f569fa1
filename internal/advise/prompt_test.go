package advise_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/report"
)

var update = flag.Bool("update", false, "rewrite the golden prompts")

// TestAroundTheDiff: a question shows the function around a change with ids, without its secrets; of a file that is never
// sent not a line; and nothing of it when the settings say so.
func TestAroundTheDiff(t *testing.T) {
	const body = "package shop\n\nfunc Pay() {\n\tbefore()\n\tpassword := \"Tr0ub4dor-and-3\"\n\tcharge(password)\n\tafter()\n}\n"
	s := snapshotOf(t, map[string]string{
		"shop/pay.go": "@@ -6,1 +6,2 @@ func Pay() {\n+\tcharge(password)\n \tafter()\n",
		"legal/x.go":  "@@ -1,1 +1,2 @@\n package legal\n+// more\n",
	}, "legal/x.go", "shop/pay.go")
	for _, on := range []bool{true, false} {
		in := inputOf(t, s)
		in.Excluded["legal/x.go"] = "the settings never send it"
		in.Contents = map[string]string{"shop/pay.go": body, "legal/x.go": "package legal\n\nfunc charge() { secretly() }\n"}
		if !on {
			in.Options.ContextTokens = 0
		}
		m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {noisy}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}}
		run(t, in, m)
		all := ""
		for _, r := range m.asked {
			all += r.User
		}
		if strings.Contains(all, "Tr0ub4dor") || strings.Contains(all, "secretly") {
			t.Errorf("sent:\n%s", all)
		}
		if got := strings.Contains(all, "R0004   \tbefore()\n") && strings.Contains(all, "R0005   \tpassword := <SECRET_1>"); got != on {
			t.Errorf("the function around is shown: %v, want %v\n%s", got, on, all)
		}
	}
}

// TestPrompts shows every word that a model is told about one change: an edit of a prompt is seen in review, and
// reminds to raise question.Version.
func TestPrompts(t *testing.T) {
	s := snapshotOf(t, map[string]string{"shop/pay.go": shopPatch, "go.sum": "@@ -1,1 +1,1 @@\n-a\n+b\n"}, "go.sum", "shop/pay.go")
	covered(s, report.Miss)
	in := inputOf(t, s, unchecked("f"))
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
