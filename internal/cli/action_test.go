//race:unwatched
package cli

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/lintel-review/lintel/internal/command/check"
	"github.com/lintel-review/lintel/internal/command/report"
	"github.com/lintel-review/lintel/internal/document"
)

// forReports are inputs of the action that sends reports, besides the flags of "lintel report upload".
var forReports = []string{"files", "finalise", "token", "binary"}

// TestActions holds both GitHub Actions to the commands that they wrap: each input is a flag of the command or known to
// be something else, reaches the script by the environment alone, and is used there.
func TestActions(t *testing.T) {
	t.Parallel()
	for _, action := range []struct {
		file, script string
		command      any
		others       []string
		inputs       int
		steps        int
	}{
		{"action.yml", "report-action.sh", &report.Upload{}, forReports, 11, 5},
		{"check/action.yml", "check-action.sh", &check.Command{},
			[]string{"github-token", "reports", "binary", "upload-sarif", "sarif"}, 7, 5},
	} {
		t.Run(action.file, func(t *testing.T) {
			t.Parallel()
			script, err := os.ReadFile("../../scripts/" + action.script)
			if err != nil {
				t.Fatal(err)
			}
			inputs, steps, doc := readAction(t, action.file)
			if len(inputs) < action.inputs || len(steps) != action.steps {
				t.Fatalf("%d inputs, %d steps", len(inputs), len(steps))
			}
			used := usedIn(steps)
			flags := flagsOf(t, action.command)
			for name, v := range inputs {
				input, _ := v.(map[string]any)
				if d, _ := input["description"].(string); !strings.HasSuffix(d, ".") {
					t.Errorf("the input %s has the description %q, which is no sentence", name, d)
				}
				if !flags[name] && !slices.Contains(action.others, name) {
					t.Errorf("the input %s is no flag of the command and not known", name)
				}
				variable, text := used[name], string(script)
				if variable == "" && !strings.Contains(used[""], "inputs."+name+" ") {
					t.Errorf("no step uses the input %s", name)
				}
				if strings.HasPrefix(variable, "INPUT_") && !regexp.MustCompile(`\$\{?`+variable+`\b`).MatchString(text) {
					t.Errorf("the script does not use %s", variable)
				}
			}
			checkDefaults(t, doc, action.command)
			checkSteps(t, steps)
		})
	}
}

func readAction(t *testing.T, name string) (inputs map[string]any, steps []map[string]any, doc *document.Document) {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	doc, problems := document.Parse(name, text, 64<<10)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if doc.Value("runs", "using") != "composite" || doc.Value("name") == nil || doc.Value("description") == nil {
		t.Error("it is no composite action with a name and a description")
	}
	inputs, _ = doc.Value("inputs").(map[string]any)
	all, _ := doc.Value("runs", "steps").([]any)
	for _, s := range all {
		step, _ := s.(map[string]any)
		steps = append(steps, step)
	}
	return inputs, steps, doc
}

// usedIn maps each input that is handed to a script to its variable; under "" are the conditions of the steps.
func usedIn(steps []map[string]any) map[string]string {
	used := map[string]string{}
	for _, step := range steps {
		env, _ := step["env"].(map[string]any)
		for variable, value := range env {
			text, _ := value.(string)
			if name, ok := strings.CutPrefix(text, "${{ inputs."); ok {
				used[strings.TrimSuffix(name, " }}")] = variable
			}
		}
		condition, _ := step["if"].(string)
		used[""] += condition + "\n"
	}
	return used
}

func flagsOf(t *testing.T, command any) map[string]bool {
	t.Helper()
	flags := map[string]bool{}
	parser, err := kong.New(command, kong.Vars{"formats": "text", "settings": "x", "families": "x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range parser.Model.Flags {
		flags[f.Name] = true
	}
	return flags
}

// checkDefaults: a default that differs from the command's would make the same words mean two things.
func checkDefaults(t *testing.T, doc *document.Document, command any) {
	t.Helper()
	inputs, _ := doc.Value("inputs").(map[string]any)
	for name, v := range inputs {
		input, _ := v.(map[string]any)
		f, ok := reflect.TypeOf(command).Elem().FieldByName(strings.ToUpper(name[:1]) + name[1:])
		if !ok || name == "kind" {
			continue
		}
		if value, want := input["default"], f.Tag.Get("default"); value != want && value != "false" && value != nil {
			t.Errorf("the input %s is %q by default, the flag %q", name, value, want)
		}
	}
}

// checkSteps: an expression in a script is run, and a setup- action changes what later steps of the job find.
func checkSteps(t *testing.T, steps []map[string]any) {
	t.Helper()
	pinned := regexp.MustCompile(`^(actions/[a-z-]+|github/codeql-action/upload-sarif)@[0-9a-f]{40}$`)
	for _, step := range steps {
		if run, _ := step["run"].(string); strings.Contains(run, "${{") {
			t.Errorf("the step %v writes an expression into a script: %s", step["name"], run)
		}
		if uses, ok := step["uses"].(string); ok && !pinned.MatchString(uses) || strings.Contains(uses, "setup-") {
			t.Errorf("the step %v uses %s, which is not GitHub's own at a commit, or changes what later steps find", step["name"], uses)
		}
	}
}
