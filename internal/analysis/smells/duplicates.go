package smells

import (
	"bytes"
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/language/lexer"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// codeLine is one line of code, without its white space and comments.
type codeLine struct {
	hash  uint64
	line  int
	added bool
	// tokens counts what stands on it, literals those that are data.
	tokens, literals int
	// acts is true when it calls or sets something.
	acts bool
}

// place is a line of code of a file.
type place struct{ file, at int }

// Bounds of the search: how many places of equal blocks are kept, and how many lines of a change are compared.
const (
	maxPlaces    = 4
	maxCodeLines = 200_000
)

// The numbers of the FNV hash, which is the same in every process.
const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

// duplicates finds added blocks that the changed files have a second time.
func (a *analysis) duplicates() {
	window := a.set.DuplicateLines
	if window == 0 {
		return
	}
	var files [][]codeLine
	total := 0
	for _, s := range a.files {
		if example(s.Path) {
			files = append(files, nil) // examples repeat what they show
			continue
		}
		l := s.codeLines()
		if total += len(l); total > maxCodeLines {
			a.unread(s.Path, "the change is too large to look for copied blocks in it")
			break
		}
		files = append(files, l)
	}
	blocks := map[uint64][]place{}
	for i, lines := range files {
		for at := 0; at+window <= len(lines); at++ {
			h := blockHash(lines[at : at+window])
			if found, ok := a.twin(files, blocks[h], place{i, at}, window); ok {
				n := a.report(files, found, place{i, at}, window)
				for k := at; k < at+n && k+window <= len(lines); k++ {
					h := blockHash(lines[k : k+window])
					blocks[h] = keep(blocks[h], place{i, k})
				}
				at += n - 1
				continue
			}
			blocks[h] = keep(blocks[h], place{i, at})
		}
	}
}

func keep(places []place, p place) []place {
	if len(places) < maxPlaces {
		return append(places, p)
	}
	return places
}

func blockHash(lines []codeLine) uint64 {
	h := uint64(hashStart)
	for _, l := range lines {
		h = (h ^ l.hash) * hashPrime
		h ^= h >> 29
	}
	return h
}

// twin finds an earlier place with the same block, if one of the two is all added and the block is worth a word.
func (a *analysis) twin(files [][]codeLine, places []place, p place, window int) (place, bool) {
	for _, q := range places {
		if q.file == p.file && p.at < q.at+window || twins(a.files[q.file].Path, a.files[p.file].Path) {
			continue
		}
		one, two := files[q.file][q.at:q.at+window], files[p.file][p.at:p.at+window]
		if equal(one, two) && (allAdded(one) || allAdded(two)) && substance(two) {
			return q, true
		}
	}
	return place{}, false
}

// versioned is a folder that holds one version of something.
var versioned = lazyregexp.New(`^_?v?\d[\w.]*$`)

// forTool is what a file's name says of the version of a tool that reads it instead of the file of the plain name.
var forTool = lazyregexp.New(`@[a-z]+-\d[\d.]*(\.\w+)$`)

// usual are names that say nothing of what a file is about: many folders have one.
var usual = lazyregexp.New(`^(?:index|mod|main|lib|__init__|types?|utils?|helpers?|constants|model|view|page|styles?)\.`)

// twins reports whether two files are the same one of two copies of a module, of two platforms, or of two versions side by
// side: they have the same name, and if it is a usual one, folders of the same name or of versions. In one folder they
// have the same name but for the version of a tool, as Package.swift and Package@swift-5.9.swift.
func twins(a, b string) bool {
	if path.Dir(a) == path.Dir(b) {
		return a != b && forTool.ReplaceAllString(path.Base(a), "$1") == forTool.ReplaceAllString(path.Base(b), "$1")
	}
	if path.Base(a) != path.Base(b) {
		return false
	}
	one, two := path.Base(path.Dir(a)), path.Base(path.Dir(b))
	return !usual.MatchString(strings.ToLower(path.Base(a))) || one == two || versioned.MatchString(one) && versioned.MatchString(two)
}

// example reports whether a file stands in a folder of examples.
func example(file string) bool {
	for part := range strings.SplitSeq(strings.ToLower(path.Dir(file)), "/") {
		switch part {
		case "example", "examples", "demo", "demos", "sample", "samples", "playground", "tutorial", "tutorials", "snippets":
			return true
		}
	}
	return false
}

func equal(a, b []codeLine) bool {
	for i := range a {
		if a[i].hash != b[i].hash {
			return false
		}
	}
	return true
}

func allAdded(lines []codeLine) bool {
	for _, l := range lines {
		if !l.added {
			return false
		}
	}
	return true
}

// substance reports whether a block is more than a list of data or of the same line again.
func substance(lines []codeLine) bool {
	distinct := map[uint64]bool{}
	tokens, literals, acts := 0, 0, 0
	for _, l := range lines {
		distinct[l.hash] = true
		tokens += l.tokens
		literals += l.literals
		if l.acts {
			acts++
		}
	}
	n := len(lines)
	return 10*len(distinct) >= 8*n && tokens >= 5*n && 2*acts >= n && 4*literals <= tokens
}

// report adds the block with all lines that go on equally, and gives how many lines of code it has.
func (a *analysis) report(files [][]codeLine, q, p place, window int) int {
	one, two := files[q.file], files[p.file]
	n := window
	for q.at+n < len(one) && p.at+n < len(two) && one[q.at+n].hash == two[p.at+n].hash && (q.file != p.file || q.at+n < p.at) {
		n++
	}
	copied, other := p, q
	if !allAdded(two[p.at : p.at+window]) {
		copied, other = q, p
	}
	c, o := files[copied.file], files[other.file]
	a.facts.Duplicates = append(a.facts.Duplicates, Duplicate{
		Path: a.files[copied.file].Path, Line: c[copied.at].line, EndLine: c[copied.at+n-1].line, Lines: n,
		OtherPath: a.files[other.file].Path, OtherLine: o[other.at].line, OtherEndLine: o[other.at+n-1].line,
	})
	return n
}

// skipped are the words that begin lines which files have in common: imports and the like.
var skipped = map[string]bool{
	"import": true, "package": true, "using": true, "use": true, "from": true, "require": true, "include": true, "export": true,
	"namespace": true, "mod": true, "module": true, "require_relative": true, "end": true, "else": true, "break": true, "default": true,
}

// states are what begins lines that only say what there is: one of several patterns, a member of a structure, a function
// without its body.
var states = map[string]bool{"|": true, ".": true, "fn": true, "fun": true, "func": true, "def": true, "abstract": true, "extern": true}

// codeLines are the lines of code of a file that say something.
func (s *source) codeLines() []codeLine {
	var lines []codeLine
	for i := 0; i < len(s.tokens); {
		l := codeLine{line: int(s.tokens[i].Line)}
		l.hash = hashStart
		first := ""
		for ; i < len(s.tokens) && int(s.tokens[i].Line) == l.line; i++ {
			t := s.tokens[i]
			if t.Kind == lexer.Comment {
				continue
			}
			body := s.head[t.Start:t.End]
			if l.tokens == 0 {
				first = string(body)
			}
			l.tokens++
			for _, c := range body {
				l.hash = (l.hash ^ uint64(c)) * hashPrime
			}
			l.hash = (l.hash ^ 0xFF) * hashPrime
			switch {
			case t.Kind == lexer.Literal || t.Kind == lexer.Number:
				l.literals++
			case t.Kind == lexer.Mark && (bytes.Equal(body, []byte("(")) || bytes.HasSuffix(body, []byte("="))):
				l.acts = !states[first]
			}
		}
		if l.tokens < 2 || skipped[first] || s.tests[l.line] {
			continue
		}
		l.added = s.added[l.line]
		lines = append(lines, l)
	}
	return lines
}
