// Package aftermath says what became of merged changes: which ones were reverted, and which ones had lines fixed, within
// fourteen days.
//
// Callers may rely on: it reads what commits say and what they changed, and no forge. A change counts as fixed when a
// later one whose title says so replaces or removes a line of code that the change had added, between the same two
// lines, or puts something between two such lines. What it misses: reverts and fixes that do not call themselves so,
// fixes elsewhere than at the change's own lines, and lines whose neighbours changed in between.
package aftermath

import (
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Days is how long a change is followed.
const Days = 14

// Landed is a change with what its commits say.
type Landed struct {
	// Commit is that of the branch itself.
	Commit string
	// Number is that of the pull request; 0 is not known.
	Number int
	At     time.Time
	// Title is that of the pull request; empty takes that of the first message.
	Title string
	// Brought are the commits that a merge brought in.
	Brought []string
	// Messages are those of all of its commits.
	Messages []string
}

// Within reports whether a later change came within the days after an earlier one.
func Within(earlier, later time.Time) bool {
	return !later.Before(earlier) && later.Sub(earlier) <= Days*24*time.Hour
}

// Followed is for how many whole days history goes on, at most Days.
func Followed(at, end time.Time) int {
	return max(0, min(Days, int(end.Sub(at)/(24*time.Hour))))
}

var (
	revertedCommit = lazyregexp.New(`(?i)\breverts? (?:commit |changeset )?([0-9a-f]{7,64})\b`)
	revertedPull   = lazyregexp.New(`(?im)^\s*(?:this )?reverts? (?:pull request |PR )?(?:[\w.-]+/[\w.-]+)?#(\d{1,9})\b`)
)

// revertedTitle is the title that forges give a revert.
var revertedTitle = lazyregexp.New(`(?i)^(?:[\w./#@+-]{1,40}(?:\([^)]{0,60}\))?!?: *|\[[^\]]{0,40}\]:? *)?revert:? "(.{8,})"`)

// numberBehind is what a squash puts behind a title.
var numberBehind = lazyregexp.New(` \(#\d{1,9}\)$`)

// Reverted finds the changes that another one says it reverts, within the days, each with the commit of the first that
// says so. The changes are the newest first.
func Reverted(all []Landed) map[string]string {
	byID, byNumber, byTitle := map[string]int{}, map[int]int{}, map[string][]int{}
	for i, c := range all {
		title := numberBehind.ReplaceAllString(c.title(), "")
		byTitle[title] = append(byTitle[title], i)
		byID[c.Commit] = i
		for _, id := range c.Brought {
			byID[id] = i
		}
		if c.Number > 0 {
			byNumber[c.Number] = i
		}
	}
	out := map[string]string{}
	mark := func(i, by int, ok bool) {
		// By walks from the newest to the oldest, so that the first to revert is what stays.
		if ok && i > by && Within(all[i].At, all[by].At) {
			out[all[i].Commit] = all[by].Commit
		}
	}
	for by, c := range all {
		if m := revertedTitle.FindStringSubmatch(c.title()); m != nil {
			// Of several with the title it is the last one before.
			for _, i := range byTitle[numberBehind.ReplaceAllString(m[1], "")] {
				if i > by {
					mark(i, by, true)
					break
				}
			}
		}
		for _, message := range c.Messages {
			for _, m := range revertedCommit.FindAllStringSubmatch(message, -1) {
				i, ok := find(byID, strings.ToLower(m[1]))
				mark(i, by, ok)
			}
			for _, m := range revertedPull.FindAllStringSubmatch(message, -1) {
				n, _ := strconv.Atoi(m[1]) // at most nine digits
				i, ok := byNumber[n]
				mark(i, by, ok)
			}
		}
	}
	return out
}

// find finds a commit by its id or the beginning of it, which must not fit two changes.
func find(byID map[string]int, id string) (at int, ok bool) {
	if i, ok := byID[id]; ok {
		return i, true
	}
	for full, i := range byID {
		if strings.HasPrefix(full, id) {
			if ok && i != at {
				return 0, false
			}
			at, ok = i, true
		}
	}
	return at, ok
}

// IsFix reports whether the title of a change says that it fixes what the program does. A revert is none, and neither is
// a fix of prose, tests, style or CI.
func (l Landed) IsFix() bool { return churn.Fixes(l.title()) }

func (l Landed) title() string {
	if l.Title == "" && len(l.Messages) > 0 {
		return churn.Title(l.Messages[0])
	}
	return l.Title
}
