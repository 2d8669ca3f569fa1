package redact

import (
	"strings"

	"github.com/lintel-review/lintel/internal/secrets"
)

// Detector finds secrets. The zero value is ready.
type Detector struct {
	secrets.Detector
}

// spans are the stretches of a text that hold secrets, sorted and apart.
func (d *Detector) spans(text string) ([]span, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	found, err := d.Find(text)
	if err != nil {
		return nil, err
	}
	var out []span
	lines := lineStarts(text)
	for _, f := range found {
		out = append(out, places(text, f)...)
	}
	// A secret in pieces, "ghp_12" + "34", is looked for in what the pieces make.
	if joined, origin := joinLiterals(text); joined != text {
		found, err := d.Find(joined)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			for _, at := range places(joined, f) {
				s := span{origin[at.start], origin[at.end-1] + 1}
				if !strings.Contains(text[s.start:s.end], joined[at.start:at.end]) {
					out = append(out, s)
				}
			}
		}
	}
	out = append(out, keyMaterial(text, lines)...)
	out = append(out, credentialsInURLs(text)...)
	out = append(out, literals(text, lines)...)
	return merged(out), nil
}

// shortest is the length from which a secret is replaced wherever it stands; a shorter one is replaced in its own lines alone.
const shortest = 8

// places are where a secret stands in the text: not only where a rule found it.
func places(text string, f secrets.Finding) []span {
	within := span{0, len(text)}
	if f.End-f.Start < shortest {
		within.start = strings.LastIndexByte(text[:f.Start], '\n') + 1
		if i := strings.IndexByte(text[f.End:], '\n'); i >= 0 {
			within.end = f.End + i
		}
	}
	out := []span{{f.Start, f.End}}
	for _, s := range all(text[within.start:within.end], text[f.Start:f.End]) {
		out = append(out, span{within.start + s.start, within.start + s.end})
	}
	return out
}

// all are the places of a part in a text.
func all(text, part string) []span {
	var out []span
	for at := 0; part != ""; {
		i := strings.Index(text[at:], part)
		if i < 0 {
			break
		}
		out = append(out, span{at + i, at + i + len(part)})
		at += i + len(part)
	}
	return out
}

func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}
