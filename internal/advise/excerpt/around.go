package excerpt

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language/function"
	"github.com/lintel-review/lintel/internal/lazyregexp"
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
// each changed part, the heaviest hunk first, then the functions of other changed files that added lines call. content
// gives a file at the head as a model may see it; it is false for one that is not known. Lines that are added are
// unchanged ones with ids of their own, so they may prove a finding, and none of them is said to be part of the diff.
func Surround(hunks []Hunk, paths []string, content func(path string) ([]string, bool), room int, ratio float64) []Hunk {
	out := slices.Clone(hunks)
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return out[b].Score - out[a].Score })
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
	return append(out, called(out, paths, of, content, room, ratio)...)
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
) (out []Hunk) {
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
	return out
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
