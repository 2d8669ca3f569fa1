// Package upload is one report that CI hands in: who vouches for it, which commit it is about, and whom it may speak for.
// It holds no parser and no network; the server's door, its record and the review share these words.
//
// Callers may rely on: what is packed is unpacked to an equal report; a refusal says what is wrong and what to do, in
// words for the log of a CI job.
package upload

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report"
)

// Final is the kind of an upload that says that CI has sent all it will send for a commit. It has no body.
const Final report.Kind = "final"

// Scope says which changes a report may speak for. Two changes can have one head; what a run of the one says must
// not count for the other.
type Scope string

// The scopes beside those of changes.
const (
	// Commit is a report of the commit itself, by a run on a branch or by a token that may write base reports: every
	// change with that head may use it, and it may stand for the commit in comparisons.
	Commit Scope = "commit"
	// ByToken is a report by an upload token: every change with that head may use it, and none is compared to it.
	ByToken Scope = "token"
	// Forks is a report that was fetched from a fork's run: only changes from forks use it.
	Forks Scope = "fork"
)

// ForPull is the scope of one change.
func ForPull(number int) Scope { return Scope("pull:" + strconv.Itoa(number)) }

// Slot is the place of one report. A newer report takes the place of an older one, and reports in different slots add up.
type Slot struct {
	Forge  change.Forge
	RepoID int64
	// SHA is the head that the report is about, whose line numbers it has.
	SHA   string
	Scope Scope
	Kind  report.Kind
	// Flag names the part of the tests or the job, "unit"; Part is one of several pieces of one flag that are measured apart, "3 of 8".
	Flag, Part string
}

// Upload is one report with all that is known of its coming.
type Upload struct {
	Slot
	// Measured is the commit that was checked out; equal to SHA when the report needed no mapping.
	Measured string
	// Run is the CI's id of the run, Attempt counts from 1, Job names the job.
	Run     string
	Attempt int
	Job     string
	// By is who handed it in: "github-actions", "token 3f2a (jenkins)", "artifact of run 12".
	By    string
	Trust report.Trust
	// Digest names the content: equal uploads have equal digests.
	Digest string
	// Report is what the parser made of it; empty for Final.
	Report report.Report
	// Raw is the report as it came, with its Encoding; nil when it is not kept.
	Raw        []byte
	Encoding   string
	ReceivedAt time.Time
}

// Nonce is the id of a token that may be used once.
type Nonce struct {
	Issuer, ID string
	Expires    time.Time
}

// Outcome is what became of an upload.
type Outcome string

// The outcomes.
const (
	// Stored: the report is kept, and the changes with that head are looked at again.
	Stored Outcome = "stored"
	// Repeat: the same token brought the same report before; nothing was done.
	Repeat Outcome = "repeat"
	// Older: a report of a newer attempt of the same run is kept already; nothing was done.
	Older Outcome = "older"
	// Unread: no rule reads this kind; nothing was kept.
	Unread Outcome = "unread"
)

// Head is a change whose reports are asked for.
type Head struct {
	Forge  change.Forge
	RepoID int64
	SHA    string
	Number int
	// Fork is true when the head lives in another repository.
	Fork bool
}

// Set is what has arrived for a head.
type Set struct {
	// Reports are ordered by kind, flag and part.
	Reports []report.Report
	// Finalised is when CI said that nothing more will come; First and Last are when the first and the last report
	// came. Zero when that did not happen.
	Finalised, First, Last time.Time
}

// BaseAt says that a commit has a base report.
type BaseAt struct {
	SHA  string
	Kind report.Kind
	Flag string
}

// Source names a kept report in findings: who brought it, from which job, which part.
func Source(by, job, part string) string {
	text := by
	if job != "" {
		text = "job " + job
	}
	if part != "" {
		text += ", part " + part
	}
	return text
}

// Token is an upload token of one repository. Its secret is shown once and never kept.
type Token struct {
	// ID is short and public; it names the token in lists and logs.
	ID     string
	Forge  change.Forge
	RepoID int64
	// Name says what it is for, "jenkins".
	Name string
	// Base is true when it may write base reports.
	Base bool
	// CreatedAt, ExpiresAt, RevokedAt and UsedAt are zero when that does not apply.
	CreatedAt, ExpiresAt, RevokedAt, UsedAt time.Time
}

// Alive reports whether the token may be used at a time.
func (t Token) Alive(now time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || now.Before(t.ExpiresAt))
}

// Run is a finished run of CI whose artifacts may hold reports.
type Run struct {
	Forge      change.Forge
	RepoID     int64
	Connection int64
	ID         int64
	Attempt    int
	// Head is the commit that the run was for.
	Head string
	// Fork is true when the head lives in another repository.
	Fork bool
}

// Artifact is a zip file that a run left behind.
type Artifact struct {
	ID   int64
	Name string
	Size int64
}

// Reasons of refusals, in answers and metrics. The comments are the table of docs/reports-api.md.
const (
	// A parameter is missing or wrong.
	Malformed = "bad_request"
	// No token, or one with a wrong issuer, audience, expiry or signature.
	Unauthorised = "unauthorized"
	// The OIDC token already brought another report: request a new one and try again.
	TokenUsed = "token_used"
	// A run on this event may not write.
	Forbidden = "forbidden"
	// The token is of another repository.
	OtherRepo = "other_repository"
	// The App is not installed there, or the owner is not the one it knows.
	UnknownRepo = "unknown_repository"
	// The token may not write this commit.
	NotTheHead = "not_the_head"
	// The change has a newer head, or is closed.
	HeadMoved = "head_moved"
	// The token may not write reports of the base.
	BaseForbidden = "base_forbidden"
	// The measured commit cannot be mapped onto the head.
	Unmappable = "cannot_map"
	// Larger than the server accepts.
	TooLarge = "too_large"
	// An encoding other than gzip or zstd.
	BadEncoding = "bad_encoding"
	// The report could not be read; the message says where.
	Unreadable = "unreadable"
	// Too many at once: try again after `Retry-After` seconds.
	Busy = "busy"
	// A fault, as 502, 504 and no answer: try again.
	Failed = "failed"
	// An artifact of a fork that was refused as a whole; in metrics alone.
	BadArtifact = "bad_artifact"
)

// ErrTokenUsed means that a token that may be used once brought something else before.
var ErrTokenUsed = errors.New("the token was used before")

// Refusal says why an upload was not taken. The texts are for the log of a CI job: they name no secret and nothing of other repositories.
type Refusal struct {
	// Reason is one of the reasons above, What says what is wrong, Remedy what to do.
	Reason, What, Remedy string
	// Err is for the server's log only.
	Err error
}

func (r *Refusal) Error() string {
	if r.Remedy == "" {
		return r.What
	}
	return r.What + " (" + r.Remedy + ")"
}

func (r *Refusal) Unwrap() error { return r.Err }

// Refuse makes a refusal.
func Refuse(reason, remedy, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, What: fmt.Sprintf(format, args...), Remedy: remedy}
}

var (
	sha  = lazyregexp.New(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
	word = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`)
)

// KindOf is the kind that a text names, known or not.
func KindOf(text string) report.Kind { return report.Kind(text) }

// IsSHA reports whether text is a whole commit id in lower case.
func IsSHA(text string) bool { return sha.MatchString(text) }

// IsFlag reports whether text can be a flag or a part: empty, or up to 100 letters, digits and "._/-".
func IsFlag(text string) bool { return text == "" || word.MatchString(text) }

// PullOf reads the number out of "refs/pull/12/merge".
func PullOf(ref string) (number int, ok bool) {
	text, found := strings.CutPrefix(ref, "refs/pull/")
	if text, ok = strings.CutSuffix(text, "/merge"); !found || !ok || strings.HasPrefix(text, "0") {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err == nil
}

// Claims are what an issuer that is believed says of the job that sends.
type Claims struct {
	Nonce
	// Forge is where the job ran.
	Forge           change.Forge
	RepoID, OwnerID int64
	// Repository is owner/name as the issuer knows it; a name proves nothing.
	Repository string
	// Event is what started the run, Ref and SHA what it ran on.
	Event, Ref, SHA string
	Run             string
	Attempt         int
	Job             string
}

// Drift is how a commit that was measured differs from the head that the report is about.
type Drift struct {
	// Merges is true when the measured commit merges the head into something: the head is one of its parents.
	Merges bool
	// Contains is true when the head is the measured commit or one of its ancestors.
	Contains bool
	// Files are the differences from the head to the measured commit; Complete is false when there may be more.
	Files    []diff.File
	Complete bool
}

// Request is what a client says of a report that it sends.
type Request struct {
	Token                                                   string
	Kind                                                    report.Kind
	Format, Flag, Part, SHA, Measured, Repository, Run, Job string
	Attempt                                                 int
	// Base asks to keep the report for comparisons, which an upload token must be allowed to.
	Base bool
	// Encoding is that of the body: "", "gzip" or "zstd". Length is its bytes, -1 when that was not said.
	Encoding string
	Length   int64
}

// Answer is what a client is told of a report that was taken.
type Answer struct {
	Outcome  Outcome     `json:"outcome"`
	Kind     report.Kind `json:"kind"`
	Format   string      `json:"format,omitempty"`
	Flag     string      `json:"flag,omitempty"`
	Part     string      `json:"part,omitempty"`
	SHA      string      `json:"sha"`
	Measured string      `json:"measured_sha,omitempty"`
	// Changes counts the changes that are looked at again.
	Changes int `json:"changes"`
	// Notes are sentences that a person should see.
	Notes []string `json:"notes"`
}
