// Package lifecycle follows draft comments across pushes: it names them, finds them again in moved code, says which
// have ended, and learns from people's dismissals what to suppress.
//
// Callers may rely on: a name holds no line number and no prose; a draft never ends because a model did not repeat it;
// what a person dismissed stays dismissed; a suppression ends, and none hides a grave finding about security.
package lifecycle

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/text"
)

// Normal is code without indentation, space within lines and empty lines, which change without changing the meaning.
func Normal(code string) string {
	var out []string
	for _, line := range strings.Split(code, "\n") {
		if words := strings.Fields(line); len(words) > 0 {
			out = append(out, strings.Join(words, " "))
		}
	}
	return strings.Join(out, "\n")
}

// Hash identifies quoted code alone.
func Hash(code string) string { return digest(Normal(code)) }

func digest(parts ...string) string { return text.Digest(strings.Join(parts, "\x00")) }

// Place is the place of quoted code in the diff.
type Place struct {
	Path, OldPath, Symbol string
	Side                  advice.Side
	Start, End            int
	Code                  string
	// Nth counts equal code on that side of the file, from 0.
	Nth int
}

// Key names a draft at a place. The path is the one at the base, so that a rename keeps it.
func Key(c advice.Category, at Place) advice.Fingerprint {
	path := at.Path
	if at.OldPath != "" {
		path = at.OldPath
	}
	return advice.Fingerprint(digest(string(c), path, string(at.Side), at.Symbol, Normal(at.Code), fmt.Sprint(at.Nth)))
}

// Find returns the places of code in the hunks, in order: everywhere on that side where the normal lines are equal.
func Find(hunks []excerpt.Hunk, side advice.Side, code string) []Place {
	want := strings.Split(Normal(code), "\n")
	if want[0] == "" {
		return nil
	}
	var out []Place
	nth := map[string]int{}
	for _, h := range hunks {
		// The lines of that side that hold something, with where they are.
		var at []int
		for i, l := range h.Lines {
			if (l.Side == side) && strings.TrimSpace(l.Text) != "" {
				at = append(at, i)
			}
		}
		for i := 0; i+len(want) <= len(at); i++ {
			if !same(h, at[i:i+len(want)], want) {
				continue
			}
			first, last := at[i], at[i+len(want)-1]
			if changed(h, side, first, last) {
				out = append(out, Place{
					Path: h.Path, OldPath: h.OldPath, Symbol: h.Symbol(first), Side: side,
					Start: h.Lines[first].Number, End: h.Lines[last].Number, Code: codeOf(h, side, first, last), Nth: nth[h.Path],
				})
			}
			nth[h.Path]++
		}
	}
	return out
}

func same(h excerpt.Hunk, at []int, want []string) bool {
	for j, i := range at {
		if strings.Join(strings.Fields(h.Lines[i].Text), " ") != want[j] {
			return false
		}
	}
	return true
}

func changed(h excerpt.Hunk, side advice.Side, first, last int) bool {
	for _, l := range h.Lines[first : last+1] {
		if l.Side == side && l.Changed() {
			return true
		}
	}
	return false
}

func codeOf(h excerpt.Hunk, side advice.Side, first, last int) string {
	var lines []string
	for _, l := range h.Lines[first : last+1] {
		if l.Side == side {
			lines = append(lines, l.Text)
		}
	}
	return strings.Join(lines, "\n")
}

// words are the distinct words of a message, in lower case.
func words(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(s),
		func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' }) {
		if len(w) > 2 {
			out[w] = true
		}
	}
	return out
}

// alike is the share of the shorter message's words that both have from which two say the same. It is the threshold by
// which labelled reviews agree best.
const alike = 0.28

// Alike reports whether two messages say the same, by their words.
func Alike(a, b string) bool {
	x, y := words(a), words(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) == 0 {
		return false
	}
	both := 0
	for w := range x {
		if y[w] {
			both++
		}
	}
	// One word that two short messages share says nothing.
	return both >= min(2, len(x)) && float64(both)/float64(len(x)) >= alike
}
