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
