// Package secrets finds what looks like a secret in a text, and says where. The formats of secrets are those that
// gitleaks knows, as a table; the matcher is ours, and gitleaks' own is what the tests compare with. One pass finds the
// words of all rules, and an expression reads only what is near a word that each of its matches has.
//
// Callers may rely on: nothing that the text says switches a rule off, and neither does a path, for none is known here;
// a secret that is written in base64, hexadecimal, percent-encoding or escapes of Unicode, also one within the other,
// is found as the stretch of text that hides it; equal texts give equal findings; the work for a text is bounded by its
// length, and a text that needs more gives an error; a Detector reads its rules when it is first used and compiles each
// when a text first has one of its words, holds nothing after Release, and is safe for use by several goroutines.
package secrets

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/lintel-review/lintel/internal/sorting"
)

// Finding is one place that looks like a secret.
type Finding struct {
	// Rule is the id of the rule that says so, such as "github-pat".
	Rule string
	// Start and End bound it in bytes of the text. For a secret that is hidden by an encoding they bound all that was decoded.
	Start, End int
	// Specific is set when the rule knows a format of its own, such as a prefix; the others go by names beside a value.
	// A key that its provider gives out for tests alone is not specific.
	Specific bool
	// Doubt says why it cannot be valid although it has the form, "its checksum is wrong"; empty when nothing speaks
	// against it. Whoever hides secrets hides it all the same.
	Doubt string
	// Proven is set when it ends in the checksum that its provider gives such secrets.
	Proven bool
	// Secret is what was found, as it reads when its encodings are undone. It must not be shown.
	Secret string
}

// Detector finds secrets. The zero value is ready.
type Detector struct {
	mu    sync.Mutex
	rules *ruleset
}

// Release frees the rules, until Find needs them again. A search that is under way keeps its own to its end.
func (d *Detector) Release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rules = nil
}

func (d *Detector) ready() (*ruleset, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rules != nil {
		return d.rules, nil
	}
	rules, err := readRules()
	if err != nil {
		return nil, err
	}
	d.rules = rules
	return rules, nil
}

// maxDecodings is how many encodings one within the other are undone.
const maxDecodings = 2

// ErrTooMuch says that a text needs more work than any text may: what was found until then is not all.
var ErrTooMuch = errors.New("the text has more that looks like a secret than may be looked at")

// Find gives the findings of a text, sorted by place. The error is ErrTooMuch, beside what was found; any other says
// that the rules cannot be read, which no text can cause.
func (d *Detector) Find(text string) ([]Finding, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	rules, err := d.ready()
	if err != nil {
		return nil, err
	}
	var out []match
	left := stepsFor(text)
	l := &layer{text: text}
	for range maxDecodings + 1 {
		out = append(out, rules.search(l, left)...)
		if l = l.decode(); l == nil {
			break
		}
	}
	if left.over {
		err = ErrTooMuch
	}
	return report(text, out), err
}

// maxPerLine bounds the special findings of one line that a general one is compared with.
const maxPerLine = 100

// report sorts what was found. What only a general rule says of a place that a special one names too is left out.
func report(text string, found []match) []Finding {
	sorting.By(found, func(a, b match) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Rule, b.Rule))
	})
	lines := lineStarts(text, found)
	special := map[int][]string{}
	for i, m := range found {
		if at := lines[i]; !m.general && len(special[at]) < maxPerLine {
			special[at] = append(special[at], m.Secret)
		}
	}
	out := make([]Finding, 0, len(found))
	for i, m := range found {
		if !m.general || !slices.ContainsFunc(special[lines[i]], func(s string) bool { return strings.Contains(s, m.Secret) }) {
			out = append(out, m.Finding)
		}
	}
	return slices.Compact(out)
}

// lineStarts are where the lines begin on which sorted matches stand.
func lineStarts(text string, found []match) []int {
	out := make([]int, 0, len(found))
	line, at := 0, 0
	for _, m := range found {
		if i := strings.LastIndexByte(text[at:m.Start], '\n'); i >= 0 {
			line = at + i + 1
		}
		at = m.Start
		out = append(out, line)
	}
	return out
}
