package beside

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/language/lexer"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Names are those of a change that say which unchanged code concerns it.
type Names struct {
	// Used are called, or are types, on added lines. Changed are functions whose lines change: their callers are concerned.
	Used, Changed map[string]bool
}

// use is a call, or a name that begins like that of a type.
var use = lazyregexp.New(`([A-Za-z_$][\w$]*)\s*\(|\b([A-Z]\w+)\b`)

// Use adds the names of an added line.
func (n *Names) Use(line string) {
	for _, m := range use.FindAllStringSubmatch(line, -1) {
		if name := cmp.Or(m[1], m[2]); len(name) >= shortest {
			put(&n.Used, name)
		}
	}
}

// Change adds the functions and types of a file of the head that hold changed lines.
func (n *Names) Change(c *Code, lines []int) {
	for _, line := range lines {
		if s, ok := c.around(line); ok && len(s.Name) >= shortest {
			put(&n.Changed, s.Name)
		}
	}
}

// Remove adds a name that the change takes away.
func (n *Names) Remove(name string) {
	if len(name) >= shortest {
		put(&n.Changed, name)
	}
}

func put(into *map[string]bool, name string) {
	if *into == nil {
		*into = map[string]bool{}
	}
	(*into)[name] = true
}

// Concern counts the names for which a file is of interest: it declares what is used, or uses what changes.
func (n Names) Concern(c *Code) int {
	count := 0
	for _, s := range c.Symbols {
		if n.Used[s.Name] {
			count++
		}
	}
	for name := range n.Changed {
		if len(c.Uses[name]) > 0 {
			count++
		}
	}
	return count
}

// Use is one place of an unchanged file that concerns a change.
type Use struct {
	// Name is what is declared there, or used; From and To are the lines to show.
	Name     string
	From, To int
	// Called is true where Name is a changed function that the lines use, false where they declare it.
	Called bool
	// In is the function that holds a call; empty where none does.
	In string
}

// Limits of one file's places.
const (
	longestShown = 24
	aroundCall   = 5
	mostCalls    = 2
)

// Places are the parts of an unchanged file that concern a change, declarations before calls.
func (n Names) Places(c *Code) (out []Use) {
	for _, s := range c.Symbols {
		if n.Used[s.Name] {
			out = append(out, Use{Name: s.Name, From: s.Line, To: min(s.End, s.Line+longestShown-1)})
		}
	}
	var names []string
	for name := range n.Changed {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, line := range c.Uses[name][:min(mostCalls, len(c.Uses[name]))] {
			u := Use{Name: name, From: max(1, line-aroundCall), To: line + aroundCall, Called: true}
			if in, ok := c.around(line); ok {
				u.In, u.From, u.To = in.Name, max(u.From, in.Line), min(u.To, in.End)
			}
			out = append(out, u)
		}
	}
	return out
}

// Points of a path that may concern a change. They only order what is read.
const (
	knownToConcern = 100
	importedFile   = 30
	namedLike      = 20
	sameFolder     = 10
	testOfChanged  = 8
)

// imports begin lines that name other files.
var imports = lazyregexp.New(
	`^\s*(?:import|from|use|using|require|include|#\s*include|mod|export)\b|^\s*(?:[\w.]+\s+)?"[\w.\-/]+"$|\brequire\(`)

var segment = lazyregexp.New(`[A-Za-z_][\w\-]*(?:(?:\.|/|::|\\)[A-Za-z_][\w\-]*)*`)

// Near are unchanged files of a tree that may concern a change, the likeliest first: what its files import, what is named
// like a name that it uses, and what stands beside it. blobs are the ids of the files, changed the files with their
// texts at the head. Files that the index knows not to concern the change are left out.
func Near(tree, blobs []string, changed map[string]string, n Names, index *Index, most int) (out []int) {
	families, folders, stems := map[string]bool{}, map[string]bool{}, map[string]bool{}
	endings := map[string]bool{}
	for p, text := range changed {
		families[kin(p)], folders[path.Dir(p)], stems[stem(p)] = true, true, true
		for _, line := range strings.Split(text, "\n") {
			if !imports.MatchString(line) {
				continue
			}
			for _, name := range segment.FindAllString(line, -1) {
				parts := strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '/' || r == ':' || r == '\\' })
				for i := range parts {
					if tail := strings.Join(parts[i:], "/"); len(parts)-i <= 3 && len(tail) >= shortest {
						endings[strings.ToLower(tail)] = true
					}
				}
			}
		}
	}
	delete(families, "")
	names := map[string]bool{}
	for name := range n.Used {
		names[squeezed(name)] = true
	}
	score := map[int]int{}
	for i, p := range tree {
		if _, is := changed[p]; is || blobs[i] == "" || !families[kin(p)] {
			continue
		}
		points := 0
		if known := index.Known(blobs[i]); known != nil {
			if n.Concern(known) == 0 {
				continue
			}
			points += knownToConcern
		}
		bare := strings.ToLower(strings.TrimSuffix(p, path.Ext(p)))
		for _, at := range []string{bare, path.Dir(bare)} { // a file, or the folder that is imported whole
			parts := strings.Split(at, "/")
			for k := max(0, len(parts)-3); k < len(parts); k++ {
				if endings[strings.Join(parts[k:], "/")] {
					points += importedFile + 5*(len(parts)-k)
					break
				}
			}
		}
		if names[squeezed(stem(p))] {
			points += namedLike
		}
		if folders[path.Dir(p)] {
			points += sameFolder
		}
		if s := stem(p); s != stemOfTested(s) && stems[stemOfTested(s)] {
			points += testOfChanged
		}
		if points > 0 {
			score[i] = points
			out = append(out, i)
		}
	}
	sorting.StableBy(out, func(a, b int) int { return score[b] - score[a] })
	return out[:min(most, len(out))]
}

func stem(p string) string { return strings.TrimSuffix(path.Base(p), path.Ext(p)) }

// stemOfTested is the name of the file that a test's name tells.
func stemOfTested(s string) string {
	for _, end := range []string{"_test", "_spec", ".test", ".spec", "Test", "Tests"} {
		s = strings.TrimSuffix(s, end)
	}
	return strings.TrimPrefix(s, "test_")
}

func squeezed(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
}

// kin is the language of a file, one name for those that call each other; empty for one that is not known.
func kin(p string) string {
	switch l := lexer.Of(p); l {
	case "js", "tsx":
		return "ts"
	case "cpp":
		return "c"
	case "kotlin", "scala":
		return "java"
	default:
		return string(l)
	}
}
