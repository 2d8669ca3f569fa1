// Package ci reads what the environment of a CI job says: which CI it is, which run, and which change the job runs for.
// It is pure: the caller gives the environment and the file of the event.
//
// Callers may rely on: variables and events are text that others may have written, so each has a limit, names of
// branches and commits are checked, and one that cannot be used is an *Unusable and never a silent default; what a CI
// does not say is empty.
package ci

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Target is the run, and the commit that it is about.
type Target struct {
	// SHA is the newest commit of the change, Measured what was checked out.
	SHA, Measured, Repository, Run, Job string
	// Attempt counts from 1; 0 is not known.
	Attempt int
}

// Job is what the environment of a job says of it. What is not known is empty.
type Job struct {
	// Name is "GitHub Actions"; empty when no CI was recognised.
	Name string
	Target
	// Pull is the number of the pull request.
	Pull int
	// Part is which of several pieces of one job this is, where the CI numbers them.
	Part string
	// Fork is true when the pull request comes from another repository.
	Fork bool
	// Elsewhere is true when the job measured nothing itself and what is checked out says nothing of the reports, as after workflow_run.
	Elsewhere bool
	// TokenURL and TokenKey are where GitHub Actions gives OIDC tokens.
	TokenURL, TokenKey string
	// Change is what the job says of the change.
	Change Change
	// DefaultBranch is the repository's, "main".
	DefaultBranch string
	// RepositoryID and OwnerID are GitHub's ids, by which rollouts choose; 0 is not known.
	RepositoryID, OwnerID int64
	// Private is true when the job says that the repository is not public.
	Private bool
	// Deepen says how this CI is told to clone whole histories.
	Deepen string
}

// Change is what a job says of the change it runs for. Its text is the author's.
type Change struct {
	// Heads and Bases are revisions to try in this order: the newest commit of the change, and where it wants to go.
	Heads, Bases []Named
	// HeadBranch and BaseBranch are names without refs/heads/.
	HeadBranch, BaseBranch string
	Title, Body            *string
	// Author is the login of who opened the pull request; Bot is true when the forge says that no person has it.
	Author string
	Bot    bool
	Labels []string
	Draft  bool
	// Push is true when the job runs for a push and no pull request: what was pushed is judged, and where the branch goes is not said.
	Push bool
}

// Named is a revision and the variable or field that said it.
type Named struct {
	Rev, From string
}

// Unusable is a variable or a file that cannot be used as it is.
type Unusable struct {
	// What says which and why; without a final full stop.
	What string
}

func (e *Unusable) Error() string { return e.What }

const (
	// maxValue bounds a variable; Linux lets none be longer than 128 KiB.
	maxValue = 128 << 10
	// maxName bounds branches, logins and labels. Git takes no longer name on any usual file system.
	maxName = 1024
	// maxLabels bounds the labels of one change.
	maxLabels = 500
)

// reader reads variables of the environment and keeps the first that cannot be used.
type reader struct {
	getenv func(string) string
	err    error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = &Unusable{fmt.Sprintf(format, args...)}
	}
}

// text is a variable as it is.
func (r *reader) text(name string) string {
	v := r.getenv(name)
	switch {
	case len(v) > maxValue:
		r.fail("%s is longer than %d bytes", name, maxValue)
		return ""
	case !utf8.ValidString(v):
		r.fail("%s is not UTF-8 text", name)
		return ""
	}
	return v
}

// first is the first variable that is set, without white space around it, and its name.
func (r *reader) first(names ...string) (value, from string) {
	for _, n := range names {
		if v := strings.TrimSpace(r.text(n)); v != "" {
			return v, n
		}
	}
	return "", ""
}

func (r *reader) value(names ...string) string {
	v, _ := r.first(names...)
	return v
}

// id reads an id of the forge; 0 is none.
func (r *reader) id(name string) int64 {
	n, err := strconv.ParseInt(r.value(name), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (r *reader) number(names ...string) int {
	n, err := strconv.Atoi(r.value(names...))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// optional is a text for which empty is a value when the variable of another name is there: an empty description is one.
func (r *reader) optional(name string, known bool) *string {
	v := r.text(name)
	if v == "" && !known {
		return nil
	}
	return &v
}

// account is the login of a variable.
func (r *reader) account(names ...string) string {
	v, from := r.first(names...)
	if len(v) > maxName {
		r.fail("%s is longer than %d bytes", from, maxName)
		return ""
	}
	return v
}

// labels are the parts of a list with commas.
func (r *reader) labels(name string) []string {
	var all []string
	for l := range strings.SplitSeq(r.text(name), ",") {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	return r.some(all, name)
}

func (r *reader) some(labels []string, from string) []string {
	if len(labels) > maxLabels {
		r.fail("%s names more than %d labels", from, maxLabels)
		return nil
	}
	for _, l := range labels {
		if len(l) > maxName {
			r.fail("%s has a label that is longer than %d bytes", from, maxName)
			return nil
		}
	}
	return labels
}

// hexadecimal is what a commit's name is made of, whole or shortened.
var hexadecimal = lazyregexp.New(`^[0-9a-f]{7,64}$`)

// commit takes a commit id. Zeros stand for "there is none" with most CIs, and "HEAD" for what is checked out.
func (r *reader) commit(value, from string) string {
	value = strings.ToLower(strings.TrimSpace(value))
	if value == "" || value == "head" || strings.Trim(value, "0") == "" {
		return ""
	}
	if !hexadecimal.MatchString(value) {
		r.fail("%s says %.80q, which is no commit id", from, value)
		return ""
	}
	return value
}

// branch takes a branch's name, with or without refs/heads/ before it, by git's own rules for names (git-check-ref-format).
func (r *reader) branch(value, from string) string {
	name := strings.TrimPrefix(strings.TrimSpace(value), "refs/heads/")
	if name == "" {
		return ""
	}
	bad := len(name) > maxName || name[0] == '-' || name == "@" || strings.HasSuffix(name, ".") || strings.Contains(name, "..") ||
		strings.Contains(name, "@{") ||
		strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune("~^:?*[\\", c) })
	for part := range strings.SplitSeq(name, "/") {
		bad = bad || part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock")
	}
	if bad {
		r.fail("%s says %.80q, which is no branch name", from, value)
		return ""
	}
	return name
}

// onto adds a branch as a base: as the remote has it, then as it stands here.
func (r *reader) onto(c *Change, value, from string) {
	if name := r.branch(value, from); name != "" {
		c.BaseBranch = name
		c.Bases = append(c.Bases, Named{"refs/remotes/origin/" + name, from}, Named{"refs/heads/" + name, from})
	}
}

// ontoVar adds the branch of the first variable that is set.
func (r *reader) ontoVar(c *Change, names ...string) {
	v, from := r.first(names...)
	r.onto(c, v, from)
}

// after adds a commit as a base, behind the branches.
func (r *reader) after(c *Change, names ...string) {
	for _, n := range names {
		if id := r.commit(r.value(n), n); id != "" {
			c.Bases = append(c.Bases, Named{id, n})
		}
	}
}

// at adds commits as heads.
func (r *reader) at(c *Change, names ...string) {
	for _, n := range names {
		if id := r.commit(r.value(n), n); id != "" {
			c.Heads = append(c.Heads, Named{id, n})
		}
	}
}

var slug = lazyregexp.New(`[:/]([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+?)(?:\.git)?(?:/pull/[0-9]+.*)?/?$`)

// repository is "owner/name" of an address to clone from, of a pull request's page, or of a name that is one already;
// empty when it is none of them.
func repository(address string) string {
	if m := slug.FindStringSubmatch("/" + address); m != nil {
		return m[1]
	}
	return ""
}
