package excerpt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/beside"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language/function"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Limits of what is shown around the diff.
const (
	// maxAround is the most lines that are added before a hunk, and after it.
	maxAround = 60
	// maxDefinition is the most lines that are shown of a function that the changed lines name.
	maxDefinition = 24
)

// placeholder stands where a secret was.
var placeholder = lazyregexp.New(`<SECRET_\d+>`)

// Surround adds to hunks what helps to judge them, within so many tokens: first the rest of the function that encloses
// each changed part, the heaviest hunk first, then the functions of other changed files that added lines call, then what
// unchanged files, those near, declare of that or call of what changes. content
// gives a file at the head as a model may see it; it is false for one that is not known. Lines that are added are
// unchanged ones with ids of their own, so they may prove a finding, and none of them is said to be part of the diff.
func Surround(
	hunks []Hunk, paths []string, near []advice.File, content func(path string) ([]string, bool), room int, ratio float64,
) []Hunk {
	out := slices.Clone(hunks)
	kept := 0
	if len(near) > 0 {
		kept = room / 3 // what stands elsewhere is what a reader of the diff cannot know
		room -= kept
	}
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	sorting.StableBy(order, func(a, b int) int { return out[b].Score - out[a].Score })
	known := map[string][]function.Function{}
	of := func(path string) []function.Function {
		if all, ok := known[path]; ok {
			return all
		}
		var all []function.Function
		if lines, ok := content(path); ok {
			body := placeholder.ReplaceAllString(strings.Join(lines, "\n"), "SECRET") // a word, so that the file can be parsed
			all, _ = function.Of(path, []byte(body))                                  // one that cannot be read has no functions
		}
		known[path] = all
		return all
	}
	for _, i := range order {
		lines, ok := content(out[i].Path)
		if !ok {
			continue
		}
		wider := out[i].around(out, of(out[i].Path), lines)
		if cost := Tokens(Render([]Hunk{wider}), ratio) - Tokens(Render([]Hunk{out[i]}), ratio); cost > 0 && cost <= room {
			room -= cost
			out[i] = wider
		}
	}
	room += kept
	more, room := called(out, paths, of, content, room, ratio)
	out = append(out, more...)
	return append(out, unchangedPlaces(out, near, content, room, ratio)...)
}

// around is the hunk with the rest of its enclosing function, as far as no other hunk stands there.
func (h Hunk) around(all []Hunk, functions []function.Function, lines []string) Hunk {
	first, last := h.span()
	if first == 0 || !h.agrees(lines) {
		return h
	}
	changed := h.First()
	var in function.Function
	for _, f := range functions {
		if f.Line <= changed && changed <= f.EndLine && f.Line >= in.Line {
			in = f
		}
	}
	if in.Line == 0 {
		return h
	}
	from, to := max(in.Line, first-maxAround), min(in.EndLine, last+maxAround, len(lines))
	for _, o := range all {
		if o.Path != h.Path || o.Digest == h.Digest && o.NewStart == h.NewStart {
			continue
		}
		// What another hunk shows stays its own.
		a, b := o.span()
		switch {
		case a == 0:
			from, to = first, last // it only deletes: where it stands among these lines is not told by numbers
		case b < first:
			from = max(from, b+1)
		case a > last:
			to = min(to, a-1)
		}
	}
	var before, after []Line
	for n := from; n < first; n++ {
		before = append(before, unchanged(n, lines[n-1]))
	}
	for n := last + 1; n <= to; n++ {
		after = append(after, unchanged(n, lines[n-1]))
	}
	h.Lines = slices.Concat(before, h.Lines, after)
	h.Before, h.After = len(before), len(after)
	return h
}

// span are the first and last line of the head that the hunk shows; 0 where it shows none.
func (h Hunk) span() (first, last int) {
	for _, l := range h.Lines {
		if l.Side != advice.Right {
			continue
		}
		if first == 0 {
			first = l.Number
		}
		last = l.Number
	}
	return first, last
}

// agrees reports whether the lines of the head are those of the file: else it is another version of it.
func (h Hunk) agrees(lines []string) bool {
	for _, l := range h.Lines {
		if l.Side == advice.Right && (l.Number > len(lines) || lines[l.Number-1] != l.Text) {
			return false
		}
	}
	return true
}

func unchanged(n int, text string) Line {
	return Line{ID: LineID(advice.Right, n), Side: advice.Right, Number: n, Op: diff.Context, Text: text, Shown: Show(text)}
}

// called are the functions that added lines call and that stand in changed files outside of what is shown.
func called(
	hunks []Hunk, paths []string, of func(string) []function.Function, content func(string) ([]string, bool), room int, ratio float64,
) (out []Hunk, left int) {
	names, shown, ids := map[string]bool{}, map[string]map[int]bool{}, map[string]string{}
	for _, h := range hunks {
		ids[h.Path] = h.FileID
		if shown[h.Path] == nil {
			shown[h.Path] = map[int]bool{}
		}
		for _, l := range h.Lines {
			if l.Side == advice.Right {
				shown[h.Path][l.Number] = true
			}
			if l.Op == diff.Add {
				for _, m := range call.FindAllStringSubmatch(l.Text, -1) {
					names[m[1]] = true
				}
			}
		}
	}
	for _, path := range paths {
		lines, ok := content(path)
		if !ok || ids[path] == "" {
			continue
		}
		for _, f := range of(path) {
			name := f.Name[strings.LastIndexAny(f.Name, ".:")+1:]
			if !names[name] || shown[path][f.Line] || f.EndLine > len(lines) {
				continue
			}
			h := Hunk{Path: path, FileID: ids[path], Section: "unchanged, called above", NewStart: f.Line}
			for n := f.Line; n <= min(f.EndLine, f.Line+maxDefinition-1) && !shown[path][n]; n++ {
				h.Lines = append(h.Lines, unchanged(n, lines[n-1]))
			}
			h.After = len(h.Lines)
			if cost := Tokens(Render([]Hunk{h}), ratio); cost <= room {
				room -= cost
				out = append(out, h)
			}
		}
	}
	return out, room
}

// Limits of what is shown of unchanged files.
const (
	// mostPlaces is how many places of unchanged files a question shows, mostOfName how many of one name.
	mostPlaces = 12
	mostOfName = 2
)

// unchangedPlaces are the parts of unchanged files that declare what added lines use, and then those that call what
// changes; the files with the most such names first.
func unchangedPlaces(
	hunks []Hunk, near []advice.File, content func(string) ([]string, bool), room int, ratio float64,
) (out []Hunk) {
	if len(near) == 0 {
		return nil
	}
	code := func(path string) (*beside.Code, []string) {
		lines, ok := content(path)
		if !ok {
			return nil, nil
		}
		return beside.Read(path, placeholder.ReplaceAllString(strings.Join(lines, "\n"), "SECRET")), lines
	}
	names := NamesOf(hunks, func(path string) *beside.Code {
		c, _ := code(path)
		return c
	})
	type file struct {
		advice.File
		lines  []string
		places []beside.Use
	}
	var files []file
	for _, f := range near {
		if c, lines := code(f.Path); c != nil {
			if places := names.Places(c); len(places) > 0 {
				files = append(files, file{f, lines, places})
			}
		}
	}
	sorting.StableBy(files, func(a, b file) int { return len(b.places) - len(a.places) })
	told := map[string]int{}
	for _, calls := range []bool{false, true} {
		for _, f := range files {
			for _, u := range f.places {
				kind := fmt.Sprint(u.Name, calls)
				if u.Called != calls || told[kind] == mostOfName || len(out) == mostPlaces || u.To > len(f.lines) {
					continue
				}
				h := Hunk{Path: f.Path, FileID: f.ID, NewStart: u.From, Section: "an unchanged file, used above"}
				if calls {
					h.Section = "an unchanged file, uses " + u.Name
					if u.In != "" {
						h.Section += " in " + u.In
					}
				}
				for n := u.From; n <= u.To; n++ {
					h.Lines = append(h.Lines, unchanged(n, f.lines[n-1]))
				}
				h.After = len(h.Lines)
				if cost := Tokens(Render([]Hunk{h}), ratio); cost <= room {
					room -= cost
					told[kind]++
					out = append(out, h)
				}
			}
		}
	}
	// One file's places stand together, and none twice.
	sorting.StableBy(out, func(a, b Hunk) int { return cmp.Or(strings.Compare(a.FileID, b.FileID), a.NewStart-b.NewStart) })
	last := map[string]int{}
	return slices.DeleteFunc(out, func(h Hunk) bool {
		if h.NewStart <= last[h.Path] {
			return true
		}
		last[h.Path] = h.Lines[len(h.Lines)-1].Number
		return false
	})
}

// NamesOf are the names of hunks that say which unchanged code concerns them. code gives a changed file at the head; nil
// for one that is not known.
func NamesOf(hunks []Hunk, code func(path string) *beside.Code) (names beside.Names) {
	changed := map[string][]int{}
	for _, h := range hunks {
		for _, l := range h.Lines {
			switch l.Op {
			case diff.Add:
				names.Use(l.Text)
				changed[h.Path] = append(changed[h.Path], l.Number)
			case diff.Delete:
				if name := Declared(l.Text); name != "" {
					names.Remove(name)
				}
			}
		}
		if len(changed[h.Path]) == 0 && len(h.Lines) > 0 && h.Before+h.After < len(h.Lines) {
			changed[h.Path] = append(changed[h.Path], h.First())
		}
	}
	for path, lines := range changed {
		if c := code(path); c != nil {
			names.Change(c, lines)
		}
	}
	return names
}

// Core is the hunk as the diff has it, and how many lines were added before it.
func (h Hunk) Core() (core Hunk, before int) {
	before = h.Before
	h.Lines = h.Lines[h.Before : len(h.Lines)-h.After]
	h.Before, h.After = 0, 0
	return h, before
}

// Cores are the hunks that the diff has, as it has them.
func Cores(hunks []Hunk) (out []Hunk) {
	for _, h := range hunks {
		if core, _ := h.Core(); len(core.Lines) > 0 {
			out = append(out, core)
		}
	}
	return out
}
