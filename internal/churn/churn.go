// Package churn says what the recent history of a branch tells of files: how often they were changed, by how many
// people, how often to fix something, and how long ago.
//
// Callers may rely on: equal commits and files give equal answers; the window ends at the newest commit and never at a
// clock; nothing that others wrote is in the answer but the names of the files that were asked for.
package churn

import (
	"slices"
	"strings"
	"time"
)

// The window: the commits of so many days before the newest one, at most so many of them.
const (
	Days       = 90
	MaxCommits = 500
)

// maxFiles bounds the files of one answer.
const maxFiles = 1_000

// Commit is one commit on the line of first parents of a branch.
type Commit struct {
	ID string
	// Parent is the commit before it on the line; empty for the first of all.
	Parent string
	// Merge is true when git says that it has more parents.
	Merge bool
	At    time.Time
	// Author tells people apart and is in no answer.
	Author  string
	Message string
	// Fix is true when it says that it fixes or reverts something and the message that says so was not kept.
	Fix bool
	// Paths are what it changed, compared with its first parent.
	Paths []string
}

// History is what a branch's history tells of files.
type History struct {
	// Days is how far the commits go back that were read, at most the window.
	Days int `json:"days"`
	// Files are sorted by path, at most 1,000.
	Files []File `json:"files"`
}

// File is one file. A file that no commit of the window touched is there, with zeros.
type File struct {
	Path string `json:"path"`
	// Changes are the commits that touched it, Authors how many people made them.
	Changes int `json:"changes"`
	Authors int `json:"authors"`
	// Fixes are those of the commits that say they fix or revert something.
	Fixes int `json:"fixes"`
	// Age is how many days before the newest commit it was last changed; -1 when no commit of the window touched it.
	Age int `json:"age"`
}

// IsFix reports whether a commit says that it fixes or reverts something.
func (c Commit) IsFix() bool { return c.Fix || Fixes(c.Message) || Reverts(c.Message) }

// Of counts what touched the files, over a line of commits from the newest to the oldest. It looks at MaxCommits of
// them; one more says that the branch is older than that. A commit of more than MaxPaths files touched none of them.
// Without a commit there is no answer.
func Of(line []Commit, paths []string) *History {
	if len(line) == 0 {
		return nil
	}
	cut := len(line) > MaxCommits
	line = line[:min(len(line), MaxCommits)]
	h := &History{Days: Days, Files: []File{}}
	paths = slices.Compact(slices.Sorted(slices.Values(paths)))
	paths = paths[:min(len(paths), maxFiles)]
	newest := line[0].At
	at := map[string]int{}
	for i, p := range paths {
		at[p] = i
		h.Files = append(h.Files, File{Path: p, Age: -1})
	}
	authors := make([]map[string]bool, len(paths))
	oldest := 0
	for _, c := range line {
		age := max(0, int(newest.Sub(c.At)/(24*time.Hour)))
		// Dates of commits are not always in order: one that claims to be old ends nothing.
		if oldest = max(oldest, age); age > Days {
			continue
		}
		if len(c.Paths) > MaxPaths {
			continue
		}
		fixes := c.IsFix()
		for _, p := range c.Paths {
			i, wanted := at[p]
			if !wanted {
				continue
			}
			f := &h.Files[i]
			f.Changes++
			if fixes {
				f.Fixes++
			}
			if f.Age < 0 || age < f.Age {
				f.Age = age
			}
			if authors[i] == nil {
				authors[i] = map[string]bool{}
			}
			authors[i][strings.ToLower(c.Author)] = true
		}
	}
	for i := range h.Files {
		h.Files[i].Authors = len(authors[i])
	}
	if cut {
		h.Days = min(Days, oldest)
	}
	return h
}
