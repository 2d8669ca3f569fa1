package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

// large is a change of so many files in a repository with 50 owning teams and twelve commits, good or with something wrong in each.
func large(files int, good bool) *change.Snapshot {
	base, head := strings.Repeat("b", 40), strings.Repeat("a", 40)
	title := "feat(cart): add a coupon field"
	var owners strings.Builder
	message := func(i int) string { return fmt.Sprintf("Fixed thing %d\n\nBecause it was broken.\n", i) }
	if good {
		message = func(i int) string { return fmt.Sprintf("fix(cart): repair thing %d\n\nBecause it was broken.\n", i) }
	}
	s := &change.Snapshot{
		Ref:        change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: 12}, Owner: "acme", Name: "shop"},
		Kind:       change.Request,
		Repository: change.Repository{ID: 7, Owner: "acme", Name: "shop", DefaultBranch: "main"},
		State:      change.Open, Title: &title, Author: &change.Account{Login: "ann", ID: 1},
		Base: change.Rev{Ref: "main", SHA: base}, Head: change.Rev{Ref: "coupon", SHA: head}, MergeBase: base,
		Teams: map[string]change.Team{}, CommitsTotal: 12, FilesTotal: files,
	}
	yes := true
	for i := range 50 {
		fmt.Fprintf(&owners, "/dir%d/ @acme/team%d\n", i, i)
		s.Teams[fmt.Sprintf("acme/team%d", i)] = change.Team{
			Exists:   true,
			CanWrite: &yes,
			Members:  []string{fmt.Sprintf("member%d", i), "lead"},
		}
	}
	if good {
		s.Reviews = []change.Review{{ID: 1, Author: change.Account{Login: "lead"}, State: change.Approved, Commit: head, CanWrite: &yes}}
	}
	text := owners.String()
	s.Controls = change.Controls{
		Rev:   s.Base,
		Files: map[string]change.File{"CODEOWNERS": {Path: "CODEOWNERS", Blob: "o", Size: int64(len(text)), Content: []byte(text)}},
	}
	for i := range 12 {
		s.Commits = append(s.Commits, change.Commit{SHA: fmt.Sprintf("%040d", i), Parents: []string{base}, Message: message(i),
			Author:    change.Signature{Name: "Ann", Email: "ann@example.com"},
			Committer: change.Signature{Name: "Ann", Email: "ann@example.com"}})
	}
	for i := range files {
		f := diff.File{
			Path:      fmt.Sprintf("dir%d/file%d.go", i%60, i),
			Status:    diff.Modified,
			State:     diff.Text,
			OldMode:   "100644",
			Mode:      "100644",
			Size:      900,
			Additions: 30,
			Deletions: 10,
		}
		h := diff.Hunk{OldStart: 1, OldLines: 10, NewStart: 1, NewLines: 30}
		for j := range 40 {
			op := diff.Add
			if j < 10 {
				op = diff.Delete
			}
			h.Lines = append(h.Lines, diff.Line{Op: op, Text: fmt.Sprintf("line %d of file %d", j, i)})
		}
		f.Hunks = []diff.Hunk{h}
		s.Files = append(s.Files, f)
	}
	return s
}

// BenchmarkJudge is a snapshot to a decision, all families: what a worker does between the last byte read and the first byte written.
func BenchmarkJudge(b *testing.B) {
	eachChange(b, func(b *testing.B, e *policy.Engine, s *change.Snapshot) {
		for b.Loop() {
			if _, _, err := e.Judge(b.Context(), s, settings.Resolution{Settings: enforcing(), Source: settings.FromFile},
				policy.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkDecide is the policies' part of it.
func BenchmarkDecide(b *testing.B) {
	eachChange(b, func(b *testing.B, e *policy.Engine, s *change.Snapshot) {
		f, d, err := e.Judge(b.Context(), s, settings.Resolution{Settings: enforcing(), Source: settings.FromFile}, policy.Options{})
		if err != nil {
			b.Fatal(err)
		}
		text, err := f.JSON()
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := e.Decide(b.Context(), f, enforcing(), policy.Options{}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(text))/1024, "input-KiB")
		b.ReportMetric(float64(len(d.Findings)), "findings")
	})
}

func eachChange(b *testing.B, run func(*testing.B, *policy.Engine, *change.Snapshot)) {
	e := shipped(b)
	for _, n := range []int{1, 50, 3000} {
		for name, good := range map[string]bool{"good": true, "bad": false} {
			b.Run(fmt.Sprintf("files=%d/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				run(b, e, large(n, good))
			})
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := compileShipped(); err != nil {
			b.Fatal(err)
		}
	}
}
