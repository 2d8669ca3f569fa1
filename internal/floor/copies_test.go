package floor

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/maphash"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// maxCopied is how many lines of code in a row two packages may share.
const maxCopied = 11

// copied is a pair of files that share a block, and why they do.
type copied struct{ a, b, why string }

// place is a file, and the numbers of its lines that count.
type place struct {
	pkg, file string
	numbers   []int
	lines     []uint64
}

// nothingIsCopied finds blocks of equal lines in two packages. Empty lines, comments and imports do not count, nor does
// the space around a line; texts and numbers may differ, but for tests, where they are what is told apart. A block of
// few different lines is a table and no copy.
func nothingIsCopied(tr tree, listed []copied) (out []string) {
	for _, c := range tr.shared() {
		if !slices.ContainsFunc(listed, func(l copied) bool { return l.a == c.a && l.b == c.b }) {
			out = append(out,
				fmt.Sprintf(
					"%s and %s share a block of code, %s: give it one place, or list the pair with a reason in "+
						"internal/floor/budgets_test.go", c.a, c.b, c.why))
		}
	}
	return out
}

// copiesAreThere: a pair that was put right leaves no line behind.
func copiesAreThere(tr tree, listed []copied) (out []string) {
	found := tr.shared()
	for _, l := range listed {
		if !slices.ContainsFunc(found, func(c copied) bool { return l.a == c.a && l.b == c.b }) {
			out = append(out, fmt.Sprintf("%s and %s are listed as copies and share no block: remove the line", l.a, l.b))
		}
	}
	return out
}

// copiesIn gives each pair of files once, with the place of its first shared block.
func copiesIn(tr tree) (out []copied) {
	seed := maphash.MakeSeed()
	type window struct {
		place *place
		at    int
	}
	first := map[uint64]window{}
	seen := map[[2]string]bool{}
	for _, p := range tr.packages {
		for _, f := range p.all() {
			here := placeOf(tr, p, f, seed)
			for at := range max(len(here.lines)-maxCopied, 0) {
				block := here.lines[at : at+maxCopied+1]
				if isTable(block) {
					continue
				}
				key := uint64(0)
				for _, h := range block {
					key = key*prime + h
				}
				before, known := first[key]
				if !known {
					first[key] = window{here, at}
					continue
				}
				pair := [2]string{before.place.file, here.file}
				if before.place.pkg != here.pkg && !seen[pair] {
					seen[pair] = true
					out = append(out,
						copied{pair[0], pair[1], fmt.Sprintf("from lines %d and %d on", before.place.numbers[before.at], here.numbers[at])})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b copied) int { return cmp.Or(cmp.Compare(a.a, b.a), cmp.Compare(a.b, b.b)) })
	return out
}

// literals are texts and numbers: a block that differs in them alone is the same code.
var literals = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`|'(?:[^'\\\\]|\\\\.)+'|\\b[0-9][0-9_]*\\b")

// prime spreads the lines of a block over a hash, that of FNV.
const prime = 1099511628211

func isTable(block []uint64) bool {
	different := 0
	for i, h := range block {
		if !slices.Contains(block[:i], h) {
			different++
		}
	}
	return different <= len(block)/2
}

func placeOf(tr tree, p *pkg, f file, seed maphash.Seed) *place {
	out := &place{pkg: p.path, file: f.name}
	after := tr.fset.Position(f.ast.Name.End()).Line
	for _, spec := range f.ast.Imports {
		after = max(after, tr.fset.Position(spec.End()).Line+1) // the bracket behind the last
	}
	n := 0
	for line := range bytes.Lines(f.text) {
		n++
		line = bytes.TrimSpace(line)
		if !strings.HasSuffix(f.name, "_test.go") && bytes.ContainsAny(line, "\"`'0123456789") {
			line = literals.ReplaceAll(line, []byte("0"))
		}
		if n > after && len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			out.numbers, out.lines = append(out.numbers, n), append(out.lines, maphash.Bytes(seed, line))
		}
	}
	return out
}

func TestCopies(t *testing.T) {
	body := func(n int, indent, noise string) string {
		text := "package p\n\nimport (\n\t\"fmt\"\n)\n\nfunc f() {\n"
		for i := range n {
			text += fmt.Sprintf("%sfmt.Println(%q, %c)\n%s", indent, noise, 'a'+i, noise)
		}
		return text + "}\n"
	}
	planted := fstest.MapFS{
		"internal/a/a.go": {Data: []byte(body(20, "\t", ""))},
		"internal/b/b.go": {Data: []byte(strings.Replace(body(20, "\t\t", "\n// a comment\n"), ", o)", ", O)", 1))},
	}
	want := []copied{{"internal/a/a.go", "internal/b/b.go", "from lines 7 and 7 on"}}
	if got := copiesIn(read(t, planted)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := nothingIsCopied(read(t, planted), want); len(got) != 0 {
		t.Errorf("a listed pair: %q", got)
	}
	planted["internal/b/b.go"] = &fstest.MapFile{Data: []byte(strings.Replace(body(20, "\t", ""), ", k)", ", K)", 1))}
	if got := copiesAreThere(read(t, planted), want); len(got) != 1 || len(copiesIn(read(t, planted))) != 0 {
		t.Errorf("eleven lines: %q", got)
	}
	planted = fstest.MapFS{"internal/a/a.go": {Data: []byte(body(20, "\t", ""))}, "internal/a/b.go": {Data: []byte(body(20, "\t", ""))}}
	if got := copiesIn(read(t, planted)); len(got) != 0 {
		t.Errorf("within one package: %q", got)
	}
}
