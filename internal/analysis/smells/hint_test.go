package smells

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/diff"
)

// words are the lines of which the test makes files. Some of them nest, hide or branch.
var words = map[string][]string{
	"a.go": {"x := 1", "y := f(x)", "if x > 1 {", "}", "for range y {", "if err != nil {", "return nil", "/*", "*/", "z := []int{1}",
		"a := b && c", "switch x {", "case 1:", "s := `", "runtime.Breakpoint()", "g(func() {", "})", "// note"},
	"a.js": {"let x = 1", "y = f(x)", "if (x) {", "}", "for (;;) {", "/*", "*/", "z = a && b", "debugger", "w = x || y", "`", "g(() => {",
		"})"},
	"a.py": {"x = 1", "if x:", "  y = f(x)", "    z = 1", "  for a in b:", "    if a and x:", `"""`, "  breakpoint()", "  w = [1]"},
}

// Without a hint, none of the rules that read hinted files alone finds anything, whatever else is in the files.
func TestWithoutAHintThereIsNothingToFind(t *testing.T) {
	quiet, found := 0, 0
	for seed := range uint64(1) {
		r := rand.New(rand.NewPCG(3, seed))
		for _, path := range []string{"a.go", "a.js", "a.py"} {
			words := words[path]
			for range 2000 {
				before := []string{}
				for range 40 + r.IntN(30) {
					before = append(before, words[r.IntN(len(words))])
				}
				after := slices.Clone(before)
				for range 1 + r.IntN(3) {
					at := r.IntN(len(after))
					if r.IntN(2) == 0 {
						after = slices.Delete(after, at, at+1)
					} else {
						after = slices.Insert(after, at, words[r.IntN(len(words))])
					}
				}
				a, b := program(path, before), program(path, after)
				f, _ := diff.FromBlobs(diff.File{Path: path, Status: diff.Modified, State: diff.Text}, []byte(a), []byte(b))
				facts := analyse(version{path, a, b})
				serious := slices.ContainsFunc(facts.Functions, complexer) || slices.ContainsFunc(facts.Found, func(x Found) bool {
					return x.Kind == "breakpoint" || x.Kind == "swallowed-error"
				})
				switch {
				case !hints(&f):
					quiet++
					if serious {
						t.Fatalf("no hint, but %+v %+v by %+v in\n%s", facts.Functions, facts.Found, f.Hunks, b)
					}
				case serious:
					found++
				}
			}
		}
	}
	if quiet < 500 || found < 50 {
		t.Errorf("%d without a hint, %d with findings", quiet, found)
	}
}

func TestHints(t *testing.T) {
	for _, c := range []struct {
		path, before, after string
		hint                bool
	}{
		{"a.go", "x := 1\n", "x := 2\n", false},
		{"a.go", "x := 1\n", "x := []int{1}\n", false},
		{"a.go", "// a\n", "// b\n", false},
		{"a.go", "x()\n", "if x {\n}\n", true},
		{"a.go", "x()\n}\ny()\n", "x()\ny()\n}\n", true},
		{"a.go", "x()\n/*\ny()\n", "x()\ny()\n", true},
		{"a.py", "x\n", "breakpoint()\n", true},
		{"a.rs", "x();\n", "dbg!(x);\n", true},
		{"a.js", "x();\n", "debugger;\n", true},
		{"a.go", "x\n", "debugger\n", false},
		{"a.kt", "x\n", "1 -> x\n", true},
	} {
		f, _ := diff.FromBlobs(diff.File{Path: c.path, Status: diff.Modified, State: diff.Text}, []byte(c.before), []byte(c.after))
		if got := hints(&f); got != c.hint {
			t.Errorf("%s: %q to %q gives a hint: %v", c.path, c.before, c.after, got)
		}
	}
}

// control is what branches finds, as an expression.
var control = regexp.MustCompile(`\b(?:if|else|elif|elsif|elseif|for|foreach|while|until|unless|do|loop|repeat|switch|case|when|` +
	`match|select|catch|except|rescue|guard|try|with|and|or|end|finally|defined|endif|ifdef|ifndef)\b|` +
	`&&|\|\||[?]|=>|->|/\*|\*/|"""|'''|` + "`" + `|=begin`)

// The scanner of lines finds what the expression finds.
func TestBranchesIsTheExpression(t *testing.T) {
	parts := strings.Fields("if else elif elsif elseif for foreach while until unless do loop repeat switch case when match select catch " +
		"except rescue guard try with and or end finally defined endif ifdef ifndef & && | || ? = => == - -> / * /* */ " +
		"\" \"\" \"\"\" ' '' ` " +
		"=begin begin =be _ 7 x é { } ( . ifs If \x80 日")
	r := rand.New(rand.NewPCG(5, 1))
	with := 0
	for range 50_000 {
		var line strings.Builder
		for range 1 + r.IntN(5) {
			line.WriteString(parts[r.IntN(len(parts))])
			if r.IntN(3) == 0 {
				line.WriteByte(' ')
			}
		}
		want := control.MatchString(line.String())
		if got := branches(line.String(), &braces{}); got != want {
			t.Fatalf("branches(%q) = %v", line.String(), got)
		}
		if want {
			with++
		}
	}
	if with < 10_000 || with > 40_000 {
		t.Errorf("%d lines have a hint: the lines test too little", with)
	}
}

// complexer reports whether a function branches more than before, or deeper.
func complexer(f Function) bool {
	return f.Nesting.After > f.Nesting.Before || f.Cognitive.After > f.Cognitive.Before || f.Cyclomatic.After > f.Cyclomatic.Before
}

// program makes a function of lines, closing what they leave open.
func program(path string, body []string) string {
	text := strings.Join(body, "\n") + "\n"
	for _, mark := range []string{"`", `"""`} {
		if strings.Count(text, mark)%2 == 1 {
			text += mark + "\n"
		}
	}
	if strings.LastIndex(text, "/*") > strings.LastIndex(text, "*/") {
		text += "*/\n"
	}
	if open := strings.Count(text, "{") - strings.Count(text, "}"); open > 0 {
		text += strings.Repeat("}\n", open)
	}
	switch path {
	case "a.go":
		return "package a\n\nfunc A() error {\n" + text + "}\n"
	case "a.js":
		return "function a() {\n" + text + "}\n"
	}
	return "def a():\n  v = 0\n" + text
}
