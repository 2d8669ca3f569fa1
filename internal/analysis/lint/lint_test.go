package lint

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// patch changes cart.go (added lines 3, 4 and 12; the old line 10 is gone, and stands at 4 now), adds new.go, renames
// old.go to moved.go with an edit, removes gone.go.
const patch = `diff --git a/cart.go b/cart.go
index 1111111..2222222 100644
--- a/cart.go
+++ b/cart.go
@@ -1,4 +1,6 @@
 package cart
 
+var a  = 1
+	var b = 2
 func one() {
 	call()
@@ -9,4 +11,4 @@ func two() {
 	before()
-	var b = 2
+	fresh()
 	after()
 }
diff --git a/gone.go b/gone.go
deleted file mode 100644
index 1111111..0000000
--- a/gone.go
+++ /dev/null
@@ -1 +0,0 @@
-package gone
diff --git a/old.go b/moved.go
similarity index 90%
rename from old.go
rename to moved.go
index 1111111..2222222 100644
--- a/old.go
+++ b/moved.go
@@ -1,2 +1,3 @@
 package moved
+// x
 var c = 3
diff --git a/new.go b/new.go
new file mode 100644
index 0000000..2222222
--- /dev/null
+++ b/new.go
@@ -0,0 +1,2 @@
+package fresh
+var n = 1
`

func snapshot(t *testing.T, reports ...report.Report) *change.Snapshot {
	t.Helper()
	files, err := diff.Parse(strings.NewReader(patch), diff.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return &change.Snapshot{
		Head: change.Rev{SHA: "head"}, MergeBase: "base", Files: files, FilesTotal: len(files), Reports: reports,
		Tree: []string{"cart.go", "moved.go", "new.go", "web/src/index.ts", "api/src/index.ts"},
	}
}

func options() settings.Lint {
	return settings.Lint{Filter: "added", NewOnly: true}
}

// of is a report of one tool.
func of(findings ...report.LintFinding) report.Report {
	c := report.NewLintCollector()
	if err := c.Tool("tool"); err != nil {
		panic(err)
	}
	for _, f := range findings {
		if f.Tool == "" {
			f.Tool = "tool"
		}
		if f.Severity == "" {
			f.Severity = report.Error
		}
		if err := c.Add(f); err != nil {
			panic(err)
		}
	}
	l := c.Finish()
	return report.Report{Kind: report.LintKind, Format: "sarif", Source: "s", Trust: report.FullTrust, Lint: &l}
}

func base(r report.Report) report.Report {
	r.Base = true
	return r
}

func at(path string, line int) report.LintFinding {
	return report.LintFinding{Rule: "r", Path: path, Line: line, Message: "m"}
}

// shown is what tests compare: place, whether it may block, and what was left out.
func shown(f Facts) string {
	var out []string
	for _, x := range f.Findings {
		text := fmt.Sprintf("%s:%d %s", x.Path, x.Line, x.Place)
		if x.Severity != "error" {
			text += " " + x.Severity
		}
		if x.New {
			text += " new"
		}
		if x.May {
			text += "!"
		}
		out = append(out, text)
	}
	if f.Outside+f.Known+f.Ignored > 0 {
		out = append(out, fmt.Sprintf("outside %d known %d ignored %d", f.Outside, f.Known, f.Ignored))
	}
	return strings.Join(out, ", ")
}

func TestFilter(t *testing.T) {
	many := []report.LintFinding{
		at("cart.go", 3), at("cart.go", 5), at("cart.go", 8), at("cart.go", 0), at("new.go", 0), at("web/src/index.ts", 1),
		at("gone.go", 1), at("", 0),
		{Rule: "long", Path: "cart.go", Line: 7, EndLine: 12, Message: "meets an added line"},
		{Rule: "r", Severity: report.Warning, Path: "moved.go", Line: 2},
	}
	for filter, want := range map[string]string{
		"added": "cart.go:3 added!, cart.go:7 added!, new.go:0 added!, cart.go:0 file, moved.go:2 added " +
			"warning!, outside 4 known 0 ignored 0",
		"diff_context": "cart.go:3 added!, cart.go:7 added!, new.go:0 added!, cart.go:0 file, cart.go:5 context, " +
			"moved.go:2 added warning!, outside 3 known 0 ignored 0",
		"file": "cart.go:3 added!, cart.go:7 added!, new.go:0 added!, cart.go:0 file, cart.go:5 context, " +
			"cart.go:8 elsewhere, moved.go:2 added warning!, outside 2 known 0 ignored 0",
		"nofilter": "cart.go:3 added!, cart.go:7 added!, new.go:0 added!, :0 outside, cart.go:0 file, cart.go:5 " +
			"context, cart.go:8 elsewhere, web/src/index.ts:1 outside, moved.go:2 added warning!",
	} {
		opt := options()
		opt.Filter = filter
		if got := shown(Analyse(snapshot(t, of(many...)), opt)); got != want {
			t.Errorf("%s: got\n%s, want\n%s", filter, got, want)
		}
	}
}

func TestNewOnly(t *testing.T) {
	old := of(at("cart.go", 2), at("cart.go", 10), at("cart.go", 12), at("cart.go", 30), at("old.go", 2), at("gone.go", 1),
		at("web/src/index.ts", 4),
		report.LintFinding{Rule: "moved", Path: "cart.go", Line: 10, Source: "not what the diff shows"})
	now := of(
		at("cart.go", 2),                     // above all hunks: the same line
		at("cart.go", 14), at("cart.go", 32), // behind hunks that added two lines
		at("cart.go", 12), // an added line, where another stood
		at("cart.go", 33), at("moved.go", 3), at("web/src/index.ts", 4), at("api/src/index.ts", 4), at("new.go", 2),
		report.LintFinding{Rule: "moved", Path: "cart.go", Line: 3, Source: "x"},
		report.LintFinding{Rule: "moved", Path: "cart.go", Line: 50, Source: "  var b = 2"},
	)
	opt := options()
	opt.Filter = "nofilter"
	want := "api/src/index.ts:4 outside new!, cart.go:3 added new!, cart.go:12 added new!, cart.go:33 elsewhere new!, " +
		"new.go:2 added new!, outside 0 known 6 ignored 0"
	if got := shown(Analyse(snapshot(t, now, base(old)), opt)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// What is known stays known on added lines: code that was only moved blocks nothing.
	opt.Filter = "added"
	moved := of(at("cart.go", 10))
	if got := shown(Analyse(snapshot(t, of(at("cart.go", 4)), base(moved)), opt)); got != "outside 0 known 1 ignored 0" {
		t.Error(got)
	}
	opt.NewOnly = false
	if got := shown(Analyse(snapshot(t, of(at("cart.go", 4)), base(moved)), opt)); got != "cart.go:4 added!" {
		t.Error(got)
	}
	// One old finding stands for one new one.
	opt.NewOnly = true
	twice := of(at("cart.go", 4), report.LintFinding{Rule: "r", Path: "cart.go", Line: 4, Message: "another"})
	if got := shown(Analyse(snapshot(t, twice, base(moved)), opt)); got != "cart.go:4 added new!, outside 0 known 1 ignored 0" {
		t.Error(got)
	}
	// A base that failed, or is of another commit, proves nothing.
	failed := base(moved)
	failed.Lint.Tools[0].Failed = true
	if got := shown(Analyse(snapshot(t, of(at("cart.go", 3)), failed), opt)); got != "cart.go:3 added!" {
		t.Error(got)
	}
	other := base(of(at("cart.go", 1)))
	other.SHA = "older"
	if f := Analyse(snapshot(t, of(at("cart.go", 3)), other), opt); shown(f) != "cart.go:3 added!" ||
		f.Reports[1].Why != "it was made at older, but the merge base is base" {
		t.Errorf("%s %+v", shown(f), f.Reports)
	}
}

// TestMoved holds lines of the base against diff's own, slower way to map them.
func TestMoved(t *testing.T) {
	for _, f := range snapshot(t).Files {
		if f.Status == diff.Added || f.Status == diff.Removed {
			continue
		}
		h := newHead(f)
		for line := 1; line < 60; line++ {
			want, _ := f.NewLine(line)
			if got, _ := h.moved(line); got != want {
				t.Errorf("%s:%d is at %d, want %d", f.Path, line, got, want)
			}
		}
	}
}

func TestSettings(t *testing.T) {
	opt := options()
	opt.Severity = map[string]string{"TOOL": "warning", "tool/Hard": "error", "tool/react/*": "notice", "tool/react/dom/*": "off",
		"other": "off"}
	opt.Ignore = []string{"moved.go"}
	rule := func(name string) report.LintFinding {
		return report.LintFinding{Rule: name, Path: "cart.go", Line: 3, Message: name}
	}
	other := rule("x")
	other.Tool = "Other"
	f := Analyse(snapshot(t, of(rule("easy"), rule("hard"), rule("react/a"), rule("react/dom/b"), other, at("moved.go", 2))), opt)
	if got := shown(f); got != "cart.go:3 added!, cart.go:3 added warning!, cart.go:3 added notice!, outside 0 known 0 ignored 3" ||
		f.Findings[0].Rule != "hard" {
		t.Error(got)
	}
}

func TestRequired(t *testing.T) {
	opt := options()
	opt.Required = []string{"TOOL", "gone", "late", "named"}
	failed := of()
	failed.Source = "second"
	failed.Lint.Tools[0].Failed, failed.Lint.Tools[0].FailedWhy = true, "exit 2"
	late := of()
	late.Source, late.SHA, late.Lint.Tools[0].Name = "third", "older", "late"
	named := of()
	named.Source, named.Flag, named.Lint.Tools[0].Name = "fourth", "named", "checkstyle"
	f := Analyse(snapshot(t, of(), failed, late, named), opt)
	want := "[{TOOL it failed: exit 2} {gone there is no report of it} {late its report third does not count: it was " +
		"made at older, but the head is head}]"
	if got := fmt.Sprint(f.Missing); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := fmt.Sprint(f.Tools); got != "[{named false  true false} {tool true exit 2 true false}]" {
		t.Error(got)
	}
	bad := report.Report{Kind: report.LintKind, Source: "bad", Problem: "byte 3"}
	f = Analyse(snapshot(t, bad, report.Report{Kind: report.LintKind, Source: "none"}, report.Report{Kind: report.CoverageKind}), opt)
	if got := fmt.Sprint(f.Missing[0].Why, "; ", f.Reports[0].Unreadable, "; ",
		f.Reports[1].Why); got != "no report of it was read, and 2 could not be; true; there is nothing in it" {
		t.Error(got)
	}
}

func TestPaths(t *testing.T) {
	s := snapshot(t, of(at("/home/runner/work/shop/shop/cart.go", 3), at(`D:\a\shop\shop\new.go`, 1), at("../cart.go", 3),
		at("src/index.ts", 1), at("/elsewhere/cart.go", 3)))
	f := Analyse(s, options())
	if got := shown(f); got != "cart.go:3 added!, new.go:1 added!" {
		t.Error(got)
	}
	if got := fmt.Sprint(f.Reports[0].Unresolved, f.Reports[0].Unplaced,
		f.Reports[0].Foreign); got != "[../cart.go /elsewhere/cart.go src/index.ts] 3 false" {
		t.Error(got)
	}
	if f := Analyse(snapshot(t, of(at("/x/y.go", 1))), options()); !f.Reports[0].Foreign {
		t.Error("a report of another repository counts as read")
	}
	// Without the list of all paths, absolute names below the folders of CI are found all the same, and others that end in a changed path.
	s.Tree = nil
	s.Reports = []report.Report{
		of(at("/home/runner/work/shop/shop/cart.go", 3), at(`D:\a\shop\shop\new.go`, 1), at("file:///github/workspace/moved.go", 2),
			at("../cart.go", 3),
			at("src/cart.go", 3), at("/elsewhere/cart.go", 3), at("web/src/a.ts", 1), at("src/a.ts", 1))}
	s.Files = append(s.Files, diff.File{Path: "api/src/a.ts", Status: diff.Modified, State: diff.Text})
	f = Analyse(s, options())
	if got := shown(f); got != "cart.go:3 added!, moved.go:2 added!, new.go:1 added!, outside 2 known 0 ignored 0" {
		t.Errorf("without the list of paths: %s", got)
	}
	// Whether the others mean changed files nobody can say, so they are not lost.
	if got := fmt.Sprint(f.Reports[0].Unresolved, f.Reports[0].Unplaced); got != "[../cart.go /elsewhere/cart.go src/a.ts] 3" {
		t.Error(got)
	}
	s.Reports = []report.Report{of(at("./cart.go", 3), at("old.go", 2))}
	if got := shown(Analyse(s, options())); got != "cart.go:3 added!, moved.go:2 added!" {
		t.Error(got)
	}
}

// TestUnknownLines holds that errors in a file whose lines are not known are neither lost nor taken for the change's own.
func TestUnknownLines(t *testing.T) {
	s := snapshot(t, of(at("cart.go", 3), report.LintFinding{Rule: "w", Severity: report.Warning, Path: "new.go", Line: 1},
		report.LintFinding{Rule: "p", Path: "moved.go", Line: 1, Blind: true}))
	for i := range s.Files {
		s.Files[i].State, s.Files[i].Hunks = diff.TooLarge, nil
	}
	f := Analyse(s, options())
	if got := shown(f) + fmt.Sprint(f.Unread); got != "moved.go:1 unknown!, cart.go:3 unknown, new.go:1 unknown warning[cart.go]" {
		t.Error(got)
	}
}

// TestUnknownIsNotNew holds that a file whose lines are not known proves nothing new: what was there before cannot be told.
func TestUnknownIsNotNew(t *testing.T) {
	s := snapshot(t, of(at("cart.go", 3)), base(of()))
	for i := range s.Files {
		s.Files[i].State, s.Files[i].Hunks = diff.TooLarge, nil
	}
	if got := shown(Analyse(s, options())); got != "cart.go:3 unknown" {
		t.Error(got)
	}
}

// TestBlind holds that a file which the tool cannot parse is said wherever in it the mistake stands, and that an old
// mistake does not block.
func TestBlind(t *testing.T) {
	broken := report.LintFinding{Rule: "syntax", Path: "cart.go", Line: 40, Message: "unexpected", Blind: true}
	if got := shown(Analyse(snapshot(t, of(broken)), settings.Lint{Filter: "file", NewOnly: true})); got != "cart.go:40 elsewhere!" {
		t.Error(got)
	}
	if got := shown(Analyse(snapshot(t, of(broken)), options())); got != "cart.go:40 elsewhere!" {
		t.Errorf("the filter hides it: %s", got)
	}
	before := broken
	before.Line = 38
	if got := shown(Analyse(snapshot(t, of(broken), base(of(before))), options())); got != "cart.go:40 elsewhere" {
		t.Error(got)
	}
}

func TestAuthor(t *testing.T) {
	r := of(at("cart.go", 3))
	r.Trust = report.AuthorTrust
	if f := Analyse(snapshot(t, r), options()); !f.Findings[0].Author || f.Reports[0].Trust != report.AuthorTrust {
		t.Errorf("%+v", f)
	}
}

// TestMany holds that a body of 25,000 findings in 3,000 files is taken, that what is not listed is counted by rule,
// and that two jobs may say the same.
func TestMany(t *testing.T) {
	s := &change.Snapshot{Head: change.Rev{SHA: "head"}}
	for i := range 3000 {
		path := fmt.Sprintf("dir%d/f%d.go", i%50, i)
		lines := make([]diff.Line, 10)
		for j := range lines {
			lines[j] = diff.Line{Op: diff.Add, Text: "x"}
		}
		s.Files = append(s.Files,
			diff.File{
				Path:   path,
				Status: diff.Modified,
				State:  diff.Text,
				Hunks:  []diff.Hunk{{OldStart: 0, NewStart: 1, NewLines: 10, Lines: lines}},
			})
		s.Tree = append(s.Tree, path)
	}
	var all []report.LintFinding
	for i := range report.MaxFindings {
		f := at(s.Files[i%3000].Path, 1+i/3000)
		f.Rule = fmt.Sprint("r", i%3)
		all = append(all, f)
	}
	one, two := of(all...), of(all...)
	two.Source = "again"
	s.Reports = []report.Report{one, two}
	f := Analyse(s, options())
	sum := 0
	for _, r := range f.Rest {
		sum += r.Count
	}
	if len(f.Findings) != maxFindings || f.More != report.MaxFindings-maxFindings || sum != f.More || f.MoreBlocking != f.More ||
		len(f.Rest) != 3 {
		t.Errorf("%d findings, %d more, %d blocking, rest %v", len(f.Findings), f.More, f.MoreBlocking, f.Rest)
	}
	text, err := json.Marshal(f)
	if err != nil || len(text) > 100_000 {
		t.Errorf("%d bytes of facts, %v", len(text), err)
	}
}

func TestHelp(t *testing.T) {
	for in, want := range map[string]bool{
		"https://eslint.org/docs/latest/rules/no-var": true, "http://eslint.org/x": false, "https://eslint.org.evil.example/x": false,
		"https://u@eslint.org/":  false,
		"https://github.com/x/y": false, "javascript:alert(1)": false, "https://eslint.org/a b": false, "https://eslint.org/)[x](": false,
		"https://docs.astral.sh/ruff/rules/unused-import": true,
	} {
		if got := help(in); (got == in) != want || got != "" && got != in {
			t.Errorf("%q is %q", in, got)
		}
	}
}

// TestKeys holds that a finding keeps its key when lines move, and that equal lines are told apart by their order.
func TestKeys(t *testing.T) {
	key := func(line int, source string) string {
		f := at("web/src/index.ts", line)
		f.Source = source
		opt := options()
		opt.Filter = "nofilter"
		return Analyse(snapshot(t, of(f)), opt).Findings[0].Key
	}
	if a, b, c := key(3, "  x = 1"), key(9, "x = 1 "), key(3, "x = 2"); a != b || a == c {
		t.Errorf("%s %s %s", a, b, c)
	}
	f := Analyse(snapshot(t, of(at("cart.go", 3), report.LintFinding{Rule: "r", Path: "cart.go", Line: 3, Message: "n"})), options())
	if f.Findings[0].Key == f.Findings[1].Key {
		t.Error("two findings have one key")
	}
}
