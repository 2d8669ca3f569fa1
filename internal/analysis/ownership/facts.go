package ownership

// Facts is the "ownership" part of the policy input. Lists are sorted, never null and bounded: what a list leaves out is counted beside it.
// Paths, patterns and names are cut at 200 characters.
type Facts struct {
	// File is the CODEOWNERS file that rules the change.
	File Source `json:"file"`
	// Dialect is "gitlab" where the file is read as GitLab reads it; left out where it is read as GitHub does.
	Dialect string `json:"dialect,omitempty"`
	// Files counts the changed files.
	Files Counts `json:"files"`
	// Head is the commit that approvals are held against.
	Head string `json:"head"`
	// Author is the author's login; empty when it is not known, and then nobody's approval is left out for being the author's own.
	Author string `json:"author"`
	// Reviews says whether all reviews were read.
	Reviews Reviews `json:"reviews"`
	// Approvers are the people who approve the whole change as it is now, owners or not. MoreApprovers counts what the
	// list leaves out.
	Approvers     []Approver `json:"approvers"`
	MoreApprovers int        `json:"more_approvers"`
	// Groups are the sets of owners that the change needs, each once with all its files: those that block first, then by line.
	Groups     []Group `json:"groups"`
	MoreGroups int     `json:"more_groups"`
	// Unowned are the files whose last matching line names no owner; Unmatched are those that no line matches. A renamed file is neither
	// when its old name has owners; otherwise its new name decides.
	Unowned   Paths `json:"unowned"`
	Unmatched Paths `json:"unmatched"`
	// Skipped are the invalid lines that would take a changed file if they could be read; MoreSkipped counts what the list leaves out.
	Skipped     []Skipped `json:"skipped"`
	MoreSkipped int       `json:"more_skipped"`
	// Forms are the lines that would take a changed file if names that look the same were the same; GitHub compares
	// bytes, so the files are not theirs.
	Forms     []FormLine `json:"forms"`
	MoreForms int        `json:"more_forms"`
	// Left are the renamed files whose old name has owners and whose new name no line matches, neither of the file in
	// force nor of the one that the change proposes. LeftLines are the lines of their old names, ten at most.
	Left      Paths      `json:"left"`
	LeftLines []LeftLine `json:"left_lines"`
	// Unblock is whom to ask.
	Unblock Unblock `json:"unblock"`
	// ChangesRequested are the owners whose request for changes stands.
	ChangesRequested     []Objection `json:"changes_requested"`
	MoreChangesRequested int         `json:"more_changes_requested"`
	// Ineligible are the owners of changed files who cannot approve, whoever else can.
	Ineligible     []Ineligible `json:"ineligible"`
	MoreIneligible int          `json:"more_ineligible"`
	// Lint is what is wrong with the CODEOWNERS file that the change proposes; null when it proposes none.
	Lint *Lint `json:"lint"`
}

// The states of Source.
const (
	present     = "present"
	absent      = "absent"
	unavailable = "unavailable"
)

// Source is where the owners were read.
type Source struct {
	// State is "present", "absent" (in none of the forge's three places) or "unavailable" (too large or unreadable).
	State string `json:"state"`
	// Path is the file, also when it is unavailable; empty when absent. Ref and SHA are the revision it was read at.
	Path string `json:"path"`
	Ref  string `json:"ref"`
	SHA  string `json:"sha"`
	// Reason says why it is unavailable.
	Reason string `json:"reason"`
	// Rules counts the lines that stand, Invalid those that are skipped because GitHub skips them.
	Rules   int `json:"rules"`
	Invalid int `json:"invalid"`
}

// Reviews says whether all reviews were read, and if not why.
type Reviews struct {
	Reading
	// Asked is false when nobody could be asked who has approved, as on a laptop; then Reason says why, no group is
	// judged, and Unblock says whom to ask.
	Asked bool `json:"asked"`
}

// Reading says whether something was read whole, and if not why.
type Reading struct {
	Complete bool   `json:"complete"`
	Reason   string `json:"reason"`
}

// Counts are numbers of changed files. A renamed file needs the owners of both its names and is pending until it has them.
type Counts struct {
	Changed   int `json:"changed"`
	Owned     int `json:"owned"`
	Approved  int `json:"approved"`
	Waived    int `json:"waived"`
	Pending   int `json:"pending"`
	Unowned   int `json:"unowned"`
	Unmatched int `json:"unmatched"`
}

// Paths is a number of files with a few of their names, in order.
type Paths struct {
	Count    int      `json:"count"`
	Examples []string `json:"examples"`
}

// The states of a Group. All but Approved, Waived and Exempt block.
const (
	// Approved: every file has an approval that counts.
	Approved = "approved"
	// Waived: the author is the only owner, and the settings waive the approval.
	Waived = "waived"
	// Exempt: the settings ask for no approval of these files, by a label or by their path; Needs says which.
	Exempt = "exempt"
	// Short: fewer people can approve than the settings ask for.
	Short = "short"
	// Pending: somebody can approve and has not, or not for what is there now.
	Pending = "pending"
	// Sole: the author is the only owner, so nobody can approve.
	Sole = "sole"
	// Nobody: the owners resolve to no one at all.
	Nobody = "nobody"
	// Undecidable: who the owners are could not be read, and nobody known has approved.
	Undecidable = "undecidable"
)

// Group is one set of owners and the changed files it owns.
type Group struct {
	// Key names the set: its owners in lower case and in order, or a digest of them when they are many.
	Key    string `json:"key"`
	Status string `json:"status"`
	// Section is the section of GitLab's CODEOWNERS that asks; empty on GitHub, and for what stands before the first one.
	Section string `json:"section,omitempty"`
	// Owners are as written in the file.
	Owners     []Owner `json:"owners"`
	MoreOwners int     `json:"more_owners"`
	// Lines are the lines of the CODEOWNERS file that name this set for these files.
	Lines     []Line `json:"lines"`
	MoreLines int    `json:"more_lines"`
	// Files are all of them, Waiting those without an approval that counts. Both names of a renamed file count here, the old one shown as
	// "old (moved to new)".
	Files   Paths `json:"files"`
	Waiting Paths `json:"waiting"`
	// Needs is what the settings ask for, and what of it is missing.
	Needs Needs `json:"needs"`
	// Approvals are those that count for at least one of the files; Void those that do not, once for each reason, those
	// that were good once first.
	Approvals []Approval `json:"approvals"`
	Void      []Void     `json:"void"`
	MoreVoid  int        `json:"more_void"`
	// SoleAuthor is true when the author is the only one of the owners who could approve; Fallback is then the team that may instead.
	SoleAuthor bool   `json:"sole_author"`
	Fallback   string `json:"fallback"`
	// Candidates can approve the files, those who reviewed already first; the author is not among them.
	Candidates     []string `json:"candidates"`
	MoreCandidates int      `json:"more_candidates"`
	// Reason says why an undecidable group is. Unplaced approved the head and may or may not be among its owners.
	Reason   string   `json:"reason"`
	Unplaced []string `json:"unplaced"`
	// Unasked is true when the group could not be judged because the reader may not see approvals or a team's members;
	// it is not refused then.
	Unasked bool `json:"unasked"`
}

// Needs is what the settings ask of the owners of a group.
type Needs struct {
	// Approvals is how many people must approve a file; Each asks for one of every owner of the line that can approve;
	// Teams is of how many different owners of the line people must approve, each of whom speaks for one.
	Approvals int  `json:"approvals"`
	Each      bool `json:"each"`
	Teams     int  `json:"teams"`
	// More is how many people are missing still, MoreTeams how many owners beyond those that somebody speaks for,
	// Owners of whom nobody has approved; twenty at most.
	More      int      `json:"more"`
	MoreTeams int      `json:"more_teams"`
	Owners    []string `json:"owners"`
	// Exempt says what lets the files off; empty when nothing does.
	Exempt string `json:"exempt"`
	// Waiver says why ownership.waive, which names these files and the bot that opened the change, does not let them
	// off; empty when it names neither.
	Waiver string `json:"waiver"`
}

// Line is a line of a CODEOWNERS file.
type Line struct {
	Line    int    `json:"line"`
	Pattern string `json:"pattern"`
}

// The states of an Owner. Only Eligible owners can approve.
const (
	Eligible   = "eligible"
	Missing    = "missing"    // there is no such user or team, or it is hidden
	NoWrite    = "no_write"   // may not push to the repository
	Empty      = "empty"      // a team without members
	Unresolved = "unresolved" // an email address that belongs to no known account
	Unread     = "unread"     // could not be read
)

// Owner is one owner of a group.
type Owner struct {
	// Name is as written: "@alice", "@acme/platform", "alice@example.com".
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	State string `json:"state"`
	// Reason explains every state but "eligible", and an eligible one that is taken on trust.
	Reason string `json:"reason"`
	// People counts those behind an eligible owner, the author included.
	People int `json:"people"`
	// Assumed is true when it was not checked that the owner exists and may push.
	Assumed bool `json:"assumed"`
}

// Approval is one person's approval that counts.
type Approval struct {
	Login  string `json:"login"`
	Commit string `json:"commit"`
	// Current is true when it was given for the head; otherwise the patch of the files is still the same, byte for byte.
	Current bool `json:"current"`
	Files   int  `json:"files"`
	// Assumed is true when it is not known that the person may push to the repository.
	Assumed bool `json:"assumed"`
	// Author is true when it is the author, who owns the files and counts by the settings.
	Author bool `json:"author"`
}

// Approver is somebody other than the author, with write access, whose latest review approves the head, or an older head
// with the same files, each with the same patch, byte for byte.
type Approver struct {
	Login string `json:"login"`
	// Assumed is true when it is not known that the person may push to the repository.
	Assumed bool `json:"assumed"`
}

// The reasons why an approval does not count.
const (
	Changed    = "changed"     // the patch of the files is another since
	Added      = "not_in_diff" // the files were not part of the change then
	Opaque     = "opaque"      // the patch of the files cannot be compared: its lines, modes or object ids are not known
	Gone       = "gone"        // the approved commit cannot be read
	OlderHead  = "older_head"  // the settings count approvals of the head alone
	Pushed     = "pushed"      // the reviewer wrote a commit of the change, and the settings do not count that
	CannotPush = "cannot_push" // the reviewer may not push to the repository
	PushUnread = "push_unread" // it could not be read whether the reviewer may push
	// CommitsUnread: not all commits are known, so it cannot be told who wrote them.
	CommitsUnread = "commits_unread"
	OwnWork       = "author"    // the author's own approval
	Withdrawn     = "dismissed" // dismissed
)

// Void is one person's approval that does not count for some files, and why.
type Void struct {
	Login  string `json:"login"`
	Commit string `json:"commit"`
	Why    string `json:"why"`
	// Detail is what the forge said, for "gone" and "push_unread".
	Detail string `json:"detail"`
	Files  Paths  `json:"files"`
	// Since says what was pushed after the approved commit.
	Since Since `json:"since"`
}

// Since is what was pushed after an approved commit.
type Since struct {
	// Commits counts those on top of the approved one; 0 when the history was rewritten and they cannot be told.
	Commits   int  `json:"commits"`
	Rewritten bool `json:"rewritten"`
	// Last is the newest of them, Subject the first line of its message.
	Last    string `json:"last"`
	Subject string `json:"subject"`
}

// Unblock is the smallest set of people whose approvals would satisfy all groups that somebody can satisfy.
type Unblock struct {
	People []string `json:"people"`
	More   int      `json:"more"`
	// Smallest is false when there were too many owners to prove that no smaller set exists.
	Smallest bool `json:"smallest"`
	// Teams stand in for members who are not known, as "@org/team". They are named only where nobody was asked who has approved.
	Teams []string `json:"teams"`
	// Stuck counts the blocking groups that no approval can satisfy.
	Stuck int `json:"stuck"`
}

// Objection is an owner's standing request for changes.
type Objection struct {
	Login  string `json:"login"`
	Commit string `json:"commit"`
	// Current is true when it was made for the head.
	Current bool     `json:"current"`
	Owners  []string `json:"owners"`
	Files   Paths    `json:"files"`
}

// Ineligible is an owner of changed files who cannot approve.
type Ineligible struct {
	Owner
	// Lines are where the file names the owner for the changed files, ten at most.
	Lines []Line `json:"lines"`
	Files Paths  `json:"files"`
	// Alone is true when no other owner of these files can approve either; then the groups say so already.
	Alone bool `json:"alone"`
}
