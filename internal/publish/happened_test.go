package publish

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/facts"
)

// TestHappened says which events a reading gives, and that what was not read whole gives none.
func TestHappened(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	by := func(when time.Time) change.Signature {
		return change.Signature{Name: "x", Email: "x@example.com", When: when}
	}
	snap := change.Snapshot{TakenAt: noon, CommitsTotal: 3}
	snap.Ref.Forge, snap.Ref.RepoID, snap.Ref.Number, snap.Head.SHA = change.GitHub, 7, 12, "c"
	snap.Commits = []change.Commit{
		{SHA: "a", Parents: []string{"x"}, Author: by(noon.Add(-time.Hour)), Committer: by(noon.Add(-time.Minute)),
			AuthorAccount: &change.Account{Login: "robot[bot]", ID: 9, Bot: true}},
		{SHA: "b", Parents: []string{"x", "y"}, Author: by(noon)},
		{SHA: "c", Parents: []string{"b"}}, // GitHub told no time that can be read
	}
	f := facts.Facts{}
	f.Size.Complete, f.Size.Additions, f.Size.Deletions = true, 5, 2
	shown := func() string {
		var b strings.Builder
		for _, e := range Happened(&snap, &f) {
			fmt.Fprintf(&b, "%s %s %d%s %s\n", e.Key, e.At.Format("15:04"), e.Actor.ID, e.Actor.Kind, e.Detail.Encode())
		}
		return b.String()
	}
	commits := `github:commit:7:12:a 11:00 9bot {"committed_at":"2026-03-02T11:59:00Z"}
github:commit:7:12:b 12:00 0 {"merge":true}
`
	if got, want := shown(), commits+"github:measured:7:12:c 12:00 0 {\"additions\":5,\"deletions\":2}\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	f.Size.Complete = false
	if got := shown(); got != commits {
		t.Errorf("a size that is only the least: got\n%s", got)
	}
	// GitLab's deliveries do not say how large a change is, nor on what terms: its looks do.
	f.Size.Complete, snap.Ref.Forge, snap.UpdatedAt = true, change.GitLab, noon.Add(-time.Second)
	snap.Base.Ref, snap.Repository.DefaultBranch, snap.Labels, snap.Draft = "next", "main", []string{"bug"}, true
	snap.Files = []diff.File{{Path: "a", Additions: 4, Deletions: 2}, {Path: "package-lock.json", Additions: 90}}
	if got, want := shown(), `gitlab:state:7:12 11:59 0 {"base":"next","default":"main","draft":true,"additions":94,"deletions":2,`+
		`"files":2,"commits":3,"labels":["bug"]}`+"\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got\n%swant at its end\n%s", got, want)
	}
	if f.Size.Complete = false; strings.Contains(shown(), "state") {
		t.Error("a list of files that is not whole tells a size")
	}
	snap.CommitsTotal = 4
	if got := shown(); got != "" {
		t.Errorf("a list of commits that is not whole: got\n%s", got)
	}
}
