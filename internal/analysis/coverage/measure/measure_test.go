package measure

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
)

// added is a file with these lines added from a line on.
func added(path string, from int, lines ...string) diff.File {
	h := diff.Hunk{NewStart: from, NewLines: len(lines)}
	for _, l := range lines {
		h.Lines = append(h.Lines, diff.Line{Op: diff.Add, Text: l})
	}
	return diff.File{Path: path, Status: diff.Modified, State: diff.Text, Hunks: []diff.Hunk{h}, Additions: len(lines)}
}

func six(path string) diff.File { return added(path, 10, "a", "b", "c", "d", "e", "f") }

// lines reads "10 hit, 11-12 miss".
func lines(text string) (out []report.LineRange) {
	for _, part := range strings.Split(text, ", ") {
		place, state, _ := strings.Cut(part, " ")
		r := report.LineRange{}
		if n, _ := fmt.Sscanf(place, "%d-%d", &r.From, &r.To); n < 2 {
			r.To = r.From
		}
		if err := r.State.UnmarshalText([]byte(state)); err != nil {
			panic(err)
		}
		out = append(out, r)
	}
	return out
}

func covered(path, text string) report.Coverage {
	return report.Coverage{Files: []report.FileCoverage{{Path: path, Lines: lines(text)}}}
}

// TestPatch has the worked cases of patch coverage that reviewers of other tools know.
func TestPatch(t *testing.T) {
	full := six("gen.pb.go")
	renamed := six("new.go")
	renamed.Status, renamed.OldPath = diff.Renamed, "old.go"
	removed := diff.File{
		Path:   "a.go",
		Status: diff.Removed,
		State:  diff.Text,
		Hunks:  []diff.Hunk{{OldStart: 1, OldLines: 1, Lines: []diff.Line{{Op: diff.Delete, Text: "x"}}}},
	}
	for _, c := range []struct {
		name      string
		files     []diff.File
		coverage  report.Coverage
		count     func(string) bool
		counts    report.Counts
		uncovered string
	}{
		{"a: only measured lines count", []diff.File{six("a.go")}, covered("a.go", "1-10 hit, 11 miss, 13 hit, 99 miss"), nil,
			report.Counts{Hits: 2, Misses: 1}, "a.go: 11 miss"},
		{"b: nothing measured", []diff.File{six("a.go")}, covered("a.go", "1-9 hit"), nil, report.Counts{}, ""},
		{"c: partial is not covered", []diff.File{six("a.go")}, covered("a.go", "10 hit, 11 partial, 13 hit"), nil,
			report.Counts{Hits: 2, Partials: 1}, "a.go: 11 partial"},
		{"e: a shard reached it", []diff.File{six("a.go")}, report.Merge(covered("a.go", "10 miss"), covered("a.go", "10 hit")), nil,
			report.Counts{Hits: 1}, ""},
		{"f: a report that does not know the file", []diff.File{six("a.go")},
			report.Merge(covered("a.go", "10-11 miss"), covered("b.go", "1 hit")), nil, report.Counts{Misses: 2}, "a.go: 10-11 miss"},
		{"g: a rename with edits", []diff.File{renamed}, covered("new.go", "10 hit, 11 miss"), nil, report.Counts{Hits: 1, Misses: 1},
			"new.go: 11 miss"},
		{"h: a removed file", []diff.File{removed}, covered("a.go", "1 miss"), nil, report.Counts{}, ""},
		{"k: blank lines, comments and brackets of a block", []diff.File{added("a.go", 1, "x()", "", "\t// why", "\t})", "y()")},
			covered("a.go", "1-5 miss"), nil, report.Counts{Misses: 2}, "a.go: 1-5 miss"},
		{"l: generated files", []diff.File{full, six("a.go")}, report.Merge(covered("gen.pb.go", "10-15 miss"), covered("a.go", "10 hit")),
			func(p string) bool { return p != "gen.pb.go" }, report.Counts{Hits: 1}, ""},
		{"ranges", []diff.File{six("a.go")}, covered("a.go", "10 miss, 12 miss, 13 hit, 14 miss, 15 partial"), nil,
			report.Counts{Hits: 1, Misses: 3, Partials: 1}, "a.go: 10-12 miss, 14 miss, 15 partial"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := PatchOf(c.files, c.coverage, c.count)
			if d := cmp.Diff(c.counts, got.Counts); d != "" {
				t.Error(d)
			}
			var uncovered []string
			for _, f := range got.Files {
				if len(f.Uncovered) > 0 {
					uncovered = append(uncovered, report.FileCoverage{Path: f.Path, Lines: f.Uncovered}.String())
				}
			}
			if d := cmp.Diff(c.uncovered, strings.Join(uncovered, "; ")); d != "" {
				t.Error(d)
			}
		})
	}
	parted := six("a.go")
	parted.Hunks[0].Lines[1].Op = diff.Context
	if got := PatchOf([]diff.File{parted}, covered("a.go", "10-15 miss"),
		nil); fmt.Sprint(got.Files[0].Uncovered) != "[{10 10 miss} {12 15 miss}]" || got.Counts.Misses != 5 {
		t.Errorf("an unchanged line stands in a range of changed ones: %+v", got)
	}
	unknown := diff.File{Path: "big.go", Status: diff.Modified, State: diff.TooLarge}
	got := PatchOf([]diff.File{unknown, six("new.go")}, covered("a.go", "1 hit"), nil)
	if len(got.Files) != 2 || got.Files[0].LinesKnown || got.Files[1].Known || !got.Files[1].LinesKnown || got.Files[1].Added != 6 {
		t.Errorf("what is not known is not said: %+v", got.Files)
	}
}

func TestJudge(t *testing.T) {
	third := report.Counts{Hits: 2, Misses: 1}
	for _, c := range []struct {
		counts report.Counts
		target Target
		want   Outcome
	}{
		{third, Target{Min: 6667}, Missed},
		{third, Target{Min: 6666}, Met},
		{third, Target{Min: 6600}, Met},
		{third, Target{Min: 7000, Threshold: 500}, Met},
		{third, Target{Min: 7000, Threshold: 300}, Missed},
		{report.Counts{}, Target{Min: 10000}, NotAffected},
		{report.Counts{Misses: 1}, Target{Min: 8000, MinLines: 5}, Advisory}, // j: one line
		{report.Counts{Misses: 5}, Target{Min: 8000, MinLines: 5}, Missed},
		{report.Counts{Hits: 9_999_999, Misses: 1}, Target{Min: 10000}, Missed},
		{report.Counts{Misses: 3}, Target{}, Met},
	} {
		if got := c.target.Judge(c.counts); got != c.want {
			t.Errorf("%+v of %+v is %s, want %s", c.counts, c.target, got, c.want)
		}
	}
	for counts, want := range map[report.Counts]string{
		third: "66.66 %", {Hits: 9_999_999, Misses: 1}: "99.99 %", {Hits: 3}: "100 %", {}: "no lines", {Misses: 1}: "0 %",
		{Hits: 1, Partials: 1}: "50 %",
	} {
		if got := Percent(counts); got != want {
			t.Errorf("%+v is %s, want %s", counts, got, want)
		}
	}
}

// TestProject has case d: taking covered lines away is no loss.
func TestProject(t *testing.T) {
	removal := func(path string, from, n int) diff.File {
		h := diff.Hunk{OldStart: from, OldLines: n, NewStart: from - 1}
		for range n {
			h.Lines = append(h.Lines, diff.Line{Op: diff.Delete})
		}
		return diff.File{Path: path, Status: diff.Modified, State: diff.Text, Hunks: []diff.Hunk{h}, Deletions: n}
	}
	base := covered("a.go", "1-80 hit, 81-100 miss")
	for _, c := range []struct {
		name      string
		files     []diff.File
		base      report.Coverage
		head      report.Coverage
		tolerated int
		adjusted  report.Counts
		want      bool
	}{
		{"covered lines removed", []diff.File{removal("a.go", 1, 20)}, base, covered("a.go", "1-60 hit, 61-80 miss"), 0,
			report.Counts{Hits: 60, Misses: 20}, false},
		{"a whole file removed", []diff.File{func() diff.File { f := removal("a.go", 1, 20); f.Status = diff.Removed; return f }()},
			report.Merge(covered("a.go", "1-20 hit"), covered("b.go", "1-60 hit, 61-80 miss")), covered("b.go", "1-60 hit, 61-80 miss"),
			0, report.Counts{Hits: 60, Misses: 20}, false},
		{"tests removed", nil, base, covered("a.go", "1-75 hit, 76-100 miss"), 0, report.Counts{Hits: 80, Misses: 20}, true},
		{"within what is tolerated", nil, base, covered("a.go", "1-75 hit, 76-100 miss"), 500, report.Counts{Hits: 80, Misses: 20}, false},
		{"just beyond", nil, base, covered("a.go", "1-75 hit, 76-100 miss"), 499, report.Counts{Hits: 80, Misses: 20}, true},
		{"better", nil, base, covered("a.go", "1-90 hit, 91-100 miss"), 0, report.Counts{Hits: 80, Misses: 20}, false},
		{"half a hundredth of a percent", nil, covered("a.go", "1-20000 hit"), covered("a.go", "1-19999 hit, 20000 miss"), 0,
			report.Counts{Hits: 20000}, true},
		{"less than half a hundredth", nil, covered("a.go", "1-20001 hit"), covered("a.go", "1-20000 hit, 20001 miss"), 0,
			report.Counts{Hits: 20001}, false},
		{"a copy without covered lines", []diff.File{func() diff.File {
			f := removal("b.go", 1, 20)
			f.Status, f.OldPath = diff.Copied, "a.go"
			return f
		}()}, base, covered("a.go", "1-75 hit, 76-100 miss"), 0, report.Counts{Hits: 80, Misses: 20}, true},
		{"no base", nil, report.Coverage{}, base, 0, report.Counts{}, false},
		{"lines of another file", []diff.File{removal("b.go", 1, 20)}, base, covered("a.go", "1-60 hit, 61-80 miss"), 0,
			report.Counts{Hits: 80, Misses: 20}, true},
	} {
		p := ProjectOf(c.files, c.base, c.head, nil)
		if d := cmp.Diff(c.adjusted, p.Adjusted); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if got := p.Drop(c.tolerated); got != c.want {
			t.Errorf("%s: drop is %v, want %v (%+v)", c.name, got, c.want, p)
		}
	}
	p := ProjectOf(nil, report.Merge(base, covered("gen.go", "1-50 miss")), base, func(p string) bool { return p == "a.go" })
	if d := cmp.Diff(Project{
		Base:     report.Counts{Hits: 80, Misses: 20},
		Head:     report.Counts{Hits: 80, Misses: 20},
		Adjusted: report.Counts{Hits: 80, Misses: 20},
	}, p); d != "" {
		t.Error(d)
	}
}

// TestRefusals has cases i, two uploads of the same part, and m, another revision.
func TestRefusals(t *testing.T) {
	of := func(source, flag, sha string, base bool, text string) report.Report {
		c := covered("a.go", text)
		return report.Report{Kind: report.CoverageKind, Source: source, Flag: flag, SHA: sha, Base: base, Coverage: &c}
	}
	reports := []report.Report{
		of("u1", "unit", "head", false, "1-3 hit"),
		of("u1", "unit", "head", false, "1 hit, 2-3 miss"), // replaces
		of("u2", "unit", "", false, "2 hit"),               // another shard
		of("u3", "integration", "old", false, "3 hit"),
		of("u4", "", "head", true, "3 hit"),
		of("u5", "", "base", true, "9 hit"),
		{Kind: report.CoverageKind, Source: "u6", Problem: "line 1: no"},
		{Kind: report.CoverageKind, Source: "u7"},
		{Kind: report.LintKind, Source: "u7"},
	}
	got := Refusals(reports, "head", "base")
	want := []string{"a later report replaces it", "", "", "it was measured at old, but the head is head",
		"it was measured at head, but the merge base is base", "",
		"it could not be read: line 1: no", "there is nothing in it", ""}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, c := range []struct {
		base  bool
		flags []string
		want  string
	}{
		{false, []string{"unit", "integration", ""}, "[a.go: 1-2 hit, 3 miss] true"},
		{true, []string{"unit", "integration", ""}, "[a.go: 9 hit] true"},
		{false, []string{"integration"}, "[] false"},
		{false, nil, "[] false"},
	} {
		merged, found := Of(reports, got, c.base, c.flags...)
		if said := fmt.Sprint(merged.Files, " ", found); said != c.want {
			t.Errorf("%v %q: %s, want %s", c.base, c.flags, said, c.want)
		}
	}
}

func TestCarry(t *testing.T) {
	// Line 3 is replaced by two, line 6 removed, two lines added behind line 8.
	edited := diff.File{Path: "new.go", OldPath: "a.go", Status: diff.Renamed, State: diff.Text, Hunks: []diff.Hunk{
		{
			OldStart: 2,
			OldLines: 2,
			NewStart: 2,
			NewLines: 3,
			Lines:    []diff.Line{{Op: diff.Context}, {Op: diff.Delete}, {Op: diff.Add}, {Op: diff.Add}},
		},
		{OldStart: 6, OldLines: 1, NewStart: 6, NewLines: 0, Lines: []diff.Line{{Op: diff.Delete}}},
		{OldStart: 8, OldLines: 0, NewStart: 9, NewLines: 2, Lines: []diff.Line{{Op: diff.Add}, {Op: diff.Add}}},
	}}
	for _, c := range []struct {
		name  string
		files []diff.File
		want  string
	}{
		{"untouched", nil, "[a.go: 1-6 hit, 7 miss, 8-12 partial]"},
		{"edited", []diff.File{edited}, "[new.go: 1-2 hit, 5-6 hit, 7 miss, 8 partial, 11-14 partial]"},
		{"removed", []diff.File{{Path: "a.go", Status: diff.Removed, State: diff.Text}}, "[]"},
		{"not known", []diff.File{{Path: "a.go", Status: diff.Modified, State: diff.TooLarge}}, "[]"},
		{"only renamed", []diff.File{{Path: "b.go", OldPath: "a.go", Status: diff.Renamed, State: diff.PureRename}},
			"[b.go: 1-6 hit, 7 miss, 8-12 partial]"},
		{"copied", []diff.File{{Path: "b.go", OldPath: "a.go", Status: diff.Copied, State: diff.PureRename}},
			"[a.go: 1-6 hit, 7 miss, 8-12 partial b.go: 1-6 hit, 7 miss, 8-12 partial]"},
	} {
		if got := fmt.Sprint(Carry(covered("a.go", "1-6 hit, 7 miss, 8-12 partial"), c.files).Files); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	// The walk agrees with the diff's own mapping of single lines.
	for _, f := range carried(lines("1-6 hit, 7 miss, 8-12 partial"), edited) {
		for n := f.From; n <= f.To; n++ {
			if old, ok := edited.OldLine(n); !ok || covered("a", "1-6 hit, 7 miss, 8-12 partial").Files[0].At(old) != f.State {
				t.Errorf("line %d comes from %d, %v", n, old, ok)
			}
		}
	}
}

func TestStatements(t *testing.T) {
	fresh := func(f diff.File) diff.File {
		f.Status = diff.Added
		return f
	}
	for name, c := range map[string]struct {
		file diff.File
		want string
	}{
		"code": {
			added("a.ts", 3, "import x from 'x'", "", "// why", "export function f() {", "  return 1", "}", "interface I {",
				"  a: string", "}"), "a.ts: 6-7 miss"},
		"go without code": {
			fresh(added("a.go", 1, "package a", "type T struct {", "	A int `json:\"a\"`", "}", "const x = 1")), "a.go:"},
		"go with code":              {fresh(added("a.go", 1, "package a", "func f() int {", "	return 1", "}")), "a.go: 2-3 miss"},
		"an edit inside a function": {added("a.go", 7, "x := 1"), "a.go: 7 miss"},
		"removed":                   {diff.File{Path: "a.py", Status: diff.Removed, State: diff.Text}, "a.py:"},
		"lines not known":           {diff.File{Path: "a.py", Status: diff.Modified, State: diff.TooLarge}, "a.py:"},
		"python":                    {added("a.py", 1, "import os", "@cached", "def f():", "    raise X", "# done"), "a.py: 3-4 miss"},
	} {
		if got := Statements(c.file).String(); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestNearestTest(t *testing.T) {
	tree := []string{
		"cart/cart_test.go", "cart/price.go", "cart/price_test.go", "cart/other.go", "web/src/Cart.tsx",
		"web/src/__tests__/Cart.test.tsx", "web/src/Other.test.tsx",
		"src/main/java/com/acme/A.java", "src/test/java/com/acme/ATest.java", "pkg/mod.py", "tests/test_mod.py", "lib/shop.rb",
		"spec/shop_spec.rb",
	}
	tests := NewTests(tree)
	for file, want := range map[string]string{
		"cart/price.go": "cart/price_test.go", "cart/other.go": "cart/cart_test.go", "web/src/Cart.tsx": "web/src/__tests__/Cart.test.tsx",
		"web/src/New.tsx": "web/src/Other.test.tsx", "src/main/java/com/acme/A.java": "src/test/java/com/acme/ATest.java",
		"pkg/mod.py":  "tests/test_mod.py",
		"lib/shop.rb": "spec/shop_spec.rb", "cart/price_test.go": "", "alone/x.go": "", "x.c": "",
	} {
		if got := tests.Nearest(file); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}
