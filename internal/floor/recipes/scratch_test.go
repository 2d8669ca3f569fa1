package recipes

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// scratch is a copy of the tree with recipes in it. Go compiles the original with the changed files laid over it, so
// that all that is unchanged comes from the build cache; what runs, runs in the copy.
type scratch struct {
	original string
	copied   string
	overlay  string
}

func newScratch(t *testing.T, recipes []recipe) scratch {
	t.Helper()
	original, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	s := scratch{original: original, copied: t.TempDir(), overlay: filepath.Join(t.TempDir(), "overlay.json")}
	copyTree(t, original, s.copied)
	replace := map[string]string{}
	for _, r := range recipes {
		for _, name := range r.put(t, s.copied) {
			replace[filepath.Join(original, name)] = filepath.Join(s.copied, name)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.overlay, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

// heavy are folders that no recipe and no law reads.
var heavy = map[string]bool{"node_modules": true, "images": true, "tools": true}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(from), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") || heavy[d.Name()]):
			return fs.SkipDir
		case d.IsDir():
			return os.Mkdir(path.Join(to, name), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path.Join(from, name))
		if err != nil {
			return err
		}
		return os.WriteFile(path.Join(to, name), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// build makes the program.
func (s scratch) build(t *testing.T, pkg string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	run(t, s.original, "go", "build", "-buildvcs=false", "-ldflags=-s -w", "-overlay", s.overlay, "-o", out, "./"+pkg)
	return out
}

// tests are the compiled tests of packages: what is at the end of a package's path, and the folder that holds them.
type tests struct {
	scratch
	folder string
}

// compile builds the tests of packages, whose last names differ. One command reads the packages of the tree once.
func (s scratch) compile(t *testing.T, packages ...string) tests {
	t.Helper()
	c := tests{s, t.TempDir()}
	// go vet wants new folders on the disk.
	args := []string{"test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", s.overlay, "-o", c.folder + "/"}
	for _, pkg := range packages {
		args = append(args, "./"+pkg)
	}
	run(t, s.original, "go", args...)
	return c
}

// run runs the tests of a package that match a pattern, in the copy, and fails when none matches.
func (c tests) run(t *testing.T, pkg, pattern string) {
	t.Helper()
	out := run(t, filepath.Join(c.copied, pkg), filepath.Join(c.folder, path.Base(pkg)+".test"), "-test.run", pattern)
	if strings.Contains(out, "no tests to run") {
		t.Errorf("no test of %s matches %s", pkg, pattern)
	}
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	out, err := try(t, dir, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return out
}

func try(t *testing.T, dir, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}
