package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lintel-review/lintel/internal/document"
)

// component stands in for GitLab's runner: "component NAME VARIABLES [INPUT=VALUE ...]" fills the inputs into
// templates/NAME.yml as GitLab does, and runs the script of its one job in the script's current folder, with the variables
// of the job and those of a file, NAME=VALUE to a line.
func component(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: component NAME VARIABLES [INPUT=VALUE ...]")
	}
	file := filepath.Join(ts.Getenv("DOCS"), "..", "templates", args[0]+".yml")
	text, err := os.ReadFile(file)
	ts.Check(err)
	header, body, found := strings.Cut(string(text), "\n---\n")
	if !found {
		ts.Fatalf("%s has no line --- behind its inputs", file)
	}
	read := func(text string) *document.Document {
		doc, problems := document.Parse(file, []byte(text), 64<<10)
		if len(problems) > 0 {
			ts.Fatalf("%s: %v", file, problems)
		}
		return doc
	}
	given := map[string]string{}
	for _, arg := range args[2:] {
		name, value, _ := strings.Cut(arg, "=")
		given[name] = value
	}
	declared, _ := read(header).Value("spec", "inputs").(map[string]any)
	for name, v := range declared {
		input, _ := v.(map[string]any)
		value, ok := given[name]
		if delete(given, name); !ok {
			if value, ok = input["default"].(string); !ok {
				ts.Fatalf("the input %s is required", name)
			}
		}
		if form, _ := input["regex"].(string); form != "" && !regexp.MustCompile(form).MatchString(value) {
			ts.Fatalf("the input %s is %q, not of the form %s", name, value, form)
		}
		body = strings.ReplaceAll(body, "$[[ inputs."+name+" ]]", value)
	}
	if len(given) > 0 || strings.Contains(body, "$[[") {
		ts.Fatalf("inputs that are not declared: %v", given)
	}
	jobs, _ := read(body).Value().(map[string]any)
	job, _ := jobs["lintel"].(map[string]any)
	variables, _ := job["variables"].(map[string]any)
	script, _ := job["script"].([]any)
	if len(jobs) != 1 || len(script) != 1 {
		ts.Fatalf("%d jobs, %d scripts; want one", len(jobs), len(script))
	}
	env := map[string]string{}
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		env[name] = value
	}
	for name, value := range variables {
		env[name] = fmt.Sprint(value)
	}
	command := []string{}
	for name := range maps.Keys(env) {
		command = append(command, name+"="+env[name])
	}
	// GitLab's runner ends a job at its first failing command.
	err = ts.Exec("env", append(command, "sh", "-e", "-c", fmt.Sprint(script[0]))...)
	if failed := err != nil; failed != neg {
		ts.Fatalf("the component failed: %t", failed)
	}
}
