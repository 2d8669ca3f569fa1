package churn

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// MaxPaths is how many files a commit may change and still tell of each of them: a wider one moves, formats or renames
// everything.
const MaxPaths = 2_000

// anyMerge begins the message of a merge by hand.
var anyMerge = lazyregexp.New(`^Merge (?:branch|remote-tracking|commit|tag|[\w./-]+ into)\b`)

// FromPush tells which commits of a push to a branch stand on its line of first parents, the oldest first, each with its
// parent on the line. Before is the commit that the branch pointed at; all zero for a new branch. An event tells no
// parents, so messages do: the merge of a change closes the commits that it brought in, and so does any merge that
// ends the push. Such a merge touches what the event says of it or, where it says nothing, what it brought in.
func FromPush(before string, pushed []Commit) []Commit {
	var line, open []Commit
	parent := strings.Trim(before, "0")
	if parent != "" {
		parent = before
	}
	add := func(c Commit) {
		slices.Sort(c.Paths)
		c.Paths, c.Parent = slices.Compact(c.Paths), parent
		line, parent = append(line, c), c.ID
	}
	for i, c := range pushed {
		header, _, _ := strings.Cut(c.Message, "\n")
		if !mergeOfPull.MatchString(header) && (i+1 < len(pushed) || !anyMerge.MatchString(header)) {
			open = append(open, c)
			continue
		}
		if len(c.Paths) == 0 {
			c.Paths = broughtIn(open)
		}
		open = nil
		add(c)
	}
	for _, c := range open {
		add(c)
	}
	if len(line) > 0 && line[0].Parent == "" {
		line[0].Paths = nil // the first commit of all changed nothing that was there
	}
	return line
}

// broughtIn are the files that the commits of a branch touched. What a merge into the branch touched came from elsewhere.
func broughtIn(branch []Commit) (paths []string) {
	for _, c := range branch {
		if !anyMerge.MatchString(c.Message) {
			paths = append(paths, c.Paths...)
		}
	}
	return paths
}
