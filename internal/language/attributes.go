package language

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/sorting"
)

const (
	// maxAttributesBytes is the largest .gitattributes file that is read, and maxAttributeLine its longest line (git's limit).
	maxAttributesBytes = controls.MaxAttributes
	maxAttributeLine   = 2048
	// maxAttributeRules bounds the lines of all files together.
	maxAttributeRules = 20_000
	attributesName    = ".gitattributes"
)

// Setting says how an attribute is set for a path.
type Setting byte

// The settings of an attribute, in gitattributes(5)'s words. Valued has a string value.
const (
	Unspecified Setting = iota
	Set
	Unset
	Valued
)

// Value is one attribute of a path.
type Value struct {
	Setting Setting
	// Text is the value of a Valued attribute.
	Text string
}

// True reads a linguist attribute: any value but "false" is true. ok is false when the attribute is not specified.
func (v Value) True() (on, ok bool) {
	switch v.Setting {
	case Set:
		return true, true
	case Valued:
		return v.Text != "false", true
	case Unset:
		return false, true
	}
	return false, false
}

// Problem is a line that git would not read either. The line is left out, the others hold.
type Problem struct {
	Path    string
	Line    int
	Message string
}

func (p Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.Path, p.Line, p.Message) }

// Attributes are the .gitattributes files of one revision. The zero value has none.
type Attributes struct {
	// files by folder, "" being the root.
	files  map[string][]attributeRule
	macros map[string][]assignment
}

type attributeRule struct {
	pattern
	assigns []assignment
}

type assignment struct {
	name  string
	value Value
}

// ParseAttributes reads .gitattributes files by their path in the repository; other paths are left out.
// It follows gitattributes(5): the deepest file and the last line win, macros ([attr]name) are defined in the root alone,
// and "binary" is the macro "-diff -merge -text".
func ParseAttributes(files map[string][]byte) (*Attributes, []Problem) {
	a := &Attributes{files: map[string][]attributeRule{}, macros: map[string][]assignment{
		"binary": {{"diff", Value{Setting: Unset}}, {"merge", Value{Setting: Unset}}, {"text", Value{Setting: Unset}}},
	}}
	var problems []Problem
	var paths []string
	for p := range files {
		if path.Base(p) == attributesName {
			paths = append(paths, p)
		}
	}
	sorting.By(paths, func(x, y string) int {
		return cmp.Or(strings.Count(x, "/")-strings.Count(y, "/"), strings.Compare(x, y))
	})
	rules := 0
	for _, p := range paths {
		if len(files[p]) > maxAttributesBytes {
			problems = append(problems, Problem{p, 0, fmt.Sprintf("the file is larger than %d bytes and was not read", maxAttributesBytes)})
			continue
		}
		dir := strings.TrimSuffix(strings.TrimSuffix(p, attributesName), "/")
		text := strings.TrimPrefix(string(files[p]), "\ufeff")
		for n, line := range strings.Split(text, "\n") {
			if rules == maxAttributeRules {
				problems = append(problems,
					Problem{p, n + 1, fmt.Sprintf("there are more than %d lines; the rest was not read", maxAttributeRules)})
				return a, problems
			}
			read, err := a.line(dir, line)
			if err != nil {
				problems = append(problems, Problem{p, n + 1, err.Error()})
			}
			if read {
				rules++
			}
		}
	}
	return a, problems
}

// Value returns one attribute of the file at path.
func (a *Attributes) Value(path, name string) Value { return a.values(path, nil, newMeter())[name] }

// values returns the attributes of the file at path; with wanted, only lines that can bear on those are looked at.
// What is said first, from the deepest file and the last line on, holds. A macro that comes to be set is replaced by its own list, once.
func (a *Attributes) values(path string, wanted map[string]bool, m *meter) map[string]Value {
	known := map[string]Value{}
	if a == nil {
		return known
	}
	for dir := path; ; {
		dir = dir[:max(strings.LastIndexByte(dir, '/'), 0)]
		rules := a.files[dir]
		relative := path
		if dir != "" {
			relative = path[len(dir)+1:]
		}
		for i := len(rules) - 1; i >= 0; i-- {
			if r := &rules[i]; (wanted == nil || a.bears(r, wanted)) && r.match(relative, false, m) {
				a.fill(known, r.assigns)
			}
		}
		if dir == "" {
			return known
		}
	}
}

// bears reports whether the line names a wanted attribute or a macro.
func (a *Attributes) bears(r *attributeRule, wanted map[string]bool) bool {
	for _, as := range r.assigns {
		if wanted[as.name] || a.macros[as.name] != nil {
			return true
		}
	}
	return false
}

func (a *Attributes) fill(known map[string]Value, assigns []assignment) {
	for i := len(assigns) - 1; i >= 0; i-- {
		as := assigns[i]
		if _, ok := known[as.name]; ok {
			continue
		}
		known[as.name] = as.value
		if as.value.Setting == Set {
			a.fill(known, a.macros[as.name])
		}
	}
}
