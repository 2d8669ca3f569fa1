package cli

import (
	"strings"
	"testing"
)

// withoutJSON are the commands that print nothing for programs, each with the reason.
var withoutJSON = map[string]string{
	"audit export":          "it prints lines of JSON always",
	"backup":                "the result is a file",
	"completion":            "the result is a script of a shell",
	"database copy":         "a step of a move, which its status answers",
	"demo":                  "a story for people",
	"eval import":           "the result is a file",
	"eval noise":            "the result is a file of JSON, --output",
	"eval oracle":           "the result is a file of JSON, --output",
	"eval run":              "the result is a file of JSON, --output",
	"gate closed":           "an act; lintel gate status --format json shows what holds",
	"gate normal":           "an act; lintel gate status --format json shows what holds",
	"gate open":             "an act; lintel gate status --format json shows what holds",
	"healthcheck":           "its status is the answer",
	"init":                  "the result is a settings file",
	"migrate plan":          "the result is SQL",
	"migrate up":            "an act; lintel migrate status --format json shows what holds",
	"organisation resume":   "an act; lintel organisation status --format json shows what holds",
	"organisation rollback": "an act; lintel organisation status --format json shows what holds",
	"osv update":            "the result is a file; lintel osv status --format json tells of it",
	"policy docs":           "the result is Markdown",
	"report deployment":     "its status is the answer",
	"report finalise":       "its status is the answer",
	"report upload":         "its status is the answer",
	"serve":                 "a server; it logs JSON",
	"settings schema":       "it prints a JSON Schema always",
	"setup github":          "a dialogue in a browser",
	"setup gitlab":          "the result is files",
	"suppressions export":   "it prints lines of JSON always",
	"suppressions lift":     "an act; lintel suppressions list --format json shows what holds",
	"token create":          "it prints the secret alone, for a pipe",
	"token revoke":          "an act; lintel token list --format json shows what holds",
	"token rotate":          "it prints the secret alone, for a pipe",
	"worker":                "a process; it logs JSON",
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
