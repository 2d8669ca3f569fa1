package codeowners

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

const maxSource = 200

// Parse reads a file. The only error is ErrTooLarge: faulty lines are skipped, as GitHub skips them, and listed in Problems.
//
// Lines end at "\n", with or without "\r" before it, and have no limit of their own. Words are divided by spaces and tabs;
// a backslash before a space makes it part of the pattern. A "#" at the start of a line or of a word begins a comment;
// inside a word it does not. A byte order mark at the start is ignored.
func Parse(content []byte) (*File, error) {
	if len(content) >= MaxBytes {
		return nil, ErrTooLarge
	}
	text := string(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	f := &File{Rules: []Rule{}, Problems: []Problem{}, index: newIndex()}
	for line := 1; text != ""; line++ {
		var s string
		s, text, _ = strings.Cut(text, "\n")
		f.parseLine(line, strings.TrimSuffix(s, "\r"))
	}
	f.index.finish()
	if f.skipped != nil {
		f.skipped.index.finish()
	}
	return f, nil
}

func (f *File) parseLine(line int, s string) {
	w := words{line: s}
	word, at := w.next(true)
	if word == "" {
		return
	}
	p, fault, suggestion := compile(word)
	if fault != "" {
		f.refuse(line, w.column(at), invalidPattern, word, fault, suggestion)
		return
	}
	rule := Rule{Line: line, Pattern: word, Owners: []Owner{}}
	for {
		word, at = w.next(false)
		if word == "" {
			break
		}
		o, fault, suggestion := parseOwner(word)
		if fault != "" {
			f.refuse(line, w.column(at), invalidOwner, word, fault, suggestion)
			if f.skipped == nil {
				f.skipped = &File{index: newIndex()}
			}
			f.skipped.index.insert(p, int32(len(f.skipped.Rules)))
			f.skipped.Rules = append(f.skipped.Rules, Rule{Line: line, Pattern: rule.Pattern, Owners: []Owner{}})
			f.skipped.Problems = append(f.skipped.Problems, f.Problems[len(f.Problems)-1])
			return
		}
		o.Column = w.column(at)
		rule.Owners = append(rule.Owners, o)
	}
	f.index.insert(p, int32(len(f.Rules)))
	f.Rules = append(f.Rules, rule)
}

func (f *File) refuse(line, column int, kind, source, message, suggestion string) {
	if len(source) > maxSource {
		source = source[:maxSource]
	}
	f.Problems = append(f.Problems, Problem{
		Line: line, Column: column, Kind: kind, Source: strings.ToValidUTF8(source, "\uFFFD"), Message: message, Suggestion: suggestion,
	})
}

// words walks the words of one line.
type words struct {
	line string
	pos  int
	// counted and columns make column linear over the whole line, however many owners it has.
	counted, columns int
}

// next gives the next word and its offset; "" at the end of the line or at a comment. With escapes, a backslash keeps the character
// after it in the word.
func (w *words) next(escapes bool) (string, int) {
	for w.pos < len(w.line) && blank(w.line[w.pos]) {
		w.pos++
	}
	start := w.pos
	if start == len(w.line) || w.line[start] == '#' {
		w.pos = len(w.line)
		return "", start
	}
	for w.pos < len(w.line) && !blank(w.line[w.pos]) {
		if escapes && w.line[w.pos] == '\\' && w.pos+1 < len(w.line) {
			w.pos++
		}
		w.pos++
	}
	return w.line[start:w.pos], start
}

// column turns offsets, asked for in rising order, into characters from 1.
func (w *words) column(offset int) int {
	w.columns += utf8.RuneCountInString(w.line[w.counted:offset])
	w.counted = offset
	return w.columns + 1
}

func blank(c byte) bool { return c == ' ' || c == '\t' }
