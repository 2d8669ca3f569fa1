package policy

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/settings"
)

// A panic of the policy engine is an error of this evaluation. The worker lives on and tries again.
func TestPanicIsAnError(t *testing.T) {
	// An engine whose query was never prepared panics when it is asked.
	e := &Engine{queries: []familyQuery{{}}}
	_, err := e.Decide(t.Context(), facts.Facts{}, settings.Default(), Options{})
	if err == nil || !strings.Contains(err.Error(), "the policy engine panicked") {
		t.Errorf("error %v, want the panic", err)
	}
	// One that was never compiled passes nothing.
	if _, err := (&Engine{}).Decide(t.Context(), facts.Facts{}, settings.Default(), Options{}); err == nil {
		t.Error("an engine without policies decides")
	}
}

func hostile(t *testing.T, body string) *Engine {
	t.Helper()
	text := fmt.Sprintf(
		"package lintel.demo\n\n# METADATA\n# custom:\n#   id: demo/one\n#   severity: error\n#   mode: enforce\ndeny "+
			"contains finding if {\n\t%s\n}\n", body)
	e, err := Compile(t.Context(), fstest.MapFS{"demo/demo.rego": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// More findings, or longer texts, than anybody can read are cut, and the cut of findings is told.
func TestTooMuch(t *testing.T) {
	set := settings.Default()
	e := hostile(t, `some x in numbers.range(1, 6000)
	finding := {"rule": "demo/one", "message": sprintf("%d", [x])}`)
	d, err := e.Decide(t.Context(), facts.Facts{}, set, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Findings) != maxFindings+1 || d.Findings[0].Rule != PolicyErrorRule ||
		!strings.Contains(d.Findings[0].Message, "more than 5000 findings") {
		t.Errorf("%d findings, the first %+v", len(d.Findings), d.Findings[0])
	}
	e = hostile(t, `text := concat("", ["ä" | some _ in numbers.range(1, 9000)])
	finding := {"rule": "demo/one", "message": text, "remedy": text, "path": text}`)
	if d, err = e.Decide(t.Context(), facts.Facts{}, set, Options{}); err != nil {
		t.Fatal(err)
	}
	if m := d.Findings[0].Message; len(m) > maxText+3 || !strings.HasSuffix(m, "ä…") {
		t.Errorf("a message of %d bytes ends in %q", len(m), m[len(m)-6:])
	}
}

// Whatever a fixture holds, judging it ends with a decision or an error.
func FuzzFixture(f *testing.F) {
	f.Add([]byte("-- snapshot.json --\n{\"title\": \"x\", \"files_total\": 3}\n-- settings.yml --\nversion: 1\n-- " +
		"change.diff --\ndiff --git a/x b/x\n"))
	f.Add([]byte("-- facts.json --\n{\"schema\": 1}\n-- decision.json --\n"))
	f.Add([]byte("-- snapshot.json --\n{}\n-- controls/CODEOWNERS --\n* @a\n-- proposed/.github/lintel.yml --\nversion: 2\n"))
	e, err := Compile(f.Context(), fstest.MapFS{"demo/demo.rego": {Data: []byte(
		"package lintel.demo\n\n# METADATA\n# custom:\n#   id: demo/one\n#   mode: enforce\n#   severity: error\ndeny " +
			"contains {\"rule\": \"demo/one\", \"message\": input.change.title} if input.change.title != null\n")}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		out, err := e.Fixtures(t.Context(), fstest.MapFS{"demo/testdata/x.txtar": {Data: text}})
		if err != nil || len(out) != 1 || out[0].Passed != (out[0].Problem == "") {
			t.Errorf("%+v, %v", out, err)
		}
	})
}
