package catalogue_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/lintel-review/lintel/internal/catalogue"
	"github.com/lintel-review/lintel/internal/formats"
	"github.com/lintel-review/lintel/internal/report"
)

// golden is what one tool wrote about small files of ours, when it was run as the catalogue has it.
type golden struct {
	Version, From string
	Argv          []string
	Runs          map[string]ran // by good, bad and broken
}

// ran is one run of a tool. Reads is true where it says of a file that it cannot read what it finds, as of any other.
type ran struct {
	Exit           int
	Reads          bool
	Report, Stderr string
}

// documented are the tools that could not be had: their goldens have the shape that the source and the tests of their
// formatters of that version show.
var documented = []string{"hadolint", "semgrep"}

const documentation = "its formatter's source and tests"

// reports is where the goldens are.
var reports = filepath.Join("testdata", "reports.txtar")

// load reads the goldens. Each tool has a part that says what made it, and parts for its runs.
func load(t *testing.T) map[string]golden {
	t.Helper()
	archive, err := txtar.ParseFile(reports)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]golden{}
	for _, f := range archive.Files {
		name, part, _ := strings.Cut(f.Name, ": ")
		g, body := out[name], string(f.Data)
		what, part, _ := strings.Cut(part, " ")
		if what == "run" {
			lines := strings.Split(strings.TrimSpace(body), "\n")
			if len(lines) != 3 {
				t.Fatalf("%s: %q", f.Name, body)
			}
			out[name] = golden{Version: lines[0], From: lines[1], Argv: strings.Split(lines[2], " "), Runs: map[string]ran{}}
			continue
		}
		r := g.Runs[what]
		switch part {
		case "status":
			words := strings.Fields(body)
			r.Reads = len(words) > 1
			if r.Exit, err = strconv.Atoi(words[0]); err != nil {
				t.Fatal(err)
			}
		case "report":
			r.Report = body
		case "stderr":
			r.Stderr = body
		case "findings":
		default:
			t.Fatalf("what is %q?", f.Name)
		}
		g.Runs[what] = r
	}
	return out
}

// judge reads a run as the catalogue says, and whether it is evidence.
func (r ran) judge(tool catalogue.Tool) (findings []report.LintFinding, evidence bool) {
	got, err := formats.Parser{}.Parse(report.LintKind, tool.Format, strings.NewReader(r.Report), 0)
	if err == nil {
		findings = got.Lint.Findings
	}
	return findings, err == nil && !tool.Crashed(r.Exit, len(findings)) && !tool.Partial([]byte(r.Report)) && !tool.Halted([]byte(r.Stderr))
}

func joined(findings []report.LintFinding) string {
	all := make([]string, 0, len(findings))
	for _, f := range findings {
		all = append(all, f.String())
	}
	return strings.Join(all, "\n")
}

// TestGolden reads what each tool really wrote about a file that it likes, one in which it finds something, and one that it
// cannot read, as the catalogue says it is read: findings, exit status, and what is no evidence.
func TestGolden(t *testing.T) {
	archive, err := txtar.ParseFile(reports)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range archive.Files {
		want[f.Name] = strings.TrimSpace(string(f.Data))
	}
	all := load(t)
	if names := slices.Sorted(maps.Keys(all)); !slices.Equal(names, catalogue.Names()) {
		t.Errorf("there are goldens of %q, and the tools are %q", names, catalogue.Names())
	}
	for name, g := range all {
		tool, _ := catalogue.Find(name)
		isReal := !slices.Contains(documented, name)
		if g.Version == "" || isReal == (g.From == documentation) {
			t.Errorf("%s: version %q, of %q", name, g.Version, g.From)
		}
		if !slices.Equal(g.Argv, tool.Argv) {
			t.Errorf("%s: its golden was made by %q, and the catalogue has %q", name, g.Argv, tool.Argv)
		}
		for what, r := range g.Runs {
			findings, evidence := r.judge(tool)
			if got := joined(findings); evidence && got != want[name+": "+what+" findings"] {
				t.Errorf("%s: the findings of %s are\n%s\nwant\n%s", name, what, got, want[name+": "+what+" findings"])
			}
			if evidence != (what != "broken" || r.Reads) || evidence && (what == "good") != (len(findings) == 0) {
				t.Errorf("%s: %s: status %d, evidence is %t with %d findings", name, what, r.Exit, evidence, len(findings))
			}
		}
		if _, good := g.Runs["good"]; want[name+": bad findings"] == "" || !good {
			t.Errorf("%s was not run on a file that it likes and on one in which it finds something", name)
		}
	}
}
