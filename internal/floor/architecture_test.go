package floor

import (
	"cmp"
	"flag"
	"fmt"
	"go/doc"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

//go:generate go test -run ^TestArchitecture$ -update .

var update = flag.Bool("update", false, "write the generated parts of ARCHITECTURE.md and docs/rooms.md anew")

// TestArchitecture holds the lists of ARCHITECTURE.md, and the whole tables in docs/rooms.md, to the plan, the doors
// and the packages' own comments.
func TestArchitecture(t *testing.T) {
	purpose := purposes(read(t, os.DirFS("../..")))
	holds(t, "../../ARCHITECTURE.md", map[string]string{"plan": brief(purpose), "doors": briefDoors()})
	holds(t, "../../docs/rooms.md", map[string]string{"plan": planTable(purpose), "doors": doorTable()})
}

// holds compares the generated parts of a page with what they should be, or writes them.
func holds(t *testing.T, file string, parts map[string]string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	for name, part := range parts {
		open, end := "<!-- "+name+": written by go generate ./internal/floor -->\n", "<!-- end of "+name+" -->"
		before, rest, ok := strings.Cut(page, open)
		now, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no place for the %s, between %q and %q", file, name, strings.TrimSpace(open), end)
		}
		if now != part && !*update {
			t.Errorf("the %s in %s is out of date: run go generate ./internal/floor. It should be:\n%s", name, file, part)
		}
		page = before + open + part + end + after
	}
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// purposes are the first sentences of the packages' comments, without the package's name.
func purposes(tr tree) map[string]string {
	purpose := map[string]string{}
	for _, p := range tr.packages {
		for _, f := range p.files {
			if f.ast.Doc != nil {
				// "Package diff is what a change did to files: ...", "Command lintel reviews ..."
				words := strings.SplitN(new(doc.Package).Synopsis(f.ast.Doc.Text()), " ", 3)
				purpose[p.path] = strings.ReplaceAll(words[len(words)-1], "|", "\\|")
			}
		}
	}
	return purpose
}

// brief is the plan for somebody who is new: a line for each room, with the start of its sentence and the names of what is below it.
func brief(purpose map[string]string) string {
	var b strings.Builder
	b.WriteString("| floor | room | it |\n|---|---|---|\n")
	last := floorName("")
	commands := false
	for _, l := range plan {
		name := l.path
		switch {
		case l.floor == tests || room(l.path) != l.path:
			continue
		case path.Dir(l.path) == "command" && commands:
			continue
		case path.Dir(l.path) == "command":
			commands, name = true, "command/*"
		}
		floor := string(l.floor)
		if l.floor == last {
			floor = ""
		}
		last = l.floor
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", floor, name, cmp.Or(summary(name, purpose[l.path]), "is not explained"))
	}
	return b.String()
}

// room is the package whose line in the brief plan stands for a package: the package itself, or the one that it is below.
func room(name string) string {
	parts := strings.Split(name, "/")
	depth := 1
	if slices.Contains([]string{"analysis", "forge", "fake", "command", "cmd"}, parts[0]) {
		depth = 2
	}
	return strings.Join(parts[:min(depth, len(parts))], "/")
}

// summary is the purpose of a room, up to its first colon if it is long, and what is below the room.
func summary(name, purpose string) string {
	if name == "command/*" {
		var all []string
		for _, l := range plan {
			if path.Dir(l.path) == "command" {
				all = append(all, path.Base(l.path))
			}
		}
		slices.Sort(all)
		return "has one room for each command, with its flags, its help and its work: " + strings.Join(all, ", ")
	}
	text := strings.TrimSuffix(purpose, ".")
	if len(text) > 80 {
		text, _, _ = strings.Cut(text, ": ")
		text, _, _ = strings.Cut(text, "; ")
	}
	var below []string
	readers := 0
	for _, l := range plan {
		switch {
		case l.floor == tests || l.path == name || room(l.path) != name:
		case path.Base(path.Dir(l.path)) == "formats" && path.Base(l.path) != "detect":
			readers++
		default:
			below = append(below, "`"+strings.TrimPrefix(l.path, name+"/")+"`")
		}
	}
	if readers > 0 {
		below = append(below, fmt.Sprintf("%d readers of formats", readers))
	}
	if len(below) > 0 {
		text += "; below it " + strings.Join(below, ", ")
	}
	return text
}

// planTable writes the whole plan, with the first sentence of each package's comment.
func planTable(purpose map[string]string) string {
	var b strings.Builder
	b.WriteString("| floor | package | it | may import of ours |\n|---|---|---|---|\n")
	last := floorName("")
	for _, l := range plan {
		name := string(l.floor)
		if l.floor == last {
			name = ""
		}
		last = l.floor
		may := []string{}
		for m := range strings.FieldsSeq(l.may) {
			if f, ok := strings.CutPrefix(m, "floor:"); ok {
				may = append(may, "all of "+f)
				continue
			}
			may = append(may, "`"+m+"`")
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", name, l.path, purpose[l.path], strings.Join(may, ", "))
	}
	return b.String()
}

// briefDoors are the modules of the product by the package that imports them, without modules that are parts of another.
func briefDoors() string {
	var rooms []string
	modules := map[string][]string{}
	for _, d := range doors {
		if d.at == "any" || d.at == "tests" ||
			slices.ContainsFunc(doors, func(o door) bool { return strings.HasPrefix(d.module, o.module+"/") }) {
			continue
		}
		if modules[d.at] == nil {
			rooms = append(rooms, d.at)
		}
		modules[d.at] = append(modules[d.at], "`"+strings.TrimPrefix(d.module, "github.com/")+"`")
	}
	var b strings.Builder
	for _, at := range rooms {
		fmt.Fprintf(&b, "- `%s`: %s\n", at, strings.Join(modules[at], ", "))
	}
	return b.String()
}

func doorTable() string {
	var b strings.Builder
	b.WriteString("| module | imported by | for |\n|---|---|---|\n")
	for _, d := range doors {
		at := map[string]string{"any": "any package", "tests": "tests"}[d.at]
		if at == "" {
			at = "`" + d.at + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", d.module, at, d.why)
	}
	return b.String()
}
