package eval

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/eval/cases"
)

const (
	// near is how many lines a comment may stand beside what it is about.
	near = 2
	// alike is the share of the shorter text's words that both must have. Labelled reviews agree best with it.
	alike = 0.28
	// leastShared is how many words a comment and a defect have in common at least: one may be chance.
	leastShared = 2
)

// Judge says whether a comment, which stands at the right place, is about the defect that was wanted.
type Judge interface {
	Same(ctx context.Context, w cases.Want, d advice.Draft) (bool, error)
}

// Lexical judges by words. It needs no model and never changes its mind. A category alone says nothing of the defect: a
// comment about bananas at the right line may have it.
type Lexical struct{}

// Same implements Judge.
func (Lexical) Same(_ context.Context, w cases.Want, d advice.Draft) (bool, error) {
	return shared(w.Keywords, d.Message) >= leastShared && contained(w.Keywords, d.Message) >= alike, nil
}

// contained is the share of the shorter text's words that the other has, too.
func contained(a, b string) float64 {
	x, y := words(a), words(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) == 0 {
		return 0
	}
	return float64(common(x, y)) / float64(len(x))
}

// shared is how many words two texts have in common.
func shared(a, b string) int { return common(words(a), words(b)) }

func common(x, y map[string]bool) (both int) {
	for w := range x {
		if y[w] {
			both++
		}
	}
	return both
}

// dull are words that say nothing of what a text is about.
var dull = []string{"the", "and", "for", "that", "this", "with", "not", "are", "is", "it", "a", "an", "of", "to", "in", "on", "so",
	"as", "be", "or", "by", "if", "when", "now", "can"}

func words(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text),
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }) {
		if len(w) > 1 && !slices.Contains(dull, w) {
			out[w] = true
		}
	}
	return out
}

// posted is a comment when it was first made.
type posted struct {
	draft advice.Draft
	push  int
}

// linesOf are the lines of a wanted defect at a push, as a range of its side.
func linesOf(c *cases.Case, w cases.Want, push int) (start, end int, ok bool) {
	if push < w.From || w.Until > 0 && push > w.Until {
		return 0, 0, false
	}
	if len(w.Lines) == 2 {
		return w.Lines[0], w.Lines[1], true
	}
	return c.Place(w.At, push)
}

// there reports whether a comment stands where a defect is.
func there(c *cases.Case, w cases.Want, p posted) bool {
	side := advice.Right
	if w.Side == "left" {
		side = advice.Left
	}
	start, end, ok := linesOf(c, w, p.push)
	return ok && p.draft.Path == w.Path && p.draft.Side == side && p.draft.Start <= end+near && p.draft.End >= start-near
}

// assign pairs wants and comments one to one, as many as can be: maximum matching by augmenting paths. The result has
// the comment of each want, or -1.
func assign(wants, comments int, fits func(want, comment int) bool) []int {
	of := make([]int, comments) // comment to want
	for i := range of {
		of[i] = -1
	}
	var try func(w int, seen []bool) bool
	try = func(w int, seen []bool) bool {
		for c := range comments {
			if seen[c] || !fits(w, c) {
				continue
			}
			seen[c] = true
			if of[c] < 0 || try(of[c], seen) {
				of[c] = w
				return true
			}
		}
		return false
	}
	for w := range wants {
		try(w, make([]bool, comments))
	}
	out := make([]int, wants)
	for i := range out {
		out[i] = -1
	}
	for c, w := range of {
		if w >= 0 {
			out[w] = c
		}
	}
	return out
}
