// Package aftermath says what became of merged changes: which ones were reverted, and which ones had lines fixed, within
// fourteen days.
//
// Callers may rely on: it reads what commits say and what they changed, and no forge. It is an estimate from below and
// from above at once: a revert or a fix that does not call itself one is missed, and so is a fix of a renamed file; a
// fix that removes a line with the same text for another reason is counted.
package aftermath

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/lintel-review/lintel/internal/diff"
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
	fixes          = lazyregexp.New(`(?i)^(?:[\w./-]{1,40}(?:\([^)]{0,60}\))?!?: *)?(?:\[[^\]]{0,40}\] *)?` +
		`(?:bug ?fix|hot ?fix|fix(?:es|ed|ing)?|repair(?:s|ed)?|correct(?:s|ed)?)\b`)
	reverts = lazyregexp.New(`(?i)^(?:[\w-]{1,20}(?:\([^)]{0,60}\))?!?: *)?revert(?:s|ed)?\b`)
)

// Reverted finds the changes that another one says it reverts, within the days, each with the commit of the first that
// says so. The changes are the newest first.
func Reverted(all []Landed) map[string]string {
	byID, byNumber := map[string]int{}, map[int]int{}
	for i, c := range all {
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

// IsFix reports whether a change calls itself a fix: the header of one of its messages begins so. A revert is none.
func (l Landed) IsFix() bool {
	found := false
	for _, message := range l.Messages {
		header, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
		if reverts.MatchString(header) {
			return false
		}
		found = found || fixes.MatchString(header)
	}
	return found
}

// maxLines bounds the lines of one change that are compared.
const maxLines = 50_000

// Lines are lines of a change, each known by its file and its text.
type Lines map[uint64]struct{}

// Added are the lines that a change adds, Removed those that it removes. Lines with next to no text say nothing and are left out.
func Added(files []diff.File) Lines { return lines(files, diff.Add) }

// Removed are the lines that a change removes.
func Removed(files []diff.File) Lines { return lines(files, diff.Delete) }

func lines(files []diff.File, op diff.Op) Lines {
	out := Lines{}
	for _, f := range files {
		path := f.Path
		if op == diff.Delete && f.OldPath != "" {
			path = f.OldPath
		}
		for _, h := range f.Hunks {
			for _, l := range h.Lines {
				if l.Op == op && telling(l.Text) && len(out) < maxLines {
					sum := fnv.New64a()
					_, _ = sum.Write([]byte(path + "\x00" + strings.TrimSpace(l.Text)))
					out[sum.Sum64()] = struct{}{}
				}
			}
		}
	}
	return out
}

// telling reports whether a line has enough text to be known again: eight letters or digits.
func telling(s string) bool {
	n := 0
	for _, c := range s {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			n++
		}
		if n == 8 {
			return true
		}
	}
	return false
}

// Touches reports whether two sets have a line in common.
func (l Lines) Touches(other Lines) bool {
	if len(l) > len(other) {
		l, other = other, l
	}
	for x := range l {
		if _, ok := other[x]; ok {
			return true
		}
	}
	return false
}
