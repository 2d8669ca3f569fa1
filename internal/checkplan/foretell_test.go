package checkplan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/diff"
)

// object is an object's id that ends in a digit.
func object(n int) string { return fmt.Sprintf("%040d", n) }

// TestForetell: what a change tells of its files makes the key that their tree makes, or a name that is another wherever the
// tree that the tool reads may be another; where it does not tell them, it makes nothing.
func TestForetell(t *testing.T) {
	from := Origin{MergeBase: "m"}
	image := ", image: i" + digest + "}"
	files := func(more ...diff.File) Change {
		return Change{Complete: true, Files: append([]diff.File{
			{Path: "b.go", Status: diff.Modified, Mode: "100755", Blob: object(2)},
			{Path: "a.go", Status: diff.Added, Mode: "100644", Blob: object(1)},
			{Path: "c.py", Status: diff.Modified, Mode: "100644", Blob: object(3)},
			{Path: "gone.go", Status: diff.Removed, OldMode: "100644"},
		}, more...)}
	}
	foretell := func(text string, from Origin, c Change) string {
		t.Helper()
		key, alias := Foretell(only(t, text+image, c, Laptop("docker")), "t", from, c)
		if key != "" && alias != "" {
			t.Errorf("%s has a key and an alias", text)
		}
		if key != "" {
			return "key " + key
		}
		return alias
	}
	tree := []Input{{"a.go", "100644 " + object(1)}, {"b.go", "100755 " + object(2)}, {"README.md", "100644 " + object(9)}}
	gofmt := only(t, "- {name: a, tool: gofmt"+image, files(), Laptop("docker"))
	if got := foretell("- {name: a, tool: gofmt", from, files()); got != "key "+Key(gofmt, "t", gofmt.Inputs(tree)) {
		t.Errorf("the tree makes another key than %q", got)
	}
	if got := foretell("- {name: a, tool: gofmt", Origin{}, files()); !strings.HasPrefix(got, "key ") {
		t.Errorf("another base changes nothing of what gofmt reads: %q", got)
	}

	const black = "- {name: a, tool: black"
	first := foretell(black, from, files())
	same := files(diff.File{Path: "README.md", Status: diff.Modified, Mode: "100644", Blob: object(8)})
	slices.Reverse(same.Files)
	if got := foretell("- {name: b, timeout: 1s, required: true, tool: black", from, same); got != first || first == "" {
		t.Errorf("another order, name, limit and file that it does not read: %q, %q", got, first)
	}
	settings := diff.File{Path: "pyproject.toml", Status: diff.Modified, Mode: "100644", Blob: object(5)}
	moved := diff.File{Path: "old", OldPath: settings.Path, Status: diff.Renamed, Mode: "100644", Blob: object(5)}
	seen := map[string]string{first: "the first"}
	for name, got := range map[string]string{
		"another base":        foretell(black, Origin{MergeBase: "n"}, files()),
		"a merge":             foretell(black, Origin{MergeBase: "m", Base: "b"}, files()),
		"its settings":        foretell(black, from, files(settings)),
		"its settings, gone":  foretell(black, from, files(diff.File{Path: settings.Path, Status: diff.Removed})),
		"its settings, moved": foretell(black, from, files(moved)),
		"another file":        foretell(black, from, files(diff.File{Path: "d.py", Status: diff.Added, Mode: "100644", Blob: object(4)})),
		"all of the tree":     foretell(black+", inputs: tree", from, files()),
		"another cache":       foretell(black+", cache: x", from, files()),
		"mypy":                foretell("- {name: a, tool: mypy", from, files()),
		"mypy, a text":        foretell("- {name: a, tool: mypy", from, same),
		"golangci-lint":       foretell("- {name: a, tool: golangci-lint", from, files()),
	} {
		if before, twice := seen[got]; twice || got == "" || strings.HasPrefix(got, "key ") {
			t.Errorf("%s has the name %q, as has %s", name, got, before)
		}
		seen[got] = name
	}

	item := only(t, black+image, files(), Laptop("docker"))
	if _, alias := Foretell(item, "u", from, files()); seen[alias] != "" {
		t.Error("another tool has the same name")
	}
	if key, alias := Foretell(item, "", from, files()); key != "" || alias != "" {
		t.Error("a tool that is not known has a name")
	}
	short, noMode, cut, many := files(), files(), files(), files()
	short.Files[0].Blob, short.Files[2].Blob = "0123456", "0123456"
	noMode.Files[0].Mode, noMode.Files[2].Mode = "", ""
	cut.Complete = false
	for i := range maxForetold {
		many.Files = append(many.Files, diff.File{Path: fmt.Sprint(i), Status: diff.Removed})
	}
	noMode.Files = append(noMode.Files, diff.File{Path: "a.rb", Status: diff.Added, Blob: object(1)})
	for name, c := range map[string]Change{"short ids": short, "no modes": noMode, "a list that is cut": cut} {
		for _, tool := range []string{"gofmt", "black", "golangci-lint", "rubocop"} {
			item := only(t, "- {name: a, tool: "+tool+image, noMode, Laptop("docker"))
			key, alias := Foretell(item, "t", from, c)
			if want := name == "no modes" && item.Tool.Sparse && !item.Tool.Modes; (key+alias != "") != want &&
				(tool != "rubocop" || name == "no modes") {
				t.Errorf("%s make the name %q for %s", name, key+alias, tool)
			}
		}
	}
	if got := foretell(black, from, noMode); got != first {
		t.Error("whether a file may be executed counts for black")
	}
	long := foretell(black, from, many) + foretell("- {name: a, tool: gofmt", from, many)
	if got := long + foretell(black, Origin{}, files()); got != "" {
		t.Errorf("too many files, and no base: %q", got)
	}
}
