package policy_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/policy"
)

// What a policy must not be able to reach is a compile error, wherever it is planted.
//
//race:unwatched
func TestRefusedBuiltins(t *testing.T) {
	for name, call := range map[string]string{
		"http.send":              `http.send({"method": "GET", "url": "http://127.0.0.1"})`,
		"net.lookup_ip_addr":     `net.lookup_ip_addr("localhost")`,
		"net.cidr_expand":        `net.cidr_expand("0.0.0.0/0")`,
		"time.now_ns":            `time.now_ns()`,
		"rand.intn":              `rand.intn("x", 10)`,
		"uuid.rfc4122":           `uuid.rfc4122("x")`,
		"opa.runtime":            `opa.runtime()`,
		"io.jwt.decode":          `io.jwt.decode("x")`,
		"io.jwt.encode_sign":     `io.jwt.encode_sign({}, {}, {})`,
		"crypto.x509":            `crypto.x509.parse_certificates("x")`,
		"crypto.hmac.sha256":     `crypto.hmac.sha256("x", "y")`,
		"json.match_schema":      `json.match_schema({}, {})`,
		"json.verify_schema":     `json.verify_schema({})`,
		"graphql.parse":          `graphql.parse("x", "y")`,
		"providers.aws.sign_req": `providers.aws.sign_req({}, {}, 1)`,
		"rego.parse_module":      `rego.parse_module("x", "y")`,
		"yaml.unmarshal":         `yaml.unmarshal("x")`,
		"trace":                  `trace("x")`,
	} {
		t.Run(name, func(t *testing.T) {
			for where, files := range map[string]map[string]string{
				"a rule": {"demo/demo.rego": module("demo", block("demo/one", "enforce", "recheck", "x := "+call+"\n"+say("never")+"\nx"))},
				"a function of the library": {
					"demo/demo.rego": module("demo", block("demo/one", "enforce", "recheck", say("never"))),
					"lib/lib.rego":   "package lintel.lib\n\nf(_) := " + call + "\n",
				},
			} {
				_, err := policy.Compile(t.Context(), tree(files))
				if err == nil || !strings.Contains(err.Error(), "undefined function "+strings.Split(call, "(")[0]) {
					t.Errorf("in %s: error %v, want an undefined function", where, err)
				}
			}
		})
	}
}

func TestCompileErrors(t *testing.T) {
	good := block("demo/one", "enforce", "recheck", say("x"))
	for name, tc := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"misspelt field": {
			map[string]string{
				"demo/demo.rego": module("demo", block("demo/one", "enforce", "recheck", `input.change.titel == "x"`+"\n"+say("x")))},
			[]string{"demo/demo.rego:", "titel", "title"}},
		"misspelt member of a list": {
			map[string]string{
				"demo/demo.rego": module("demo", block("demo/one", "enforce", "recheck", "some gap in input.gaps\ngap.why\n"+say("x")))},
			[]string{"demo/demo.rego:", "why", "reason"}},
		"wrong type": {map[string]string{
			"demo/demo.rego": module("demo", block("demo/one", "enforce", "recheck", "startswith(input.change.number, \"x\")\n"+say("x")))},
			[]string{"demo/demo.rego:", "invalid argument"}},
		"the engine's own member": {
			map[string]string{
				"demo/demo.rego": module("demo", block("demo/one", "enforce", "recheck", "input.judged[\"demo/one\"]\n"+say("x")))},
			[]string{"demo/demo.rego:", "input.judged is not part of the facts"}},
		"unused name": {
			map[string]string{"demo/demo.rego": module("demo", block("demo/one", "enforce", "recheck", "x := 1\n"+say("x")))},
			[]string{"unused"}},
		"syntax": {map[string]string{"demo/demo.rego": "package lintel.demo\n\ndeny contains x if {"},
			[]string{"demo/demo.rego:3"}},
		"old syntax": {map[string]string{"demo/demo.rego": "package lintel.demo\n\ndeny[x] { x := 1 }\n"},
			[]string{"demo/demo.rego:3"}},
		"other package": {map[string]string{"demo/demo.rego": module("size", block("size/one", "enforce", "recheck", say("x")))},
			[]string{"demo/demo.rego:4", "lintel.demo"}},
		"no family folder": {map[string]string{"demo.rego": module("demo", good)}, []string{"folder of its family"}},
		"nothing":          {map[string]string{"readme.md": "x"}, []string{"no .rego file"}},
		"too large": {map[string]string{"demo/demo.rego": module("demo", good) + strings.Repeat("#\n", 200_000)},
			[]string{"demo/demo.rego", "split it"}},
		"every file at once": {map[string]string{"demo/a.rego": "package x\n", "demo/b.rego": "package y\n"},
			[]string{"demo/a.rego", "demo/b.rego"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policy.Compile(t.Context(), tree(tc.files))
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v does not hold %q", err, want)
				}
			}
		})
	}
}

// null is a value of the facts like any other, so comparing with it is no type error.
func TestNullableFields(t *testing.T) {
	demo(t, block("demo/one", "enforce", "recheck",
		"input.change.title == null\ninput.change.author == null\ninput.controls.proposed == null\n"+
			"input.repository.merges.squash == null\n"+say("x")))
}

func TestTwoTrees(t *testing.T) {
	a := tree(map[string]string{"demo/demo.rego": module("demo", block("demo/one", "enforce", "recheck", say("x")))})
	b := tree(map[string]string{"more/more.rego": module("more", block("more/one", "enforce", "recheck", say("x")))})
	e, err := policy.Compile(t.Context(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	if got := rules(decide(t, e, enforcing(), policy.Options{}).Findings); got != "demo/one more/one" {
		t.Errorf("findings %q", got)
	}
	if _, err := policy.Compile(t.Context(), a, a); err == nil || !strings.Contains(err.Error(), "two policy trees hold") {
		t.Errorf("error %v, want one about the same file in two trees", err)
	}
}

func TestDigest(t *testing.T) {
	text := module("demo", block("demo/one", "enforce", "recheck", say("x")))
	digest := func(files map[string]string) string { return compiled(t, files).Digest() }
	want := digest(map[string]string{"demo/demo.rego": text})
	if got := digest(map[string]string{"demo/demo.rego": strings.ReplaceAll(text, "\n", "\r\n")}); got != want {
		t.Error("line ends changed the digest")
	}
	if got := digest(map[string]string{"demo/demo.rego": text,
		"demo/demo_test.rego": "package lintel.demo_test\n\ntest_x if true\n"}); got != want {
		t.Error("a test changed the digest")
	}
	if a := compiled(t, map[string]string{"demo/demo.rego": text}).Archive(); fmt.Sprintf("sha256:%x", sha256.Sum256(a)) != want {
		t.Error("the digest is not that of the archive")
	}
	if got, err := policy.Digest(
		tree(map[string]string{"demo/demo.rego": text, "demo/demo_test.rego": "package lintel.demo_test\n"})); err != nil || got != want {
		t.Errorf("without compiling: %s, %v, want %s", got, err, want)
	}
	if digest(map[string]string{"demo/other.rego": text}) == want || digest(map[string]string{"demo/demo.rego": text + "\n"}) == want {
		t.Error("a name or a byte did not change the digest")
	}
}

//race:unwatched
func TestLint(t *testing.T) {
	valid := block("demo/one", "enforce", "recheck", `finding := {"rule": "demo/one", "message": "x"}`)
	for name, tc := range map[string]struct{ text, want string }{
		"no metadata":         {"\ndeny contains {\"rule\": \"demo/one\"}\n", "a deny without a METADATA block"},
		"no id":               {strings.Replace(valid, "#   id: demo/one\n", "", 1), "custom.id is missing"},
		"no title":            {strings.Replace(valid, "# title: Something is wrong\n", "", 1), "title is missing"},
		"no description":      {strings.Replace(valid, "# description: It matters because it does.\n", "", 1), "description is missing"},
		"no remedy":           {strings.Replace(valid, "#   remedy: Put it right.\n", "", 1), "custom.remedy is missing"},
		"no passes":           {strings.Replace(valid, "#   passes: All is right\n", "", 1), "custom.passes is missing"},
		"passes, a full stop": {strings.Replace(valid, "All is right", "All is right.", 1), "without a full stop"},
		"passes, the fault":   {strings.Replace(valid, "All is right", "Something is wrong", 1), "says what holds"},
		"no missing":          {strings.Replace(valid, "#   missing: It says so.\n", "", 1), "custom.missing is missing"},
		"no severity":         {strings.Replace(valid, "#   severity: error\n", "", 1), `custom.severity is ""`},
		"no mode":             {strings.Replace(valid, "#   mode: enforce\n", "", 1), `custom.mode: mode ""`},
		"no merge queue":      {strings.Replace(valid, "#   merge_queue: recheck\n", "", 1), `custom.merge_queue is ""`},
		"no reads":            {strings.Replace(valid, "#   reads: [title]\n", "", 1), "custom.reads is missing"},
		"unknown fact":        {strings.Replace(valid, "[title]", "[weather]", 1), `custom.reads names "weather"`},
		"unknown option": {strings.Replace(valid, "commits.header_max", "commits.header_min", 1),
			`custom.options names "commits.header_min"`},
		"unknown key":       {strings.Replace(valid, "#   missing:", "#   colour: red\n#   missing:", 1), `unknown field "colour"`},
		"wrong severity":    {strings.Replace(valid, "severity: error", "severity: fatal", 1), `custom.severity is "fatal"`},
		"wrong mode":        {strings.Replace(valid, "mode: enforce", "mode: block", 1), `mode "block"`},
		"other family":      {strings.Replace(valid, "demo/one", "size/one", 1), `it must begin with "demo/"`},
		"id in other shape": {strings.Replace(valid, "demo/one", "demo/One_Two", 1), "is not family/name in lower case"},
		"duplicate":         {valid + valid, "the id is taken by demo/demo.rego:"},
		"unknown result": {valid + "\nabstain contains {\"rule\": \"demo/oen\", \"reason\": \"x\"}\n",
			"the family demo has no rule of this id"},
		"not a set": {strings.Replace(valid, "deny contains finding if", "deny := finding if", 1), "deny must be a set"},
	} {
		t.Run(name, func(t *testing.T) {
			problems := demo(t, tc.text).Lint()
			if !slices.ContainsFunc(problems, func(p policy.Problem) bool {
				return strings.Contains(p.Message, tc.want) && p.File == "demo/demo.rego" && p.Line > 0
			}) {
				t.Errorf("problems %v, want one with %q", problems, tc.want)
			}
		})
	}
	if problems := demo(t, valid).Lint(); len(problems) != 0 {
		t.Errorf("a whole rule has problems: %v", problems)
	}
	clause := "\n# METADATA\n# custom:\n#   id: demo/one\ndeny contains finding if {\n\t" + say("a further clause") + "\n}\n"
	e := demo(t, valid, clause)
	if problems := e.Lint(); len(problems) != 0 {
		t.Errorf("a further clause has problems: %v", problems)
	}
	if got := rules(decide(t, e, enforcing(), policy.Options{}).Findings); got != "demo/one demo/one" {
		t.Errorf("findings %q, want both clauses", got)
	}
}

// The policies that ship explain themselves.
//
//race:unwatched
func TestShippedPolicies(t *testing.T) {
	for _, p := range shipped(t).Lint() {
		t.Errorf("policies/%s", p)
	}
}
