package flow

import (
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

var (
	revertBody    = lazyregexp.New(`(?m)^Reverts ([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)?#([1-9][0-9]{0,8})\b`)
	revertBranch  = lazyregexp.New(`^revert-([1-9][0-9]{0,8})-`)
	revertTrailer = lazyregexp.New(`(?m)^This reverts commit ([0-9a-f]{40}|[0-9a-f]{64})\b`)
)

// RevertedCommits are the commits that a message says it takes back, as git revert writes it.
func RevertedCommits(message string) []string {
	var all []string
	for _, m := range revertTrailer.FindAllStringSubmatch(message, -1) {
		all = append(all, m[1])
	}
	return all
}

// Landing is a change that landed, as far as it may take back another.
type Landing struct {
	// Repository is the full name of the one that it is in.
	Repository, Branch, Base, Body string
	At                             time.Time
}

// RevertsBy says what a change that landed takes back: as the button of a forge writes it into the body or the
// name of the branch, or as git revert writes it. What is taken back is told of it, too.
func RevertsBy(p Pull, l Landing) []Event {
	other := ""
	if m := revertBody.FindStringSubmatch(l.Body); m != nil && (m[1] == "" || strings.EqualFold(m[1], l.Repository)) {
		other = m[2]
	} else if m := revertBranch.FindStringSubmatch(l.Branch); m != nil {
		other = m[1]
	}
	var all []Event
	add := func(pull Pull, kind Kind, sha string, d Detail) {
		e := Event{Pull: pull, Kind: kind, Actor: Actor{Kind: Ghost, Source: "default"}, At: l.At.UTC(), SHA: sha, Detail: d}
		e.Key = Key(e)
		all = append(all, e)
	}
	if n, err := strconv.Atoi(other); err == nil && n > 0 && n != p.Number {
		add(p, Reverts, "", Detail{Other: n})
		add(Pull{Forge: p.Forge, RepoID: p.RepoID, Number: n}, Reverted, "", Detail{Other: p.Number, Base: l.Base})
		return all
	}
	for _, sha := range RevertedCommits(l.Body) {
		add(Pull{Forge: p.Forge, RepoID: p.RepoID}, Reverted, sha, Detail{Other: p.Number, Base: l.Base})
	}
	return all
}
