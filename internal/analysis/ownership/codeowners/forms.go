package codeowners

import (
	"strconv"

	"golang.org/x/text/unicode/norm"
)

// Some letters can be written in two ways that look the same: "é" as one character (composed, NFC, as keyboards and
// most systems write it) or as "e" and an accent (decomposed, NFD, as old macOS wrote file names). GitHub and git
// compare bytes, so a line takes names of its own way of writing alone.

// Forms answers which line would take a path if both were written in one form.
type Forms struct {
	file *File
	m    *Matcher
}

// Forms gives nil when no line has a letter beyond ASCII, and so none can miss a path by its form.
func (f *File) Forms() *Forms {
	plain := true
	for _, r := range f.Rules {
		plain = plain && ascii(r.Pattern)
	}
	if plain {
		return nil
	}
	one := &File{Rules: f.Rules, index: newIndex()}
	for i, r := range f.Rules {
		p, _, _ := compile(norm.NFC.String(r.Pattern))
		one.index.insert(p, int32(i))
	}
	one.index.finish()
	return &Forms{file: f, m: one.Matcher()}
}

// Miss gives the line that would take a path in one form and stands below line at, which takes it as it is written (-1
// when none does); -1 when there is none.
func (x *Forms) Miss(path string, at int) int {
	if x == nil || ascii(path) {
		return -1
	}
	if i := x.m.Match(norm.NFC.String(path)); i > at {
		return i
	}
	return -1
}

// Trials counts as Matcher's.
func (x *Forms) Trials() int {
	if x == nil {
		return 0
	}
	return x.m.Trials()
}

// Form names how a text is written: "composed", "decomposed", or "mixed" where it is neither.
func Form(text string) string {
	switch {
	case norm.NFC.IsNormalString(text):
		return "composed"
	case norm.NFD.IsNormalString(text):
		return "decomposed"
	}
	return "mixed"
}

// composed is a text in the form that most systems write.
func composed(text string) string { return norm.NFC.String(text) }

// Spelled shows which characters a text has, as in "cafe\u0301".
func Spelled(text string) string { return strconv.QuoteToASCII(text) }

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Alone is a file of these lines only, by their index in Rules.
func (f *File) Alone(rules []int) *File {
	some := &File{Rules: []Rule{}, Problems: []Problem{}, index: newIndex()}
	for _, i := range rules {
		p, _, _ := compile(f.Rules[i].Pattern)
		some.index.insert(p, int32(len(some.Rules)))
		some.Rules = append(some.Rules, f.Rules[i])
	}
	some.index.finish()
	return some
}
