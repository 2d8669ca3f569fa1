package facts

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/analysis/commits"
	"github.com/lintel-review/lintel/internal/analysis/size"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

// planted is an analysis of size that panics when bad says so, beside one of commits that never does.
func planted(bad func(*change.Snapshot) bool, text any) []analysis {
	return []analysis{
		{
			name: "commits",
			run:  func(f *Facts, s *change.Snapshot, set settings.Settings) { f.Commits = commits.Analyse(s, set.Commits) },
		},
		{
			name: "size",
			run: func(f *Facts, s *change.Snapshot, set settings.Settings) {
				if bad(s) {
					panic(text)
				}
				f.Size = size.Analyse(s, set.Size)
			},
		},
	}
}

// many is a snapshot with things enough to halve.
func many() *change.Snapshot {
	s := rich()
	for i := range 99 {
		s.Files = append(s.Files, diff.File{Path: fmt.Sprintf("src/%d.go", i), Status: diff.Modified, State: diff.Text})
		s.Commits = append(s.Commits, change.Commit{SHA: fmt.Sprintf("%040d", i), Message: "feat: x"})
		s.Reports = append(s.Reports, report.Report{Source: fmt.Sprintf("r%d.xml", i), Kind: "lint"})
		s.Controls.Files[fmt.Sprintf("d%d/.gitattributes", i)] = change.File{Content: []byte("* text")}
	}
	s.FilesTotal, s.CommitsTotal = len(s.Files), len(s.Commits)
	return s
}

func TestPanicIsAFact(t *testing.T) {
	has := func(n int, at func(int) bool) bool {
		for i := range n {
			if at(i) {
				return true
			}
		}
		return false
	}
	file := func(names ...string) func(*change.Snapshot) bool {
		return func(s *change.Snapshot) bool {
			for _, name := range names {
				if !has(len(s.Files), func(i int) bool { return s.Files[i].Path == name }) {
					return false
				}
			}
			return true
		}
	}
	for name, tc := range map[string]struct {
		bad        func(*change.Snapshot) bool
		what, said string
	}{
		"a file":                 {file("src/42.go"), "file", "src/42.go"},
		"the first file":         {file("docs/a.md"), "file", "docs/a.md"},
		"the last file":          {file("src/98.go"), "file", "src/98.go"},
		"two files, both needed": {file("src/1.go", "src/97.go"), "", ""},
		"a commit": {func(s *change.Snapshot) bool {
			return has(len(s.Commits), func(i int) bool { return strings.HasSuffix(s.Commits[i].SHA, "0042") })
		}, "commit", fmt.Sprintf("%040d", 42)},
		"a report": {func(s *change.Snapshot) bool {
			return has(len(s.Reports), func(i int) bool { return s.Reports[i].Source == "r7.xml" })
		}, "report", "r7.xml"},
		"a control": {func(s *change.Snapshot) bool { _, ok := s.Controls.Files["d5/.gitattributes"]; return ok }, "control",
			"d5/.gitattributes"},
		"nothing of its own": {func(s *change.Snapshot) bool { return s.Title != nil }, "", ""},
		"everything":         {func(*change.Snapshot) bool { return true }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			whole, err := gatherBy(t.Context(), many(), inForce(),
				planted(tc.bad, "index 3 at 0xc000012345 of "+strings.Repeat("x", 2*maxTitle)))
			if err != nil {
				t.Fatal(err)
			}
			if len(whole.Failed) != 1 {
				t.Fatalf("failed families %+v, want one", whole.Failed)
			}
			got := whole.Failed[0]
			if got.Family != "size" || got.What != tc.what || got.Name != tc.said {
				t.Errorf("%s stopped at %q %q, want %q %q", got.Family, got.What, got.Name, tc.what, tc.said)
			}
			if !strings.HasPrefix(got.Reason, "index 3 at 0x… of xxx") || len(got.Reason) > maxTitle+10 {
				t.Errorf("reason %q", got.Reason)
			}
			if !strings.Contains(got.Stack, "isolate_test.go") {
				t.Errorf("the stack does not say where it stopped:\n%s", got.Stack)
			}
			healthy, err := gatherBy(t.Context(), many(), inForce(), planted(func(*change.Snapshot) bool { return false }, ""))
			if err != nil {
				t.Fatal(err)
			}
			if len(whole.Commits.Summaries) != 100 || len(whole.Commits.Summaries) != len(healthy.Commits.Summaries) {
				t.Errorf("%d commits beside the panic, want those of a change without", len(whole.Commits.Summaries))
			}
		})
	}
}

// Equal snapshots give equal facts with a panic, too, and they are facts of the contract.
func TestFactsOfAPanic(t *testing.T) {
	schema, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := document.Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	for name, always := range map[string]bool{"on content": false, "always": true} {
		var first []byte
		for i := range 3 {
			at := new(int)
			families := planted(func(s *change.Snapshot) bool { return always || len(s.Files) > 0 }, fmt.Sprintf("bad %p", at))
			f, err := gatherBy(t.Context(), rich(), inForce(), families)
			if err != nil {
				t.Fatal(err)
			}
			if f.Size.Uncounted == nil || f.Size.Binaries.Files == nil {
				t.Errorf("%s: a list of a failed family is null: %+v", name, f.Size)
			}
			b, err := f.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte("isolate_test.go")) {
				t.Errorf("%s: the stack is in the facts: %s", name, b)
			}
			if i == 0 {
				first = b
			} else if !bytes.Equal(first, b) {
				t.Errorf("%s: run %d differs:\n%s\n%s", name, i, first, b)
			}
		}
	}
	f, err := Gather(t.Context(), rich(), inForce())
	if err != nil {
		t.Fatal(err)
	}
	f.Failed = []Failed{{Family: "size", What: "file", Name: "a.go", Reason: "bad", Stack: "s"}}
	b, err := f.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range document.ValidateJSON(compiled, b) {
		t.Errorf("%s: %s", p.Path, p.Message)
	}
}

// Each family of this version has its analysis.
func TestAnalyses(t *testing.T) {
	var got []string
	for _, a := range analyses() {
		got = append(got, a.name)
	}
	want := slices.Sorted(slices.Values(family.Names(false)))
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
