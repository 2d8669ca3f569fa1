package ownership

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// opinion is a person's latest review that says something: an approval, a request for changes, or one of these dismissed.
// Comments leave it as it is, as on GitHub.
type opinion struct {
	person string
	review change.Review
}

// opinions gives each reviewer's opinion, sorted by person.
func opinions(s *change.Snapshot, d *directory) []opinion {
	latest := map[string]change.Review{}
	for _, r := range s.Reviews {
		switch r.State {
		case change.Approved, change.ChangesRequested, change.Dismissed:
			latest[d.person(r.Author.Login)] = r
		}
	}
	out := make([]opinion, 0, len(latest))
	for p, r := range latest {
		out = append(out, opinion{person: p, review: r})
	}
	slices.SortFunc(out, func(a, b opinion) int { return strings.Compare(a.person, b.person) })
	return out
}

// judge says which approvals count for which files.
type judge struct {
	s    *change.Snapshot
	d    *directory
	keep bool
	// now and then hold patch digests by path: of the head, and of older heads by commit; made when they are first asked for.
	now  map[string]string
	then map[string]map[string]string
}

// counts reports whether an approval holds for a file, and if not why. mayPush says that the owner by whom the reviewer is asked is known
// to have write access, which covers its people.
func (j *judge) counts(r change.Review, f diff.File, mayPush bool) (why, detail string) {
	switch {
	case j.d.authors[j.d.person(r.Author.Login)]:
		return OwnWork, ""
	case r.State == change.Dismissed:
		return Withdrawn, ""
	case r.CanWrite != nil && !*r.CanWrite:
		return CannotPush, ""
	case r.CanWrite == nil && !mayPush:
		if reason := gap(j.s, "owners.account", r.Author.Login); reason != "" {
			return PushUnread, excerpt(reason)
		}
	}
	if r.Commit == j.s.Head.SHA && r.Commit != "" {
		return "", ""
	}
	if !j.keep {
		return OlderHead, ""
	}
	old, ok := j.s.Reviewed[r.Commit]
	switch {
	case r.Commit == "":
		return Gone, "the forge no longer says which commit was approved"
	case !ok:
		if reason := gap(j.s, "owners.reviewed", r.Commit); reason != "" {
			return Gone, excerpt(reason)
		}
		return Gone, "it was not read"
	case !old.Complete:
		return Gone, excerpt(old.Reason)
	}
	return j.compare(r.Commit, old.Files, f), ""
}

// compare holds the patch of one file against that of an approved head.
func (j *judge) compare(commit string, files []diff.File, f diff.File) string {
	if j.now == nil {
		j.now = diff.Digests(j.s.Files)
	}
	then, ok := j.then[commit]
	if !ok {
		then = diff.Digests(files)
		j.then[commit] = then
	}
	before, listed := then[f.Path]
	switch now := j.now[f.Path]; {
	case !listed:
		return Added
	case diff.SamePatch(before, now):
		return ""
	case before == "" || now == "":
		return Opaque
	}
	return Changed
}

// since tells what was pushed after a commit.
func since(s *change.Snapshot, commit string) Since {
	if commit == s.Head.SHA {
		return Since{}
	}
	at := slices.IndexFunc(s.Commits, func(c change.Commit) bool { return c.SHA == commit })
	if at < 0 {
		return Since{Rewritten: len(s.Commits) > 0 && len(s.Commits) >= s.CommitsTotal}
	}
	if at == len(s.Commits)-1 {
		return Since{}
	}
	last := s.Commits[len(s.Commits)-1]
	subject, _, _ := strings.Cut(last.Message, "\n")
	return Since{Commits: len(s.Commits) - 1 - at, Last: last.SHA, Subject: excerpt(strings.TrimSpace(subject))}
}
