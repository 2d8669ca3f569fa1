package ownership

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
)

// large is a change of many files under many rules, with an approval of an older head, so that every patch is digested twice.
func large(files, rules int) *change.Snapshot {
	yes := true
	var owners strings.Builder
	owners.WriteString("* @acme/all\n")
	teams := map[string]change.Team{"acme/all": {Exists: true, CanWrite: &yes, Members: []string{"ann", "bob"}}}
	for i := range rules {
		team := fmt.Sprintf("acme/t%d", i%60)
		fmt.Fprintf(&owners, "/svc%d/pkg%d/ @%s @u%d\n", i%100, i, team, i%40)
		teams[team] = change.Team{Exists: true, CanWrite: &yes, Members: []string{"bob", fmt.Sprintf("m%d", i%60), fmt.Sprintf("m%d", i%7)}}
	}
	s := &change.Snapshot{
		Author: &change.Account{Login: "ann"}, Head: change.Rev{SHA: "h2"}, Teams: teams,
		Controls: change.Controls{
			Files: map[string]change.File{"CODEOWNERS": {Path: "CODEOWNERS", Size: int64(owners.Len()), Content: []byte(owners.String())}}},
		Reviews: []change.Review{{Author: change.Account{Login: "bob"}, State: change.Approved, Commit: "h1", CanWrite: &yes}},
	}
	for i := range files {
		s.Files = append(s.Files, diff.File{
			Path: fmt.Sprintf("svc%d/pkg%d/file%d.go", i%100, i%rules, i), Status: diff.Modified, State: diff.Text, OldMode: "100644",
			Mode:  "100644",
			Hunks: []diff.Hunk{{NewStart: 1, NewLines: 1, Lines: []diff.Line{{Op: diff.Add, Text: strings.Repeat("x", 60)}}}},
		})
	}
	s.Reviewed = map[string]change.Reviewed{"h1": {Head: "h1", Complete: true, Files: s.Files}}
	return s
}

func TestLargeChange(t *testing.T) {
	s := large(3000, 500)
	start := time.Now()
	f := Analyse(s, settings.Ownership{SoleOwner: "block", KeepApprovals: true})
	// Work for each file and rule and approval together would take minutes; a slow machine must not fail.
	if d := time.Since(start); d > 2*time.Minute {
		t.Errorf("3,000 files took %v", d)
	}
	if f.Files.Owned != 3000 || f.Files.Approved == 0 || f.Files.Pending == 0 && len(f.Groups) == 0 {
		t.Errorf("files: %+v", f.Files)
	}
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 1<<20 {
		t.Errorf("the facts have %d bytes", len(b))
	}
}

// Hostile names and messages come out as valid, short text.
func TestOutsideTextIsBounded(t *testing.T) {
	long := strings.Repeat("é\xff", 5000)
	s := &change.Snapshot{
		Head: change.Rev{SHA: "h1"},
		Controls: change.Controls{
			Files: map[string]change.File{"CODEOWNERS": {Size: 1, Content: []byte("*" + long + " @" + strings.Repeat("a", 9000) + "\n")}}},
		Files:   []diff.File{{Path: long, Status: diff.Added}, {Path: "x/" + long, Status: diff.Added}},
		Gaps:    []change.Gap{{Fact: "owners.account", Reason: long}},
		Commits: []change.Commit{{SHA: "h0", Message: long}, {SHA: "h1", Message: long}},
		Reviews: []change.Review{{Author: change.Account{Login: strings.Repeat("a", 9000)}, State: change.Approved, Commit: "h0"}},
	}
	b, err := json.Marshal(Analyse(s, settings.Ownership{KeepApprovals: true}))
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 64<<10 {
		t.Errorf("%d bytes of facts", len(b))
	}
}

func TestNames(t *testing.T) {
	text := []byte("* @Acme/All\n/api/ @Bob @acme/api x@Example.org\n/api/gen/\n/web/ @carol\nbad @bad!\n")
	names := func(content []byte, paths []string) (n codeowners.Named) {
		n.Teams, n.Users, n.Emails = Names(content, paths)
		return n
	}
	for name, tt := range map[string]struct {
		paths []string
		want  codeowners.Named
	}{
		"all": {nil, codeowners.Named{
			Teams:  []string{"acme/all", "acme/api"},
			Users:  []string{"bob", "carol"},
			Emails: []string{"x@example.org"},
		}},
		"some": {[]string{"api/a", "api/b", "api/gen/c"},
			codeowners.Named{Teams: []string{"acme/api"}, Users: []string{"bob"}, Emails: []string{"x@example.org"}}},
		"other": {[]string{"bad"}, codeowners.Named{Teams: []string{"acme/all"}}},
		"none":  {[]string{}, codeowners.Named{}},
	} {
		if d := cmp.Diff(tt.want, names(text, tt.paths)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if d := cmp.Diff(codeowners.Named{}, names(make([]byte, 3<<20), nil)); d != "" {
		t.Error(d)
	}
}

func BenchmarkAnalyse(b *testing.B) {
	s := large(3000, 500)
	b.ReportAllocs()
	for b.Loop() {
		Analyse(s, settings.Ownership{SoleOwner: "block", KeepApprovals: true})
	}
}
