package detect

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/language/lexer"
)

// found writes what is found in a file whose lines are all added.
func found(t *testing.T, file, body string) string {
	t.Helper()
	tokens, err := lexer.Split(lexer.Of(file), []byte(body))
	if err != nil {
		t.Fatal(file, err)
	}
	added, lines := map[int]bool{}, []Line{}
	for i, l := range strings.Split(body, "\n") {
		added[i+1], lines = true, append(lines, Line{i + 1, l})
	}
	var out []string
	for _, f := range append(In(Source{Path: file, Body: []byte(body), Tokens: tokens, Added: added}), Text(file, lines, false)...) {
		out = append(out, fmt.Sprintf("%s %d", f.Kind, f.Line))
	}
	return strings.Join(out, ", ")
}

func TestIn(t *testing.T) {
	for _, c := range []struct{ file, body, want string }{
		{"a.js", "debugger;\nx.debugger;\n'debugger'\n", "breakpoint 1"},
		{"a.py", "import pdb\npdb.set_trace()\nbreakpoint()\ndef breakpoint(): pass\n", "breakpoint 2, breakpoint 3"},
		{"a.js", "a();\nconsole.log(1);\n", "print 2"},
		{"cmd/a.js", "console.log(1);\n", ""},
		{"a.py", "x = f() # type: ignore\ny = 1 # type: ignore[misc]\nz = 1 # noqa: E501 the address is long\n",
			"blanket-suppression 1, suppression 2"},
		{"a.go", "package a\n\nvar x = f() //nolint\nvar y = f() //nolint:gosec // the path is a constant\n", "blanket-suppression 3"},
		{"A.java", "@SuppressWarnings(\"x\")\nclass A {}\n", "suppression 1"},
		{"a.js", "// TODO: later\n// TODO(bob): x\nf();\n// FIXME #12\n// we do TODO lists\n", "todo 1"},
		{"a.js", "// x = f(a);\n// y = g(b);\n// return x;\nz();\n", "commented-code 1"},
		{"a.js", "// This adds up the numbers of the cart;\n// y = g(b);\n// return x;\nz();\n", ""},
		{"a.go", "package a\n\nfunc f() error {\n\tif err != nil {\n\t}\n\tif err != nil {\n\t\treturn nil // gone\n\t}\n\treturn nil\n}\n",
			"swallowed-error 4"},
		{"a.js", "<<<<<<< a\n=======\n>>>>>>> b\n", "conflict 1"},
		{"a.js", "x = 1; // \u202e\nx\u0430 = 2;\n'\u200b';\n", "hidden-text 2, hidden-text 1, hidden-text 3"},
	} {
		if d := cmp.Diff(c.want, found(t, c.file, c.body)); d != "" {
			t.Errorf("%s %q: %s", c.file, c.body, d)
		}
	}
}
