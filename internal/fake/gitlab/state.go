package gitlab

import (
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// Access levels of members.
const (
	Guest      = 10
	Planner    = 15
	Reporter   = 20
	Developer  = 30
	Maintainer = 40
	Owner      = 50
)

type user struct {
	id                    int64
	username, name, email string
	bot, admin            bool
	state                 string // active, blocked or banned
	created               time.Time
}

type member struct {
	user     *user
	level    int
	created  time.Time
	awaiting bool // invited, and not yet let in
}

type group struct {
	id         int64
	path, name string // path is the full one
	parent     *group
	members    map[int64]*member
	created    time.Time
}

// share is a group invited into a project.
type share struct {
	group *group
	level int
}

type project struct {
	id               int64
	group            *group // nil in a user's namespace
	owner            *user
	path, name       string // path is the full one
	description      string
	visibility       string // public, internal or private
	archived         bool
	defaultBranch    string
	fork             *project
	members          map[int64]*member
	shares           []share
	protected        []*protectedBranch
	settings         Settings
	approvals        ApprovalSettings
	rules            []*rule
	checks           []*statusCheck
	labels           []*label
	requests         map[int64]*request // by iid
	pipelines        []*pipeline        // oldest first
	created, updated time.Time
	git              *githost.Repo
	nextIID          int64
	nextPipeline     int64
	hidden           bool // contains_hidden_groups of rules
	production
}

func (p *project) branch(name string) (string, bool) { return p.git.Ref("refs/heads/" + name) }

// last is a path's last part.
func last(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// above is a path without its last part, "" for a path of one part.
func above(path string) string {
	i := strings.LastIndex(path, "/")
	if i < 0 {
		return ""
	}
	return path[:i]
}

type label struct {
	id                 int64
	name, color, about string
	created            time.Time
}

// Settings are a project's settings that bear on rules and merging, by their names in the API.
type Settings struct {
	MergeMethod          string // merge, rebase_merge or ff; "" is merge
	SquashOption         string // never, always, default_on or default_off; "" is default_off
	MergeCommitTemplate  string
	SquashCommitTemplate string
	CIConfigPath         string
	NoJobs               bool // builds_access_level is disabled

	OnlyIfPipelineSucceeds   bool // only_allow_merge_if_pipeline_succeeds
	AllowSkippedPipeline     bool // allow_merge_on_skipped_pipeline
	OnlyIfThreadsResolved    bool // only_allow_merge_if_all_discussions_are_resolved
	OnlyIfStatusChecksPassed bool // only_allow_merge_if_all_status_checks_passed
	MergePipelines           bool // merge_pipelines_enabled
	MergeTrains              bool // merge_trains_enabled
	ForkPipelinesInParent    bool // ci_allow_fork_pipelines_to_run_in_parent_project
}

// ApprovalSettings are a project's approval settings (Premium).
type ApprovalSettings struct {
	KeepOnPush        bool // reset_approvals_on_push is false
	AuthorMayApprove  bool // merge_requests_author_approval
	CommittersMayNot  bool // merge_requests_disable_committers_approval
	NoOverrideInMerge bool // disable_overriding_approvers_per_merge_request
}

type protectedBranch struct {
	id          int64
	pattern     string
	push, merge int // access levels; 0 is nobody
	codeOwners  bool
	forcePush   bool
}

// rule is an approval rule of a project.
type rule struct {
	id       int64
	name     string
	kind     string // regular, any_approver or code_owner
	section  string
	required int
	users    []*user
	groups   []*group
	branches []*protectedBranch // none is all
}

type request struct {
	id, iid            int64
	shown              *pipeline // the head pipeline that is shown: an older head's until the new one has one
	target, source     *project  // source is nil when the fork is gone
	sourceRef          string
	targetRef          string
	title, description string
	author             *user
	state              string // opened, closed, merged or locked
	created, updated   time.Time
	prepared           time.Time // zero until the first version is made
	labels             []*label
	assignees          []*user
	reviewers          []*reviewer
	squash             bool
	head               string // the source branch's tip, or what it was at the end
	versions           []*version
	approvals          []*approval
	notes              []*note
	drafts             []*draftNote
	mergedBy, closedBy *user
	mergedAt, closedAt time.Time
	mergeSHA           string
	squashSHA          string
	autoMerge          bool
	autoBy             *user // who set it to merge by itself
	emoji              []*award
	answers            []statusAnswer // of external status checks
	moves              []stateEvent
}

func (m *request) draft() bool {
	lower := strings.ToLower(m.title)
	for _, mark := range []string{"draft:", "[draft]", "(draft)"} {
		if strings.HasPrefix(lower, mark) {
			return true
		}
	}
	return false
}

func (m *request) open() bool { return m.state == "opened" || m.state == "locked" }

// version is a diff of a merge request: one for each push.
type version struct {
	id                int64
	base, start, head string
	created           time.Time
	ready             time.Time // when GitLab's job has made it
	held              bool
	files             int
	cut               bool // there were more files
}

// version is the newest version that exists by now.
func (m *request) version(now time.Time) *version {
	for i := len(m.versions) - 1; i >= 0; i-- {
		if v := m.versions[i]; v.done(now) {
			return v
		}
	}
	return nil
}

func (v *version) done(now time.Time) bool { return !v.held && !now.Before(v.ready) }

type reviewer struct {
	user    *user
	state   string // unreviewed, reviewed, requested_changes, approved, unapproved, review_started
	created time.Time
}

type approval struct {
	user *user
	at   time.Time
}

// note is a comment. Notes of one thread share a discussion.
type note struct {
	id               int64
	discussion       string // 40 hexadecimal digits
	individual       bool   // a comment alone, which is no thread
	kind             string // "", DiscussionNote or DiffNote
	body             string
	author           *user
	system           bool
	icon             string // of a system note
	created, updated time.Time
	position         *position
	resolvable       bool
	resolved         bool
	resolvedBy       *user
	resolvedAt       time.Time
	emoji            []*award
}

type award struct {
	id      int64
	name    string
	user    *user
	created time.Time
}

// position is where a note stands in a diff, as the API writes it.
type position struct {
	Base     string     `json:"base_sha"`
	Start    string     `json:"start_sha"`
	Head     string     `json:"head_sha"`
	OldPath  string     `json:"old_path"`
	NewPath  string     `json:"new_path"`
	Kind     string     `json:"position_type"`
	OldLine  *int       `json:"old_line"`
	NewLine  *int       `json:"new_line"`
	Range    *lineRange `json:"line_range"`
	lineCode string
}

type lineRange struct {
	Start linePoint `json:"start"`
	End   linePoint `json:"end"`
}

type linePoint struct {
	LineCode string `json:"line_code"`
	Type     string `json:"type"`
	OldLine  *int   `json:"old_line"`
	NewLine  *int   `json:"new_line"`
}

type pipeline struct {
	id, iid   int64
	project   *project
	kind      string // branch, request, merged or train; external ones are of a branch
	sha, ref  string
	source    string // push, merge_request_event, external, ...
	request   *request
	jobs      []*job
	fixed     string // a status without jobs
	user      *user
	created   time.Time
	updated   time.Time
	sourceSHA string // the request's head when sha is a merge made for the pipeline
	targetSHA string
}

// job is a CI job or, when status is set, a commit status.
type job struct {
	id           int64
	name, stage  string
	state        string // created, pending, running, success, failed, canceled, skipped, manual
	status       bool
	allowFailure bool
	retried      bool
	user         *user
	ref          string
	target       string
	description  string
	coverage     *float64
	created      time.Time
	started      time.Time
	finished     time.Time
}

type token struct {
	id      int64
	user    *user
	name    string
	scopes  []string
	created time.Time
	expires time.Time // zero is never
	revoked bool
	project *project // a project access token
	group   *group   // a group access token
	secret  string
}

func (t *token) scope(names ...string) bool {
	for _, s := range t.scopes {
		for _, n := range names {
			if s == n {
				return true
			}
		}
	}
	return false
}
