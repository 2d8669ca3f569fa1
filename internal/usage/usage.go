// Package usage is the error that a person can remove: a wrong flag, a file that cannot be read, a repository that is not one.
//
// Callers may rely on: the text says what is wrong, where, and what to do; a command that returns an Error gave no
// answer and ends with status 2.
package usage

import (
	"strings"
)

// Error is a reason why there is no answer that the person who asked can remove.
type Error struct {
	// What is wrong and where, and Remedy, what to do; each is a sentence without a final full stop.
	What, Remedy string
	// Problems are the lines "file:line:column: message" of a file with mistakes.
	Problems []string
	Err      error
}

func (e *Error) Error() string {
	lines := append([]string{e.What}, e.Problems...)
	return strings.Join(append(lines, "to fix it: "+e.Remedy), "\n")
}

func (e *Error) Unwrap() error { return e.Err }
