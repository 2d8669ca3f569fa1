//race:unwatched
package clone

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/git"
)

// tree is a real repository whose commits are made at days of January 2026.
type tree struct {
	t   *testing.T
	dir string
}

func (r *tree) git(day int, args ...string) string {
	r.t.Helper()
	at := fmt.Sprintf("2026-01-%02dT12:00:00Z", day)
	cmd := exec.CommandContext(r.t.Context(), "git", append([]string{"-C", r.dir, "-c", "user.name=Ann", "-c", "user.email=ann@example.com",
		"-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE="+at, "GIT_COMMITTER_DATE="+at, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *tree) commit(day int, message, text string) string {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, "a.txt"), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.git(day, "add", "-A")
	r.git(day, "commit", "-q", "-m", message)
	return r.git(day, "rev-parse", "HEAD")
}

func TestRead(t *testing.T) {
	r := &tree{t, t.TempDir()}
	r.git(1, "init", "-q")
	r.commit(1, "begin", "one\ntwo\nthree\n")
	r.git(1, "switch", "-q", "-c", "topic")
	first := r.commit(2, "feat: one", "ONE\ntwo\nthree\n")
	second := r.commit(3, "feat: two", "ONE\nTWO\nthree\n")
	r.git(4, "switch", "-q", "main")
	r.git(5, "merge", "-q", "--no-ff", "-m", "Merge pull request #7 from ann/topic", "topic")
	merge := r.git(5, "rev-parse", "HEAD")
	r.git(6, "tag", "v1.0.0", first)
	r.git(6, "tag", "-a", "-m", "two", "v1.1.0", merge)
	r.git(6, "tag", "nightly")
	back := r.commit(28, "Revert it (#8)\n\nThis reverts commit "+merge+".", "one\ntwo\nthree\n")
	repo, of := git.Open(r.dir), flow.Pull{Forge: "github", RepoID: 9}

	got, err := Read(t.Context(), repo, "HEAD", "main", of, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, e := range got.Events {
		events = append(events, fmt.Sprintf("%s #%d %s %d %s", e.Kind, e.Pull.Number, e.SHA[:7], e.At.Day(), e.Key[:7]))
	}
	want := []string{fmt.Sprintf("reverted #0 %s 28 github:", merge[:7]), fmt.Sprintf("commit #7 %s 3 github:", second[:7]),
		fmt.Sprintf("commit #7 %s 2 github:", first[:7])}
	if d := cmp.Diff(want, events); d != "" {
		t.Error(d)
	}
	if got.Events[0].Detail.Before != back || got.Reverts != 1 || got.Commits != 3 || len(got.Landings) != 2 {
		t.Errorf("%+v", got)
	}
	info, err := repo.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The revert came 25 and 26 days after the lines; the merge replaced lines of four days before.
	for i, want := range []Rewritten{{2, 0, 2}, {2, 2, 2}} {
		if lines, err := got.Landings[i].Rewritten(t.Context(), repo, info); err != nil || lines != want {
			t.Errorf("#%d: %+v, %v; want %+v", got.Landings[i].Number, lines, err, want)
		}
	}
	since := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)
	if got, err = Read(t.Context(), repo, "HEAD", "main", of, since); err != nil || got.Commits != 1 {
		t.Errorf("since a day: %+v, %v", got, err)
	}

	tags, err := Releases(t.Context(), repo, "HEAD", of, regexp.MustCompile(`^v\d`))
	if err != nil || len(tags) != 2 {
		t.Fatalf("%+v, %v", tags, err)
	}
	for i, want := range []struct {
		sha            string
		finished, upto int
	}{{first, 2, 2}, {merge, 6, 5}} {
		if d := tags[i]; d.SHA != want.sha || d.FinishedAt.Day() != want.finished || d.Upto.Day() != want.upto || !d.Production {
			t.Errorf("%+v", d)
		}
	}
}
