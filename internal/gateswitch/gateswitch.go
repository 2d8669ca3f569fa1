// Package gateswitch is the operator's switch for a disaster: for a time, the gate of a repository, of an organisation
// or of all is open (what the rules refuse passes) or closed (nothing passes).
//
// Callers may rely on: a switch has an end; a closed gate wins over every open one; a switch is bound to ids of the
// forge, so that a new name of an organisation or a repository changes nothing, but for groups of a GitLab, which go by
// their paths.
package gateswitch

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lintel-review/lintel/internal/change"
)

// State is what a gate is switched to.
type State string

// The states. Normal is no switch: the rules decide.
const (
	Open   State = "open"
	Closed State = "closed"
	Normal State = "normal"
)

// Scope is what a switch is about. Without a repository it is a connection, which is an organisation or a person, or a
// group of a GitLab, whose projects all come by one connection; without either it is all.
type Scope struct {
	Forge      change.Forge `json:"forge,omitempty"`
	Connection int64        `json:"installation,omitempty"`
	RepoID     int64        `json:"repo_id,omitempty"`
	// Name is what people call it, which may change while the switch stands: "acme", "acme/shop", "all". Of a group it is
	// the path, by which its projects and those of its subgroups are known.
	Name string `json:"name"`
}

// Group reports whether a scope is a group of a GitLab.
func (s Scope) Group() bool { return s.Forge == change.GitLab && s.Connection != 0 && s.RepoID == 0 }

// Owns reports whether a path is that of a group, or is below it. GitLab tells paths apart without their case.
func Owns(group, path string) bool {
	group, path = strings.ToLower(group), strings.ToLower(path)
	return path == group || strings.HasPrefix(path, group+"/")
}

// Same reports whether two scopes are about the same, whatever they are called.
func (s Scope) Same(o Scope) bool {
	return s.Forge == o.Forge && s.Connection == o.Connection && s.RepoID == o.RepoID &&
		(!s.Group() || strings.EqualFold(s.Name, o.Name))
}

// covers reports whether a change is in a scope.
func (s Scope) covers(r change.Ref) bool {
	switch {
	case s.RepoID != 0:
		return s.Forge == r.Forge && s.RepoID == r.RepoID
	case s.Group():
		return s.Forge == r.Forge && s.Connection == r.Connection && Owns(s.Name, r.Owner)
	case s.Connection != 0:
		return s.Forge == r.Forge && s.Connection == r.Connection
	}
	return true
}

// Switch is one use of the switch.
type Switch struct {
	ID     int64  `json:"id"`
	State  State  `json:"state"`
	Scope  Scope  `json:"scope"`
	Reason string `json:"reason"`
	Actor  string `json:"actor"`
	// At is when it began, Until when it ends by itself, at the latest.
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
	// EndedAt is when it ended, and EndedBy who ended it ("clock": it ended by itself); zero while it stands.
	EndedAt time.Time `json:"ended_at,omitzero"`
	EndedBy string    `json:"ended_by,omitempty"`
}

// holds reports whether a switch is in force at a time.
func (s Switch) holds(now time.Time) bool { return s.EndedAt.IsZero() && now.Before(s.Until) }

// Corrected is the switch after a clock that it began by, which was ahead, was set back: it holds from now on for as long
// as it was meant to. ok is false for a switch that did not begin in the future.
func (s Switch) Corrected(now time.Time) (corrected Switch, ok bool) {
	if !s.At.After(now) {
		return s, false
	}
	s.At, s.Until = now, now.Add(max(0, s.Until.Sub(s.At)))
	return s, true
}

// For returns the switch that is in force for a change: a closed one before an open one, the newest of several; nil when
// the rules decide.
func For(all []Switch, r change.Ref, now time.Time) *Switch {
	var best *Switch
	for i := range all {
		s := &all[i]
		if !s.holds(now) || !s.Scope.covers(r) {
			continue
		}
		if best == nil || s.State == Closed && best.State == Open || s.State == best.State && s.ID > best.ID {
			best = s
		}
	}
	return best
}

// Turned is a verdict that a switch turned: what the rules refused passed, or what they let pass was refused.
type Turned struct {
	Switch int64      `json:"switch"`
	Ref    change.Ref `json:"ref"`
	SHA    string     `json:"sha"`
	// Passed is true for a check that is green although the rules refuse, or although they could not be asked.
	Passed bool `json:"passed"`
	// Problems are how many findings block by the rules; 0 with Passed: the change could not be judged.
	Problems int       `json:"problems"`
	At       time.Time `json:"at"`
}

// Request is what an operator asks for, as it was written.
type Request struct {
	State State
	Org   string
	Repo  string
	All   bool
	// Forge says which is meant; empty where one forge alone has the name.
	Forge  change.Forge
	For    time.Duration
	Reason string
	Actor  string
}

// The bounds of a switch.
const (
	least     = time.Minute
	longest   = 7 * 24 * time.Hour
	maxReason = 500
)

// repository reports whether a name is owner/repository; on GitLab owners have several parts.
func repository(name string) bool {
	owner, short, ok := change.SplitName(name)
	return ok && short != "" && !slices.Contains(strings.Split(owner, "/"), "")
}

// Check says in plain words what is wrong with a request; empty when nothing is.
func (r Request) Check() (what, remedy string) {
	named := 0
	for _, is := range []bool{r.Org != "", r.Repo != "", r.All} {
		if is {
			named++
		}
	}
	switch {
	case r.State != Open && r.State != Closed && r.State != Normal:
		return fmt.Sprintf("the gate cannot be switched to %q", r.State), "open, closed or normal"
	case named != 1:
		return "it is not said whose gate is switched: that of one organisation, of one repository, or all",
			"name it with --org NAME or --repo OWNER/REPO, or write --all"
	case r.Forge != "" && !slices.Contains(change.Forges(), r.Forge):
		return fmt.Sprintf("there is no forge %q", r.Forge), "name github or gitlab"
	case r.Forge != "" && r.All:
		return "all is every forge", "leave the forge out"
	case r.Repo != "" && !repository(r.Repo):
		return fmt.Sprintf("%q names no repository", r.Repo), "write it as owner/repository, such as acme/shop"
	case r.State == Normal:
		return "", ""
	case r.For < least || r.For > longest:
		return "a switch ends by itself, after a minute at the least and 7 days at the most", "say for how long, such as 2h"
	case strings.TrimSpace(r.Reason) == "":
		return "a switch needs a reason, which is shown on every check that it touches", "say why, in a few words"
	case len([]rune(r.Reason)) > maxReason || strings.ContainsFunc(r.Reason, unicode.IsControl):
		return fmt.Sprintf("a reason is one line of at most %d characters", maxReason), "say why, in a few words"
	}
	return "", ""
}
