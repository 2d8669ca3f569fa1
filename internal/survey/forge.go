package survey

import (
	"fmt"
	"strings"
)

// Forge is what a forge tells of the past beside git.
type Forge struct {
	// Repository is "owner/name"; empty when git alone was read, and then Why says why.
	Repository, Why string
	// Squash, Merge and Rebase are the ways to merge that are allowed, nil when they are hidden. SquashTitle is
	// PR_TITLE or COMMIT_OR_PR_TITLE, or empty.
	Squash, Merge, Rebase *bool
	SquashTitle           string
	// Pulls is how many changes the forge told of.
	Pulls int
}

// Pull is a merged change as the forge has it.
type Pull struct {
	Number      int
	Title, Body string
	// Commit is the one on the branch that brought it in, or empty.
	Commit string
	// Author is a login, with "[bot]" where it is a bot; empty when the account is gone.
	Author string
}

// Known gives changes the titles, texts and authors that the forge has now, and says of how many. A
// change is known by the commit that landed, else by its number.
func Known(changes []Change, pulls []Pull) ([]Change, int) {
	commits, numbers := map[string]Pull{}, map[int]Pull{}
	for _, p := range pulls {
		numbers[p.Number] = p
		if p.Commit != "" {
			commits[p.Commit] = p
		}
	}
	out, n := make([]Change, len(changes)), 0
	for i, c := range changes {
		p, ok := commits[c.Commit]
		if !ok && c.Number > 0 {
			p, ok = numbers[c.Number]
		}
		if out[i] = c; !ok {
			continue
		}
		n++
		out[i].Number, out[i].Author = p.Number, p.Author
		// What was rebased has the messages of its own commits: the title is no history.
		if c.Landed != Direct {
			out[i].Title, out[i].Body = strings.TrimSpace(p.Title), strings.ReplaceAll(p.Body, "\r\n", "\n")
		}
	}
	return out, n
}

// read says in a sentence what was read.
func (f Forge) read() string {
	switch {
	case f.Repository == "":
		return "read from git alone: " + f.Why
	case f.Squash == nil:
		return fmt.Sprintf(
			"read from git, and %d merged pull requests of %s from GitHub, which shows its merge settings to those alone who may push",
			f.Pulls, name(f.Repository))
	}
	return fmt.Sprintf("read from git, and the merge settings and %d merged pull requests of %s from GitHub", f.Pulls, name(f.Repository))
}

// Read says in a sentence where the history comes from.
func (h History) Read() string { return h.Forge.read() }

// settled decides what becomes history by the forge's merge settings; ok is false where they leave more than one way, or are hidden.
func (f Forge) settled() (squash, why string, ok bool) {
	switch {
	case f.Squash == nil || f.Merge == nil || f.Rebase == nil:
		return "", "", false
	case !*f.Squash:
		return "commits", "the merge settings allow no squash: the branch's commits become history", true
	case *f.Merge || *f.Rebase:
		return "", "", false
	case f.SquashTitle == "PR_TITLE":
		return "title", "the merge settings allow a squash alone, under the title of the pull request", true
	}
	return "auto", "the merge settings allow a squash alone; a change of one commit lands under that commit's header, " +
		"any other under its title", true
}
