package checkworker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/checkworker"
	"github.com/lintel-review/lintel/internal/config"
)

// TestNoForge: no package that knows how to speak to a forge is part of a worker that runs checks, so no code of it can.
func TestNoForge(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/lintel-review/lintel/internal/checkworker").Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("%v: %s", err, failed.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(string(out))
	if len(all) < 100 {
		t.Fatalf("it is made of %d packages", len(all))
	}
	for _, p := range all {
		for _, part := range []string{"internal/forge", "go-github", "ghinstallation", "gitlab-org"} {
			if strings.Contains(p, part) {
				t.Errorf("%s is part of it", p)
			}
		}
	}
}

type marks map[string]string

func (m marks) Mark(_ context.Context, name string) (string, error) { return m[name], nil }

// TestAnnounced: the digest of a tool is what a worker said, and that of an image its own.
func TestAnnouncedDigest(t *testing.T) {
	t.Parallel()
	ask := checkworker.Announced(marks{"checks-tool:gofmt": `[{"digest":"sha256:1","at":"2026-01-01T00:00:00Z"}]`}, time.Now)
	for _, c := range [][3]string{{"gofmt", "", "sha256:1"}, {"gofmt", "a@sha256:2", "a@sha256:2"}, {"eslint", "", ""}} {
		if got, err := ask(t.Context(), c[0], c[1]); got != c[2] || err != nil {
			t.Errorf("%q: %q, %v", c, got, err)
		}
	}
}

// TestOpenTrees: with PostgreSQL the folder must be named, and processes by one file have folders of their own.
func TestOpenTrees(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Database = "postgres://lintel@localhost/lintel"
	if _, err := checkworker.OpenTrees(c, "a", time.Now); err == nil || !strings.Contains(err.Error(), "checks.folder") {
		t.Error(err)
	}
	c.Database = "sqlite://" + filepath.Join(t.TempDir(), "lintel.db")
	for _, name := range []string{"a", "b"} {
		trees, err := checkworker.OpenTrees(c, name, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = trees.Close() })
	}
	beside := filepath.Dir(strings.TrimPrefix(c.Database, "sqlite://"))
	for n := 2; n <= 9; n++ {
		trees, err := checkworker.OpenTrees(c, "a", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = trees.Close() })
		if _, err := os.Stat(filepath.Join(beside, fmt.Sprintf("a-%d", n))); err != nil {
			t.Error(err)
		}
	}
	if _, err := checkworker.OpenTrees(c, "a", time.Now); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Error(err)
	}
}
