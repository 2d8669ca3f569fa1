package local

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/forge/forgetest"
)

// TestForge holds the reading of a git repository to what every forge reads.
func TestForge(t *testing.T) { forgetest.Exercise(t, opener(t)) }

// TestLargeScenesOfGit is TestForge with what is large.
//
//race:unwatched
func TestLargeScenesOfGit(t *testing.T) { forgetest.ExerciseLarge(t, opener(t)) }

// opener opens scenes as repositories on disk.
func opener(t *testing.T) forgetest.Open {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	return func(t *testing.T, s forgetest.Scene) func(context.Context) (change.Snapshot, error) {
		dir := filepath.Join(t.TempDir(), "shop")
		run := func(stdin []byte, args ...string) {
			t.Helper()
			cmd := exec.CommandContext(t.Context(), "git", args...)
			cmd.Stdin, cmd.Env = bytes.NewReader(stdin), append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
			}
		}
		run(nil, "init", "-q", "--bare", "-b", "main", dir)
		run(stream(s), "-C", dir, "fast-import", "--quiet")
		return func(ctx context.Context) (change.Snapshot, error) {
			o := Options{
				Dir:      dir,
				Base:     "main",
				Head:     "topic",
				Valid:    forgetest.Valid,
				ListTree: s.Reports,
				Wants:    func([]diff.File, change.Controls, []change.Gap) []change.Want { return s.Wants },
				Now:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
			}
			reading, err := Read(ctx, o)
			if err != nil {
				return change.Snapshot{}, err
			}
			return *reading.Snapshot, nil
		}
	}
}

// stream writes a scene for git fast-import.
func stream(s forgetest.Scene) []byte {
	var w bytes.Buffer
	commits := func(branch, from, message string, all []forgetest.Commit) {
		for i, c := range all {
			fmt.Fprintf(&w, "commit refs/heads/%s\ncommitter Ann <ann@example.com> 1767225600 +0000\n", branch)
			text := fmt.Sprintf("feat: %s %d\n", message, i+1)
			fmt.Fprintf(&w, "data %d\n%s", len(text), text)
			if i == 0 && from != "" && from != branch {
				fmt.Fprintf(&w, "from refs/heads/%s\n", from)
			}
			// What is deleted goes first: a file may give way to a folder.
			for _, p := range c.Delete {
				fmt.Fprintf(&w, "D %s\n", quoted(p))
			}
			for p, f := range c.Put {
				switch f.Mode {
				case forgetest.Submodule:
					fmt.Fprintf(&w, "M %s %s %s\n", f.Mode, f.Content, quoted(p))
				case "":
					fmt.Fprintf(&w, "M 100644 inline %s\ndata %d\n%s\n", quoted(p), len(f.Content), f.Content)
				default:
					fmt.Fprintf(&w, "M %s inline %s\ndata %d\n%s\n", f.Mode, quoted(p), len(f.Content), f.Content)
				}
			}
		}
	}
	commits("main", "", "base", s.Base)
	if s.Unrelated {
		commits("topic", "", "change", s.Change)
	} else {
		commits("topic", "main", "change", s.Change)
	}
	commits("main", "main", "later", s.Later)
	return slices.Clip(w.Bytes())
}

// quoted writes a path as git fast-import reads it.
func quoted(p string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(p) + `"`
}
