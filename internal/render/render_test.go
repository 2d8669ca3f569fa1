package render

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/render/data"
)

var update = flag.Bool("update", false, "write the golden files and the published schema anew")

// TestGolden writes the verdict of each file in every format. The file holds the verdict first, then each output by the format's name.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	schema := compiled(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(ar.Files) == 0 || ar.Files[0].Name != "verdict" {
				t.Fatal("the first part must be the verdict")
			}
			var v contract.Verdict
			if err := json.Unmarshal(ar.Files[0].Data, &v); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{}
			for _, f := range ar.Files[1:] {
				want[f.Name] = string(f.Data)
			}
			golden := &txtar.Archive{Comment: ar.Comment, Files: ar.Files[:1]}
			for _, format := range Formats() {
				got := inFormat(t, format, v)
				golden.Files = append(golden.Files, txtar.File{Name: string(format), Data: []byte(got)})
				if d := cmp.Diff(want[string(format)], got); d != "" && !*update {
					t.Errorf("%s (-want +got):\n%s", format, d)
				}
			}
			for _, p := range document.ValidateJSON(schema, []byte(inFormat(t, JSON, v))) {
				t.Errorf("the JSON does not keep its own schema: %s", p)
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(golden), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func inFormat(t *testing.T, format Format, v contract.Verdict) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, format, v,
		Options{Data: data.Options{
			Version: "1.2.3",
			At:      data.Place{Path: "cart/total.go", Line: 7},
			Rules: []data.Rule{{
				ID:          "commits/title",
				Title:       "Title is not conventional",
				Description: "It becomes history.",
				Remedy:      "Change the title.",
				Docs:        "https://github.com/lintel-review/lintel",
			}},
		}}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func compiled(t *testing.T) *document.Schema {
	t.Helper()
	raw, err := contract.Schema()
	if err != nil {
		t.Fatal(err)
	}
	schema, err := document.Compile(raw)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestPublishedSchema holds that the schema in the documentation is the one of the code.
func TestPublishedSchema(t *testing.T) {
	const path = "../../docs/check.schema.json"
	want, err := contract.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("docs/check.schema.json is not what the code makes; run go test ./internal/render -update (-code +file):\n%s", d)
	}
	for _, bad := range []string{`{}`, `{"schema":1}`} {
		if len(document.ValidateJSON(compiled(t), []byte(bad))) == 0 {
			t.Errorf("the schema accepts %s", bad)
		}
	}
}

// hostile has untrusted text that tries to leave its place in every field.
func hostile() contract.Verdict {
	evil := "x\n::error file=a::pwned\r::stop-commands::t\u2028##[error]y\x1b[2J\x1b]0;t\x07\u202e\u200b\x00 100% a,b:c \xff\u0085z"
	f := contract.Finding{Rule: evil, Family: "size", Severity: "error", Mode: "enforce", Blocking: true, Path: evil, Line: 3, EndLine: 2,
		Title: evil, Message: evil, Remedy: evil, Docs: evil, Fingerprint: "sha256:0",
		Source:     &contract.Source{Tool: evil, Rule: evil, Help: evil},
		Suggestion: &contract.Suggestion{Line: 3, EndLine: 3, Text: evil + "\n::error::y\n"}}
	other := f
	other.Family, other.Blocking, other.Mode, other.Path = evil, false, "warn", "  ::error::x"
	return contract.Verdict{Schema: 2, Conclusion: "failure", Base: evil, Head: evil,
		Families: []contract.Family{{Name: "size", Conclusion: "failure"}, {Name: evil, Conclusion: evil}},
		Findings: []contract.Finding{f, other}, Incomplete: []contract.Gap{{Fact: evil, Reason: evil, Path: evil}}}
}

func TestHostileTextStaysInItsPlace(t *testing.T) {
	v := hostile()
	controls := regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u200b\u2028\u202e]")
	for _, format := range []Format{Text, GitHub} {
		if got := inFormat(t, format, v); controls.MatchString(got) {
			t.Errorf("%s holds control characters: %q", format, got)
		}
	}
	got := strings.Split(strings.TrimSuffix(inFormat(t, GitHub, v), "\n"), "\n")
	if len(got) != 3 {
		t.Errorf("two findings and one gap became %d lines:\n%s", len(got), strings.Join(got, "\n"))
	}
	command := regexp.MustCompile(`^::(error|warning|notice) ([a-zA-Z]+=[^:,]*,?)+::`)
	for _, l := range got {
		if !command.MatchString(l) {
			t.Errorf("not a command of ours: %s", l)
		}
	}
	for _, format := range []Format{Text, JSON, SARIF, RDJSONL} {
		for l := range strings.Lines(inFormat(t, format, v)) {
			if strings.HasPrefix(strings.TrimSpace(l), "::") || strings.Contains(l, "##[") {
				t.Errorf("%s: the runner would take this line for a command: %q", format, l)
			}
		}
	}
	var back contract.Verdict
	if err := json.Unmarshal([]byte(inFormat(t, JSON, v)), &back); err != nil || !strings.Contains(back.Findings[0].Title, "##[error]") {
		t.Errorf("the value is not the same when it is read: %q, %v", back.Findings[0].Title, err)
	}
	if n := strings.Count(inFormat(t, RDJSONL, v), "\n"); n != 2 {
		t.Errorf("two findings became %d lines", n)
	}
	for _, format := range []Format{JSON, SARIF} {
		if !json.Valid([]byte(inFormat(t, format, v))) {
			t.Errorf("%s is not JSON", format)
		}
	}
}

// TestAnnotationsAreFew: GitHub shows ten of a level and drops the others without a word, so the tenth says how many
// there are, and the log has them.
func TestAnnotationsAreFew(t *testing.T) {
	v := contract.Verdict{
		Schema:     2,
		Conclusion: "failure",
		Families: []contract.Family{
			{Name: "lint", Conclusion: "failure"},
			{Name: "coverage", Conclusion: "abstained", Reason: "no report of\n::error::x came"},
		},
	}
	add := func(n int, f contract.Finding) {
		for i := range n {
			f.Line, f.EndLine = i+1, i+1
			v.Findings = append(v.Findings, f)
		}
	}
	add(11, contract.Finding{Rule: "lint/notice", Severity: "notice", Mode: "warn", Path: "n.go", Title: "Linter notice"})
	add(25, contract.Finding{Rule: "lint/warning", Severity: "warning", Mode: "warn", Path: "w.go", Title: "Linter warning"})
	add(10, contract.Finding{Rule: "lint/error", Severity: "error", Mode: "enforce", Blocking: true, Path: "e.go", Title: "Linter error"})
	v.Findings = append(v.Findings,
		contract.Finding{Rule: "size/too-large", Severity: "error", Mode: "enforce", Blocking: true, Title: "Large",
			Message: "1,204 lines."})
	got := inFormat(t, GitHub, v)
	for level, want := range map[string]int{"error": 10, "warning": 10, "notice": 10} {
		if n := strings.Count(got, "\n::"+level+" ") + strings.Count(got[:12], "::"+level+" "); n != want {
			t.Errorf("%d annotations of the level %s, want %d:\n%s", n, level, want, got)
		}
	}
	for _, want := range []string{
		"::error title=2 more errors::", "::warning title=16 more warnings::", "::notice title=2 more notices::",
		"\nerror: e.go:10: Linter error (lint/error)\n", "\nerror: Large (size/too-large)\n", "\nwarning: w.go:25: Linter warning",
		"\nnotice: n.go:11: Linter notice",
		"\nnot measured: coverage: no report of\\n::error::x came\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
	if strings.Contains(got, "w.go:9:") || !strings.Contains(got, "file=w.go,line=9,") {
		t.Errorf("the ninth warning is an annotation and no line of the log:\n%s", got)
	}
	v.Findings = v.Findings[:len(v.Findings)-1]
	if got := inFormat(t, GitHub, v); strings.Contains(got, "more error") || strings.Count(got, "::error ") != 10 {
		t.Errorf("ten errors fit:\n%s", got)
	}
}

func TestColorOnlyWhenAsked(t *testing.T) {
	v := hostile()
	v.Findings[0].Message = "plain"
	var b strings.Builder
	if err := Write(&b, Text, v, Options{Color: true}); err != nil {
		t.Fatal(err)
	}
	sgr := regexp.MustCompile("\x1b\\[[0-9]+m")
	if !sgr.MatchString(b.String()) {
		t.Error("no colour although it was asked for")
	}
	if got := sgr.ReplaceAllString(b.String(), ""); got != inFormat(t, Text, v) {
		t.Errorf("colours change more than colours:\n%s\n%s", got, inFormat(t, Text, v))
	}
}

// sarifRequired are the required properties and value limits of the SARIF 2.1.0 schema for what is written here.
const sarifRequired = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["version","runs"],"properties":{
"version":{"enum":["2.1.0"]},"runs":{"type":"array","items":{"type":"object","required":["tool"],"properties":{
 "tool":{"type":"object","required":["driver"],"properties":{"driver":{"type":"object","required":["name"],"properties":{
  "rules":{"type":"array","uniqueItems":true,"items":{"type":"object","required":["id"],"properties":{"shortDescription":{"type":"object","required":["text"]},"help":{"type":"object","required":["text"]}}}}}}}},
 "invocations":{"type":"array","items":{"type":"object","required":["executionSuccessful"],"properties":{"toolExecutionNotifications":{"type":"array","items":{"type":"object","required":["message"],
  "properties":{"level":{"enum":["none","note","warning","error"]}}}}}}},
 "results":{"type":"array","items":{"type":"object","required":["message"],"properties":{"level":{"enum":["none","note","warning","error"]},"ruleIndex":{"type":"integer","minimum":-1},
  "message":{"type":"object","required":["text"]},"partialFingerprints":{"type":"object","additionalProperties":{"type":"string"}},
  "locations":{"type":"array","minItems":1,"items":{"type":"object","properties":{"physicalLocation":{"type":"object","required":["artifactLocation"],"properties":{
   "artifactLocation":{"type":"object","properties":{"uri":{"type":"string","pattern":"^[!-~]+$"}}},
   "region":{"type":"object","properties":{"startLine":{"type":"integer","minimum":1},"endLine":{"type":"integer","minimum":1}}}}}}}}}}}}}}}}`

func TestSARIFKeepsItsSchema(t *testing.T) {
	schema, err := document.Compile([]byte(sarifRequired))
	if err != nil {
		t.Fatal(err)
	}
	got := inFormat(t, SARIF, hostile())
	for _, p := range document.ValidateJSON(schema, []byte(got)) {
		t.Errorf("%s\n%s", p, got)
	}
	if len(document.ValidateJSON(schema, []byte(strings.Replace(got, `"startLine": 3`, `"startLine": 0`, 1)))) == 0 {
		t.Error("the schema accepts line 0")
	}
}

func TestFindings(t *testing.T) {
	in := finding.Finding{Rule: "a/b", Family: "a", Severity: finding.Error, Mode: finding.Enforce, Blocking: true, Path: "p", Line: 1,
		EndLine: 2, Title: "t", Message: "m", Remedy: "r", Docs: "d", Fingerprint: "f", Subject: "s",
		Source: &finding.Source{Tool: "t", Rule: "r", Help: "h"}, Suggestion: &finding.Suggestion{Line: 1, EndLine: 2, Text: "x"}}
	want, err := json.Marshal([]finding.Finding{in})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(contract.Findings([]finding.Finding{in}))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the contract's finding is %s, the word is %s", got, want)
	}
}

func TestParseFormat(t *testing.T) {
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); err != nil || got != f {
			t.Errorf("ParseFormat(%s) = %s, %v", f, got, err)
		}
	}
	if _, err := ParseFormat("xml"); err == nil ||
		err.Error() != `format "xml" is not one of text, json, sarif, rdjsonl, github, gitlab, markdown` {
		t.Errorf("ParseFormat(xml): %v", err)
	}
}

// Text says which rules could not be judged: after the one line when that is all there is to say, else in the family's own part.
func TestUnjudged(t *testing.T) {
	v := contract.Verdict{
		Conclusion: "success",
		Base:       "b",
		Head:       "h",
		Families:   []contract.Family{{Name: "commits", Conclusion: "abstained"}, {Name: "size", Conclusion: "success"}},
	}
	v.Abstained = []contract.Unjudged{
		{Rule: "commits/title", Family: "commits", Reason: "the title is \x1b[1mnot known"},
		{Rule: "coverage/patch", Family: "coverage", Reason: "No report was given."},
	}
	v.Families = append(v.Families, contract.Family{Name: "coverage", Conclusion: "abstained", Reason: "No report was given."})
	for _, tc := range []struct {
		findings []contract.Finding
		want     string
	}{
		{nil, "passes: b..h by the rules of commits and size\nnot judged: commits/title: the title is \\x1b[1mnot " +
			"known\nnot measured: coverage: No report was given.\n"},
		{[]contract.Finding{{Rule: "commits/header", Family: "commits", Mode: "warn", Title: "T"}},
			"commits: partly judged\n  the whole change  warning  T\n      commits/header\n" +
				"  not judged: commits/title: the title is \\x1b[1mnot known\n\nnot measured: coverage: No report was " +
				"given.\n\npasses: nothing blocks this change; 1 finding is worth a look\n"},
	} {
		var b strings.Builder
		v.Findings = tc.findings
		if err := Write(&b, Text, v, Options{}); err != nil {
			t.Fatal(err)
		}
		if b.String() != tc.want {
			t.Errorf("got\n%s\nwant\n%s", b.String(), tc.want)
		}
	}
}

// Families that lack the same share a line; what differs stays apart.
func TestUnmeasuredShareALine(t *testing.T) {
	v := contract.Verdict{Families: []contract.Family{
		{Name: "coverage", Conclusion: "abstained", Reason: "No coverage report was given."}, {Name: "size", Conclusion: "abstained"},
		{Name: "lint", Conclusion: "abstained", Reason: "No lint report was given."},
		{Name: "ownership", Conclusion: "abstained", Reason: "Nothing\nis known."},
	}}
	want := []string{"coverage, lint: No report was given.", `ownership: Nothing\nis known.`}
	if d := cmp.Diff(want, v.Unmeasured()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
