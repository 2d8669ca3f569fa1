package flow

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Kind is what happened.
type Kind string

// The kinds of event. Actor is who did it, At when it happened, by the forge's clock.
const (
	// Opened: Actor is the author. Detail: Branch, Fork.
	Opened Kind = "opened"
	// Ready and Drafted: the draft mark was taken away or set. A change that was opened as a draft has a Drafted
	// event at the time when it was opened.
	Ready   Kind = "ready"
	Drafted Kind = "drafted"
	// Pushed: the branch got the head SHA. Detail: Before, Forced, Rebase.
	Pushed Kind = "pushed"
	// Commit: SHA belongs to the change. At is the author's time. Detail: CommittedAt, Merge, Lines, PatchID.
	Commit Kind = "commit"
	// ReviewRequested and ReviewRequestRemoved. Detail: Reviewer, or Team.
	ReviewRequested      Kind = "review_requested"
	ReviewRequestRemoved Kind = "review_request_removed"
	// Reviewed: a review was submitted. SHA is the commit it is about. Detail: Review, State, Comments (inline ones).
	Reviewed Kind = "reviewed"
	// ReviewDismissed: Detail: Review is the review that was dismissed. Where the forge has no id of it, all reviews until then
	// were: those of Reviewer, or everybody's when nobody is named.
	ReviewDismissed Kind = "review_dismissed"
	// Commented: in the conversation, or inline (Detail: Inline, Review).
	Commented Kind = "commented"
	// Closed: without a merge. Reopened: afterwards.
	Closed   Kind = "closed"
	Reopened Kind = "reopened"
	// Merged: SHA is the commit by which it landed. Detail: Base, Default.
	Merged Kind = "merged"
	// Retargeted: Detail: From, Base.
	Retargeted Kind = "retargeted"
	// Enqueued and Dequeued: by the merge queue.
	Enqueued Kind = "enqueued"
	Dequeued Kind = "dequeued"
	// ThreadResolved and ThreadUnresolved: Detail: Thread.
	ThreadResolved   Kind = "thread_resolved"
	ThreadUnresolved Kind = "thread_unresolved"
	// State is what the forge says of the change as it is: the newest one counts. SHA is the head. Detail: Base,
	// Default, Draft, Additions, Deletions, Files, Commits, Labels.
	State Kind = "state"
	// Measured is what a look measured of the head SHA. Detail: Additions, Deletions (without what no person writes).
	Measured Kind = "measured"
	// Reverts: this change, which landed, takes back another. Detail: Other (its number), or SHA of what is taken back.
	Reverts Kind = "reverts"
	// Reverted: another one that landed, or a commit, takes this one back. Detail: Other, or Before (the commit that did),
	// Base (where it landed). When only the commit is known that is taken back, it is a commit's event: see Pull.Number.
	Reverted Kind = "reverted"
	// Whole: all that happened before is among the events. A delivery that tells of an opening says so, and a back-fill that
	// read the whole past.
	Whole Kind = "whole"
	// Landed is a commit's event: SHA came to the default branch by a push. Detail: Branch.
	Landed Kind = "landed"
	// BranchPushed is a commit's event: the head SHA was pushed to a branch. Detail: Forced, Branch, Before.
	BranchPushed Kind = "branch_pushed"
)

// Pull names a change for good, by ids. Number is 0 for an event about a commit, the event's SHA, of which nobody
// said to which change it belongs: it counts for those whose head or merge commit that is.
type Pull struct {
	Forge  string
	RepoID int64
	Number int
}

// String gives "github:123#45", as change.Key does.
func (p Pull) String() string { return fmt.Sprintf("%s:%d#%d", p.Forge, p.RepoID, p.Number) }

// ParsePull reads what String writes.
func ParsePull(s string) (Pull, error) {
	var p Pull
	forge, rest, _ := strings.Cut(s, ":")
	p.Forge = forge
	if n, err := fmt.Sscanf(rest, "%d#%d", &p.RepoID, &p.Number); n != 2 || err != nil || p.String() != s {
		return Pull{}, fmt.Errorf("pull request %q is not FORGE:REPO_ID#NUMBER", s)
	}
	return p, nil
}

// Event is one thing that happened to a change.
type Event struct {
	// Key is the same for the same happening, whoever tells of it: see Key.
	Key    string
	Pull   Pull
	Kind   Kind
	Actor  Actor
	At     time.Time
	SHA    string
	Detail Detail
}

// Detail is what the kinds of event tell beside their time. Each kind's comment says which fields it has. It is stored
// as JSON; no query reads it.
type Detail struct {
	Branch      string     `json:"branch,omitempty"`
	Fork        bool       `json:"fork,omitempty"`
	Before      string     `json:"before,omitempty"`
	Forced      bool       `json:"forced,omitempty"`
	Rebase      bool       `json:"rebase,omitempty"`
	CommittedAt *time.Time `json:"committed_at,omitempty"`
	Merge       bool       `json:"merge,omitempty"`
	Lines       int        `json:"lines,omitempty"`
	PatchID     string     `json:"patch_id,omitempty"`
	Reviewer    *Actor     `json:"reviewer,omitempty"`
	Team        string     `json:"team,omitempty"`
	Review      int64      `json:"review,omitempty"`
	State       Review     `json:"state,omitempty"`
	Comments    int        `json:"comments,omitempty"`
	Inline      bool       `json:"inline,omitempty"`
	Thread      string     `json:"thread,omitempty"`
	From        string     `json:"from,omitempty"`
	Base        string     `json:"base,omitempty"`
	Default     string     `json:"default,omitempty"`
	Draft       bool       `json:"draft,omitempty"`
	Additions   int        `json:"additions,omitempty"`
	Deletions   int        `json:"deletions,omitempty"`
	Files       int        `json:"files,omitempty"`
	Commits     int        `json:"commits,omitempty"`
	Labels      []string   `json:"labels,omitempty"`
	Other       int        `json:"other,omitempty"`
}

// Encode is the detail as JSON. Equal details have equal texts.
func (d Detail) Encode() string {
	text, err := json.Marshal(d)
	if err != nil {
		panic("flow: a detail is made of plain values: " + err.Error())
	}
	return string(text)
}

// Review is what a review says.
type Review string

// The states of a review, in GitHub's words, lower case.
const (
	Approved         Review = "approved"
	ChangesRequested Review = "changes_requested"
	ReviewCommented  Review = "commented"
)
