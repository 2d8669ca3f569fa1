package prepare

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
)

func snapshot(t testing.TB, files ...diff.File) *change.Snapshot {
	t.Helper()
	return &change.Snapshot{Head: change.Rev{SHA: "head"}, MergeBase: "base", Files: files, FilesTotal: len(files)}
}

func file(t testing.TB, path, patch string) diff.File {
	t.Helper()
	hunks, err := diff.ParsePatch(patch)
	if err != nil {
		t.Fatal(err)
	}
	return diff.File{Path: path, Status: diff.Modified, State: diff.Text, Size: 1000}.With(hunks)
}

const patch = "@@ -1,2 +1,6 @@\n a\n+b\n+c\n+d\n+e\n f\n"

func TestFactsAreFewHeavyFirstAndNumbered(t *testing.T) {
	s := snapshot(t, file(t, "a.go", patch), file(t, "b.go", patch))
	s.Checks = []change.Check{{Name: "build", Conclusion: "failure"}, {Name: "docs", Conclusion: "success"}}
	s.Reports = []report.Report{
		{Coverage: &report.Coverage{
			Files: []report.FileCoverage{
				{
					Path: "a.go",
					Lines: []report.LineRange{
						{From: 1, To: 3, State: report.Miss},
						{From: 4, To: 4, State: report.Hit},
						{From: 5, To: 5, State: report.Miss},
					},
				},
			}}},
		{
			Base: true,
			Coverage: &report.Coverage{
				Files: []report.FileCoverage{{Path: "b.go", Lines: []report.LineRange{{From: 1, To: 6, State: report.Miss}}}}},
		},
		{
			Problem: "unreadable",
			Coverage: &report.Coverage{
				Files: []report.FileCoverage{{Path: "b.go", Lines: []report.LineRange{{From: 1, To: 6, State: report.Miss}}}}},
		},
	}
	found := []finding.Finding{
		{Rule: "size/lines", Family: "size", Severity: finding.Notice, Title: "Size", Message: "large"},
		{
			Rule:     "secrets/token",
			Family:   "secrets",
			Severity: finding.Error,
			Path:     "b.go",
			Line:     2,
			Title:    "A token",
			Message:  "in\nthe code",
		},
		{
			Rule:     "lint/new",
			Family:   "lint",
			Severity: finding.Warning,
			Path:     "a.go",
			Line:     2,
			EndLine:  3,
			Title:    "x",
			Message:  strings.Repeat("long ", 100),
		},
	}
	in, err := Input(s, found, settings.Default().Advise)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range in.Facts {
		got = append(got, fmt.Sprintf("%s %s %s %s:%d-%d", f.ID, f.Level, f.Kind, f.Path, f.Start, f.End))
		if len(f.Text) > 260 || strings.Contains(f.Text, "\n") {
			t.Errorf("%q", f.Text)
		}
	}
	want := []string{"F1 high rule b.go:2-2", "F2 medium ci :0-0", "F3 medium uncovered a.go:2-3", "F4 medium lint a.go:2-3",
		"F5 medium uncovered a.go:5-5", "F6 low rule :0-0"}
	slices.Sort(got[2:4])
	slices.Sort(want[2:4])
	// The two at one place are ordered by their words.
	if fmt.Sprint(strip(got)) != fmt.Sprint(strip(want)) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if !in.Measured {
		t.Error("a coverage report was there")
	}
	for range 60 {
		found = append(found, finding.Finding{Rule: "lint/new", Family: "lint", Severity: finding.Warning, Path: "a.go", Line: 2})
	}
	if in, _ = Input(s, found, settings.Default().Advise); len(in.Facts) != maxFacts || in.Facts[0].Level != advice.High {
		t.Errorf("%d facts", len(in.Facts))
	}
}

// strip takes the numbers off, for lists whose order at one place does not matter.
func strip(list []string) (out []string) {
	for _, l := range list {
		_, rest, _ := strings.Cut(l, " ")
		out = append(out, rest)
	}
	slices.Sort(out)
	return out
}

func TestAnInputHoldsNothingThatIsNotToBeSent(t *testing.T) {
	s := snapshot(t, file(t, "a.go", patch), file(t, "private/x.go", "@@ -1,1 +1,2 @@ secret section\n a\n+clause\n"),
		file(t, "x.pem", "@@ -1,1 +1,2 @@\n a\n+key\n"))
	s.Author, s.Head.Ref, s.Commits = &change.Account{Login: "author-login"}, "branch-name", []change.Commit{{Message: "commit-words"}}
	set := settings.Default().Advise
	set.NeverSend = []string{"private/"}
	in, err := Input(s, []finding.Finding{
		{Rule: "lint/new", Family: "lint", Path: "private/x.go", Line: 2, Title: "T", Message: "clause"},
	}, set)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"clause", "key\"", "secret section", "author-login", "branch-name", "commit-words"} {
		if strings.Contains(string(b), word) {
			t.Errorf("the input holds %q", word)
		}
	}
	if got := paths(Wanted(in)); !slices.Equal(got, []string{"a.go"}) {
		t.Errorf("wanted %v", got)
	}
	set.NeverSend = []string{strings.Repeat("x", 5000)}
	if _, err := Input(s, nil, set); err == nil {
		t.Error("a pattern that cannot be read sends everything")
	}
}

func TestGapsAreTold(t *testing.T) {
	s := snapshot(t, file(t, "a.go", patch))
	s.FilesTotal = 400
	in, err := Input(s, nil, settings.Default().Advise)
	if err != nil || len(in.Gaps) != 1 {
		t.Errorf("%v, %v", in.Gaps, err)
	}
	s.Gaps = []change.Gap{{Fact: "diff.files", Reason: "more than 300 files"}, {Fact: "reviews", Reason: "no"}}
	if in, _ = Input(s, nil, settings.Default().Advise); !slices.Equal(in.Gaps, []string{"more than 300 files"}) {
		t.Errorf("%v", in.Gaps)
	}
}

func TestWantedIsBoundedAndKnowsWhatStands(t *testing.T) {
	var files []diff.File
	for i := range 60 {
		f := file(t, fmt.Sprintf("f%02d.go", i), patch)
		f.Size = 20_000
		files = append(files, f)
	}
	files[59].Size = MaxContent + 1
	gone := file(t, "gone.go", "@@ -1,2 +0,0 @@\n-a\n-b\n")
	gone.Status = diff.Removed
	in, err := Input(snapshot(t, append(files, gone)...), nil, settings.Default().Advise)
	if err != nil {
		t.Fatal(err)
	}
	in.Known = []advice.Known{
		{State: advice.Open, Draft: advice.Draft{Path: "f50.go"}},
		{State: advice.Fixed, Draft: advice.Draft{Path: "f51.go"}},
	}
	got := paths(Wanted(in))
	if len(got) == 0 || got[0] != "f50.go" || len(got)*20_000 > allContent || slices.Contains(got, "f59.go") ||
		slices.Contains(got, "gone.go") || slices.Contains(got, "f51.go") {
		t.Errorf("%v", got)
	}
}

func paths(files []diff.File) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.Path)
	}
	return out
}

// A change that waits for its review, or whose message is wrong, is not risky code for that.
func TestWaitingIsNoRisk(t *testing.T) {
	found := []finding.Finding{
		{Rule: "ownership/approval", Family: "ownership", Severity: finding.Error, Title: "Owners have not approved", Message: "m"},
		{Rule: "commits/fixup", Family: "commits", Severity: finding.Error, Title: "Work is marked as unfinished", Message: "m"},
		{Rule: "gate/file-list", Family: "gate", Severity: finding.Error, Title: "The list is incomplete", Message: "m"},
	}
	in, err := Input(snapshot(t, file(t, "a.go", patch)), found, settings.Default().Advise)
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Facts) > 0 {
		t.Errorf("facts about people: %+v", in.Facts)
	}
}
