package smells

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language/function"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/text"
)

// Functions below all of these are small: they are no facts, whatever became of them.
const (
	smallLines      = 40
	smallNesting    = 3
	smallCyclomatic = 10
	smallCognitive  = 10
	smallParameters = 5
)

// compare finds the functions that the change adds or makes worse.
func (a *analysis) compare() {
	// Most changes touch no function of a size that is a fact. What was there before is then never read.
	if !slices.ContainsFunc(a.files, (*source).notable) {
		return
	}
	pool := map[string][]function.Function{}
	for _, s := range a.files {
		s.readBefore()
		for _, f := range s.before {
			pool[short(f.Name)] = append(pool[short(f.Name)], f)
		}
	}
	gone := a.gone()
	for _, s := range a.files {
		if !s.compared {
			continue
		}
		before := map[string][]function.Function{}
		for _, f := range s.before {
			before[f.Name] = append(before[f.Name], f)
		}
		seen := map[string]int{}
		for _, f := range s.functions {
			n := seen[f.Name]
			seen[f.Name]++
			if small(f) || !touched(s, f) {
				continue
			}
			var was function.Function
			var known bool
			if old := before[f.Name]; n < len(old) {
				was, known = old[n], true
			} else if was, known = moderate(pool[short(f.Name)], f); !known && (!fresh(s, f) || gone[short(f.Name)]) {
				continue // it is mostly older code under a new name, or may have come from where its name goes
			}
			if g := grown(s.Path, f, was, !known); worse(g) {
				a.facts.Functions = append(a.facts.Functions, g)
			}
		}
	}
}

// short is the last part of a name.
func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// moderate picks, of functions elsewhere that have the same last name, the one that is nearest in length: the function
// may have moved from there.
func moderate(old []function.Function, f function.Function) (function.Function, bool) {
	best := -1
	for i, o := range old {
		if 2*lines(o) >= lines(f) && (best < 0 || distance(o, f) < distance(old[best], f)) {
			best = i
		}
	}
	if best < 0 {
		return function.Function{}, false
	}
	return old[best], true
}

func distance(a, b function.Function) int { return max(lines(a)-lines(b), lines(b)-lines(a)) }

func lines(f function.Function) int { return f.EndLine - f.Line + 1 }

// notable reports whether the change touches a function of the file that is not small.
func (s *source) notable() bool {
	return s.compared && slices.ContainsFunc(s.functions, func(f function.Function) bool { return !small(f) && touched(s, f) })
}

// readBefore finds the functions of the file as it was. Where they are not known nothing is compared.
func (s *source) readBefore() {
	if s.compared && s.base != nil {
		var err error
		s.before, err = function.Of(cmp.Or(s.OldPath, s.Path), s.base)
		s.compared = err == nil
	}
}

func small(f function.Function) bool {
	return lines(f) <= smallLines && f.Nesting <= smallNesting && f.Cyclomatic <= smallCyclomatic &&
		f.Cognitive <= smallCognitive && f.Parameters <= smallParameters
}

func touched(s *source, f function.Function) bool {
	for n := f.Line; n <= f.EndLine; n++ {
		if s.added[n] {
			return true
		}
	}
	return false
}

// fresh reports whether most lines of a function are the change's own.
func fresh(s *source, f function.Function) bool {
	n := 0
	for l := f.Line; l <= f.EndLine; l++ {
		if s.added[l] {
			n++
		}
	}
	return 5*n >= 4*lines(f)
}

var called = lazyregexp.New(`\b([A-Za-z_]\w*)\s*\(`)

// gone are the names that stand before a bracket on removed lines, wherever. A new function of such a name may be an
// older one that moved, if only from another language.
func (a *analysis) gone() map[string]bool {
	names := map[string]bool{}
	for i := range a.snapshot.Files {
		for _, h := range a.snapshot.Files[i].Hunks {
			for _, l := range h.Lines {
				if l.Op != diff.Delete || len(l.Text) > maxLine {
					continue
				}
				for _, m := range called.FindAllStringSubmatch(l.Text, -1) {
					names[m[1]] = true
				}
			}
		}
	}
	return names
}

func grown(path string, f, was function.Function, isNew bool) Function {
	g := Function{
		Path: path, Name: text.Clip(f.Name, maxName), Line: f.Line, EndLine: f.EndLine, New: isNew,
		Lines:      Measure{0, lines(f)},
		Nesting:    Measure{was.Nesting, f.Nesting},
		Cyclomatic: Measure{was.Cyclomatic, f.Cyclomatic},
		Cognitive:  Measure{was.Cognitive, f.Cognitive},
		Parameters: Measure{was.Parameters, f.Parameters},
	}
	if !isNew {
		g.Lines.Before = lines(was)
	}
	return g
}

// worse reports whether a measure that is not small grew.
func worse(g Function) bool {
	for _, m := range []struct {
		Measure
		small int
	}{
		{g.Lines, smallLines}, {g.Nesting, smallNesting}, {g.Cyclomatic, smallCyclomatic},
		{g.Cognitive, smallCognitive}, {g.Parameters, smallParameters},
	} {
		if m.After > m.small && m.After > m.Before {
			return true
		}
	}
	return false
}
