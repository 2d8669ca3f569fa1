package hook

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// payload is what Lintel reads of GitLab's payloads. Everything else is passed over, so that one that grows stays
// readable, and everything may be missing: a custom template can leave it out.
// https://docs.gitlab.com/user/project/integrations/webhook_events/
type payload struct {
	// header is the name that the delivery's header gives, the only one that says that a system hook sent it.
	header string

	ObjectKind string   `json:"object_kind"`
	EventName  string   `json:"event_name"`
	EventType  string   `json:"event_type"`
	User       *user    `json:"user"`
	Project    *project `json:"project"`
	// ProjectID is that of pushes, notes and members.
	ProjectID int64 `json:"project_id"`

	Attributes   attributes                 `json:"object_attributes"`
	MergeRequest *mergeRequest              `json:"merge_request"`
	Changes      map[string]json.RawMessage `json:"-"`
	RawChanges   json.RawMessage            `json:"changes"`
	Note         *note                      `json:"note"`
	// Reviewers are who is asked to review the merge request.
	Reviewers []user `json:"reviewers"`

	Ref          string   `json:"ref"`
	RefProtected bool     `json:"ref_protected"`
	Before       string   `json:"before"`
	After        string   `json:"after"`
	Commits      []pushed `json:"commits"`
	TotalCommits int      `json:"total_commits_count"`

	// RawLabels are those of an issue.
	RawLabels json.RawMessage `json:"labels"`
	delivered

	// The rest is of members and projects, where the person is not in User.
	UserID      int64  `json:"user_id"`
	Username    string `json:"user_username"`
	GroupPath   string `json:"group_path"`
	ProjectPath string `json:"project_path_with_namespace"`
	Path        string `json:"path_with_namespace"`
	Visibility  string `json:"project_visibility"`
}

// attributes are those of a merge request, a note, an emoji or a pipeline: one struct, as GitLab has one field.
type attributes struct {
	mergeRequest
	Action string `json:"action"`
	OldRev string `json:"oldrev"`
	// SystemAction says what GitLab itself did.
	SystemAction string `json:"system_action"`
	System       bool   `json:"system"`
	Author       int64  `json:"author_id"`

	// Of notes.
	Text     string `json:"note"`
	Noteable string `json:"noteable_type"`
	Type     string `json:"type"`
	// Discussion is what it answers or begins.
	Discussion string `json:"discussion_id"`

	// Of emojis.
	Name      string `json:"name"`
	Awardable string `json:"awardable_type"`
	AwardedTo int64  `json:"awardable_id"`

	// Of pipelines.
	Ref string `json:"ref"`
	SHA string `json:"sha"`
	// Source is a text for pipelines, and the source project for merge requests.
	Source json.RawMessage `json:"source"`
	Status string          `json:"status"`
	Tag    bool            `json:"tag"`

	// Of access tokens.
	ExpiresAt string `json:"expires_at"`
	User      int64  `json:"user_id"`
}

type user struct {
	ID       int64  `json:"id"`
	Username string `json:"username"`
}

type note struct {
	Author int64 `json:"author_id"`
}

type mergeRequest struct {
	ID            int64     `json:"id"`
	IID           int       `json:"iid"`
	State         string    `json:"state"`
	TargetBranch  string    `json:"target_branch"`
	SourceBranch  string    `json:"source_branch"`
	TargetProject int64     `json:"target_project_id"`
	SourceProject int64     `json:"source_project_id"`
	AuthorID      int64     `json:"author_id"`
	Draft         bool      `json:"draft"`
	InProgress    bool      `json:"work_in_progress"`
	Description   string    `json:"description"`
	CreatedAt     timestamp `json:"created_at"`
	UpdatedAt     timestamp `json:"updated_at"`
	ClosedAt      timestamp `json:"closed_at"`
	MergeCommit   string    `json:"merge_commit_sha"`
	SquashCommit  string    `json:"squash_commit_sha"`
	Target        *project  `json:"target"`
	LastCommit    *struct {
		ID string `json:"id"`
	} `json:"last_commit"`
}

func (m *mergeRequest) head() change.Rev {
	if m.LastCommit == nil {
		return change.Rev{Ref: m.SourceBranch}
	}
	return change.Rev{Ref: m.SourceBranch, SHA: m.LastCommit.ID}
}

type project struct {
	ID            int64  `json:"id"`
	Path          string `json:"path_with_namespace"`
	DefaultBranch string `json:"default_branch"`
	Visibility    *int   `json:"visibility_level"`
}

// repository is the project in our words. One without a full path is none.
func (p *project) repository(id int64) (r change.Repository, ok bool) {
	owner, name, ok := split(p.Path)
	if !ok || id <= 0 {
		return r, false
	}
	r = change.Repository{ID: id, Owner: owner, Name: name, DefaultBranch: p.DefaultBranch}
	// What is not said to be open to all counts as private.
	r.Private = p.Visibility == nil || *p.Visibility < 20
	return r, true
}

// split cuts a project's path: its owner is all groups that it stands in.
func split(path string) (owner, name string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i <= 0 || i == len(path)-1 {
		return "", "", false
	}
	return path[:i], path[i+1:], true
}

// pushed is a commit of a push. GitLab lists what it touched by name, whole files only.
type pushed struct {
	Author struct {
		Email string `json:"email"`
	} `json:"author"`
	ID        string    `json:"id"`
	Timestamp timestamp `json:"timestamp"`
	Message   string    `json:"message"`
	Modified  []string  `json:"modified"`
	Added     []string  `json:"added"`
	Removed   []string  `json:"removed"`
}

// timestamp reads the forms of GitLab's times and takes any other for "not said": a time is only a hint here.
type timestamp struct{ time.Time }

func (t *timestamp) UnmarshalJSON(b []byte) error {
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700"} {
		if parsed, err := time.Parse(`"`+form+`"`, string(b)); err == nil {
			t.Time = parsed.UTC()
			return nil
		}
	}
	return nil
}

// bot matches the users that GitLab makes for access tokens and service accounts, and its own. No payload says of a user
// that it is a program.
// https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
var bot = lazyregexp.New(`^((project|group)_\d+_bot(_[0-9a-z]+|\d*)|service_account(_group|_project)?(_[0-9]+)?_[0-9a-f]{16,}|` +
	`alert-bot|support-bot|security-bot|GitLab-Security-Bot|gitlab-bot|ghost\d*)$`)
