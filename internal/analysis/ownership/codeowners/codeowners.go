// Package codeowners reads GitHub CODEOWNERS files and says which line owns a path.
// It is pure and imports only the word controls of ours; internal/analysis/ownership is its only user.
//
// What callers may rely on: the last line that matches wins; a line that GitHub would refuse is left out, stands in Problems,
// and never costs the other lines; matching walks the path's segments through one index of all lines, so its cost grows with
// the depth of the path and hardly with the number of lines. A File is never changed after Parse and may be shared;
// a Matcher belongs to one goroutine.
//
// Sources: GitHub's page "About code owners" and the REST call "List CODEOWNERS errors"; git's gitignore(5) for what
// that page leaves to it.
package codeowners

import (
	"errors"

	"github.com/lintel-review/lintel/internal/controls"
)

// MaxBytes is the size from which GitHub does not load a CODEOWNERS file at all ("must be under 3 MB").
const MaxBytes = controls.MaxOwners + 1

// ErrTooLarge says that a file has MaxBytes or more, so GitHub ignores it as a whole.
var ErrTooLarge = errors.New("CODEOWNERS has 3 MB or more, and GitHub does not load it")

// Locations are the places where GitHub looks, in this order. The first file found is used; files are never merged.
func Locations() []string {
	var paths []string
	for _, place := range controls.Owners() {
		paths = append(paths, place.Path)
	}
	return paths
}

// Kind is what sort of owner a name is.
type Kind string

// The kinds of owner.
const (
	User  Kind = "user"
	Team  Kind = "team"
	Email Kind = "email"
	// Role is everybody with one role in the project, as GitLab's "@@maintainer"; its name begins with "@".
	Role Kind = "role"
)

// Owner is one owner of a line.
type Owner struct {
	Kind Kind
	// Name is as written, without the leading "@": "alice", "acme/platform", "alice@example.com".
	Name string
	// Column is where the owner stands in its line, in characters from 1.
	Column int
}

// String gives the owner as it is written in the file.
func (o Owner) String() string {
	if o.Kind == Email {
		return o.Name
	}
	return "@" + o.Name
}

// Rule is one valid line. No owners means that its files are explicitly unowned.
type Rule struct {
	// Line counts from 1.
	Line int
	// Pattern is as written.
	Pattern string
	Owners  []Owner
}

// Problem is one line that is left out, as GitHub leaves it out.
type Problem struct {
	// Line and Column count from 1; the column is the character where the faulty word begins.
	Line   int
	Column int
	// Kind is GitHub's word: "Invalid pattern" or "Invalid owner".
	Kind string
	// Source is the faulty word, cut at 200 bytes.
	Source string
	// Message says what is wrong, Suggestion what to write instead.
	Message    string
	Suggestion string
}

// The kinds of problem, in the words of GitHub's REST call.
const (
	invalidPattern = "Invalid pattern"
	invalidOwner   = "Invalid owner"
)

// File is one parsed CODEOWNERS file.
type File struct {
	// Rules are the valid lines, in order.
	Rules []Rule
	// Problems are the invalid lines, in order; one for each line, the first fault in it.
	Problems []Problem
	index    *index
	skipped  *File
}

// Skipped are the lines of which the pattern can be read and an owner cannot: what they would take if they stood. Its
// rules have no owners, and its problems are theirs, one for each.
func (f *File) Skipped() *File {
	if f.skipped == nil {
		empty := &File{index: newIndex()}
		empty.index.finish()
		return empty
	}
	return f.skipped
}
