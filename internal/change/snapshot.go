package change

import (
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/churn"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/osv"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/text"
)

// Rev is a branch and the commit it pointed at when it was read.
type Rev struct {
	// Ref is the branch without "refs/heads/"; empty when there is none (a bare commit).
	Ref string `json:"ref"`
	SHA string `json:"sha"`
}

// Account is a person, a bot or a team's member as the forge names it. Logins compare without regard to case.
type Account struct {
	Login string `json:"login"`
	ID    int64  `json:"id,omitempty"`
	Bot   bool   `json:"bot,omitempty"`
	// Email is the public one, or empty.
	Email string `json:"email,omitempty"`
}

// Commit is one commit of a change, oldest first in Snapshot.Commits.
type Commit struct {
	SHA     string   `json:"sha"`
	Parents []string `json:"parents"`
	// Message is as written, with its line ends; it may hold invalid UTF-8 only when read from git.
	Message   string    `json:"message"`
	Author    Signature `json:"author"`
	Committer Signature `json:"committer"`
	// AuthorAccount is nil when the forge knows no account for the author's email, or on a laptop. Whoever writes a
	// commit chooses that email.
	AuthorAccount *Account `json:"author_account,omitempty"`
	// Vouched is true when the forge says that AuthorAccount made the commit: it checked a signature, and the key is
	// that account's own, or the forge's for a commit that the account made through it.
	Vouched bool `json:"vouched,omitempty"`
}

// MaxHistory is how many commits of the base's history a snapshot holds at most; a header is cut to maxPastHeader bytes.
const (
	MaxHistory    = 100
	maxPastHeader = 500
)

// Past is one commit of the base's recent history: enough to see in which style the repository writes, and how it merges.
type Past struct {
	// Header is the first line of the message.
	Header string `json:"header"`
	// Parents is how many parents the commit has.
	Parents int `json:"parents"`
}

// NewPast takes the first line of a message, cut where it is longer than maxPastHeader.
func NewPast(message string, parents int) Past {
	header, _, _ := strings.Cut(strings.TrimLeft(message, "\r\n"), "\n")
	return Past{Header: text.ClipBytes(header, maxPastHeader), Parents: parents}
}

// Merge reports whether the commit has more than one parent.
func (c Commit) Merge() bool { return len(c.Parents) > 1 }

// Signature is who made a commit, by name and email, and when. Whoever writes a commit chooses all three. The time is zero
// on a laptop, and where the forge tells none.
type Signature struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	When  time.Time `json:"when,omitzero"`
}

// ReviewState is what a review says.
type ReviewState string

// The states of a review. Pending reviews are never read.
const (
	Approved         ReviewState = "approved"
	ChangesRequested ReviewState = "changes_requested"
	Commented        ReviewState = "commented"
	Dismissed        ReviewState = "dismissed"
)

// Review is one review, oldest first in Snapshot.Reviews.
type Review struct {
	ID     int64       `json:"id"`
	Author Account     `json:"author"`
	State  ReviewState `json:"state"`
	// Commit is the head that the reviewer saw; empty when the forge no longer knows it.
	Commit string `json:"commit"`
	// CanWrite says whether the author may push to the repository; nil when not known.
	CanWrite    *bool     `json:"can_write,omitempty"`
	SubmittedAt time.Time `json:"submitted_at"`
}

// Reviewed is the change as it stood at an older head that somebody approved: enough to tell whether the owned part is still the same.
type Reviewed struct {
	Head      string `json:"head"`
	MergeBase string `json:"merge_base"`
	// Files is the diff from that merge base to that head. It is meaningful only if Complete.
	Files    []diff.File `json:"files"`
	Complete bool        `json:"complete"`
	// Reason says why it is not complete: "commit is gone", "more than 300 files".
	Reason string `json:"reason,omitempty"`
}

// Team is what is known of one team. A nil *Team in Snapshot.Teams is never there; a team that could not be read is absent and has a Gap.
type Team struct {
	// Exists is false when the forge says that there is no such team, or it is hidden from the App.
	Exists bool `json:"exists"`
	// CanWrite says whether the team may push to the repository; nil when not known.
	CanWrite *bool    `json:"can_write,omitempty"`
	Members  []string `json:"members"`
}

// OwnerAccount is what is known of a user named in CODEOWNERS.
type OwnerAccount struct {
	Exists   bool  `json:"exists"`
	CanWrite *bool `json:"can_write,omitempty"`
}

// File is one control file as it stands at the revision the controls come from.
type File struct {
	Path string `json:"path"`
	Blob string `json:"blob"`
	Size int64  `json:"size"`
	// Content is nil when the file is larger than its limit; then there is a Gap.
	Content []byte `json:"content,omitempty"`
}

// Controls are the files that rule the change, read from the revision that the change cannot write.
type Controls struct {
	// Ref and SHA are where they were read: the tip of the base branch, or of the default branch when the base branch is not trusted.
	Rev
	// Substituted says why they were not read from the base branch; empty when they were.
	Substituted string `json:"substituted,omitempty"`
	// Files holds the settings (by .github/lintel.yml, wherever they stand), CODEOWNERS in its three places and every
	// .gitattributes that can bear on a changed path. An absent path is known to be absent, unless a Gap names it.
	Files map[string]File `json:"files"`
	// SettingsHistory holds older versions of the settings file on the first-parent history, newest first, read only
	// when the newest is invalid.
	SettingsHistory []File `json:"settings_history,omitempty"`
	// HistoryCut is true when the history walk ended at its limit.
	HistoryCut bool `json:"history_cut,omitempty"`
	// Noisy are the rules of which so much is unwanted in the repository that they should not block, sorted.
	Noisy []NoisyRule `json:"noisy,omitempty"`
	// Organisation is what holds for this repository from above it; nil when nothing does.
	Organisation *Organisation `json:"organisation,omitempty"`
}

// NoisyRule is a rule whose findings people did not want: how many of those that were decided.
type NoisyRule struct {
	Rule     string `json:"rule"`
	Decided  int64  `json:"decided"`
	Unwanted int64  `json:"unwanted"`
}

// MergeSettings says how the repository merges; nil fields are hidden from the reader.
type MergeSettings struct {
	Squash *bool `json:"squash,omitempty"`
	Merge  *bool `json:"merge,omitempty"`
	Rebase *bool `json:"rebase,omitempty"`
	// SquashTitle is PR_TITLE or COMMIT_OR_PR_TITLE; SquashMessage is PR_BODY, COMMIT_MESSAGES or BLANK. Empty when hidden.
	SquashTitle   string `json:"squash_title,omitempty"`
	SquashMessage string `json:"squash_message,omitempty"`
	// PerChange is true where each change chooses how it lands, as on GitLab: then these are the change's own, and every
	// choice is an update of it.
	PerChange bool `json:"per_change,omitempty"`
}

// String writes the settings in one line, as the digest of what rules a change holds them.
func (m MergeSettings) String() string {
	word := func(allowed *bool) string {
		if allowed == nil {
			return "hidden"
		}
		return strconv.FormatBool(*allowed)
	}
	if m.PerChange {
		return "per change"
	}
	return strings.Join([]string{word(m.Squash), word(m.Merge), word(m.Rebase), m.SquashTitle, m.SquashMessage}, " ")
}

// Repository is what is known of the repository that the change wants to merge into.
type Repository struct {
	ID    int64  `json:"id"`
	Owner string `json:"owner"`
	// OwnerID is the forge's id of the owner; 0 when it was not said.
	OwnerID       int64         `json:"owner_id,omitempty"`
	Name          string        `json:"name"`
	Private       bool          `json:"private"`
	DefaultBranch string        `json:"default_branch"`
	Merges        MergeSettings `json:"merges"`
	// Traits are nil where nothing was said of them.
	Traits *Traits `json:"traits,omitempty"`
}

// Kind is what sort of change it is.
type Kind string

// The kinds of change.
const (
	Request     Kind = "pull_request"
	MergeGroup  Kind = "merge_group"
	LocalBranch Kind = "local"
)

// State is whether the change can still be merged.
type State string

// The states of a change.
const (
	Open   State = "open"
	Closed State = "closed"
	Merged State = "merged"
)

// Group is the merge queue's side of a merge group; the rest of its snapshot is the change's own.
type Group struct {
	// Number is the change that the group's last commit merges.
	Number int `json:"number"`
	// Head is the commit the check belongs to, Base the commit it was built on, Ref its temporary branch.
	Head string `json:"head"`
	Base string `json:"base"`
	Ref  string `json:"ref"`
	// Problem is why the group cannot be trusted (its branch is gone, its base differs, it carries foreign changes); empty when it can.
	Problem string `json:"problem,omitempty"`
}

// Sibling is another open change with the same head commit. The check on a commit speaks for all of them.
type Sibling struct {
	Number int `json:"number"`
	Base   Rev `json:"base"`
}

// Gap is something that should have been read and was not. A gap is never guessed around.
type Gap struct {
	// Fact is what is missing, by the name rules know it: "diff.files", "diff.lines", "owners.file", "owners.team",
	// "commits", "reviews", "settings", "merge_settings", "attributes", "manifests", "contents", "siblings".
	Fact   string `json:"fact"`
	Reason string `json:"reason"`
	// Path is the file, team or commit it is about; empty for all.
	Path string `json:"path"`
	// Passing is true when another try may fill it. It is about this reading alone, and no part of what is judged or kept.
	Passing bool `json:"-"`
}

// Snapshot is all that was read about a change at one head. It is never changed after it was made, and it can be
// written as JSON and read back.
type Snapshot struct {
	Ref        Ref        `json:"ref"`
	Kind       Kind       `json:"kind"`
	Repository Repository `json:"repository"`
	State      State      `json:"state"`
	Draft      bool       `json:"draft"`
	// Fork is true when the head lives in another repository.
	Fork bool `json:"fork"`
	// Title is nil when it is not known (a laptop without --title).
	Title  *string  `json:"title"`
	Body   *string  `json:"body"`
	Author *Account `json:"author"`
	Labels []string `json:"labels"`
	URL    string   `json:"url"`

	Base Rev `json:"base"`
	Head Rev `json:"head"`
	// MergeBase is where the diff starts.
	MergeBase string `json:"merge_base"`
	Group     *Group `json:"group,omitempty"`

	Controls Controls `json:"controls"`
	// Proposed is the settings file at the head, when the change touches it; Content nil and Blob empty means the change removes it.
	Proposed *File `json:"proposed,omitempty"`
	// ProposedOwners is the CODEOWNERS file in force at the head, when the change touches a CODEOWNERS path.
	ProposedOwners *File `json:"proposed_owners,omitempty"`
	// OwnersDialect is the forge as which CODEOWNERS is read where the change is on none: GitLab on a laptop where the base
	// has a .gitlab-ci.yml; else empty, which is the change's own forge, and GitHub's dialect on a laptop.
	OwnersDialect Forge `json:"owners_dialect,omitempty"`
	// ProposedOrganisation is the organisation's file at the head, where the change touches it; without a blob it is
	// removed. OrganisationPreview is what that would come to; the look adds it.
	ProposedOrganisation *File                `json:"proposed_organisation,omitempty"`
	OrganisationPreview  *OrganisationPreview `json:"organisation_preview,omitempty"`

	Commits []Commit `json:"commits"`
	// CommitsTotal is how many commits the forge says there are.
	CommitsTotal int `json:"commits_total"`

	// History holds the newest commits of the default branch (on a laptop, of the base), newest first, at most
	// MaxHistory; nil when it was not read.
	History []Past `json:"history,omitempty"`

	// Churn says what the recent history of the base tells of the changed files, by the names that they have there; nil
	// when it was not read.
	Churn *churn.History `json:"churn,omitempty"`
	// ChurnSince is since when the history of the base is known, where that is not the whole window; zero when it is, or
	// when nothing is known.
	ChurnSince time.Time `json:"churn_since,omitzero"`

	Files []diff.File `json:"files"`
	// FilesTotal is how many changed files the forge says there are; fewer in Files is an incomplete list, and a Gap says so.
	FilesTotal int `json:"files_total"`
	// Contents say what became of each file that the analyses wanted, sorted by path and side; see Content. They are
	// read for the analyses and are no evidence: the facts are.
	Contents []Content `json:"contents,omitempty"`
	// Tree is every path at the head, when it was needed (CODEOWNERS changed, or there are reports whose paths must be
	// matched); nil otherwise.
	Tree []string `json:"tree,omitempty"`
	// Manifests are the go.mod files at the head, read together with Tree when there are reports: they say which import path a folder has.
	Manifests []File `json:"manifests,omitempty"`

	Reviews []Review `json:"reviews"`
	// Unasked says, by fact, why whoever read the change could not even ask for it: "reviews" on a laptop,
	// "commits.accounts" in CI without a forge, "owners.team" with a token that may not read members. Unlike a Gap it
	// is no failure: the rules abstain, since the verdict binds nobody. A server asks for everything and never sets it.
	Unasked map[string]string `json:"unasked,omitempty"`
	// Reviewed holds the change at older approved heads, by commit.
	Reviewed map[string]Reviewed `json:"reviewed,omitempty"`
	// Teams by "org/slug" in lower case; Owners by lower-case login; Emails by lower-case address to logins.
	Teams  map[string]Team         `json:"teams,omitempty"`
	Owners map[string]OwnerAccount `json:"owners,omitempty"`
	Emails map[string][]string     `json:"emails,omitempty"`

	// Checks are those of others on the head; nil unless a rule reads checks.
	Checks []Check `json:"checks,omitempty"`

	// Reports are what CI's reports say, in the order they were given.
	Reports []report.Report `json:"reports,omitempty"`
	// Arrivals are when they came; no fact holds a time of them.
	Arrivals Arrivals `json:"arrivals,omitzero"`
	// Unapproved are the checks that somebody with write access has to let run first, as the head is of a fork.
	Unapproved []string `json:"unapproved,omitempty"`
	// ReportsClosed says how the waiting for reports ended: "complete", "finalised" or "deadline"; empty while more may
	// come, and when nobody waited. Who has a clock sets it, so that facts need none.
	ReportsClosed string `json:"reports_closed,omitempty"`

	// FilesUnpinned is true where Files come from a list of the forge that no commit pins: it is made behind a push. It is about
	// this reading alone.
	FilesUnpinned bool `json:"-"`

	// Feedback is what people did about our inline comments, as far as it was seen beside the rest. No rule reads it.
	Feedback []Feedback `json:"-"`

	// Advisories is where known vulnerabilities of packages are looked up. Whoever has the database adds it; it is no
	// part of what was read about the change.
	Advisories osv.Source `json:"-"`
	// Review is GitHub's dependency review; nil when it was not asked.
	Review *DependencyReview `json:"dependency_review,omitempty"`

	Siblings []Sibling `json:"siblings,omitempty"`
	Gaps     []Gap     `json:"gaps,omitempty"`

	// UpdatedAt is when the forge says that the change was last updated, to whole seconds; zero when it does not say.
	UpdatedAt time.Time `json:"updated_at"`
	TakenAt   time.Time `json:"taken_at"`
}

// Arrivals are when the reports of a head came; zero when they did not.
type Arrivals struct {
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// Finalised is when CI said that nothing more will come.
	Finalised time.Time `json:"finalised,omitzero"`
}

// Target is the commit that the check belongs to: the group's head, or the change's.
func (s *Snapshot) Target() string {
	if s.Group != nil {
		return s.Group.Head
	}
	return s.Head.SHA
}

// Header is the title of the change; where that is not known, the first line of its only commit, else empty.
func (s *Snapshot) Header() string {
	switch {
	case s.Title != nil:
		return strings.TrimSpace(*s.Title)
	case len(s.Commits) == 1:
		header, _, _ := strings.Cut(s.Commits[0].Message, "\n")
		return strings.TrimSpace(header)
	}
	return ""
}

// Check is another program's check or status on the head, read only when a rule reads checks.
type Check struct {
	Name string `json:"name"`
	// App is the id of the App that made it; 0 for a commit status. A check is identified by App and Name together: any
	// workflow can take a name.
	App int64 `json:"app"`
	// Status is "queued", "in_progress" or "completed"; Conclusion is set when it is completed.
	Status     string `json:"status"`
	Conclusion string `json:"conclusion"`
}
