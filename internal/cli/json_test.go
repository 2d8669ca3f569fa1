package cli

import (
	"strings"
	"testing"
)

// withoutJSON are the commands that print nothing for programs, each with the reason.
var withoutJSON = map[string]string{
	"audit export":        "it prints lines of JSON always",
	"completion":          "the result is a script of a shell",
	"demo":                "a story for people",
	"eval import":         "the result is a file",
	"eval noise":          "the result is a file of JSON, --output",
	"eval oracle":         "the result is a file of JSON, --output",
	"eval run":            "the result is a file of JSON, --output",
	"healthcheck":         "its status is the answer",
	"policy docs":         "the result is Markdown",
	"report deployment":   "its status is the answer",
	"report finalise":     "its status is the answer",
	"report upload":       "its status is the answer",
	"serve":               "a server; it logs JSON",
	"settings schema":     "it prints a JSON Schema always",
	"setup github":        "a dialogue in a browser",
	"setup gitlab":        "the result is files",
	"suppressions export": "it prints lines of JSON always",
	"worker":              "a process; it logs JSON",
}

// TestResultsArePrintedForPrograms: every command has --format with JSON, or is named above with the reason. The list
// holds no command that has it, and none that does not exist.
func TestResultsArePrintedForPrograms(t *testing.T) {
	known := map[string]bool{}
	for _, leaf := range testParser(t).Model.Leaves(true) {
		path := strings.TrimPrefix(leaf.FullPath(), "lintel ")
		path, _, _ = strings.Cut(path, " <")
		path, _, _ = strings.Cut(path, " [")
		known[path] = true
		json := false
		for _, flag := range leaf.Flags {
			json = json || flag.Name == "format" && strings.Contains(flag.Enum, "json")
		}
		switch reason := withoutJSON[path]; {
		case !json && reason == "":
			t.Errorf("lintel %s has no --format json; embed terminal.Format, or name it in withoutJSON with the reason", path)
		case json && reason != "":
			t.Errorf("lintel %s has --format json; take it out of withoutJSON", path)
		}
	}
	for path := range withoutJSON {
		if !known[path] {
			t.Errorf("withoutJSON names lintel %s, which is no command", path)
		}
	}
}
