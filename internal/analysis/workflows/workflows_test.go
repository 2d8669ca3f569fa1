package workflows

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/docstest"
	"github.com/lintel-review/lintel/internal/settings"
)

const ci = ".github/workflows/ci.yml"

// workflow is a workflow with these lines as steps.
func of(steps ...string) string {
	return "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - " +
		strings.Join(steps, "\n      - ") + "\n"
}

func pinned(digit string) string {
	return "uses: some/thing@" + strings.Repeat(digit, 40) + " # v1.2.3"
}

// snapshot is a change of one file. A side that is "-" does not exist, one that is "?" was not read.
func snapshot(path, before, after string) *change.Snapshot {
	f := diff.File{Path: path, Status: diff.Modified, State: diff.Text}
	if before == "-" {
		f.Status = diff.Added
	} else if after == "-" {
		f.Status = diff.Removed
	}
	text := func(s string) []byte { return []byte(strings.Trim(s, "-?")) }
	f, _ = diff.FromBlobs(f, text(before), text(after))
	s := &change.Snapshot{Repository: change.Repository{Owner: "acme"}, Files: []diff.File{f}}
	var wants []change.Want
	var contents []change.Content
	for _, w := range Wants(s.Files) {
		body := map[change.Side]string{change.AtBase: before, change.AtHead: after}[w.Side]
		c := change.Content{Path: w.Path, Side: w.Side, Blob: "b"}
		switch body {
		case "-":
			c.Absent = true
		case "?":
			c.Problem = "it is too large"
		default:
			c.Body = []byte(body)
		}
		wants, contents = append(wants, w), append(contents, c)
	}
	s.AddContents(wants, contents)
	return s
}

func analyse(s *change.Snapshot) Facts {
	return Analyse(s, settings.Workflows{Trusted: []string{"actions/*"}})
}

func TestOnlyWhatTheChangeBringsIn(t *testing.T) {
	old, more := "uses: some/thing@v1", "uses: some/thing@v2"
	for name, c := range map[string]struct {
		before, after string
		lines         []int
		known         int
	}{
		"new file":                       {"-", of(old), []int{7}, 0},
		"as before":                      {of(old), of("run: x", old), nil, 1},
		"moved":                          {of(old, "run: x"), of("run: x", old), nil, 1},
		"another version":                {of(old), of(more), nil, 1},
		"one more":                       {of(old), of(old, more), []int{8}, 1},
		"one more above":                 {of(old), of(more, old), []int{7}, 1},
		"from a tag to a branch":         {of(old), of("uses: some/thing@main"), []int{7}, 0},
		"the base is not known":          {"?", of(old), []int{7}, 0}, // every line is added to an unknown base
		"the base was empty":             {"", of(old), []int{7}, 0},
		"the base was no workflow":       {"labels: []\n", of(old), []int{7}, 0},
		"fixed":                          {of(old), of("run: x"), nil, 0},
		"removed":                        {of(old), "-", nil, 0},
		"the comment was left behind":    {of(pinned("1")), of(pinned("2")), []int{7}, 0},
		"the comment is of another too":  {of(pinned("1")), of(pinned("1"), pinned("2")), []int{8}, 0},
		"the head is pinned by a commit": {of("run: x"), of("uses: some/thing@8f4b7f84864484a7bf31766abe9204da3cbe65b3"), nil, 0},
	} {
		f := analyse(snapshot(ci, c.before, c.after))
		var lines []int
		for _, x := range f.Findings {
			lines = append(lines, x.Line)
		}
		if d := cmp.Diff(c.lines, lines); d != "" || f.Known != c.known {
			t.Errorf("%s: %d known, %s %+v", name, f.Known, d, f.Findings)
		}
	}
}

func TestAnUnknownBaseCountsAddedLinesOnly(t *testing.T) {
	s := snapshot(ci, of("uses: some/old@v1"), of("uses: some/old@v1", "uses: some/new@v1"))
	s.Contents[0].Body, s.Contents[0].Problem = nil, "it is too large"
	f := analyse(s)
	if len(f.Findings) != 1 || f.Findings[0].Line != 8 || f.Files[0].Compared {
		t.Errorf("%+v", f)
	}
}

func TestWhatWasNotJudgedIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		path, after, why string
		judged           bool
	}{
		"too large": {ci, "?", "it is too large", false},
		"aliases":   {ci, "on: push\njobs:\n  a: &a\n    runs-on: x\n    steps: [{run: a}]\n  b: *a\n", "", true},
		"too many values": {ci, "on: push\nenv: {a: [" + strings.Repeat("x,", 50_000) + "]}\n",
			"it holds more than 50000 values, with its aliases written out", false},
		"no workflow":   {ci, "labels: []\n", "", false},
		"another CI":    {".gitlab-ci.yml", "a: b\n", "only GitHub Actions and Dependabot are judged", false},
		"Dependabot":    {".github/dependabot.yml", "version: 2\nupdates: []\n", "", true},
		"no Dependabot": {".github/dependabot.yaml", "version: 2\n", "", false},
		"Dependabot in pieces": {".github/dependabot.yml", "version: 2\nversion: 2\n",
			`it cannot be read: line 2, the key "version" is given twice; the first is on line 1`, false},
		"an action":     {"x/action.yml", "runs:\n  using: composite\n  steps:\n    - run: a\n      shell: bash\n", "", true},
		"a workflow":    {ci, of("run: x"), "", true},
		"one below":     {".github/workflows/sub/ci.yml", of("run: x"), "none", false},
		"documentation": {"docs/ci.yml", of("run: x"), "none", false},
	} {
		f := analyse(snapshot(c.path, "-", c.after))
		if c.why == "none" {
			if len(f.Files) != 0 {
				t.Errorf("%s: %+v", name, f.Files)
			}
			continue
		}
		if len(f.Files) != 1 || f.Files[0].Judged != c.judged || f.Files[0].Why != c.why {
			t.Errorf("%s: %+v", name, f.Files)
		}
	}
	s := snapshot(ci, "-", of("run: x"))
	s.Contents = nil
	if f := analyse(s); f.Files[0].Why != "it was not read" {
		t.Errorf("%+v", f.Files)
	}
}

// TestDangersAreListedFirst shows that what blocks is listed however many careless lines stand before it.
func TestDangersAreListedFirst(t *testing.T) {
	var steps []string
	for i := range maxFindings {
		steps = append(steps, fmt.Sprintf("uses: some/thing%d@main", i), fmt.Sprintf("run: gem install x%d", i))
	}
	head := "uses: actions/checkout@v5\n        with: {ref: '${{ github.event.pull_request.head.sha }}'}"
	body := strings.Replace(of(append(steps, head, "run: make")...), "on: push", "on: pull_request_target", 1)
	f := analyse(snapshot(ci, "-", body))
	var minor, last int
	for _, x := range f.Findings {
		if x.Minor {
			minor++
		}
		if x.Line < last {
			t.Errorf("line %d stands behind %d", x.Line, last)
		}
		last = x.Line
	}
	if at := f.Findings[len(f.Findings)-1]; len(f.Findings) != maxFindings || at.Audit != "untrusted-checkout" || minor > 0 || f.More == 0 {
		t.Errorf("%d listed, %d more, %d minor, the last %+v", len(f.Findings), f.More, minor, at)
	}
}

// Whatever the two sides hold, the facts are bounded, and equal for equal snapshots.
func FuzzAnalyse(f *testing.F) {
	f.Add(of("uses: a/b@v1"), of("uses: a/b@v1", "run: echo ${{ github.head_ref }}"))
	f.Add("-", "on: pull_request_target\njobs: {}\n")
	f.Add("?", "a: b\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		a, b := analyse(snapshot(ci, before, after)), analyse(snapshot(ci, before, after))
		if d := cmp.Diff(a, b); d != "" {
			t.Fatal(d)
		}
		if len(a.Findings) > maxFindings || len(a.Files) > maxFiles {
			t.Fatalf("%d findings in %d files", len(a.Findings), len(a.Files))
		}
	})
}

// TestTheDocumentedExamples holds docs/workflows.md to what it says: the good example has no finding, the bad one has one,
// and its suggestion makes the good one of it.
func TestTheDocumentedExamples(t *testing.T) {
	good, bad := docstest.Examples(t, "../../../docs/workflows.md", "yaml")
	if f := analyse(snapshot(ci, "-", good)); len(f.Findings) != 0 || !f.Files[0].Judged {
		t.Errorf("good: %+v", f)
	}
	f := analyse(snapshot(ci, "-", bad))
	if len(f.Findings) != 1 || f.Findings[0].Audit != "template-injection" || f.Findings[0].Suggestion == nil {
		t.Fatalf("bad: %+v", f)
	}
	s, lines := f.Findings[0].Suggestion, strings.SplitAfter(bad, "\n")
	if got := strings.Join(lines[:s.Line-1], "") + s.Text + strings.Join(lines[s.EndLine:], ""); got != good {
		t.Error(cmp.Diff(good, got))
	}
}
