package floor

import (
	"flag"
	"fmt"
	"go/doc"
	"os"
	"strings"
	"testing"
)

//go:generate go test -run ^TestArchitecture$ -update .

var update = flag.Bool("update", false, "write the tables in ARCHITECTURE.md anew")

const architecture = "../../ARCHITECTURE.md"

// TestArchitecture holds the tables of packages and modules in ARCHITECTURE.md to the plan, the doors and the packages' own comments.
func TestArchitecture(t *testing.T) {
	raw, err := os.ReadFile(architecture)
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	tr := read(t, os.DirFS("../.."))
	for name, table := range map[string]string{"plan": planTable(tr), "doors": doorTable()} {
		open, end := "<!-- "+name+": written by go generate ./internal/floor -->\n", "<!-- end of "+name+" -->"
		before, rest, ok := strings.Cut(page, open)
		now, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("ARCHITECTURE.md has no place for the table of the %s, between %q and %q", name, strings.TrimSpace(open), end)
		}
		if now != table && !*update {
			t.Errorf("the table of the %s in ARCHITECTURE.md is out of date: run go generate ./internal/floor. It should be:\n%s", name, table)
		}
		page = before + open + table + end + after
	}
	if *update {
		if err := os.WriteFile(architecture, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// planTable writes the plan, with the first sentence of each package's comment.
func planTable(tr tree) string {
	purpose := map[string]string{}
	for _, p := range tr.packages {
		for _, f := range p.files {
			if f.ast.Doc != nil {
				// "Package diff is what a change did to files: ...", "Command lintel reviews ..."
				words := strings.SplitN(new(doc.Package).Synopsis(f.ast.Doc.Text()), " ", 3)
				purpose[p.path] = words[len(words)-1]
			}
		}
	}
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
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", name, l.path, strings.ReplaceAll(purpose[l.path], "|", "\\|"), strings.Join(may, ", "))
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
