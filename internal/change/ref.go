// Package change is a request to merge (GitHub's pull request, GitLab's merge request) or a merge group as one immutable
// value: who wants to merge what into where, and all that was read about it. It does no I/O.
package change

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Forge names a kind of host.
type Forge string

// The forges.
const (
	GitHub Forge = "github"
	GitLab Forge = "gitlab"
	Local  Forge = "local"
)

// Forges are those that a server can serve.
func Forges() []Forge { return []Forge{GitHub, GitLab} }

// Key identifies a change for good. It is made of ids, never of names, so a renamed repository keeps its changes.
// A request to merge has a Number, a merge group has the SHA of its head; never both.
type Key struct {
	Forge  Forge  `json:"forge"`
	RepoID int64  `json:"repo_id"`
	Number int    `json:"number,omitempty"`
	Group  string `json:"group,omitempty"`
}

// String gives "github:123#45", and "github:123@sha" for a merge group.
func (k Key) String() string {
	if k.Group != "" {
		return fmt.Sprintf("%s:%d@%s", k.Forge, k.RepoID, k.Group)
	}
	return fmt.Sprintf("%s:%d#%d", k.Forge, k.RepoID, k.Number)
}

// ParseKey reads what String writes.
func ParseKey(s string) (Key, error) {
	bad := fmt.Errorf("change key %q is not FORGE:REPO_ID#NUMBER or FORGE:REPO_ID@SHA", s)
	forge, rest, ok := strings.Cut(s, ":")
	if !ok || forge == "" {
		return Key{}, bad
	}
	i := strings.IndexAny(rest, "#@")
	if i < 0 {
		return Key{}, bad
	}
	id, err := strconv.ParseInt(rest[:i], 10, 64)
	if err != nil || id <= 0 {
		return Key{}, bad
	}
	k := Key{Forge: Forge(forge), RepoID: id}
	if rest[i] == '@' {
		k.Group = rest[i+1:]
		if k.Group == "" {
			return Key{}, bad
		}
		return k, nil
	}
	if k.Number, err = strconv.Atoi(rest[i+1:]); err != nil || k.Number <= 0 {
		return Key{}, bad
	}
	return k, nil
}

// Ref is a change as people write it: "acme/shop#12", or "group/sub/name!12" on GitLab. Owner may hold slashes, Name
// none. The names are those of the last event or reading; they may have changed since.
type Ref struct {
	Key
	Owner string `json:"owner"`
	Name  string `json:"name"`
	// Connection is the forge's id of what lets Lintel read and write this change: GitHub's installation of the App; 0 for
	// local. Stored values have it under its former name, which also older workers on one database know.
	Connection int64 `json:"installation,omitempty"`
}

// String gives "acme/shop#12" with the forge's sigil, or "acme/shop@abc1234" for a merge group.
func (r Ref) String() string {
	if r.Group != "" {
		return fmt.Sprintf("%s/%s@%s", r.Owner, r.Name, Short(r.Group))
	}
	return fmt.Sprintf("%s/%s%s%d", r.Owner, r.Name, r.Forge.Words().Sigil, r.Number)
}

// Short is the first seven characters of a SHA.
func Short(sha string) string {
	if len(sha) > 7 {
		return sha[:7]
	}
	return sha
}

// Record is what is remembered of a change between two looks at it.
type Record struct {
	Ref
	State State
	// Head and Base are those of the last event or reading: hints where to look.
	Head, Base Rev
	Group      *Group
	// Generation is raised by everything that may have changed the change; Evaluated is the one that was judged last;
	// Forced the newest that asks for publication in any case.
	Generation, Evaluated, Forced int64
	// RaisedAt is when the generation was raised last.
	RaisedAt time.Time
	// WaitingSince is when the change first waited for the look that is not finished yet; no later event makes it
	// younger. It is zero when nothing waits.
	WaitingSince time.Time
	// HasInlineComments is true when inline comments of ours stand on the change: then what people said about them is read beside the rest.
	HasInlineComments bool
	// Unasked is true when nobody asked anything of the change in a comment or by a button, and nothing that was granted to
	// it holds: then none of it is read. False says nothing.
	Unasked bool
	// Fetched is true when no finished run of CI on the head waits for its artifacts to be fetched. False says nothing.
	Fetched bool
}

// Target is the commit that the change's check belongs to.
func (r Record) Target() string {
	if r.Group != nil {
		return r.Group.Head
	}
	return r.Head.SHA
}
