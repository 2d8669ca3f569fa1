package measure

import (
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

// shownFile is a changed file of which the diff shows all lines, or a part from a line on.
func shownFile(name string, from int, lines ...string) diff.File {
	f := diff.File{
		Path:   name,
		Status: diff.Modified,
		State:  diff.Text,
		Hunks:  []diff.Hunk{{OldStart: from, NewStart: from, NewLines: len(lines)}},
	}
	if from == 1 {
		f.Status = diff.Added
	}
	for _, l := range lines {
		f.Hunks[0].Lines = append(f.Hunks[0].Lines, diff.Line{Op: diff.Add, Text: l}, diff.Line{Op: diff.Delete, Text: "gone"})
	}
	return f
}

func facts(pairs ...uint32) (out []report.LineFact) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, report.LineFact{Line: pairs[i], Value: pairs[i+1]})
	}
	return out
}

// texts are digests of lines from a number on.
func texts(from uint32, lines ...string) (out []report.LineFact) {
	for i, l := range lines {
		out = append(out, report.LineFact{Line: from + uint32(i), Value: report.Digest([]byte(l))}) //nolint:gosec // of a test
	}
	return out
}

func TestStale(t *testing.T) {
	hit := func(from, to int) []report.LineRange {
		return []report.LineRange{{From: from, To: to, State: report.Hit}}
	}
	many := slices.Repeat([]string{"x = 1"}, 60)
	many[7] = ""
	var wide []report.LineFact
	for i := range uint32(60) {
		wide = append(wide, report.LineFact{Line: i + 1, Value: 4 + i/59*40})
	}
	for _, c := range []struct {
		what  string
		file  diff.File
		lines []report.LineRange
		e     *report.Evidence
		want  string // a part; empty is not stale
	}{
		{"nothing is said", shownFile("a.c", 1, "x"), hit(1, 1), nil, ""},
		{"the same text", shownFile("a.c", 1, "int a;", "int b;"), hit(1, 2), &report.Evidence{Digests: texts(1, "int a;", "int b;")}, ""},
		{"another text", shownFile("a.c", 1, "int a;", "int b;"), hit(1, 2), &report.Evidence{Digests: texts(1, "int a;", "int c;")},
			"line 2 of a.c has another text"},
		{"another text in a part", shownFile("a.c", 40, "int a;", "int b;"), hit(40, 41),
			&report.Evidence{Digests: texts(40, "int a;", "int c;")}, "line 41 of a.c"},
		{"a line that the diff does not show", shownFile("a.c", 40, "int a;"), hit(40, 41),
			&report.Evidence{Digests: texts(41, "int c;")}, ""},
		{"two versions in one report", shownFile("a.c", 1, "int a;"), hit(1, 1), &report.Evidence{Digests: facts(1, 1)}, "line 1 of a.c"},
		{"line ends of Windows in the repository", shownFile("a.c", 1, "int a;\r"), hit(1, 1),
			&report.Evidence{Digests: texts(1, "int a;")}, ""},
		{"line ends of Windows at the checkout", shownFile("a.c", 1, "int a;"), hit(1, 1),
			&report.Evidence{Digests: texts(1, "int a;\r")}, ""},
		{"spaces at the end, which a tool cuts", shownFile("a.c", 1, "  int a;  "), hit(1, 1),
			&report.Evidence{Digests: texts(1, "int a;")}, ""},
		{"a tool that read it as Latin-1", shownFile("a.c", 1, `s = "é";`), hit(1, 1),
			&report.Evidence{Digests: texts(1, `s = "Ã©";`), Widths: facts(1, 99)}, ""},
		{"what git writes at the checkout", shownFile("a.c", 1, "/* $Id$ */ int a;"), hit(1, 1),
			&report.Evidence{Digests: texts(1, "/* $Id: 1a2b $ */ int a;")}, ""},
		{"a form feed before it, coverage.py", shownFile("a.py", 3, "a = 1", "b = 2", "c = 3", "d = 4"), hit(4, 6),
			&report.Evidence{Digests: texts(4, "a = 1", "b = 2", "c = 3")}, ""},
		{"a line put in before it, coverage.py", shownFile("a.py", 3, "a = 1", "b = 2", "c = 3", "d = 4"), hit(3, 5),
			&report.Evidence{Digests: texts(3, "b = 2", "c = 3", "d = 4")}, "line 3 of a.py"},
		{"the same, C", shownFile("a.c", 3, "a = 1", "b = 2", "c = 3", "d = 4"), hit(4, 6),
			&report.Evidence{Digests: texts(4, "a = 1", "b = 2", "c = 3")}, "line 4 of a.c"},

		{"columns that it has", shownFile("a.go", 1, "f(a)"), hit(1, 1), &report.Evidence{Widths: facts(1, 4)}, ""},
		{"a column that it has not", shownFile("a.go", 1, "f(a)"), hit(1, 1), &report.Evidence{Widths: facts(1, 13)},
			"it has column 13 of line 1 of a.go, which has 4 columns"},
		{"a few columns more", shownFile("a.go", 1, "f(a)"), hit(1, 1), &report.Evidence{Widths: facts(1, 12)}, ""},
		{"a column of a blank line", shownFile("a.go", 1, "f(a)", ""), hit(1, 1), &report.Evidence{Widths: facts(2, 20)},
			"column 20 of line 2 of a.go, which has 0"},
		{"less than it has", shownFile("a.js", 1, "f(a)"), hit(1, 1), &report.Evidence{Widths: facts(1, 2)}, ""},
		{"less than it has, where all is said", shownFile("a.js", 1, "f(a)"), hit(1, 1),
			&report.Evidence{Widths: facts(1, 2), Exact: true}, "column 2 of line 1 of a.js, which has 4"},
		{"line ends of Windows", shownFile("a.js", 1, "f(a)\r"), hit(1, 1), &report.Evidence{Widths: facts(1, 4), Exact: true}, ""},
		{"a template", shownFile("a.vue", 1, "f(a)"), hit(1, 1), &report.Evidence{Widths: facts(1, 50)}, ""},
		{"one place of many, of a macro", shownFile("a.js", 1, many...), hit(1, 60), &report.Evidence{Widths: wide}, ""},

		{"more lines than it has", shownFile("a.rb", 1, "a", "b"), hit(1, 2), &report.Evidence{Lines: 5},
			"it says that a.rb has 5 lines, and it has 2"},
		{"fewer lines, with data behind them", shownFile("a.rb", 1, "a", "b", "__END__", "c", "d"), hit(1, 2),
			&report.Evidence{Lines: 2}, ""},
		{"fewer lines, all counted", shownFile("a.php", 1, "a", "b", "c", "d", "e"), hit(1, 2), &report.Evidence{Lines: 3, Whole: true},
			"it says that a.php has 3 lines, and line 5 is there"},
		{"fewer lines, all counted, in a part", shownFile("a.php", 40, "a", "b"), hit(1, 2), &report.Evidence{Lines: 30, Whole: true},
			"line 41 is there"},
		{"a line more or less", shownFile("a.php", 1, "a", "b", "c"), hit(1, 2), &report.Evidence{Lines: 2, Whole: true}, ""},

		{"a blank line of Python", shownFile("a.py", 1, "a = 1", "", "b = 2", "c = 3"), hit(1, 3), nil,
			"it measured line 2 of a.py, which is blank"},
		{"a comment of Python", shownFile("a.py", 1, "a = 1", "  # b", "c = 3"), hit(1, 2), nil, "which is a comment"},
		{"a comment of Java", shownFile("A.java", 1, "a();", "\t// b", "c();"), hit(1, 2), nil, "which is a comment"},
		{"a comment in which code may be", shownFile("A.java", 1, "a();", "/* b */ c();", "* d;", "e();"), hit(1, 3), nil, ""},
		{"a blank line of what counts blocks", shownFile("a.go", 1, "a", "", "b"), hit(1, 3), nil, ""},
		{"a blank line of a language with both", shownFile("a.rs", 1, "a", "", "b"), hit(1, 3), nil, ""},
		{"all lines, whatever they are", shownFile("a.py", 1, "a = 1", "", "# b", "b = 2"), hit(1, 4), nil, ""},
		{"one of many", shownFile("a.py", 1, append(many, "x = 2")...), hit(1, 60), nil, ""},
		{"not measured", shownFile("a.py", 1, "a = 1", "", "b = 2"), hit(1, 1), nil, ""},
	} {
		files := []diff.File{c.file}
		got := Stale(report.Coverage{Files: []report.FileCoverage{{Path: c.file.Path, Lines: c.lines, Evidence: c.e}}}, files, nil)
		if got != "" != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
		if got := Stale(report.Coverage{Files: []report.FileCoverage{{Path: c.file.Path, Lines: c.lines, Evidence: c.e}}}, files,
			func(string) bool { return false }); got != "" {
			t.Errorf("%s: a file that does not count: %s", c.what, got)
		}
		files[0].State = diff.TooLarge
		if got := Stale(report.Coverage{Files: []report.FileCoverage{{Path: c.file.Path, Lines: c.lines, Evidence: c.e}}}, files,
			nil); got != "" {
			t.Errorf("%s: lines that nobody read: %s", c.what, got)
		}
	}
}
