package ownership

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/sorting"
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
	sorting.By(out, func(a, b opinion) int { return strings.Compare(a.person, b.person) })
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

// verdict is why an approval does not count; empty when it does.
type verdict struct{ why, detail string }

// judge says what holds for all files of an approval: that it counts, or why it does not. When open is true, each file must be compared.
// mayPush says that the owner by whom the reviewer is asked is known to have write access, which covers its people.
func (j *judge) judge(r change.Review, mayPush bool) (v verdict, open bool) {
	switch {
	case j.d.authors[j.d.person(r.Author.Login)]:
		return verdict{why: OwnWork}, false
	case r.State == change.Dismissed:
		return verdict{why: Withdrawn}, false
	case j.d.pushers[j.d.person(r.Author.Login)]:
		return verdict{why: Pushed}, false
	case j.d.allPushers:
		return verdict{why: CommitsUnread}, false
	case r.CanWrite != nil && !*r.CanWrite:
		return verdict{why: CannotPush}, false
	case r.CanWrite == nil && !mayPush:
		if reason := gap(j.s, "owners.account", r.Author.Login); reason != "" {
			return verdict{PushUnread, excerpt(reason)}, false
		}
	}
	if r.Commit == j.s.Head.SHA && r.Commit != "" {
		return verdict{}, false
	}
	if !j.keep {
		return verdict{why: OlderHead}, false
	}
	old, ok := j.s.Reviewed[r.Commit]
	switch {
	case r.Commit == "":
		return verdict{Gone, "the forge no longer says which commit was approved"}, false
	case !ok:
		if reason := gap(j.s, "owners.reviewed", r.Commit); reason != "" {
			return verdict{Gone, excerpt(reason)}, false
		}
		return verdict{Gone, "it was not read"}, false
	case !old.Complete:
		return verdict{Gone, excerpt(old.Reason)}, false
	}
	return verdict{}, true
}

// compare holds the patch of one file against that of an approved head that was read whole.
func (j *judge) compare(commit string, f diff.File) verdict {
	if j.now == nil {
		j.now = diff.Digests(j.s.Files)
	}
	then, ok := j.then[commit]
	if !ok {
		then = diff.Digests(j.s.Reviewed[commit].Files)
		j.then[commit] = then
	}
	before, listed := then[f.Path]
	switch now := j.now[f.Path]; {
	case !listed:
		return verdict{why: Added}
	case diff.SamePatch(before, now):
		return verdict{}
	case before == "" || now == "":
		return verdict{why: Opaque}
	}
	return verdict{why: Changed}
}

// approvesAll reports whether an approval holds for every file of the change, and for no file that is gone from it since.
func (j *judge) approvesAll(r change.Review) bool {
	v, open := j.judge(r, false)
	if !open {
		return v.why == ""
	}
	if len(j.s.Reviewed[r.Commit].Files) != len(j.s.Files) {
		return false
	}
	return !slices.ContainsFunc(j.s.Files, func(f diff.File) bool { return j.compare(r.Commit, f).why != "" })
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
