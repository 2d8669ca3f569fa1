// Package survey concludes settings from a repository's history: how people write commits, how changes land, how large
// they are, what each rule would have refused. It reads nothing itself and judges nothing; "lintel init" brings it what
// git and the rules say.
//
// Callers may rely on: equal histories give equal text; what is written is a valid settings file whatever the history
// holds, since nothing that others wrote is put into it but names that match the settings' own patterns; every number
// in it was counted.
package survey

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/commits"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Commit is one commit on the line of first parents of a branch.
type Commit struct {
	ID      string
	Parents []string
	// Email is the author's address; of one that hides behind the forge the login can be told.
	Email   string
	Message string
}

// Landing is how a change came into the branch.
type Landing string

// The ways of landing. Direct is a commit of one parent without a number: pushed, or rebased.
const (
	Squash Landing = "squash"
	Merge  Landing = "merge"
	Direct Landing = "direct"
)

// Change is one change of the past: what its branch held between Base and Head.
type Change struct {
	// Commit is the one on the branch that brought it in.
	Commit     string
	Base, Head string
	// Title and Body are those of the change, as far as the commit that landed tells.
	Title, Body string
	// Author is a login, empty when it cannot be told.
	Author string
	// Number is the change's, 0 when it cannot be told.
	Number int
	Landed Landing
}

var (
	numbered = lazyregexp.New(`^(.*\S) \(#(\d{1,9})\)$`)
	merged   = lazyregexp.New(`^(?:Merge pull request #|Merge #|Auto merge of #|Merge PR #|Merged in .*pull request #)(\d{1,9})`)
	// onGitLab ends the message of GitLab's merges.
	onGitLab = lazyregexp.New(`(?m)^See merge request \S*!(\d{1,9})\s*\z`)
	byForge  = lazyregexp.New(`^(?:\d+\+)?([A-Za-z0-9](?:[A-Za-z0-9-]*)(?:\[bot\])?)@users\.noreply\.(?:github\.com|[a-z0-9.-]+)$`)
)

// unasked are headers of commits which nobody asks to merge: the version that "npm version" and its like
// commit, with a word before it at most, and GitHub's merge of a security advisory's fork.
var unasked = lazyregexp.New(
	`^(?:(?i:(?:bump(?:ed|s)?|releas(?:e|ed|ing)|prepare|tag|version)(?: release| version)?(?: to)? ` +
		`)?v?\d+\.\d+\.\d+(?:[-.+][0-9A-Za-z.+-]+)?|Merge commit from fork)$`)

// byHand is the header of a merge that somebody made on a machine, of a release branch in most places.
var byHand = lazyregexp.New(`^Merge (?:branch|branches|remote-tracking branch|tag|release)\b`)

// Changes reads a line of first parents, newest first. A root commit and a merge of more than two branches are no
// change that could be judged, nor is what nobody asked to merge: the commit of a release, and merges by hand,
// unless half of all changes came so.
func Changes(log []Commit) []Change {
	all := read(log)
	hand := map[string]bool{}
	for _, c := range log {
		header, _, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
		hand[c.ID] = len(c.Parents) == 2 && byHand.MatchString(header)
	}
	n := 0
	for _, c := range all {
		if hand[c.Commit] {
			n++
		}
	}
	if 2*n >= len(all) {
		return all
	}
	return slices.DeleteFunc(all, func(c Change) bool { return hand[c.Commit] })
}

func read(log []Commit) []Change {
	var out []Change
	for _, c := range log {
		header, body, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
		header, body = strings.TrimRight(header, " \t\r"), strings.Trim(body, "\r\n")
		x := Change{Commit: c.ID, Title: header, Body: body, Landed: Direct}
		if m := byForge.FindStringSubmatch(c.Email); m != nil {
			x.Author = m[1]
		}
		switch len(c.Parents) {
		case 1:
			if unasked.MatchString(header) {
				continue
			}
			x.Base, x.Head = c.Parents[0], c.ID
			if m := numbered.FindStringSubmatch(header); m != nil {
				x.Title, x.Landed = m[1], Squash
				x.Number, _ = strconv.Atoi(m[2])
			} else if m := merged.FindStringSubmatch(header); m != nil {
				// A squash with the text of a merge: somebody's own setting of the forge.
				x.Landed = Squash
				x.Number, _ = strconv.Atoi(m[1])
				x.Title, x.Body = titleOf(body)
			}
		case 2:
			// Who pressed the button is the author of the merge, not of the change.
			x.Base, x.Head, x.Landed, x.Author = c.Parents[0], c.Parents[1], Merge, ""
			if m := numbered.FindStringSubmatch(header); m != nil && !merged.MatchString(header) && !byHand.MatchString(header) {
				// The forge was told to give merges the title and the description of the change.
				x.Title = m[1]
				x.Number, _ = strconv.Atoi(m[2])
				break
			}
			x.Title, x.Body = titleOf(body)
			m := merged.FindStringSubmatch(header)
			if m == nil {
				m = onGitLab.FindStringSubmatch(body)
			}
			if m != nil {
				x.Number, _ = strconv.Atoi(m[1])
			}
		default:
			continue
		}
		out = append(out, x)
	}
	return out
}

// titleOf parts what stands below a merge's own header.
func titleOf(body string) (title, rest string) {
	title, rest, _ = strings.Cut(body, "\n")
	return strings.TrimSpace(title), strings.Trim(rest, "\r\n")
}

// Style is what the changes say of how people write: the titles of squashed changes, and the commits of the others,
// which are history themselves.
func Style(changes []Change, others []Commit) commits.Style {
	var past []change.Past
	for _, c := range changes {
		if c.Landed != Merge {
			past = append(past, change.Past{Header: c.Title, Parents: 1})
		}
	}
	for _, c := range others {
		header, _, _ := strings.Cut(c.Message, "\n")
		past = append(past, change.Past{Header: header, Parents: len(c.Parents)})
	}
	return commits.Detect(past)
}

var signed = lazyregexp.New(`(?im)^Signed-off-by: .+ <.+@.+>\s*$`)

// SignedOff counts the commits with a sign-off, merges left out of both numbers.
func SignedOff(all []Commit) (with, of int) {
	for _, c := range all {
		if len(c.Parents) > 1 {
			continue
		}
		of++
		if signed.MatchString(c.Message) {
			with++
		}
	}
	return with, of
}
