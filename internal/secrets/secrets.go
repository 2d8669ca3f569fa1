// Package secrets finds what looks like a secret in a text, and says where. The formats of secrets are those that
// gitleaks knows, as a table; the matcher is ours, and gitleaks' own is what the tests compare with.
//
// Callers may rely on: nothing that the text says switches a rule off, and neither does a path, for none is known here;
// a secret that is written in base64, hexadecimal, percent-encoding or escapes of Unicode, also one within the other,
// is found as the stretch of text that hides it; equal texts give equal findings; a Detector reads its rules when it is
// first used and compiles each when a text first has one of its keywords, holds nothing after Release, and is safe for
// use by several goroutines.
package secrets

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// Finding is one place that looks like a secret.
type Finding struct {
	// Rule is the id of the rule that says so, such as "github-pat".
	Rule string
	// Start and End bound it in bytes of the text. For a secret that is hidden by an encoding they bound all that was decoded.
	Start, End int
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

// Find gives the findings of a text, sorted by place. The error says that the rules cannot be read, which no text can cause.
func (d *Detector) Find(text string) ([]Finding, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	rules, err := d.ready()
	if err != nil {
		return nil, err
	}
	var out []match
	l := &layer{text: text}
	for range maxDecodings + 1 {
		out = append(out, rules.search(l)...)
		if l = l.decode(); l == nil {
			break
		}
	}
	return report(text, out), nil
}

// report sorts what was found. What only a general rule says of a place that a special one names too is left out.
func report(text string, found []match) []Finding {
	out := make([]Finding, 0, len(found))
	for _, m := range found {
		if !m.general || !slices.ContainsFunc(found, func(o match) bool {
			return !o.general && strings.Contains(o.secret, m.secret) && line(text, o.Start) == line(text, m.Start)
		}) {
			out = append(out, m.Finding)
		}
	}
	slices.SortFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Rule, b.Rule))
	})
	return slices.Compact(out)
}

// line is where the line begins that a byte stands on.
func line(text string, at int) int { return strings.LastIndexByte(text[:at], '\n') + 1 }
