package sarif

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"an absent ruleIndex is not the first rule",
		`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": ` +
			`{"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
			`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
			`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, ` +
			`"results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
			`"src/a.c"}, "region": {"startLine": 3}}}], "ruleId": "R1"}, {"message": {"text": "m"}, "locations": ` +
			`[{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "ruleIndex": ` +
			`0}, {"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
			`"region": {"startLine": 3}}}]}]}]}`, "src/a.c:3 error Tool R1: m; src/a.c:3 notice Tool R0: m; src/a.c:3 warning Tool : m",
		""},
	{"an absent level is the rule's, then a warning",
		`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": ` +
			`{"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
			`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
			`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, ` +
			`"results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
			`"src/a.c"}, "region": {"startLine": 3}}}], "ruleId": "R1"}, {"message": {"text": "m"}, "locations": ` +
			`[{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "ruleId": ` +
			`"R3"}, {"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
			`"src/a.c"}, "region": {"startLine": 3}}}], "ruleId": "unknown"}, {"message": {"text": "m"}, "locations": ` +
			`[{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "ruleId": ` +
			`"R1", "level": "note"}, {"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": ` +
			`{"uri": "src/a.c"}, "region": {"startLine": 3}}}], "ruleId": "R3", "level": "none"}]}]}`,
		"src/a.c:3 error Tool R1: m; src/a.c:3 warning Tool R3: m; src/a.c:3 warning Tool unknown: m; src/a.c:3 notice " +
			"Tool R1: m; src/a.c:3 notice Tool R3: m", ""},
	{"an index against its id",
		`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": ` +
			`{"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
			`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
			`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, ` +
			`"results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
			`"src/a.c"}, "region": {"startLine": 3}}}], "ruleId": "R1", "ruleIndex": 0}, {"message": {"text": "m"}, ` +
			`"locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], ` +
			`"ruleId": "R1", "ruleIndex": 99}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
			`{"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "ruleId": "R1", "ruleIndex": -1}]}]}`,
		"src/a.c:3 error Tool R1: m; src/a.c:3 error Tool R1: m; src/a.c:3 error Tool R1: m", ""},
	{"the parts of a rule",
		`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": ` +
			`{"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
			`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
			`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, ` +
			`"results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
			`"src/a.c"}, "region": {"startLine": 3}}}], "ruleId": "CA1000/1"}, {"message": {"text": "m"}, "locations": ` +
			`[{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "rule": ` +
			`{"id": "CA1000/2/x"}}]}]}`, "src/a.c:3 error Tool CA1000/1: m; src/a.c:3 error Tool CA1000/2/x: m", ""},
	{"a rule of an extension",
		`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": ` +
			`{"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
			`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
			`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}, ` +
			`"extensions": [{"name": "ext", "rules": [{"id": "X0", "defaultConfiguration": {"level": "error"}}]}]}, ` +
			`"results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
			`"src/a.c"}, "region": {"startLine": 3}}}], "rule": {"index": 0, "toolComponent": {"index": 0}}}, ` +
			`{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
			`"region": {"startLine": 3}}}], "ruleId": "X0"}, {"message": {"text": "m"}, "locations": ` +
			`[{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "rule": ` +
			`{"index": 0, "toolComponent": {"index": 7}}}]}]}`,
		"src/a.c:3 error Tool X0: m; src/a.c:3 error Tool X0: m; src/a.c:3 warning Tool : m", ""},
	{"results before the tool",
		`{"version":"2.1.0","runs":[{"results":[{"ruleIndex":1,"message":{"text":"m"}}],"tool":{"driver": {"name": ` +
			`"Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": "note"}, ` +
			`"messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": {"level": ` +
			`"error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}}]}`, " error Tool R1: m", ""},
	{"an override", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, "results": ` +
		`[{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
		`"region": {"startLine": 3}}}], "ruleId": "R1"}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "ruleId": "R0"}], "invocations": ` +
		`[{"executionSuccessful": true, "ruleConfigurationOverrides": [{"descriptor": {"id": "R1"}, "configuration": ` +
		`{"level": "note"}}, {"descriptor": {"index": 0}, "configuration": {"level": "error"}}]}]}]}`,
		"src/a.c:3 notice Tool R1: m; src/a.c:3 error Tool R0: m", ""},
	{"kinds", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, "results": ` +
		`[{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
		`"region": {"startLine": 3}}}], "kind": "pass"}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "kind": "fail", "ruleId": "R1"}, ` +
		`{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
		`"region": {"startLine": 3}}}], "kind": "notApplicable"}, {"message": {"text": "m"}, "locations": ` +
		`[{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "kind": "open"}]}]}`,
		"src/a.c:3 error Tool R1: m", ""},
	{"suppressions", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": ` +
		`[{"tool": {"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": ` +
		`{"level": "note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", ` +
		`"defaultConfiguration": {"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, ` +
		`{"id": "R3"}]}}, "results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "suppressions": [{"kind": ` +
		`"inSource"}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"src/a.c"}, "region": {"startLine": 3}}}], "suppressions": [{"kind": "external", "status": "accepted"}]}, ` +
		`{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
		`"region": {"startLine": 3}}}], "ruleId": "a", "suppressions": [{"status": "underReview"}]}, {"message": ` +
		`{"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": ` +
		`{"startLine": 3}}}], "ruleId": "b", "suppressions": [{"status": "accepted"}, {"status": "rejected"}]}, ` +
		`{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
		`"region": {"startLine": 3}}}], "ruleId": "c", "suppressions": []}]}]}`,
		"src/a.c:3 warning Tool a: m; src/a.c:3 warning Tool b: m; src/a.c:3 warning Tool c: m", ""},
	{"baseline states", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": ` +
		`[{"tool": {"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": ` +
		`{"level": "note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", ` +
		`"defaultConfiguration": {"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, ` +
		`{"id": "R3"}]}}, "results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "baselineState": "unchanged"}, ` +
		`{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
		`"region": {"startLine": 3}}}], "baselineState": "absent"}, {"message": {"text": "m"}, "locations": ` +
		`[{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "ruleId": "n", ` +
		`"baselineState": "new"}, {"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": ` +
		`{"uri": "src/a.c"}, "region": {"startLine": 3}}}], "ruleId": "u", "baselineState": "updated"}]}]}`,
		"src/a.c:3 warning Tool n: m; src/a.c:3 warning Tool u: m", ""},
	{"names", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, "results": ` +
		`[{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a%20b.c"}, ` +
		`"region": {"startLine": 1}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "file:///home/x/a.c"}, "region": {"startLine": 1}}}]}, {"message": {"text": "m"}, ` +
		`"locations": [{"physicalLocation": {"artifactLocation": {"uri": "file:///C:/w/a.c"}, "region": {"startLine": ` +
		`1}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"file://localhost/w/a.c"}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "src\\a b.c"}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "a%zz.c"}}}]}]}]}`,
		`src/a b.c:1 warning Tool : m; /home/x/a.c:1 warning Tool : m; C:/w/a.c:1 warning Tool : m; /w/a.c warning Tool ` +
			`: m; src\a b.c warning Tool : m; a%zz.c warning Tool : m`, ""},
	{"bases", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, "results": ` +
		`[{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.c", ` +
		`"uriBaseId": "SRC"}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": ` +
		`{"uri": "a.c", "uriBaseId": "%SRCROOT%"}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "a.c", "uriBaseId": "LOOP"}}}]}, {"message": {"text": "m"}, "locations": ` +
		`[{"physicalLocation": {"artifactLocation": {"uri": "/abs/a.c", "uriBaseId": "SRC"}}}]}], "originalUriBaseIds": ` +
		`{"ROOT": {"uri": "file:///w/"}, "SRC": {"uri": "src/", "uriBaseId": "ROOT"}, "LOOP": {"uri": "l/", "uriBaseId": "LOOP"}}}]}`,
		"/w/src/a.c warning Tool : m; a.c warning Tool : m; l/l/l/l/l/l/l/l/l/l/a.c warning Tool : m; /abs/a.c warning Tool : m", ""},
	{"the artifact's place",
		`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": ` +
			`{"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
			`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
			`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, ` +
			`"results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"index": ` +
			`1}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"index": ` +
			`9}}}]}], "artifacts": [{"location": {"uri": "x"}}, {"location": {"uri": "y"}}]}]}`,
		"y warning Tool : m;  warning Tool : m", ""},
	{"regions", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, "results": ` +
		`[{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
		`"region": {"startLine": 2, "endLine": 4, "startColumn": 1, "endColumn": 5}}}]}, {"message": {"text": "m"}, ` +
		`"locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 2, ` +
		`"endLine": 4, "endColumn": 1}}}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "src/a.c"}, "region": {"charOffset": 20, "charLength": 3}}}]}, {"message": ` +
		`{"text": "m"}, "locations": []}]}]}`,
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
	{"a fix", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, "results": ` +
		`[{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
		`"region": {"startLine": 3}}}], "fixes": [{"artifactChanges": [{"artifactLocation": {"uri": "src/a.c"}, ` +
		`"replacements": [{"deletedRegion": {"startLine": 3, "startColumn": 2, "endColumn": 4}, "insertedContent": ` +
		`{"text": "x"}}, {"deletedRegion": {"startLine": 5}}]}]}]}, {"message": {"text": "m"}, "locations": ` +
		`[{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}], "fixes": ` +
		`[{"artifactChanges": [{"artifactLocation": {"uri": "other"}, "replacements": [{"deletedRegion": {"startLine": ` +
		`3}}]}]}]}, {"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
		`"src/a.c"}, "region": {"startLine": 3}}}], "fixes": [{"artifactChanges": [{"artifactLocation": {"uri": ` +
		`"src/a.c"}, "replacements": [{"deletedRegion": {"charOffset": 3}}]}]}]}]}]}`,
		`src/a.c:3 warning Tool : m [3:2-3:4 "x"] [5:1-5:0 ""]; src/a.c:3 warning Tool : m; src/a.c:3 warning Tool : m`, ""},
	{"it failed", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, "results": ` +
		`[], "invocations": [{"executionSuccessful": false, "exitCode": 2}]}]}`, "Tool failed: it ended with status 2", ""},
	{"it failed and says why",
		`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": ` +
			`{"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
			`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
			`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, ` +
			`"results": [], "invocations": [{"executionSuccessful": false, "toolExecutionNotifications": [{"level": ` +
			`"error", "message": {"text": "out of memory"}}]}]}]}`, "Tool failed: out of memory", ""},
	{"no results", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}}]}`, "nothing of Tool", ""},
	{"null", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, "results": null}]}`,
		"nothing of Tool", ""},
	{"two tools", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": ` +
		`{"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
		`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
		`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, "results": ` +
		`[{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, ` +
		`"region": {"startLine": 3}}}]}]}, {"tool": {"driver": {"name": "Other"}}, "results": [{"message": {"text": ` +
		`"m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": 3}}}]}]}]}`,
		"src/a.c:3 warning Tool : m; src/a.c:3 warning Other : m", ""},
	{"no runs", `{"version":"2.1.0"}`, "", "no runs"},
	{"an empty list of runs", `{"version":"2.1.0","runs":[]}`, "nothing of no tool", ""},
	{"runs alone", `{"runs":[]}`, "", "nothing says that it is SARIF"},
	{"properties in line",
		`{"version":"2.1.0","inlineExternalProperties":[{"guid":"1","artifacts":[]}],` +
			`"runs":[{"tool":{"driver":{"name":"Tool"}},"results":[{"ruleId":"R1","message":{"text":"m"}}]}]}`, " warning Tool R1: m", ""},
	{"results in line", `{"version":"2.1.0","inlineExternalProperties":[{"runGuid":"1","results":[{}]}],"runs":[]}`, "",
		"inlineExternalProperties"},
	{"an old version", `{"version":"1.0.0","runs":[]}`, "", `SARIF of version "1.0.0"`},
	{"no tool", `{"runs":[{"results":[]}]}`, "", "without tool.driver.name"},
	{"results elsewhere",
		`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": ` +
			`{"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
			`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
			`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, ` +
			`"results": [], "externalPropertyFileReferences": {"results": [{"location": {"uri": "x"}}]}}]}`, "", "in other files"},
	{"a negative line", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": ` +
		`[{"tool": {"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": ` +
		`{"level": "note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", ` +
		`"defaultConfiguration": {"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, ` +
		`{"id": "R3"}]}}, "results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "src/a.c"}, "region": {"startLine": -3}}}]}]}]}`, "",
		`result 0 of the run of "Tool": the line or column -3`},
	{"NUL in a name", `{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": ` +
		`[{"tool": {"driver": {"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": ` +
		`{"level": "note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", ` +
		`"defaultConfiguration": {"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, ` +
		`{"id": "R3"}]}}, "results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": ` +
		`{"artifactLocation": {"uri": "a%00b"}}}]}]}]}`, "", "NUL"},
	{"text for a number",
		`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": ` +
			`{"name": "Tool", "rules": [{"id": "R0", "helpUri": "https://e/0", "defaultConfiguration": {"level": ` +
			`"note"}, "messageStrings": {"m": {"text": "{0} is not {1} {{x}}"}}}, {"id": "R1", "defaultConfiguration": ` +
			`{"level": "error"}}, {"id": "CA1000", "defaultConfiguration": {"level": "error"}}, {"id": "R3"}]}}, ` +
			`"results": [{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ` +
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
