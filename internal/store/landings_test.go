package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/intake"
)

// clone is a repository of real git whose pushes are told as GitHub tells them.
type clone struct {
	t      *testing.T
	dir    string
	at     time.Time
	tell   func(payload map[string]any)
	pushed string
}

func (c *clone) git(args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "git", append([]string{"-C", c.dir}, args...)...)
	when := c.at.Format(time.RFC3339)
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE="+when, "GIT_COMMITTER_DATE="+when, "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_COMMITTER_NAME=ann", "GIT_COMMITTER_EMAIL=ann@acme.example")
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit changes files and commits them a day later.
func (c *clone) commit(author, message string, files ...string) {
	c.t.Helper()
	c.at = c.at.Add(24 * time.Hour)
	for _, name := range files {
		name, gone := strings.CutPrefix(name, "-")
		path := filepath.Join(c.dir, name)
		if gone {
			c.git("rm", "--quiet", name)
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			c.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(message+c.at.String()+"\n"), 0o644); err != nil {
			c.t.Fatal(err)
		}
	}
	c.git("add", "-A")
	c.git("-c", "user.name="+author, "-c", "user.email="+author+"@acme.example", "commit", "--quiet", "--author",
		author+" <"+author+"@acme.example>", "-m", message)
}

// merge merges a branch into the one that is checked out.
func (c *clone) merge(branch, message string) {
	c.t.Helper()
	c.at = c.at.Add(time.Hour)
	c.git("-c", "user.name=bob", "-c", "user.email=bob@acme.example", "merge", "--quiet", "--no-ff", "-m", message, branch)
}

// push tells of what came to main since the last push.
func (c *clone) push() {
	c.t.Helper()
	before, after, of := c.pushed, c.git("rev-parse", "main"), "main"
	if before == "" {
		before = strings.Repeat("0", 40)
	} else {
		of = before + "..main"
	}
	commits := []map[string]any{}
	for _, id := range strings.Fields(c.git("rev-list", "--reverse", "--topo-order", of)) {
		show := func(format string) string { return c.git("show", "--no-patch", "--format="+format, id) }
		paths := map[string][]string{"A": {}, "D": {}, "M": {}}
		out := c.git("log", "-1", "--format=", "--name-status", "--no-renames", "--diff-merges=first-parent", "--root", id)
		for l := range strings.Lines(out) {
			status, path, _ := strings.Cut(strings.TrimSpace(l), "\t")
			paths[status] = append(paths[status], path)
		}
		commits = append(commits, map[string]any{
			"id": id, "message": show("%B"), "timestamp": show("%cI"), "author": map[string]any{"email": show("%ae")},
			"added": paths["A"], "removed": paths["D"], "modified": paths["M"],
		})
	}
	c.pushed = after
	c.tell(map[string]any{"ref": "refs/heads/main", "before": before, "after": after, "forced": false, "deleted": false, "commits": commits,
		"repository": map[string]any{"id": 7, "name": "shop", "full_name": "acme/shop", "default_branch": "main"}})
}

// TestChurnIsThatOfAClone holds what the record tells of a branch's history, from the events of its pushes, to what a
// clone tells of the same commits.
func TestChurnIsThatOfAClone(t *testing.T) {
	t.Parallel()
	r, s := rig(t, filepath.Join(t.TempDir(), "lintel.db"))
	decoder, err := github.NewDecoder("secret")
	if err != nil {
		t.Fatal(err)
	}
	in, err := intake.New(intake.Options{Store: s, Reads: func(string) bool { return true }, Now: r.Clock.Now, AtOnce: 1, AsksPerMinute: 1})
	if err != nil {
		t.Fatal(err)
	}
	deliveries := 0
	c := &clone{t: t, dir: t.TempDir(), at: r.Clock.Now().Add(-24 * time.Hour)}
	c.tell = func(payload map[string]any) {
		t.Helper()
		r.Clock.Add(c.at.Sub(r.Clock.Now()))
		body, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		deliveries++
		h := http.Header{}
		h.Set("X-GitHub-Event", "push")
		h.Set("X-GitHub-Delivery", fmt.Sprint(deliveries))
		h.Set("X-Hub-Signature-256", hooklog.Sign("secret", body))
		ev, err := decoder.Decode(h, body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Accept(context.Background(), ev); err != nil {
			t.Fatal(err)
		}
	}
	c.git("init", "--quiet", "--initial-branch=main")
	c.commit("ann", "feat: begin", "a.go", "b.go", "c.go", "dir/d.go")
	c.push()
	paths := []string{"a.go", "b.go", "c.go", "dir/d.go", "e.go", "never.go"}
	same := func(when string) {
		t.Helper()
		line, err := git.Open(c.dir).Touched(t.Context(), "main", churn.MaxCommits+1)
		if err != nil {
			t.Fatal(err)
		}
		snap := change.Snapshot{MergeBase: c.pushed}
		snap.Ref.Forge, snap.Ref.RepoID = change.GitHub, 7
		for _, p := range paths {
			snap.Files = append(snap.Files, diff.File{Path: p})
		}
		if err := s.AddChurn(t.Context(), &snap); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(churn.Of(line, paths), snap.Churn); d != "" {
			t.Errorf("%s, the record differs from the clone (-clone +record):\n%s", when, d)
		}
	}
	same("at the beginning")
	c.commit("bob", "fix: a squash (#1)", "a.go", "dir/d.go")
	c.push()
	same("after a squash")
	c.commit("Ann", "feat: rebased", "b.go")
	c.commit("cy", "Revert \"feat: rebased\"", "b.go", "-c.go")
	c.push()
	same("after a rebase")
	c.git("switch", "--quiet", "-c", "topic")
	c.commit("cy", "feat: on a branch", "e.go", "a.go")
	c.git("switch", "--quiet", "main")
	c.commit("bob", "feat: beside it", "dir/d.go")
	c.push()
	c.git("switch", "--quiet", "topic")
	c.merge("main", "Merge branch 'main' into topic")
	c.commit("cy", "fix: on a branch", "e.go")
	c.git("switch", "--quiet", "main")
	c.merge("topic", "Merge pull request #2 from acme/topic\n\nFix e")
	c.push()
	same("after a merge")
	c.git("switch", "--quiet", "-c", "hand")
	c.commit("ann", "feat: more", "b.go")
	c.git("switch", "--quiet", "main")
	c.merge("hand", "Merge branch 'hand'")
	c.push()
	same("after a merge by hand")
	c.at = c.at.Add(85 * 24 * time.Hour)
	c.commit("ann", "feat: much later", "never.go")
	c.push()
	same("three months later")
}
