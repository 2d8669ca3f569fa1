package ownership

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/change"
)

// directory resolves owners to people. People are lower-case logins; spelling gives them back as somebody wrote them.
type directory struct {
	s        *change.Snapshot
	spelling map[string]string
	resolved map[string]resolved
	emails   map[string][]string
	// authors are all logins that are the author's.
	authors map[string]bool
	// cannotPush are reviewers without write access.
	cannotPush map[string]bool
	// pushers are those who wrote a commit of the change, where the settings do not count their approvals; allPushers
	// is true when not all commits are known.
	pushers    map[string]bool
	allPushers bool
}

// resolved is one owner with the people behind it.
type resolved struct {
	owner  Owner
	people []string
	// mayPush is true when the owner's right to push covers all of its people.
	mayPush bool
	// hidden says why there may be more people behind the owner than are known; empty when there are not.
	hidden string
}

func newDirectory(s *change.Snapshot) *directory {
	d := &directory{
		s:          s,
		spelling:   map[string]string{},
		resolved:   map[string]resolved{},
		emails:     map[string][]string{},
		authors:    map[string]bool{},
		cannotPush: map[string]bool{},
	}
	for mail, logins := range s.Emails {
		for _, l := range logins {
			d.emails[strings.ToLower(mail)] = append(d.emails[strings.ToLower(mail)], d.person(l))
		}
	}
	for _, t := range s.Teams {
		for _, m := range t.Members {
			d.person(m)
		}
	}
	for _, r := range s.Reviews {
		login := d.person(r.Author.Login)
		if mail := strings.ToLower(r.Author.Email); mail != "" {
			d.emails[mail] = append(d.emails[mail], login)
		}
		d.cannotPush[login] = r.CanWrite != nil && !*r.CanWrite
		if s.Author != nil && d.same(r.Author, *s.Author) {
			d.authors[login] = true
		}
	}
	if s.Author != nil {
		login := d.person(s.Author.Login)
		d.authors[login] = true
		if mail := strings.ToLower(s.Author.Email); mail != "" {
			d.emails[mail] = append(d.emails[mail], login)
		}
	}
	return d
}

// person is the lower-case login of somebody the forge named, and remembers the spelling; of several, the one that sorts first.
func (d *directory) person(login string) string {
	login = strings.TrimPrefix(strings.TrimSpace(login), "@")
	low := strings.ToLower(login)
	if was, ok := d.spelling[low]; !ok || login < was {
		d.spelling[low] = login
	}
	return low
}

// spell turns people into logins as they are written.
func (d *directory) spell(people []string) []string {
	out := make([]string, len(people))
	for i, p := range people {
		out[i] = d.spelling[p]
	}
	return out
}

// withoutAuthor leaves out the author, and says whether that left somebody out. An unknown author is nobody.
func (d *directory) withoutAuthor(people []string) ([]string, bool) {
	rest := make([]string, 0, len(people))
	for _, p := range people {
		if !d.authors[p] {
			rest = append(rest, p)
		}
	}
	return rest, len(rest) < len(people)
}

// same reports whether two accounts are one person: by login without regard to case, by id, or by public address.
func (d *directory) same(a, b change.Account) bool {
	return d.person(a.Login) == d.person(b.Login) || a.ID != 0 && a.ID == b.ID || a.Email != "" && strings.EqualFold(a.Email, b.Email)
}

func (d *directory) resolve(o codeowners.Owner) resolved {
	key := ownerKey(o)
	r, ok := d.resolved[key]
	if !ok {
		switch o.Kind {
		case codeowners.User:
			r = d.user(o)
		case codeowners.Team, codeowners.Role:
			r = d.team(o)
		default:
			r = d.email(o)
		}
		slices.Sort(r.people)
		r.people = slices.Compact(r.people)
		r.owner.Name, r.owner.Kind, r.owner.People = excerpt(o.String()), string(o.Kind), len(r.people)
		r.owner.Reason = excerpt(r.owner.Reason)
		d.resolved[key] = r
	}
	return r
}

// ownerKey is the same for all spellings of an owner.
func ownerKey(o codeowners.Owner) string { return strings.ToLower(o.String()) }

func (d *directory) user(o codeowners.Owner) resolved {
	low := strings.ToLower(o.Name)
	if d.spelling[low] == "" {
		d.spelling[low] = o.Name
	}
	people := []string{low}
	a, ok := d.s.Owners[low]
	if t := d.s.Teams[low]; t.Exists {
		return d.team(o) // GitLab writes a group at the top as it writes a user
	}
	switch {
	case !ok && gap(d.s, "owners.account", o.Name) != "":
		// Somebody who approves and is known to be able to push has answered the question, so the person stays.
		return resolved{
			owner:  Owner{State: Eligible, Assumed: true, Reason: "the account could not be read: " + gap(d.s, "owners.account", o.Name)},
			people: people,
		}
	case !ok:
		return resolved{
			owner:  Owner{State: Eligible, Assumed: true, Reason: "it was not checked that the account exists and may push"},
			people: people,
		}
	case !a.Exists:
		return resolved{owner: Owner{State: Missing, Reason: "there is no such user"}}
	case a.CanWrite != nil && !*a.CanWrite:
		return resolved{owner: Owner{State: NoWrite, Reason: "the user has no write access to the repository"}}
	case a.CanWrite == nil:
		return resolved{owner: Owner{State: Eligible, Assumed: true, Reason: "it was not checked that the user may push"}, people: people}
	}
	return resolved{owner: Owner{State: Eligible}, people: people, mayPush: true}
}

func (d *directory) team(o codeowners.Owner) resolved {
	t, ok := d.s.Teams[strings.ToLower(o.Name)]
	switch {
	case !ok && gap(d.s, "owners.team", o.Name) != "":
		return unread("the team could not be read: " + gap(d.s, "owners.team", o.Name))
	case !ok:
		return unread("the members of the team are not known here")
	case !t.Exists:
		return resolved{owner: Owner{State: Missing, Reason: "there is no such team, or it is hidden from this app"}}
	case t.CanWrite != nil && !*t.CanWrite:
		return resolved{owner: Owner{State: NoWrite, Reason: "the team has no write access to the repository"}}
	case len(t.Members) == 0 && gap(d.s, "owners.team", o.Name) != "":
		return unread("the team could not be read: " + gap(d.s, "owners.team", o.Name))
	case len(t.Members) == 0:
		return resolved{owner: Owner{State: Empty, Reason: "the team has no members"}}
	}
	r := resolved{owner: Owner{State: Eligible}, mayPush: t.CanWrite != nil}
	if reason := gap(d.s, "owners.team", o.Name); reason != "" {
		r.hidden = "not all members could be read: " + reason
		r.owner.Reason = r.hidden
	}
	if t.CanWrite == nil {
		r.owner.Assumed, r.owner.Reason = true, "it was not checked that the team may push"
	}
	for _, m := range t.Members {
		r.people = append(r.people, d.person(m))
	}
	return r
}

func unread(reason string) resolved {
	return resolved{owner: Owner{State: Unread, Reason: reason}, hidden: excerpt(reason)}
}

func (d *directory) email(o codeowners.Owner) resolved {
	people := slices.Clone(d.emails[strings.ToLower(o.Name)])
	if reason := gap(d.s, "owners.account", o.Name); len(people) == 0 && reason != "" {
		return unread("the account of the address could not be read: " + reason)
	}
	if len(people) == 0 && d.s.Kind == change.LocalBranch {
		return unread("nobody here knows which account has this address")
	}
	if len(people) == 0 {
		return resolved{owner: Owner{State: Unresolved, Reason: "no account is known to have this address"}}
	}
	return resolved{owner: Owner{State: Eligible, Assumed: true, Reason: "the address belongs to " + d.spelling[people[0]]}, people: people}
}

// known reports whether the forge was asked about a user.
func (d *directory) known(o codeowners.Owner) bool {
	_, ok := d.s.Owners[strings.ToLower(o.Name)]
	return ok
}

// findPushers notes who wrote or made the commits of the change: by the account that the forge knows for a commit, and
// by the addresses of its author and committer. Who pushed them no forge says, so this rests on what commits say of
// themselves.
func (d *directory) findPushers(s *change.Snapshot) {
	d.pushers, d.allPushers = map[string]bool{}, len(s.Commits) < s.CommitsTotal
	for _, c := range s.Commits {
		if c.AuthorAccount != nil {
			d.pushers[d.person(c.AuthorAccount.Login)] = true
		}
		for _, mail := range []string{c.Author.Email, c.Committer.Email} {
			for _, p := range d.emails[strings.ToLower(mail)] {
				d.pushers[p] = true
			}
		}
	}
}
