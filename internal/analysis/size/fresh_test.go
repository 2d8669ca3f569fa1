package size

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/diff"
)

// edit is a changed file with these lines taken away and added.
func edit(path, removed, added string) diff.File {
	f := diff.File{Path: path, Status: diff.Modified, State: diff.Text, Size: -1}
	h := diff.Hunk{OldStart: 7, NewStart: 7}
	for _, part := range []struct {
		op   diff.Op
		text string
	}{{diff.Delete, removed}, {diff.Add, added}} {
		if part.text == "" {
			continue
		}
		for text := range strings.SplitSeq(part.text, "\n") {
			h.Lines = append(h.Lines, diff.Line{Op: part.op, Text: text})
		}
	}
	return f.With([]diff.Hunk{h})
}

func distinct(prefix string, n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprint(prefix, i))
	}
	return strings.Join(out, "\n")
}

// The limit counts what a person reads for the first time.
func TestNewLines(t *testing.T) {
	gone := func(f diff.File) diff.File {
		f.Status = diff.Removed
		return f
	}
	fresh := func(f diff.File) diff.File {
		f.Status = diff.Added
		return f
	}
	var wide, narrow []diff.File
	for i := range 60 {
		wide = append(wide, edit(fmt.Sprintf("a%d.go", i), distinct(fmt.Sprint("old", i, "_"), 3), distinct(fmt.Sprint("new", i, "_"), 3)))
		narrow = append(narrow, edit(fmt.Sprintf("b%d.go", i), "", distinct(fmt.Sprint("more", i, "_"), 11)))
	}
	for name, tc := range map[string]struct {
		files []diff.File
		want  string // new moved repeated swept tests, and files with new lines
	}{
		"added":                    {[]diff.File{edit("a.go", "", "x\ny")}, "2 0 0 0 0 1"},
		"removed":                  {[]diff.File{edit("a.go", "x\ny", "z")}, "1 0 0 0 0 1"},
		"empty lines":              {[]diff.File{edit("a.go", "", "x\n\n \t\ny")}, "2 0 0 0 0 1"},
		"the same line twice":      {[]diff.File{edit("a.go", "", "x\nx\nx")}, "3 0 0 0 0 1"},
		"indented anew":            {[]diff.File{edit("a.cs", "\tx = 1;", "x  = 1;")}, "0 1 0 0 0 0"},
		"another line end":         {[]diff.File{edit("a.cs", "x\r\ny\r", "x\ny")}, "0 2 0 0 0 0"},
		"a byte order mark":        {[]diff.File{edit("a.cs", "\ufeffusing X;", "using X;")}, "0 1 0 0 0 0"},
		"moved to another file":    {[]diff.File{edit("a.go", "x\ny", ""), edit("b.go", "", "y\nx\nz")}, "1 2 0 0 0 1"},
		"moved out of a gone file": {[]diff.File{gone(edit("a.go", "x\ny", "")), fresh(edit("b.go", "", "x\ny\nz"))}, "1 2 0 0 0 1"},
		"moved once, added twice":  {[]diff.File{edit("a.go", "x", ""), edit("b.go", "", "x\nx")}, "1 1 0 0 0 1"},
		"out of a lock file":       {[]diff.File{gone(edit("go.sum", "x", "")), edit("b.go", "", "x")}, "1 0 0 0 0 1"},
		"in two files":             {[]diff.File{edit("a.go", "", "x\ny"), edit("b.go", "", "x\ny\nz")}, "3 0 2 0 0 2"},
		"tests":                    {[]diff.File{edit("a.go", "", "x"), edit("a_test.go", "", "y\nz")}, "1 0 0 0 2 1"},
		"prose, locks, generated": {
			[]diff.File{edit("a.md", "", "x"), edit("go.sum", "", "y"), edit("a.pb.go", "", "z"), edit("LICENSE.txt", "", "u"),
				edit("web/locales/de.json", "", "v"), edit("locale/de.po", "", "w"), edit("docs/Classes/Cart.html", "", "x1")},
			"0 0 0 0 0 0"},
		"locales that are no texts": {
			[]diff.File{edit("web/locales/load.ts", "", "x"), edit("config/app.yml", "", "y"), edit("licensed.txt", "", "z")},
			"3 0 0 0 0 3"},
		"a count of the forge": {
			[]diff.File{{Path: "a.go", Status: diff.Modified, State: diff.TooLarge, Size: -1, Additions: 40, Deletions: 2}},
			"40 0 0 0 0 1"},
		"a count of a test": {
			[]diff.File{{Path: "a_test.go", Status: diff.Modified, State: diff.TooLarge, Size: -1, Additions: 40}}, "0 0 0 0 40 0"},
		"a sweep":                   {wide, "0 0 0 180 0 0"},
		"no sweep below fifty":      {wide[:49], "147 0 0 0 0 49"},
		"a sweep beside a new file": {append(wide[:60:60], fresh(edit("new.go", "", distinct("n", 40)))), "40 0 0 180 0 1"},
		"a sweep beside an edit":    {append(wide[:60:60], edit("a.go", "", distinct("n", 40))), "0 0 0 220 0 0"},
		"no sweep: many long edits": {append(wide[:60:60], narrow...), "840 0 0 0 0 120"},
	} {
		n := Analyse(snapshot("", tc.files...), options()).New
		if got := fmt.Sprint(n.Lines, n.Moved, n.Repeated, n.Swept, n.Tests, n.Files); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	n := Analyse(snapshot("", edit("web/a.ts", "", "a\nb\nc"), edit("web/x/b.ts", "", "d"), edit("api/c.go", "", "e\nf")), options()).New
	if got := fmt.Sprint(n.Largest,
		n.Folders); got != "[{web/a.ts 1 3} {api/c.go 1 2} {web/x/b.ts 1 1}] [{web 1 3} {api 1 2} {web/x 1 1}]" {
		t.Errorf("parts: %s", got)
	}
}
