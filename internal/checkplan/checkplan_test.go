package checkplan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
)

const digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func checks(t *testing.T, text string) []settings.Check {
	t.Helper()
	s, problems := settings.Parse("f", []byte("version: 1\nchecks:\n"+text), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s.Checks
}

func own(name string) string {
	return "- {name: own, image: \"" + name + digest + "\", run: [own, -o, \"{report}\"], " +
		"report: {kind: lint, format: sarif, path: o.sarif}}\n"
}

func only(t *testing.T, text string, c Change, p Permissions) Item {
	t.Helper()
	items := Plan(checks(t, text), c, p)
	if len(items) != 1 {
		t.Fatalf("%d items", len(items))
	}
	return items[0]
}

// TestPlan: which checks run, and why the others do not.
func TestPlan(t *testing.T) {
	files := []diff.File{
		{
			Path:   "b.go",
			Status: diff.Modified,
			Mode:   "100644",
		}, {Path: "a.go", Status: diff.Renamed, OldPath: "old.md", Mode: "100755"},
		{Path: "gone.py", Status: diff.Removed}, {Path: "link.sh", Status: diff.Added, Mode: "120000"},
	}
	whole := Change{Files: files, Complete: true}
	fork := Change{Files: files, Complete: true, Fork: true}
	approved := Change{Files: files, Complete: true, Fork: true, Approved: true}
	laptop := Laptop("bwrap")
	server := Permissions{Backend: "docker", Tools: map[string]string{"gofmt": "ghcr.io/acme/go" + digest, "ruff": ""},
		Images: []string{"ghcr.io/acme/", "localhost:5000/x" + digest}, Forks: Approved}
	never := server
	never.Forks = Never
	for name, c := range map[string]struct {
		check  string
		change Change
		by     Permissions
		want   string
	}{
		"given files":      {"- {name: a, tool: gofmt}", whole, laptop, "run a.go b.go"},
		"the tool's image": {"- {name: a, tool: gofmt}", whole, server, "run ghcr.io/acme/go" + digest + " a.go b.go"},
		"the check's image": {"- {name: a, tool: gofmt, image: ghcr.io/acme/own" + digest + "}", whole, server,
			"run ghcr.io/acme/own" + digest + " a.go b.go"},
		"off":                    {"- {name: a, tool: gofmt}", whole, Permissions{}, "unallowed checks.backend"},
		"another tool":           {"- {name: a, tool: go vet}", whole, server, "unallowed does not run go vet"},
		"a tool without image":   {"- {name: a, tool: ruff, paths: [\"*\"]}", whole, server, "unallowed Nobody named an image"},
		"another image":          {own("ghcr.io/evil/own"), whole, server, "unallowed does not run the image ghcr.io/evil/own"},
		"not quite a folder":     {own("ghcr.io/acmeevil/own"), whole, server, "unallowed does not run the image"},
		"an image of the list":   {own("localhost:5000/x"), whole, server, "run localhost:5000/x" + digest + " a.go b.go"},
		"an image without one":   {own("localhost:5000/x"), whole, laptop, "unallowed without containers"},
		"nothing to do":          {"- {name: a, tool: hadolint}", whole, laptop, "skipped Dockerfile"},
		"only gone":              {"- {name: a, tool: ruff}", whole, laptop, "skipped *.py"},
		"only a link":            {"- {name: a, tool: shellcheck}", whole, laptop, "skipped *.sh"},
		"gone, of the tree":      {"- {name: a, tool: ruff, inputs: tree}", whole, laptop, "run"},
		"renamed away":           {"- {name: a, tool: go vet, paths: [\"*.md\"]}", whole, laptop, "run"},
		"an incomplete list":     {"- {name: a, tool: hadolint}", Change{Files: files}, laptop, "unable not complete"},
		"an incomplete tree":     {"- {name: a, tool: go vet, paths: [\"*.c\"]}", Change{Files: files}, laptop, "run"},
		"a fork, never":          {"- {name: a, tool: gofmt}", fork, never, "unallowed fork"},
		"a fork, not approved":   {"- {name: a, tool: gofmt}", fork, server, "awaiting write access"},
		"a fork, approved":       {"- {name: a, tool: gofmt}", approved, server, "run ghcr.io/acme/go" + digest + " a.go b.go"},
		"a fork, nothing to run": {"- {name: a, tool: hadolint}", fork, never, "skipped Dockerfile"},
		"approved, still never":  {"- {name: a, tool: gofmt}", approved, never, "unallowed fork"},
	} {
		i := only(t, c.check, c.change, c.by)
		got := strings.Join(slices.DeleteFunc(append([]string{string(i.State), i.Why, i.Image}, i.Files...),
			func(s string) bool { return s == "" }), " ")
		state, why, _ := strings.Cut(c.want, " ")
		if i.State == Run && got != c.want || string(i.State) != state || !strings.Contains(got, why) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if off := Plan(checks(t, "- {name: a, tool: gofmt, mode: off}"), whole, laptop); len(off) != 0 {
		t.Errorf("a check that is off: %v", off)
	}
}

// TestCeilings: a check gets what the operator has at most, and no more than it asks for.
func TestCeilings(t *testing.T) {
	c := Change{Files: []diff.File{{Path: "a.go"}}, Complete: true}
	by := Laptop("bwrap")
	by.Timeout, by.CPU, by.Memory = time.Minute, 2, 512
	for text, want := range map[string]string{
		"- {name: a, tool: gofmt, timeout: 1h, cpu: 8, memory: 9000}": "1m0s 2 512",
		"- {name: a, tool: gofmt, timeout: 5s, cpu: 1, memory: 64}":   "5s 1 64",
	} {
		held := only(t, text, c, by).Check
		if got := fmt.Sprintf("%s %v %d", held.Deadline(), held.CPU, held.Memory); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestHold: a machine runs no image that its own file does not have, whoever allowed it, and gives no more than it has.
func TestHold(t *testing.T) {
	by := Permissions{Backend: "docker", Tools: map[string]string{"gofmt": "go" + digest}, Images: []string{"ghcr.io/acme/"},
		Timeout: time.Minute}
	for _, c := range []struct {
		tool, image string
		allowed     bool
	}{
		{"gofmt", "", true}, {"gofmt", "go" + digest, true}, {"", "ghcr.io/acme/x" + digest, true}, {"", "evil" + digest, false},
		{"", "go" + digest, false}, {"go vet", "go" + digest, false}, {"nothing that is known", "", true},
		{"nothing that is known", "go" + digest, false}, {"go vet", "ghcr.io/acme/x" + digest, true},
	} {
		held, why := by.Hold(Item{Check: settings.Check{Tool: c.tool, Timeout: "1h"}, Image: c.image})
		if (why == "") != c.allowed || c.allowed && held.Check.Deadline() != time.Minute {
			t.Errorf("%q in %q: %q, %v", c.tool, c.image, why, held.Check.Deadline())
		}
	}
}

// TestKey: what could bring about another result makes another key, and nothing else does.
func TestKey(t *testing.T) {
	c := Change{Files: []diff.File{{Path: "b.go"}, {Path: "a.go"}, {Path: "x.py"}}, Complete: true}
	tree := []Input{{"a.go", "1"}, {"b.go", "2"}, {"x.py", "3"}, {"pyproject.toml", "4"}, {"README.md", "5"}}
	key := func(text, tool string, tree []Input) string {
		i := only(t, text, c, Laptop("docker"))
		return Key(i, tool, i.Inputs(tree))
	}
	black := "- {name: a, tool: black, image: i" + digest + "}"
	first := key(black, "t", tree)
	other := func(path, blob string) []Input {
		out := slices.Clone(tree)
		for k := range out {
			if out[k].Path == path {
				out[k].Blob = blob
			}
		}
		slices.Reverse(out)
		return out
	}
	for name, got := range map[string]string{
		"another order":               key(black, "t", other("a.go", "1")),
		"a file that it does not see": key(black, "t", other("README.md", "9")),
		"another name and limit":      key("- {name: b, tool: black, timeout: 1s, required: true, image: i"+digest+"}", "t", tree),
	} {
		if got != first {
			t.Errorf("%s makes another key", name)
		}
	}
	seen := map[string]string{first: "the first"}
	for name, got := range map[string]string{
		"another tool":         key(black, "u", tree),
		"another file":         key(black, "t", other("x.py", "9")),
		"its own settings":     key(black, "t", other("pyproject.toml", "9")),
		"another cache":        key("- {name: a, tool: black, cache: x, image: i"+digest+"}", "t", tree),
		"another image":        key("- {name: a, tool: black, image: j"+digest+"}", "t", tree),
		"all of the tree":      key("- {name: a, tool: black, inputs: tree, image: i"+digest+"}", "t", tree),
		"its own program":      key(own("i"), "t", tree),
		"anything of the tree": key(own("i"), "t", other("README.md", "9")),
	} {
		if before, twice := seen[got]; twice {
			t.Errorf("%s has the key of %s", name, before)
		}
		seen[got] = name
	}
}

// TestFileKeys: what a tool says of a file is another's where the path, the content, the tool, its settings or its
// arguments differ, and is not where other files do.
func TestFileKeys(t *testing.T) {
	c := Change{Files: []diff.File{{Path: "a.py"}, {Path: "b.py"}}, Complete: true}
	item := func(text string) Item { return only(t, text, c, Laptop("docker")) }
	black := item("- {name: a, tool: black, image: i" + digest + "}")
	set, a, b := []Input{{"x/pyproject.toml", "1"}, {"pyproject.toml", "1"}}, Input{"a.py", "1"}, Input{"b.py", "2"}
	first := FileKeys(black, "t", set, []Input{a, b})
	slices.Reverse(set)
	alone := FileKeys(item("- {name: b, tool: black, timeout: 1s, inputs: tree, image: i"+digest+"}"), "t", set, []Input{b})
	if len(first) != 2 || len(alone) != 1 || first[1] != alone[0] {
		t.Errorf("beside another file, in another check and order of settings: %v, %v", first, alone)
	}
	seen := map[string]bool{first[0]: true, first[1]: true}
	for _, keys := range [][]string{
		FileKeys(black, "u", set, []Input{a}), FileKeys(black, "t", set[:1], []Input{a}),
		FileKeys(black, "t", []Input{{"x/pyproject.toml", "2"}, {"pyproject.toml", "1"}}, []Input{a}),
		FileKeys(black, "t", set, []Input{{"a.py", "2"}, {"c.py", "1"}}),
		FileKeys(item("- {name: a, tool: black, cache: x, image: i"+digest+"}"), "t", set, []Input{a}),
		FileKeys(item("- {name: a, tool: black, image: j"+digest+"}"), "t", set, []Input{a}),
		FileKeys(item("- {name: a, tool: mypy, image: i"+digest+"}"), "t", set, []Input{a}),
	} {
		for _, key := range keys {
			if seen[key] {
				t.Errorf("%v have the key of another", keys)
			}
			seen[key] = true
		}
	}
	if !black.SetBy("x/pyproject.toml") || black.SetBy("a.py") {
		t.Error("the settings of black are pyproject.toml")
	}
}
