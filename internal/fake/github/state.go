package github

import (
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// What the hub knows. All of it is guarded by Hub.mu; commits, trees and diffs are git's and need no lock.

type account struct {
	id          int64
	login       string
	kind        string // User, Organization or Bot
	name, email string
	created     time.Time
	org         *organization // for an organisation
}

type organization struct {
	basePermission string            // what every member may do in every repository: none, read, write, admin
	members        map[string]string // lower login to member or admin
	teams          map[string]*team  // by slug
}

type team struct {
	id                      int64
	slug, name, description string
	privacy                 string
	parent                  *team
	members                 map[string]string // lower login to member or maintainer
	repos                   map[int64]string  // repository id to permission: pull, triage, push, maintain, admin
	created                 time.Time
}

type repository struct {
	id            int64
	owner         *account
	name          string
	description   string
	private       bool
	archived      bool
	fork          *repository
	defaultBranch string
	topics        []string
	properties    map[string]any
	merge         MergeSettings
	collaborators map[string]string // lower login to permission
	protected     map[string]*Protection
	labels        map[string]*label // by lower name
	created       time.Time
	updated       time.Time
	pushed        time.Time
	git           *githost.Repo

	nextNumber int
	pulls      map[int]*pull
	open       map[int]*pull            // those of pulls that are open
	family     []*repository            // at the root of a network: all its repositories
	byHead     map[string][]*pull       // pull requests that ever had this head, in the order made
	suites     map[string][]*checkSuite // by commit
	suiteByID  map[int64]*checkSuite
	runByID    map[int64]*checkRun
	statuses   map[string][]*status // by commit, oldest first
	runs       map[string][]*checkRun
	groups     map[string]*mergeGroup // by full reference name
	review     *DependencyReview      // nil while the dependency graph is off

	deployments []*deployed // oldest first, as releases and issues
	releases    []*released
	issues      []*plainIssue // those that are no pull requests
}

func (r *repository) fullName() string { return r.owner.login + "/" + r.name }

type label struct {
	id                 int64
	name, color, about string
}

type pull struct {
	id                int64
	number            int
	repo, headRepo    *repository // headRepo is nil when the fork is gone
	headRef, headSHA  string
	baseRef, baseSHA  string // baseSHA is the base's tip when the pull request was last made or pushed to
	title, body       string
	user              *account
	draft             bool
	state             string // open or closed
	merged            bool
	mergeSHA          string
	mergedBy          *account
	mergedAt          time.Time
	closedAt          time.Time
	created, updated  time.Time
	labels            []*label
	reviewers         []*account
	teams             []*team
	reviews           []*review
	threads           []*reviewComment
	comments          []*issueComment
	maintainerCanEdit bool
	timeline          []*moment
}

type review struct {
	id          int64
	user        *account
	state       string // APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED, PENDING
	body        string
	commit      string
	submittedAt time.Time
	canPush     bool // whether the author could push when the review was made
}

type reviewComment struct {
	id, review, inReplyTo  int64
	user                   *account
	body, path, hunk       string
	commit, originalCommit string
	line, startLine        int // 0 is none
	side, startSide        string
	position               int
	created, updated       time.Time
	reactions              []*reaction
	resolved               bool // of the thread that it began
	resolvedBy             *account
}

type issueComment struct {
	id               int64
	user             *account
	app              *app
	body             string
	created, updated time.Time
	reactions        []*reaction
}

type app struct {
	spec    AppSpec
	bot     *account
	owner   *account
	hookID  int64
	created time.Time
}

type installation struct {
	id          int64
	app         *app
	account     *account
	all         bool
	repos       map[int64]bool
	permissions map[string]string
	events      []string
	suspended   time.Time
	created     time.Time
}

func (i *installation) covers(r *repository) bool {
	return r.owner == i.account && (i.all || i.repos[r.id])
}

type checkSuite struct {
	id               int64
	repo             *repository
	app              *app
	head, branch     string
	before           string
	created, updated time.Time
	runs             []*checkRun
}

type checkRun struct {
	id                       int64
	suite                    *checkSuite
	name, status, conclusion string
	externalID, detailsURL   string
	started, completed       time.Time
	title, summary, text     *string
	annotations              []annotation
	actions                  []checkAction
}

type annotation struct {
	Path        string  `json:"path"`
	StartLine   int     `json:"start_line"`
	EndLine     int     `json:"end_line"`
	StartColumn *int    `json:"start_column"`
	EndColumn   *int    `json:"end_column"`
	Level       string  `json:"annotation_level"`
	Title       *string `json:"title"`
	Message     string  `json:"message"`
	RawDetails  *string `json:"raw_details"`
}

type checkAction struct {
	Label       string `json:"label"`
	Description string `json:"description"`
	Identifier  string `json:"identifier"`
}

type status struct {
	id             int64
	state, context string
	description    *string
	target         *string
	creator        *account
	created        time.Time
}

type mergeGroup struct {
	ref, head, base string // base is the commit the group was built on
	baseRef         string
	pull            *pull
}

// MergeSettings are the ways a repository lets pull requests in. The texts are GitHub's constants, such as PR_TITLE.
type MergeSettings struct {
	Merge, Squash, Rebase, AutoMerge bool
	DeleteBranch                     bool
	SquashTitle, SquashMessage       string // COMMIT_OR_PR_TITLE or PR_TITLE; COMMIT_MESSAGES, PR_BODY or BLANK
	MergeTitle, MergeMessage         string // MERGE_MESSAGE or PR_TITLE; PR_TITLE, PR_BODY or BLANK
}

// Protection is what a protected branch asks for.
type Protection struct {
	Checks        []RequiredCheck
	Strict        bool // the branch must be up to date before merging
	Reviews       int  // approvals needed
	CodeOwners    bool
	EnforceAdmins bool
	MergeQueue    bool
	Ruleset       bool // made as a ruleset, not as classic branch protection
}

// RequiredCheck is a check by name. App 0 takes it from anybody; else only from that App.
type RequiredCheck struct {
	Context string
	App     int64
}

func defaultMergeSettings() MergeSettings {
	return MergeSettings{Merge: true, Squash: true, Rebase: true, SquashTitle: "COMMIT_OR_PR_TITLE",
		SquashMessage: "COMMIT_MESSAGES", MergeTitle: "MERGE_MESSAGE", MergeMessage: "PR_TITLE"}
}

// rank orders what somebody may do. Both of GitHub's spellings are known.
func rank(permission string) int {
	switch permission {
	case "read", "pull":
		return 1
	case "triage":
		return 2
	case "write", "push":
		return 3
	case "maintain":
		return 4
	case "admin":
		return 5
	}
	return 0
}

var rankRole = [...]string{"none", "read", "triage", "write", "maintain", "admin"}

// role is what a user may do in a repository: the best of ownership, organisation, teams and collaboration.
func (h *Hub) role(r *repository, u *account) int {
	if u == nil {
		return 0
	}
	if r.owner == u {
		return rank("admin")
	}
	login, best := strings.ToLower(u.login), 0
	if !r.private {
		best = rank("read")
	}
	best = max(best, rank(r.collaborators[login]))
	if org := r.owner.org; org != nil {
		switch org.members[login] {
		case "admin":
			return rank("admin")
		case "member":
			best = max(best, rank(org.basePermission))
		}
		for _, t := range org.teams {
			if t.has(login) {
				for at := t; at != nil; at = at.parent { // a child team has what its parents have
					best = max(best, rank(at.repos[r.id]))
				}
			}
		}
	}
	return best
}

// belongs reports whether a user has a repository by ownership, organisation or collaboration, and not only because it is
// public.
func (h *Hub) belongs(r *repository, u *account) bool {
	login := strings.ToLower(u.login)
	org := r.owner.org
	return h.role(r, u) > 0 && (r.private || r.owner == u || r.collaborators[login] != "" || org != nil && org.members[login] != "")
}

func (t *team) has(login string) bool {
	_, ok := t.members[strings.ToLower(login)]
	return ok
}

// teamMembers are the members of a team and of the teams below it, as GitHub's member list has them.
func (o *organization) teamMembers(t *team) map[string]string {
	out := map[string]string{}
	for _, other := range o.teams {
		for at := other; at != nil; at = at.parent {
			if at == t {
				for login, role := range other.members {
					if _, ok := out[login]; !ok || other == t {
						out[login] = role
					}
				}
			}
		}
	}
	return out
}
