package sarif

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/report/formattest"
)

// The parts that most reports here share: the tool with its rules, a report up to its results, and what each result says.
const (
	driver = `{"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": "note"}, ` +
		`"messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": {"level": "error"}}, ` +
		`{"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}`
	begin = `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": ` +
		driver + `}, "results": [`
	said = `"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
		`"region": {"startLine": 3}}}]`
)

var cases = []formattest.Case{
	{"an absent ruleIndex is not the first rule",
		begin + `{` + said + `, "ruleId": "R1"}, {` + said + `, "ruleIndex": 0}, {` + said + `}]}]}`,
		"src/a.c:3 error Tool R1: m; src/a.c:3 notice Tool R0: m; src/a.c:3 warning Tool : m",
		""},
	{"an absent level is the rule's, then a warning",
		begin + `{` + said + `, "ruleId": "R1"}, {` + said + `, "ruleId": "R3"}, {` + said +
			`, "ruleId": "unknown"}, {` + said + `, "ruleId": "R1", "level": "note"}, {` + said +
			`, "ruleId": "R3", "level": "none"}]}]}`,
		"src/a.c:3 error Tool R1: m; src/a.c:3 warning Tool R3: m; src/a.c:3 warning Tool unknown: m; src/a.c:3 notice " +
			"Tool R1: m; src/a.c:3 notice Tool R3: m", ""},
	{"an index against its id",
		begin + `{` + said + `, "ruleId": "R1", "ruleIndex": 0}, {` + said +
			`, "ruleId": "R1", "ruleIndex": 99}, {` + said + `, "ruleId": "R1", "ruleIndex": -1}]}]}`,
		"src/a.c:3 error Tool R1: m; src/a.c:3 error Tool R1: m; src/a.c:3 error Tool R1: m", ""},
	{"the parts of a rule",
		begin + `{` + said + `, "ruleId": "CA1000/1"}, {` + said + `, "rule": {"id": "CA1000/2/x"}}]}]}`,
		"src/a.c:3 error Tool CA1000/1: m; src/a.c:3 error Tool CA1000/2/x: m", ""},
	{"a rule of an extension",
		`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": ` +
			`[{"tool": {"driver": ` + driver +
			`, "extensions": [{"name": "ext", "rules": [{"id": "X0", "defaultConfiguration": {"level": ` +
			`"error"}}]}]}, "results": [{` + said + `, "rule": {"index": 0, "toolComponent": {"index": 0}}}, {` +
			said + `, "ruleId": "X0"}, {` + said + `, "rule": {"index": 0, "toolComponent": {"index": 7}}}]}]}`,
		"src/a.c:3 error Tool X0: m; src/a.c:3 error Tool X0: m; src/a.c:3 warning Tool : m", ""},
	{"results before the tool",
		`{"version":"2.1.0","runs":[{"results":[{"ruleIndex":1,"message":{"text":"m"}}],"tool":{"driver"` + `: ` +
			driver + `}}]}`, " error Tool R1: m", ""},
	{"an override", begin + `{` + said + `, "ruleId": "R1"}, {` + said +
		`, "ruleId": "R0"}], "invocations": [{"executionSuccessful": true, ` +
		`"ruleConfigurationOverrides": [{"descriptor": {"id": "R1"}, "configuration": {"level": ` +
		`"note"}}, {"descriptor": {"index": 0}, "configuration": {"level": "error"}}]}]}]}`,
		"src/a.c:3 notice Tool R1: m; src/a.c:3 error Tool R0: m", ""},
	{"kinds", begin + `{` + said + `, "kind": "pass"}, {` + said + `, "kind": "fail", "ruleId": "R1"}, {` + said +
		`, "kind": "notApplicable"}, {` + said + `, "kind": "open"}]}]}`,
		"src/a.c:3 error Tool R1: m", ""},
	{"suppressions", begin + `{` + said + `, "suppressions": [{"kind": "inSource"}]}, {` + said +
		`, "suppressions": [{"kind": "external", "status": "accepted"}]}, {` + said +
		`, "ruleId": "a", "suppressions": [{"status": "underReview"}]}, {` + said +
		`, "ruleId": "b", "suppressions": [{"status": "accepted"}, {"status": "rejected"}]}, {` + said +
		`, "ruleId": "c", "suppressions": []}]}]}`,
		"src/a.c:3 warning Tool a: m; src/a.c:3 warning Tool b: m; src/a.c:3 warning Tool c: m", ""},
	{"baseline states", begin + `{` + said + `, "baselineState": "unchanged"}, {` + said + `, "baselineState": "absent"}, {` +
		said + `, "ruleId": "n", "baselineState": "new"}, {` + said +
		`, "ruleId": "u", "baselineState": "updated"}]}]}`,
		"src/a.c:3 warning Tool n: m; src/a.c:3 warning Tool u: m", ""},
	{"names", begin + `{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"src/a%20b.c"}, "region": {"startLine": 1}}}]}, {"message": {"text": "m"}, "locations": ` +
		`[{"physicalLocation": {"artifactLocation": {"uri": "file:///home/x/a.c"}, "region": ` +
		`{"startLine": 1}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "file:///C:/w/a.c"}, "region": {"startLine": 1}}}]}, {"message": ` +
		`{"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"file://localhost/w/a.c"}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "src\\a b.c"}}}]}, {"message": {"text": "m"}, "locations": ` +
		`[{"physicalLocation": {"artifactLocation": {"uri": "a%zz.c"}}}]}]}]}`,
		`src/a b.c:1 warning Tool : m; /home/x/a.c:1 warning Tool : m; C:/w/a.c:1 warning Tool : m; /w/a.c warning Tool ` +
			`: m; src\a b.c warning Tool : m; a%zz.c warning Tool : m`, ""},
	{"bases", begin + `{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"a.c", "uriBaseId": "SRC"}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "a.c", "uriBaseId": "%SRCROOT%"}}}]}, {"message": {"text": "m"}, ` +
		`"locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.c", "uriBaseId": ` +
		`"LOOP"}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "/abs/a.c", "uriBaseId": "SRC"}}}]}], "originalUriBaseIds": ` +
		`{"ROOT": {"uri": "file:///w/"}, "SRC": {"uri": "src/", "uriBaseId": "ROOT"}, "LOOP": {"uri": ` +
		`"l/", "uriBaseId": "LOOP"}}}]}`,
		"/w/src/a.c warning Tool : m; a.c warning Tool : m; l/l/l/l/l/l/l/l/l/l/a.c warning Tool : m; /abs/a.c warning Tool : m", ""},
	{"the artifact's place",
		begin + `{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"index": ` +
			`1}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": ` +
			`{"index": 9}}}]}], "artifacts": [{"location": {"uri": "x"}}, {"location": {"uri": "y"}}]}]}`,
		"y warning Tool : m;  warning Tool : m", ""},
	{"regions", begin + `{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"src/a.c"}, "region": {"startLine": 2, "endLine": 4, "startColumn": 1, "endColumn": 5}}}]}, ` +
		`{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"src/a.c"}, "region": {"startLine": 2, "endLine": 4, "endColumn": 1}}}]}, {"message": {"text": ` +
		`"m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": ` +
		`{"charOffset": 20, "charLength": 3}}}]}, {"message": {"text": "m"}, "locations": []}]}]}`,
		"src/a.c:2:1-4:5 warning Tool : m; src/a.c:2-3 warning Tool : m; src/a.c warning Tool : m;  warning Tool : m", ""},
	{"messages", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}], ` +
		`"globalMessageStrings": {"g": {"text": "global"}}}}, "results": [{"message": {"id": "m", "arguments": ["a", ` +
		`"b"]}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": ` +
		`3}}}], "ruleId": "R0"}, {"message": {"id": "g"}, "locations": [{"physicalLocation": {"artifactLocation": ` +
		`{"uri": "src/a.c"}, "region": {"startLine": 3}}}]}, {"message": {"id": "gone"}, "locations": ` +
		`[{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}]}, {"message": ` +
		`{"text": "{0}{1}{9}{x}", "arguments": ["A"]}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"src/a.c"}, "region": {"startLine": 3}}}]}, {"message": {"text": "{0} as it is"}, "locations": ` +
		`[{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}]}]}]}`,
		"src/a.c:3 notice Tool R0: a is not b {x}; src/a.c:3 warning Tool : global; src/a.c:3 warning Tool : gone; " +
			"src/a.c:3 warning Tool : A{1}{9}{x}; src/a.c:3 warning Tool : {0} as it is", ""},
	{"a fix", begin + `{` + said +
		`, "fixes": [{"artifactChanges": [{"artifactLocation": {"uri": "src/a.c"}, "replacements": ` +
		`[{"deletedRegion": {"startLine": 3, "startColumn": 2, "endColumn": 4}, "insertedContent": ` +
		`{"text": "x"}}, {"deletedRegion": {"startLine": 5}}]}]}]}, {` + said +
		`, "fixes": [{"artifactChanges": [{"artifactLocation": {"uri": "other"}, "replacements": ` +
		`[{"deletedRegion": {"startLine": 3}}]}]}]}, {` + said +
		`, "fixes": [{"artifactChanges": [{"artifactLocation": {"uri": "src/a.c"}, "replacements": ` +
		`[{"deletedRegion": {"charOffset": 3}}]}]}]}]}]}`,
		`src/a.c:3 warning Tool : m [3:2-3:4 "x"] [5:1-5:0 ""]; src/a.c:3 warning Tool : m; src/a.c:3 warning Tool : m`, ""},
	{"it failed", begin + `], "invocations": [{"executionSuccessful": false, "exitCode": 2}]}]}`,
		"Tool failed: it ended with status 2", ""},
	{"it failed and says why",
		begin + `], "invocations": [{"executionSuccessful": false, "toolExecutionNotifications": [{"level": ` +
			`"error", "message": {"text": "out of memory"}}]}]}]}`, "Tool failed: out of memory", ""},
	{"no results", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": ` +
		`[{"tool": {"driver": ` + driver + `}}]}`, "nothing of Tool", ""},
	{"null", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": ` +
		`[{"tool": {"driver": ` + driver + `}, "results": null}]}`,
		"nothing of Tool", ""},
	{"two tools", begin + `{` + said + `}]}, {"tool": {"driver": {"name": "Other"}}, "results": [{` + said + `}]}]}`,
		"src/a.c:3 warning Tool : m; src/a.c:3 warning Other : m", ""},
	{"no runs", `{"version":"2.1.0"}`, "", "no runs"},
	{"an empty list of runs", `{"version":"2.1.0","runs":[]}`, "nothing of no tool", ""},
	{"runs alone", `{"runs":[]}`, "", "nothing says that it is SARIF"},
	{"properties in line",
		`{"version":"2.1.0","inlineExternalProperties":[{"guid":"1","artifacts":[]}],` +
			`"runs":[{"tool":{"driver":{"name":"Tool"}},"results":[{"ruleId":"R1","message":{"text":"m"}}]}]}`,
		" warning Tool R1: m", ""},
	{"results in line", `{"version":"2.1.0","inlineExternalProperties":[{"runGuid":"1","results":[{}]}],"runs":[]}`, "",
		"inlineExternalProperties"},
	{"an old version", `{"version":"1.0.0","runs":[]}`, "", `SARIF of version "1.0.0"`},
	{"no tool", `{"runs":[{"results":[]}]}`, "", "without tool.driver.name"},
	{"results elsewhere",
		begin + `], "externalPropertyFileReferences": {"results": [{"location": {"uri": "x"}}]}}]}`, "", "in other files"},
	{"a negative line", begin + `{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"src/a.c"}, "region": {"startLine": -3}}}]}]}]}`, "",
		`result 0 of the run of "Tool": the line or column -3`},
	{"NUL in a name", begin + `{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"a%00b"}}}]}]}]}`, "", "NUL"},
	{"text for a number",
		begin + `{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
			`"src/a.c"}, "region": {"startLine": "3"}}}]}]}]}`, "", "byte"},
	{"cut", `{"runs":[{"results":[{"message":`, "", "ends too early"},
	{"behind", `{"runs":[]}{}`, "", "something follows"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// TestColumns holds that columns are UTF-16 units unless the run says otherwise.
func TestColumns(t *testing.T) {
	for kind, want := range map[string]report.Unit{"": report.UTF16, `"columnKind":"utf16CodeUnits",`: report.UTF16,
		`"columnKind":"unicodeCodePoints",`: report.Characters} {
		c := report.NewLintCollector()
		if err := Read(strings.NewReader(`{"runs":[{`+kind+`"tool":{"driver":{"name":"t"}},"results":[{"message":{"text":"m"}}]}]}`),
			c); err != nil {
			t.Fatal(err)
		}
		if got := c.Finish().Findings[0].Unit; got != want {
			t.Errorf("%q: %s", kind, got)
		}
	}
}

// TestManyResults holds that what is beyond the limits is counted by rule, with the level that the rule gives.
func TestManyResults(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"runs":[{"results":[`)
	const n = report.MaxFindings + 5000
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(
			&b, `{"ruleIndex":%d,"message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"f%d`+
				`.c"},"region":{"startLine":1}}}]}`, i%2, i%3000)
	}
	b.WriteString(`],"tool":{"driver":{"name":"t","rules":[{"id":"a","defaultConfiguration":{"level":"error"}},{"id":"b"}]}}}]}`)
	c := report.NewLintCollector()
	if err := Read(strings.NewReader(b.String()), c); err != nil {
		t.Fatal(err)
	}
	l := c.Finish()
	if len(l.Findings) != report.MaxFindings || l.More != 5000 || fmt.Sprint(l.Rest) != "[{t a error 2500} {t b warning 2500}]" {
		t.Errorf("%d findings, %d more, rest %v", len(l.Findings), l.More, l.Rest)
	}
}

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }
