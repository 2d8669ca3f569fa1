package survey

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/settings"
)

func told(t Threshold) string {
	var out []string
	for _, n := range []*float64{t.Project, t.Drop, t.Patch, t.PatchSlack} {
		if n == nil {
			out = append(out, "-")
		} else {
			out = append(out, fmt.Sprint(*n))
		}
	}
	return t.Tool + " " + strings.Join(out, " ")
}

func TestThresholds(t *testing.T) {
	status := func(text string) string {
		return "coverage:\n  status:\n    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
	}
	for name, tc := range map[string]struct{ file, text, want string }{ // project, drop, patch, slack of the patch
		"a target": {"codecov.yml", status("project:\n  default:\n    target: 80%"), "Codecov 80 - - -"},
		"a number": {".codecov.yml",
			status("project: {default: {target: 72.5}}\npatch: {default: {target: 90, threshold: 2%}}"), "Codecov 72.5 - 90 2"},
		"less a tolerance":      {"codecov.yml", status("project: {default: {target: 80%, threshold: 1.5%}}"), "Codecov 78.5 - - -"},
		"auto":                  {".github/codecov.yml", status("project: {default: {target: auto}}"), "Codecov - 0 - -"},
		"auto with a tolerance": {"codecov.yaml", status("project: {default: {target: auto, threshold: 0.5%}}"), "Codecov - 0.5 - -"},
		"a tolerance alone":     {"codecov.yml", status("project: {default: {threshold: 2}}"), "Codecov - 2 - -"},
		"one status of a name":  {"codecov.yml", status("project: {all: {target: 70}}"), "Codecov 70 - - -"},
		"one part of the files": {"codecov.yml", status("project: {web: {target: 70, paths: [web]}}"), ""},
		"several without one":   {"codecov.yml", status("project: {a: {target: 70}, b: {target: 60}}"), ""},
		"informational":         {"codecov.yml", status("project: {default: {target: 70, informational: true}}"), ""},
		"switched off":          {"codecov.yml", status("project: false\npatch: off"), ""},
		"on, and no more":       {"codecov.yml", status("project: true"), ""},
		"no status":             {"codecov.yml", "comment: false\n", ""},
		"out of range":          {"codecov.yml", status("project: {default: {target: 180%}}"), ""},
		"not YAML":              {"codecov.yml", "coverage: [", ""},
		"a list":                {"codecov.yml", "- coverage\n", ""},
		"coverage.py": {".coveragerc", "[run]\nfail_under = 3\n[report]\n# fail_under = 4\nfail_under = 85.5 ; all of it\n",
			"coverage.py 85.5 - - -"},
		"pyproject": {"pyproject.toml",
			"[tool.coverage.run]\nbranch = true\n[tool.coverage.report]\nfail_under = 90 # all\n", "coverage.py 90 - - -"},
		"another section":       {"pyproject.toml", "[tool.interrogate]\nfail_under = 90\n", ""},
		"setup.cfg":             {"setup.cfg", "[coverage:report]\r\nfail_under=77\r\n", "coverage.py 77 - - -"},
		"jest":                  {"jest.config.json", `{"coverageThreshold": {"global": {"branches": 50, "lines": 81}}}`, "Jest 81 - - -"},
		"jest in package.json":  {"package.json", `{"jest": {"coverageThreshold": {"global": {"statements": 60}}}}`, "Jest 60 - - -"},
		"jest by the uncovered": {"jest.config.json", `{"coverageThreshold": {"global": {"lines": -10}}}`, ""},
		"jest in a program": {"jest.config.js",
			"module.exports = {\n  coverageThreshold: {\n    global: { branches: 10, lines: 64.2 },\n  },\n}", "Jest 64.2 - - -"},
		"jest in a comment":      {"jest.config.ts", "// coverageThreshold: { global: { lines: 64 } }\nexport default {}", ""},
		"package.json of others": {"package.json", `{"name": "x"}`, ""},
		"not JSON":               {"package.json", `{"jest": `, ""},
		"nyc":                    {".nycrc", `{"check-coverage": true, "lines": 95}`, "nyc 95 - - -"},
		"nyc by its own default": {".nycrc.json", `{"check-coverage": true}`, "nyc 90 - - -"},
		"nyc that checks none":   {".nycrc", `{"lines": 95}`, ""},
		"nyc in YAML":            {".nycrc", "check-coverage: true\nlines: 33\n", "nyc 33 - - -"},
		"nyc in package.json":    {"package.json", `{"nyc": {"check-coverage": true, "statements": 44}}`, "nyc 44 - - -"},
		"vitest": {"vitest.config.ts",
			"export default defineConfig({ test: { coverage: {\n thresholds: { 'lines': 70 } } } })", "Vitest 70 - - -"},
		"go-test-coverage": {".testcoverage.yml", "threshold:\n  file: 10\n  total: 65\n", "go-test-coverage 65 - - -"},
		"simplecov":        {".simplecov", "SimpleCov.start do\n  minimum_coverage line: 93, branch: 2\nend\n", "SimpleCov 93 - - -"},
		"too large":        {".coveragerc", "[report]\nfail_under = 9\n" + strings.Repeat("#", MaxConfig), ""},
		"not asked for":    {"web/codecov.yml", status("project: {default: {target: 80}}"), ""},
	} {
		got, ok := Thresholds(map[string][]byte{tc.file: []byte(tc.text)})
		if tc.want == "" && ok || tc.want != "" && (told(got) != tc.want || got.Found != tc.file || !IsConfig(tc.file)) {
			t.Errorf("%s: %q of %q, want %q", name, told(got), got.Found, tc.want)
		}
	}
	both := map[string][]byte{".coveragerc": []byte("[report]\nfail_under = 9\n"),
		"codecov.yml": []byte(status("patch: {default: {target: 80}}"))}
	if got, _ := Thresholds(both); told(got) != "Codecov - - 80 -" {
		t.Errorf("of two tools: %s", told(got))
	}
}

// Whatever a file says, what is concluded from it makes valid settings.
func FuzzThresholds(f *testing.F) {
	for i, text := range []string{
		"coverage: {status: {project: {default: {target: 80%, threshold: 1%}}, patch: {default: {target: 1e1}}}}",
		"[report]\nfail_under = 1.005", `{"jest": {"coverageThreshold": {"global": {"lines": 1e2}}}}`, "thresholds: { lines: 0x10 }"} {
		f.Add(text, uint8(i))
	}
	names := strings.Fields("codecov.yml .coveragerc package.json vitest.config.ts .nycrc jest.config.json .testcoverage.yml .simplecov")
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		got, ok := Thresholds(map[string][]byte{names[int(n)%len(names)]: []byte(text)})
		if !ok {
			return
		}
		h := History{Threshold: &got, Tools: Tools([]string{"codecov.yml", ".golangci.yml"}, "")}
		written := Write(h, Conclude(h, false))
		if _, problems := settings.Parse(settings.Path, written, nil); len(problems) > 0 {
			t.Fatalf("%v\n%s", problems, written)
		}
	})
}

// The family's settings say where they come from.
func TestWriteThresholds(t *testing.T) {
	eighty, one := 80.0, 1.5
	h := History{
		Threshold: &Threshold{Tool: "Codecov", Found: "codecov.yml", Drop: &one, Patch: &eighty},
		Tools:     Tools([]string{".golangci.yml", "codecov.yml"}, ""),
	}
	text := string(Write(h, Conclude(h, false)))
	for _, want := range []string{"coverage:\n  mode: warn\n  project: { max_drop: 1.5 }\n  patch: { min: 80 }\n",
		"a drop of at most 1.5 points, at least 80 %", "lint:\n  mode: warn\n", "# golangci-lint: what is found"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if _, problems := settings.Parse(settings.Path, []byte(text), nil); len(problems) > 0 {
		t.Error(problems)
	}
}
