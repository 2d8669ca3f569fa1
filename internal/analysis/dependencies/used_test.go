package dependencies

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUses shows what workflows and Dockerfiles name as rows of the table, and that no rule about packages hears of them.
func TestUses(t *testing.T) {
	const one, two = "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222"
	base := files{
		".github/workflows/ci.yml":  "  - uses: actions/checkout@v3\n  - uses: acme/a@" + one + " # v1.2.0\n  - uses: acme/gone@v1\n",
		".github/workflows/two.yml": "  - uses: actions/checkout@v3\n",
		"Dockerfile":                "FROM golang:1.25-alpine\nFROM debian:13\nFROM node:22\n",
	}
	head := files{
		".github/workflows/ci.yml":  "  - uses: actions/checkout@v4\n  - uses: acme/a@" + two + " # v1.10.0\n  - uses: acme/b@main\n",
		".github/workflows/two.yml": "  - uses: actions/checkout@v4\n",
		"Dockerfile":                "FROM golang:1.26-alpine\nFROM debian:12\nFROM node:22-slim\n",
	}
	f := Analyse(snapshot(t, base, head, options()), options())
	const ci = ".github/workflows/ci.yml"
	want := []Used{
		{Ecosystem: "Docker", Name: "debian", Kind: "downgraded", Old: "13", New: "12", Path: "Dockerfile", Line: 2, Files: 1},
		{Ecosystem: "Docker", Name: "golang", Kind: "bumped", Old: "1.25-alpine", New: "1.26-alpine", Path: "Dockerfile", Line: 1,
			Files: 1},
		{Ecosystem: "Docker", Name: "node", Kind: "changed", Old: "22", New: "22-slim", Path: "Dockerfile", Line: 3, Files: 1},
		{Ecosystem: "GitHub Actions", Name: "acme/a", Kind: "bumped", Old: "v1.2.0 111111111111", New: "v1.10.0 222222222222", Path: ci,
			Line: 2, Files: 1},
		{Ecosystem: "GitHub Actions", Name: "acme/b", Kind: "added", New: "main", Path: ci, Line: 3, Files: 1},
		{Ecosystem: "GitHub Actions", Name: "acme/gone", Kind: "removed", Old: "v1", Path: ci, Line: 3, Files: 1},
		{Ecosystem: "GitHub Actions", Name: "actions/checkout", Kind: "bumped", Old: "v3", New: "v4", Path: ci, Line: 1, Files: 2},
	}
	if diff := cmp.Diff(want, f.Used); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(f.Changes) != 0 || len(f.Totals) != 2 {
		t.Errorf("%+v, totals %+v", f.Changes, f.Totals)
	}
}

// TestAWorkflowThatCannotBeRead is named by the rules about workflows, and leaves what is said of packages complete.
func TestAWorkflowThatCannotBeRead(t *testing.T) {
	s := snapshot(t, files{".github/workflows/ci.yml": "uses: a/b@v1\n"}, files{".github/workflows/ci.yml": "<<<<<<< ours\nuses: a/b@v2\n"},
		options())
	if f := Analyse(s, options()); !f.Complete || len(f.Used) != 0 || len(f.Unread) != 0 {
		t.Errorf("%+v", f)
	}
}

// TestGoOfAProject: which Go is asked for, and what a workspace uses, are rows of the table; what a go.work puts in the place
// of a module is a package from elsewhere.
func TestGoOfAProject(t *testing.T) {
	base := files{
		"go.mod":      "module example.org/shop\n\ngo 1.25.0\n\ntoolchain go1.26.2\n",
		"go.work":     "go 1.25.0\n\nuse (\n\t.\n\t./tools\n)\n",
		"a/go.mod":    "module example.org/a\n\ngo 1.25.0\n",
		"go.work.sum": "example.org/x v1.0.0 h1:abc=\n",
	}
	head := files{
		"go.mod": "module example.org/shop\n\ngo 1.26.0\n\ntoolchain go1.25.9\n",
		"go.work": "go 1.26.0\n\ntoolchain go1.26.2\n\nuse .\nuse ./cart\n\nreplace example.org/x => example.net/fork v1.1.0\n" +
			"replace example.org/y => ./y\n",
		"a/go.mod":    "module example.org/a\n\ngo 1.26.0\n",
		"go.work.sum": "example.org/x v1.0.0 h1:def=\n",
	}
	f := Analyse(snapshot(t, base, head, options()), options())
	want := []Used{
		{Ecosystem: "Go toolchain", Name: "go", Kind: "bumped", Old: "1.25.0", New: "1.26.0", Path: "a/go.mod", Line: 3, Files: 3},
		{Ecosystem: "Go toolchain", Name: "toolchain", Kind: "added", New: "1.26.2", Path: "go.work", Line: 3, Files: 1},
		{Ecosystem: "Go toolchain", Name: "toolchain", Kind: "downgraded", Old: "1.26.2", New: "1.25.9", Path: "go.mod", Line: 5,
			Files: 1},
		{Ecosystem: "Go workspace", Name: "./cart", Kind: "added", Path: "go.work", Line: 6, Files: 1},
		{Ecosystem: "Go workspace", Name: "./tools", Kind: "removed", Path: "go.work", Line: 5, Files: 1},
	}
	if diff := cmp.Diff(want, f.Used); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	said := map[string]string{}
	for _, c := range f.Changes {
		said[c.Name+" "+c.New] = c.Kind + " " + c.Source + " " + c.Location + " " + c.Sums
		if c.Source == "fork" && !c.NewSource {
			t.Errorf("a new source is none: %+v", c)
		}
	}
	if diff := cmp.Diff(map[string]string{
		"example.org/x v1.1.0": "added fork example.net/fork ",
		"example.org/x v1.0.0": "replaced   changed",
		"example.org/y ":       "added path ./y ",
	}, said); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
	if len(f.Mismatches) != 0 || len(f.Unread) != 0 {
		t.Errorf("%+v, %+v", f.Mismatches, f.Unread)
	}
	broken := files{"go.work": "use ./a\n<<<<<<< ours\nuse ./b\n"}
	if f := Analyse(snapshot(t, files{"go.work": "use ./a\n"}, broken, options()), options()); f.Complete || len(f.Unread) != 1 {
		t.Errorf("a go.work that cannot be read: %+v", f.Unread)
	}
}
