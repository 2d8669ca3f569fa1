package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lintel-review/lintel/internal/document"
)

// runner stands in for GitHub's runner: it carries out the steps of one composite action of this repository, in a
// script's current folder, with files for outputs, environment, path and summary as a runner has them.
type runner struct {
	ts      *testscript.TestScript
	folder  string // of the action
	inputs  map[string]string
	outputs map[string]string // "step.name"
	failed  bool
}

// action runs an action of this repository: "action FOLDER [INPUT=VALUE ...]". Each step is written to action.log, with
// what it printed. Of the actions of others it knows actions/cache, which keeps its files in $WORK/cache, and takes any
// other for granted and writes its inputs down. Like a runner, it ends a step at its first failing command, leaves the
// steps after it out, unless their condition asks for them by always(), and fails when any step did.
func action(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: action FOLDER [INPUT=VALUE ...]")
	}
	r := runner{ts: ts, folder: filepath.Join(ts.Getenv("DOCS"), "..", args[0]), inputs: map[string]string{}, outputs: map[string]string{}}
	text, err := os.ReadFile(filepath.Join(r.folder, "action.yml"))
	ts.Check(err)
	doc, problems := document.Parse("action.yml", text, 64<<10)
	if len(problems) > 0 {
		ts.Fatalf("%s: %v", r.folder, problems)
	}
	given := map[string]string{}
	for _, arg := range args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		given[name] = strings.ReplaceAll(value, `\n`, "\n")
	}
	declared, _ := doc.Value("inputs").(map[string]any)
	for name, v := range declared {
		input, _ := v.(map[string]any)
		value, ok := given[name]
		if delete(given, name); !ok {
			value, _ = input["default"].(string)
			if input["required"] == true {
				ts.Fatalf("the input %s is required", name)
			}
		}
		r.inputs[name] = r.fill(value)
	}
	if len(given) > 0 {
		ts.Fatalf("the action has no such inputs: %v", given)
	}
	for _, name := range []string{"env", "path"} {
		ts.Check(os.WriteFile(ts.MkAbs("github."+name), nil, 0o600))
	}
	ts.Check(os.WriteFile(ts.MkAbs("action.log"), nil, 0o600))
	steps, _ := doc.Value("runs", "steps").([]any)
	var after []func()
	for _, s := range steps {
		step, _ := s.(map[string]any)
		if end := r.step(step); end != nil {
			after = append(after, end)
		}
	}
	for _, end := range slices.Backward(after) {
		end()
	}
	if r.failed != neg {
		ts.Fatalf("the action failed: %t\n%s", r.failed, ts.ReadFile("action.log"))
	}
}

// step carries out one step; end is what its action does after the job.
func (r *runner) step(step map[string]any) (end func()) {
	condition, _ := step["if"].(string)
	if r.failed && !strings.Contains(condition, "always()") || condition != "" && !r.holds(condition) {
		return nil
	}
	r.log("> %s\n", step["name"])
	if uses, ok := step["uses"].(string); ok {
		with, _ := step["with"].(map[string]any)
		return r.uses(uses, with)
	}
	id, _ := step["id"].(string)
	output := r.ts.MkAbs("github.output")
	r.ts.Check(os.WriteFile(output, nil, 0o600))
	words := []string{
		"GITHUB_OUTPUT=" + output,
		"GITHUB_ENV=" + r.ts.MkAbs("github.env"),
		"GITHUB_PATH=" + r.ts.MkAbs("github.path"),
		"GITHUB_STEP_SUMMARY=" + r.ts.MkAbs("summary.md"),
	}
	env, _ := step["env"].(map[string]any)
	for name, value := range env {
		words = append(words, name+"="+r.fill(fmt.Sprint(value)))
	}
	run, _ := step["run"].(string)
	script := r.ts.MkAbs("step.sh")
	r.ts.Check(os.WriteFile(script, []byte(r.fill(run)), 0o600))
	// This is how a runner starts "shell: bash".
	err := r.ts.Exec("env", append(words, "bash", "--noprofile", "--norc", "-eo", "pipefail", script)...)
	r.log("%s%s", r.ts.ReadFile("stdout"), r.ts.ReadFile("stderr"))
	r.failed = r.failed || err != nil
	for line := range strings.Lines(r.ts.ReadFile("github.output")) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		r.outputs[id+"."+name] = value
	}
	return nil
}

// uses stands in for the actions of others.
func (r *runner) uses(name string, with map[string]any) (end func()) {
	filled := map[string]string{}
	for key, value := range with {
		filled[key] = r.fill(fmt.Sprint(value))
		r.log("%s: %s\n", key, filled[key])
	}
	if !strings.HasPrefix(name, "actions/cache@") {
		r.log("uses %s\n", name)
		return nil
	}
	kept := filepath.Join(r.ts.Getenv("WORK"), "cache", filled["key"])
	if _, err := os.Stat(kept); err == nil {
		r.log("found in the cache\n")
		r.ts.Check(os.CopyFS(filled["path"], os.DirFS(kept)))
		return nil
	}
	return func() {
		if !r.failed {
			r.ts.Check(os.CopyFS(kept, os.DirFS(filled["path"])))
		}
	}
}

func (r *runner) log(format string, args ...any) {
	log := r.ts.ReadFile("action.log") + fmt.Sprintf(format, args...)
	r.ts.Check(os.WriteFile(r.ts.MkAbs("action.log"), []byte(log), 0o600))
}

// fill replaces each ${{ }} by its value.
func (r *runner) fill(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		expression, after, _ := strings.Cut(rest, "}}")
		b.WriteString(r.value(expression))
		text = after
	}
}

// holds evaluates a condition: comparisons that are joined by &&, which is all that our actions need.
func (r *runner) holds(condition string) bool {
	for part := range strings.SplitSeq(condition, "&&") {
		part = strings.TrimSpace(part)
		left, right, differ := strings.Cut(part, "!=")
		if !differ {
			var equal bool
			if left, right, equal = strings.Cut(part, "=="); !equal {
				if part != "always()" {
					r.ts.Fatalf("the condition %q is not understood", part)
				}
				continue
			}
		}
		if (r.value(left) == r.value(right)) == differ {
			return false
		}
	}
	return true
}

// value is what a literal or a name of a context stands for. A name that nobody gave a value is a mistake of the action.
func (r *runner) value(name string) string {
	name = strings.TrimSpace(name)
	if text, quoted := strings.CutPrefix(name, "'"); quoted {
		return strings.TrimSuffix(text, "'")
	}
	context, key, _ := strings.Cut(name, ".")
	switch context {
	case "inputs":
		if value, ok := r.inputs[key]; ok {
			return value
		}
	case "steps":
		id, output, _ := strings.Cut(key, ".outputs.")
		return r.outputs[id+"."+output]
	case "runner":
		return r.ts.Getenv("RUNNER_" + strings.ToUpper(key))
	case "github":
		switch key {
		case "action_path":
			return r.folder
		case "action_ref":
			return r.ts.Getenv("ACTION_REF")
		case "token":
			return "ghs_job"
		case "action", "job":
			return key
		}
	}
	r.ts.Fatalf("%q is not known", name)
	return ""
}
