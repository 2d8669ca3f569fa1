package cli

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/lintel-review/lintel/internal/command/report"
	"github.com/lintel-review/lintel/internal/document"
)

// TestAction holds the GitHub Action at the root to the command that it wraps: each input is a flag of "lintel report
// upload" or known to be something else, reaches the script by the environment alone, and is used there.
func TestAction(t *testing.T) {
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var script []byte
	for _, name := range []string{"report-action.sh", "check-action.sh"} {
		text, err := os.ReadFile("../../scripts/" + name)
		if err != nil {
			t.Fatal(err)
		}
		script = append(script, text...)
	}
	doc, problems := document.Parse("action.yml", text, 64<<10)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if doc.Value("runs", "using") != "composite" || doc.Value("name") == nil || doc.Value("description") == nil {
		t.Error("it is no composite action with a name and a description")
	}
	flags := map[string]bool{}
	parser, err := kong.New(&report.Upload{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range parser.Model.Flags {
		flags[f.Name] = true
	}
	inputs, _ := doc.Value("inputs").(map[string]any)
	steps, _ := doc.Value("runs", "steps").([]any)
	if len(inputs) < 16 || len(steps) != 6 {
		t.Fatalf("%d inputs, %d steps", len(inputs), len(steps))
	}
	env := map[string]any{}
	for _, step := range steps {
		s, _ := step.(map[string]any)
		own, _ := s["env"].(map[string]any)
		maps.Copy(env, own)
	}
	given := map[string]string{"server": "LINTEL_SERVER", "token": "LINTEL_UPLOAD_TOKEN", "github-token": "GH_TOKEN"}
	for name, v := range inputs {
		input, _ := v.(map[string]any)
		if d, _ := input["description"].(string); !strings.HasSuffix(d, ".") {
			t.Errorf("the input %s has the description %q, which is no sentence", name, d)
		}
		if !flags[name] &&
			!slices.Contains(
				[]string{"files", "finalise", "token", "binary", "command", "pull-request", "github-token", "only", "reports", "sarif"},
				name) {
			t.Errorf("the input %s is no flag of lintel report upload and not known", name)
		}
		variable := given[name]
		if variable == "" {
			variable = "INPUT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
			if !regexp.MustCompile(`\$\{?` + variable + `\b`).Match(script) {
				t.Errorf("the script does not use %s", variable)
			}
		}
		if want := "${{ inputs." + name + " }}"; env[variable] != want {
			t.Errorf("%s is %v, want %s", variable, env[variable], want)
		}
		// A default that differs from the command's would make the same words mean two things.
		if f, ok := reflect.TypeFor[report.Upload]().FieldByName(strings.ToUpper(name[:1]) + name[1:]); ok && name != "kind" {
			if value, want := input["default"], f.Tag.Get("default"); value != want && value != "false" && value != nil {
				t.Errorf("the input %s is %q by default, the flag %q", name, value, want)
			}
		}
	}
	for _, step := range steps {
		s, _ := step.(map[string]any)
		if run, _ := s["run"].(string); strings.Contains(run, "${{") {
			t.Errorf("the step %v writes an expression into a script: %s", s["name"], run)
		}
		if uses, ok := s["uses"].(string); ok && !regexp.MustCompile(`^actions/[a-z-]+@[0-9a-f]{40}$`).MatchString(uses) ||
			strings.Contains(uses, "setup-") {
			t.Errorf("the step %v uses %s, which is not GitHub's own at a commit, or changes what later steps find", s["name"], uses)
		}
	}
}
