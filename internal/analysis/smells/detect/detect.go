// Package detect finds smells in the lines that a change adds to one file: what was left over from debugging, switched-off
// checks, marks of a conflict, notes without a ticket, code in comments, swallowed errors, and text that does not show.
//
// It prefers silence: what may be meant is no finding.
package detect

import (
	"bytes"
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/language/function"
	"github.com/lintel-review/lintel/internal/language/lexer"
	"github.com/lintel-review/lintel/internal/sorting"
)

// The kinds of findings.
const (
	Breakpoint    = "breakpoint"
	Print         = "print"
	Suppression   = "suppression"
	Blanket       = "blanket-suppression"
	Conflict      = "conflict"
	Note          = "todo"
	CommentedCode = "commented-code"
	Swallowed     = "swallowed-error"
	Hidden        = "hidden-text"
)

// Finding is one smell.
type Finding struct {
	Kind string
	// What names what was found in a few words, never the line itself.
	What          string
	Line, EndLine int
}

// Source is a file of source code at the head of a change.
type Source struct {
	Path string
	Body []byte
	// File is Body as a file of its language.
	File *function.File
	// Base is the file before the change; nil when there was none, or it is not known.
	Base []byte
	// Added are the lines of Body that the change brings in.
	Added map[int]bool
	// Tickets are the project keys of which a note may name one; empty takes any.
	Tickets []string
}

// reader is the state of one search.
type reader struct {
	Source
	language lexer.Language
	tokens   []lexer.Token
	// code are the indexes of the tokens that are no comments.
	code  []int
	found []Finding
}

// In finds the smells of a file of source code, in the order of its lines.
func In(s Source) []Finding {
	r := &reader{Source: s, language: lexer.Of(s.Path)}
	r.tokens, _ = s.File.Tokens() // a file that cannot be split has none
	for i, t := range r.tokens {
		if t.Kind != lexer.Comment {
			r.code = append(r.code, i)
		}
	}
	r.leftovers()
	r.prints()
	r.suppressions()
	r.notes()
	r.commentedCode()
	r.mixedScripts()
	if r.language == "go" {
		r.swallowed()
	}
	sorting.StableBy(r.found, func(a, b Finding) int { return a.Line - b.Line })
	return r.found
}

func (r *reader) add(kind, what string, line, end int) {
	r.found = append(r.found, Finding{Kind: kind, What: what, Line: line, EndLine: end})
}

// text is that of a token, by its index in code; empty outside, and for literals.
func (r *reader) text(i int) string {
	if i < 0 || i >= len(r.code) || r.tokens[r.code[i]].Kind == lexer.Literal {
		return ""
	}
	t := r.tokens[r.code[i]]
	return string(r.Body[t.Start:t.End])
}

func (r *reader) line(i int) int { return int(r.tokens[r.code[i]].Line) }

// comment is the text of a token.
func (r *reader) comment(t lexer.Token) string { return string(r.Body[t.Start:t.End]) }

// alone reports whether nothing but white space stands before a token on its line.
func (r *reader) alone(t lexer.Token) bool {
	start := bytes.LastIndexByte(r.Body[:t.Start], '\n') + 1
	return len(bytes.TrimSpace(r.Body[start:t.Start])) == 0
}

// folders are those of programs whose job is to print.
var folders = map[string]bool{
	"bin": true, "cmd": true, "cli": true, "script": true, "scripts": true, "example": true, "examples": true, "demo": true,
	"demos": true, "tool": true, "tools": true, "bench": true, "benches": true, "benchmark": true, "benchmarks": true, "docs": true,
	"doc": true, "sample": true, "samples": true, "playground": true, "playgrounds": true, "devtools": true, "ci": true,
	"build": true, "internal-tools": true, "tutorial": true, "tutorials": true, "docs_src": true, "dev": true, "release": true,
	"releasenotes": true, "website": true, "www": true, "snippets": true, "xtask": true, "logging": true, "log": true,
	"packages-private": true, ".github": true, "commands": true, "command": true, "e2e": true, "integration": true,
}

// shows reports whether a file is an example, by the folders that hold it.
func (r *reader) shows() bool {
	for _, folder := range strings.Split(path.Dir(r.Path), "/") {
		switch strings.ToLower(folder) {
		case "example", "examples", "demo", "demos", "sample", "samples", "docs", "docs_src", "playground",
			"tutorial", "tutorials", "snippets":
			return true
		}
	}
	return false
}

// printer reports whether a file is of a program whose job is to print, by its path and by what it says of itself.
func (r *reader) printer() bool {
	for _, folder := range strings.Split(path.Dir(r.Path), "/") {
		if folders[strings.ToLower(folder)] {
			return true
		}
	}
	name := strings.ToLower(path.Base(r.Path))
	for _, part := range []string{"main.", "cli", "setup.", "config.", "console", "logger", "logging", "print", "debug",
		"gulpfile", "rakefile"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	for _, mark := range []string{"package main\n", "__main__", "argparse", "static void main", "fn main(", "fun main(", "process.argv"} {
		if bytes.Contains(r.Body, []byte(mark)) {
			return true
		}
	}
	return bytes.HasPrefix(r.Body, []byte("#!"))
}
