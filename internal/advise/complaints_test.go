package advise_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/gates"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/llm"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/risk"
)

// What people complain about most in reviewers of this kind, each as a test.

// manyPatch has n files' worth of one added line each.
func manyFiles(n int) (map[string]string, []string) {
	patches, paths := map[string]string{}, []string{}
	for i := range n {
		p := fmt.Sprintf("pkg/f%02d.go", i)
		patches[p] = fmt.Sprintf("@@ -1,1 +1,4 @@ func F%d() {\n a\n+x(%d)\n+y(%d)\n+z(%d)\n", i, i, i, i)
		paths = append(paths, p)
	}
	return patches, paths
}

// noisy reports something on every added line.
func noisy(r llm.Request) string {
	var list []gates.Raw
	file := ""
	for _, l := range strings.Split(r.User, "\n") {
		if rest, ok := strings.CutPrefix(l, "file "); ok {
			file, _, _ = strings.Cut(rest, " ")
		}
		if id, code, ok := strings.Cut(l, " + "); ok && strings.HasPrefix(id, "R") && len(list) < 20 {
			list = append(list,
				gates.Raw{File: file, StartID: id, EndID: id, Code: code, Message: "This call can fail and nobody looks.", Level: "high"})
		}
	}
	return findings(list...)
}

func TestNoise(t *testing.T) {
	patches, paths := manyFiles(12)
	a := run(t, inputOf(t, snapshotOf(t, patches, paths...)),
		&scripted{answers: map[llm.Purpose][]any{llm.Find: {noisy}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}})
	perFile := map[string]int{}
	for _, d := range a.Drafts {
		perFile[d.Path]++
	}
	if open(a) != 5 || len(a.Notes) != 15 {
		t.Errorf("%d comments and %d notes of 20 findings", open(a), len(a.Notes))
	}
	for p, n := range perFile {
		if n > 2 {
			t.Errorf("%d comments in %s", n, p)
		}
	}
}

func TestSilentWhenThereIsNothingToSay(t *testing.T) {
	m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {findings()}, llm.Sum: {emptySummary}}}
	a := run(t, inputOf(t, snapshotOf(t, map[string]string{"a/list.go": "@@ -1,1 +1,2 @@\n a\n+b\n"})), m)
	if got, _ := published(a); got != "" || len(m.asked) != 2 || a.Extent != advice.Whole {
		t.Errorf("%d questions, and says %q", len(m.asked), got)
	}
	// Nothing to read, nothing to ask.
	m = &scripted{}
	a = run(t, inputOf(t, snapshotOf(t, map[string]string{"go.sum": "@@ -1,1 +1,2 @@\n a\n+b\n"})), m)
	if got, _ := published(a); got != "" || len(m.asked) != 0 || a.Extent != advice.Whole || a.Ledger[0].Status != advice.OutOfScope {
		t.Errorf("%d questions, extent %s, says %q", len(m.asked), a.Extent, got)
	}
}

func TestInventedCodeIsDroppedAndCounted(t *testing.T) {
	invented := lostError
	invented.Code = "\ts.bank.Refund(ctx)"
	unknown := lostError
	unknown.Message = "`Ledger.Rollback` must be called."
	a := run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})),
		&scripted{answers: map[llm.Purpose][]any{llm.Find: {findings(invented, unknown)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}})
	if len(a.Drafts) != 0 || a.Gates[advice.GateQuote] != 1 || a.Gates[advice.GateNames] != 1 || a.Judged != 2 {
		t.Errorf("%+v, %v", a.Drafts, a.Gates)
	}
}

func TestTheVerifierIsOneQuestionAndItsSilenceDrops(t *testing.T) {
	patches, paths := manyFiles(4)
	m := &scripted{answers: map[llm.Purpose][]any{
		llm.Find: {noisy},
		llm.Verify: {`{"judgements":[{"id":"N2","evidence_ids":["P1:R0003"],"keep":true,"reason":"real"},
			{"id":"N3","evidence_ids":["P1:R0003"],"keep":true,"reason":"style"},
			{"id":"N4","evidence_ids":["P1:R0999"],"keep":true,"reason":"real"},{"id":"N5","keep":true,"reason":"real"}]}`},
		llm.Sum: {emptySummary},
	}}
	a := run(t, inputOf(t, snapshotOf(t, patches, paths...)), m)
	if len(m.of(llm.Verify)) != 1 || len(a.Drafts) != 1 || a.Gates[advice.GateVerified] != 11 {
		t.Errorf("%d questions, %d drafts, %v", len(m.of(llm.Verify)), len(a.Drafts), a.Gates)
	}
}

func TestABigChangeIsReadByRiskAndTheRestIsNamed(t *testing.T) {
	patches, paths := manyFiles(60)
	patches["auth/session.go"] = "@@ -10,2 +10,1 @@ func Check() {\n a\n-verify()\n"
	paths = append(paths, "auth/session.go")
	in := inputOf(t, snapshotOf(t, patches, paths...))
	in.Options.Window = 4_000
	m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {findings()}, llm.Sum: {emptySummary}}}
	a := run(t, in, m)
	status := map[string]advice.Status{}
	for _, e := range a.Ledger {
		status[e.Path] = e.Status
	}
	if status["auth/session.go"] != advice.Read || len(a.Ledger) != 61 {
		t.Errorf("the removed check is %s; %d entries", status["auth/session.go"], len(a.Ledger))
	}
	comment, _ := published(a)
	if a.Extent != advice.Partial || len(a.NotRead) == 0 || !strings.Contains(comment, "**Not read:** 3") {
		t.Errorf("extent %s, not read %v", a.Extent, a.NotRead)
	}
	for _, r := range m.asked {
		if r.EstimateIn+r.MaxOutput > 4_000 {
			t.Errorf("%s: a prompt of %d tokens in a window of 4,000", r.Purpose, r.EstimateIn)
		}
	}
}

// With room for a fourth question, what did not fit the first is read by a second one, and the caps hold for both.
func TestASecondQuestionReadsWhatDidNotFit(t *testing.T) {
	patches, paths := manyFiles(60)
	look := func(calls int) (advice.Advice, *scripted) {
		in := inputOf(t, snapshotOf(t, patches, paths...))
		in.Options.Window, in.Options.MaxCalls = 4_600, calls
		m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {noisy}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}}
		return run(t, in, m), m
	}
	read := func(a advice.Advice) (n int) {
		for _, e := range a.Ledger {
			if e.Status == advice.Read {
				n++
			}
		}
		return n
	}
	three, m := look(3)
	if len(m.of(llm.Find)) != 1 || len(m.asked) != 3 {
		t.Errorf("%d questions, %d of them searches, of a cap of 3", len(m.asked), len(m.of(llm.Find)))
	}
	four, m := look(4)
	if len(m.of(llm.Find)) != 2 || len(m.of(llm.Sum)) != 1 || len(m.asked) != 4 || read(four) <= read(three) || open(four) != 5 {
		t.Errorf("%d questions, %d hunks read where one question reads %d, %d comments", len(m.asked), read(four), read(three), open(four))
	}
}

// unchecked is what a linter found in shopPatch.
func unchecked(fingerprint finding.Fingerprint) finding.Finding {
	return finding.Finding{
		Rule:        "lint/new",
		Family:      "lint",
		Severity:    finding.Warning,
		Path:        "shop/pay.go",
		Line:        14,
		EndLine:     14,
		Title:       "errcheck",
		Message:     "unchecked",
		Fingerprint: fingerprint,
	}
}

func TestARuleSaidItAlready(t *testing.T) {
	rule := unchecked("sha256:rule")
	a := run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch}), rule),
		&scripted{answers: map[llm.Purpose][]any{llm.Find: {findings(lostError)}, llm.Verify: {keepAll}, llm.Sum: {emptySummary}}})
	if len(a.Drafts) != 0 || len(a.Notes) != 1 || a.Notes[0].Explains != "sha256:rule" {
		t.Errorf("%+v, %+v", a.Drafts, a.Notes)
	}
}

func TestNoCoverageReportNoGuess(t *testing.T) {
	ask := answer(map[string]any{"bullets": []any{}, "risks": []any{}, "order": []any{}, "tests": []any{map[string]any{
		"file_id": "P1", "function": "Pay", "behaviour": "b", "input": "i", "expected": "e", "fact_id": "F1", "skeleton": nil,
	}}})
	s := snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})
	a := run(t, inputOf(t, s), &scripted{answers: map[llm.Purpose][]any{llm.Find: {findings()}, llm.Sum: {ask}}})
	if len(a.Tests.Cases) != 0 || a.Tests.Why == "" {
		t.Errorf("%+v", a.Tests)
	}
	covered(s, report.Miss)
	a = run(t, inputOf(t, s), &scripted{answers: map[llm.Purpose][]any{llm.Find: {findings()}, llm.Sum: {ask}}})
	if len(a.Tests.Cases) != 1 || a.Tests.Why != "" || a.Tests.Cases[0].Fact != "F1" || a.Facts[0].Kind != advice.Uncovered ||
		a.Facts[0].Start != 13 || a.Facts[0].End != 15 {
		t.Errorf("%+v of %+v", a.Tests, a.Facts)
	}
	s.Reports[0].SHA = "another commit"
	if a = run(t, inputOf(t, s),
		&scripted{answers: map[llm.Purpose][]any{llm.Find: {findings()}, llm.Sum: {ask}}}); len(a.Tests.Cases) != 0 || a.Tests.Why == "" {
		t.Errorf("another commit's coverage is used: %+v", a.Tests)
	}
}

func covered(s *change.Snapshot, state report.State) {
	s.Reports = []report.Report{
		{
			Kind: report.CoverageKind,
			Coverage: &report.Coverage{
				Files: []report.FileCoverage{{Path: "shop/pay.go", Lines: []report.LineRange{{From: 13, To: 15, State: state}}}}},
		},
	}
}

func TestTestsAreTiedToLinesAndFunctions(t *testing.T) {
	s := snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})
	covered(s, report.Miss)
	one := func(file, function, fact string, skeleton any) map[string]any {
		return map[string]any{"file_id": file, "function": function, "behaviour": "b", "input": "i", "expected": "e", "fact_id": fact,
			"skeleton": skeleton}
	}
	for name, c := range map[string]struct {
		in       map[string]any
		kept     bool
		skeleton bool
	}{
		"as it should be":      {one("P1", "Pay", "F1", "func TestPay(t *testing.T) {\n\tvar s Shop\n\t_ = s.Pay\n}"), true, true},
		"no skeleton":          {one("P1", "Pay", "F1", nil), true, false},
		"it does not parse":    {one("P1", "Pay", "F1", "func TestPay(t *testing.T) { s.Pay("), true, false},
		"it names another":     {one("P1", "Pay", "F1", "func TestPay(t *testing.T) { charge() }"), true, false},
		"it is no test":        {one("P1", "Pay", "F1", "func init() { Pay() }"), true, false},
		"a function not there": {one("P1", "Refund", "F1", nil), false, false},
		"a fact not there":     {one("P1", "Pay", "F7", nil), false, false},
		"a file not there":     {one("P7", "Pay", "F1", nil), false, false},
	} {
		m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {findings()},
			llm.Sum: {answer(map[string]any{"bullets": []any{}, "risks": []any{}, "order": []any{}, "tests": []any{c.in}})}}}
		a := run(t, inputOf(t, s), m)
		if kept := len(a.Tests.Cases) == 1; kept != c.kept || kept && (a.Tests.Cases[0].Skeleton != "") != c.skeleton {
			t.Errorf("%s: %+v", name, a.Tests)
		}
	}
}

func TestABulletWithoutAKnownSourceIsDropped(t *testing.T) {
	b := func(text string, files, facts []string) map[string]any {
		return map[string]any{"text": text, "file_ids": files, "fact_ids": facts}
	}
	none := []string{}
	m := &scripted{answers: map[llm.Purpose][]any{llm.Find: {findings()}, llm.Sum: {answer(map[string]any{
		"bullets": []any{b("one", []string{"P1"}, none), b("two", none, none), b("three", []string{"P9"}, none),
			b("four", []string{"P1"}, []string{"F99"}),
			b("<img src=x>", []string{"P1"}, none), b("5", []string{"P1"}, none), b("6", []string{"P1"}, none),
			b("7", []string{"P1"}, none), b("8", []string{"P1"}, none), b("9", []string{"P1"}, none)},
		"risks": []any{b("r", []string{"P9"}, none)}, "order": []any{map[string]any{"file_id": "P9", "why": "w"}}, "tests": []any{},
	})}}}
	a := run(t, inputOf(t, snapshotOf(t, map[string]string{"shop/pay.go": shopPatch})), m)
	var texts []string
	for _, x := range a.Bullets {
		texts = append(texts, x.Text)
	}
	if got := strings.Join(texts, " "); got != "one 5 6 7 8" {
		t.Errorf("bullets %q, gates %v", got, a.Gates)
	}
}

func TestTheModelCannotLowerTheRisk(t *testing.T) {
	calm := answer(map[string]any{"bullets": []any{}, "order": []any{}, "tests": []any{},
		"risks": []any{map[string]any{"text": "No risk at all.", "file_ids": []string{"P1"}, "fact_ids": []string{}}}})
	in := inputOf(t, snapshotOf(t, map[string]string{"auth/session.go": shopPatch}), finding.Finding{
		Rule: "secrets/token", Family: "secrets", Severity: finding.Error, Path: "auth/session.go", Line: 14, Title: "A token",
		Message: "in the code", Fingerprint: "f"})
	for _, m := range []*scripted{{answers: map[llm.Purpose][]any{llm.Find: {findings()}, llm.Sum: {calm}}}, {}} {
		a := run(t, in, m)
		if a.Risk.Level != advice.High || len(a.Risk.Reasons) == 0 || a.Risk.Reasons[0].Facts[0] != "F1" {
			t.Errorf("%+v", a.Risk)
		}
	}
}

// TestCheckAndAdviceGiveOneRisk holds the level and its reasons to those of the facts, which stand in the check's first
// line, and each stop's reason to the same table. The order itself is by size: package excerpt measured it.
func TestCheckAndAdviceGiveOneRisk(t *testing.T) {
	s := snapshotOf(t, map[string]string{"shop/pay.go": shopPatch, "db/migrations/7.go": shopPatch}, "shop/pay.go", "db/migrations/7.go")
	found := finding.Finding{Rule: "lint/new", Family: "lint", Severity: finding.Error, Path: "shop/pay.go", Line: 14, Fingerprint: "f"}
	for level, found := range map[risk.Level][]finding.Finding{risk.High: nil, risk.Medium: nil, risk.Low: {found}} {
		in := inputOf(t, s, found...)
		in.Risk = &risk.Facts{Level: level, Reasons: []risk.Reason{{Text: "1 migration of stored data"}, {Text: "140 new lines"}}}
		a := run(t, in, &scripted{answers: map[llm.Purpose][]any{llm.Find: {findings()}, llm.Sum: {emptySummary}}})
		if string(a.Risk.Level) != string(level) {
			t.Errorf("the check says %s, the advice %s", level, a.Risk.Level)
		}
		if level != risk.Low && (len(a.Risk.Reasons) == 0 || a.Risk.Reasons[0].Text != "1 migration of stored data; 140 new lines") {
			t.Errorf("%s: reasons %+v", level, a.Risk.Reasons)
		}
		if i := slices.IndexFunc(a.Order, func(s advice.Stop) bool { return s.Path == "db/migrations/7.go" }); i < 0 ||
			a.Order[i].Why != "Migration of stored data" {
			t.Errorf("%s: order %+v", level, a.Order)
		}
	}
}
