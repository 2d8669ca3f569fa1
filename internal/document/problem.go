package document

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/sorting"
)

// Problem is one thing wrong with a file, said for the person who wrote it.
type Problem struct {
	// File is the name the caller gave.
	File string `json:"file"`
	// Line and Column count from 1, the column in characters. Both are 0 when the place is not known (JSON that was checked as a whole).
	Line   int `json:"line"`
	Column int `json:"column"`
	// Path names the value, "commits.types[2]"; empty for the whole file.
	Path string `json:"path"`
	// Message is one sentence, plain text: what is wrong and what would be right.
	Message string `json:"message"`
	// Code is UnknownKey for a key that the schema does not have, else empty. It lets a caller say more about a key it knows of.
	Code string `json:"-"`

	loc   []string
	atKey bool
}

// UnknownKey is the Code of a key that the schema does not have.
const UnknownKey = "unknown-key"

// String gives "file:line:column: message".
func (p Problem) String() string {
	switch {
	case p.Line == 0 && p.File == "":
		return p.Message
	case p.Line == 0:
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Sort orders problems by place, drops exact repetitions and, beyond 100, replaces the rest by one line that counts them.
func Sort(problems []Problem) []Problem {
	sorting.StableBy(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	problems = slices.CompactFunc(problems, func(a, b Problem) bool {
		return a.File == b.File && a.Line == b.Line && a.Column == b.Column && a.Path == b.Path && a.Message == b.Message
	})
	if more := len(problems) - maxProblems; more > 0 {
		last := problems[maxProblems]
		problems = append(problems[:maxProblems:maxProblems], Problem{File: last.File, Line: last.Line, Column: last.Column,
			Message: fmt.Sprintf("%d more problems from here on; correct those above first", more)})
	}
	return problems
}

// Path writes keys and list indexes as people do: "commits.types[2]", "rules.commits/header.mode". A key with a dot, a
// space, a quote or a bracket is quoted: `rules["a.b"]`. A key made of digits alone is taken for an index.
func Path(steps ...string) string {
	var b strings.Builder
	for _, s := range steps {
		switch _, err := strconv.Atoi(s); {
		case err == nil:
			b.WriteString("[" + s + "]")
		case s == "" || strings.ContainsAny(s, ". []\"'\\") || len(s) > maxQuoted || strconv.Quote(s) != `"`+s+`"`:
			b.WriteString("[" + cut(s) + "]")
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s)
		}
	}
	return b.String()
}

// subject is the path as the first words of a message.
func subject(loc []string) string {
	if len(loc) == 0 {
		return "the file"
	}
	return Path(loc...)
}

// maxQuoted is how many characters of the file's own text a message repeats.
const maxQuoted = 60

// cut quotes text of the file for a message: bounded, one line, control and direction characters escaped.
func cut(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxQuoted {
			return strconv.Quote(s[:i] + "...")
		}
	}
	return strconv.Quote(s)
}
