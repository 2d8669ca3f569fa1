package github

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// readers says what each event means. An event that is not here is ignored.
// https://docs.github.com/en/webhooks/webhook-events-and-payloads
var readers = map[string]func(payload, *change.Event) error{
	"pull_request":                readPullRequest,
	"issue_comment":               readIssueComment,
	"pull_request_review":         readReview,
	"pull_request_review_comment": readReviewComment,
	"pull_request_review_thread":  readReviewThread,
	"push":                        readPush,
	"merge_group":                 readMergeGroup,
	"check_run":                   readCheckRun,
	"check_suite":                 readCheckSuite,
	"status":                      readStatus,
	"installation":                readInstallation,
	"installation_repositories":   readInstallationRepositories,
	"membership":                  readAccess,
	"team":                        readAccess,
	"member":                      readAccess,
	"organization":                readAccess,
	"repository":                  readRepository,
	"custom_property_values":      readProperties,
	"workflow_run":                readWorkflowRun,

	"deployment_status": readDelivered,
	"release":           readDelivered,
	"issues":            readDelivered,
}

// optional are events that figures of deployments gain by, or that tell earlier what other events tell, too: an App works
// without them.
var optional = []string{"custom_property_values", "deployment_status", "issues", "release"}

// Events are the names of the events that the App must be subscribed to, sorted.
func Events() []string {
	var names []string
	for name := range readers {
		if name != "installation" && name != "installation_repositories" && // sent to every App without asking
			!slices.Contains(optional, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func decode(name string, body []byte) (change.Event, error) {
	read, ok := readers[name]
	if !ok {
		return change.Event{Kind: change.Ignored, Reason: "no rule reads " + name + " events"}, nil
	}
	var p payload
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(&p); err != nil {
		return change.Event{}, fmt.Errorf("decode JSON: %w", err)
	}
	ev := change.Event{Action: p.Action}
	if p.Installation != nil {
		ev.Connection = p.Installation.ID
	}
	if p.Sender != nil {
		ev.Sender, ev.SenderBot = p.Sender.Login, p.Sender.Type == "Bot"
	}
	if p.Repository != nil {
		ev.Repository = p.Repository.toChange()
	}
	if err := read(p, &ev); err != nil {
		return change.Event{}, err
	}
	readChat(name, p, &ev)
	ev.Flow = readFlow(name, p)
	readDeployments(name, p, &ev)
	return ev, nil
}

func ignore(ev *change.Event, why string) { ev.Kind, ev.Reason = change.Ignored, why }

// about names the pull request of an event.
func about(p payload, ev *change.Event) error {
	if p.PullRequest == nil || p.Repository == nil || p.Repository.ID <= 0 || p.PullRequest.Number <= 0 {
		return errors.New("pull_request or repository is missing")
	}
	pr := p.PullRequest
	ev.Ref = change.Ref{
		Key:        change.Key{Forge: change.GitHub, RepoID: p.Repository.ID, Number: pr.Number},
		Owner:      ev.Repository.Owner,
		Name:       ev.Repository.Name,
		Connection: ev.Connection,
	}
	ev.Head, ev.Base = change.Rev{Ref: pr.Head.Ref, SHA: pr.Head.SHA}, change.Rev{Ref: pr.Base.Ref, SHA: pr.Base.SHA}
	ev.Draft, ev.UpdatedAt = pr.Draft, pr.UpdatedAt.Time
	return nil
}

func readPullRequest(p payload, ev *change.Event) error {
	if err := about(p, ev); err != nil {
		return err
	}
	ev.Kind = change.Updated
	switch p.Action {
	case "opened", "reopened", "synchronize":
	case "ready_for_review", "converted_to_draft":
		ev.Facts = []string{"draft"}
	case "labeled", "unlabeled":
		ev.Facts = []string{"labels"}
	case "edited":
		ev.Facts = edited(p.Changes)
	case "closed":
		ev.Kind, ev.EndState = change.Ended, change.Closed
		if p.PullRequest.Merged {
			ev.EndState = change.Merged
		}
	default:
		ignore(ev, "no rule reads pull_request."+p.Action)
	}
	return nil
}

// edited says what an edit changed; an edit of the base changes everything.
func edited(raw json.RawMessage) []string {
	var changes map[string]json.RawMessage
	if err := json.Unmarshal(raw, &changes); err != nil {
		return nil // not said: anything may have changed
	}
	var facts []string
	for what := range changes {
		switch what {
		case "title", "body":
			facts = append(facts, what)
		default:
			return nil
		}
	}
	slices.Sort(facts)
	return facts
}

func readReview(p payload, ev *change.Event) error {
	if err := about(p, ev); err != nil {
		return err
	}
	if p.PullRequest.State == "closed" {
		ignore(ev, "the pull request is closed")
		return nil
	}
	if ev.SenderBot && p.Action == "submitted" && p.Review != nil && strings.EqualFold(p.Review.State, "commented") {
		// GitHub wraps each comment of ours on a line into one.
		ignore(ev, "a program's comment approves nothing")
		return nil
	}
	ev.Kind, ev.Facts = change.Updated, []string{"reviews"}
	return nil
}

// maxPushCommits is the number of commits up to which a push's list is whole.
const maxPushCommits = 2048

func readPush(p payload, ev *change.Event) error {
	name, ok := strings.CutPrefix(p.Ref, "refs/heads/")
	if !ok || p.Deleted || p.Repository == nil {
		ignore(ev, "the push is not to a branch that lives on")
		return nil
	}
	if strings.HasPrefix(name, queuePrefix) {
		ignore(ev, "the branch belongs to the merge queue")
		return nil
	}
	ev.Kind, ev.Base, ev.Before = change.BasePushed, change.Rev{Ref: name, SHA: p.After}, p.Before
	if !p.Forced && len(p.Commits) < maxPushCommits {
		ev.Commits = commitsOf(p.Commits)
	}
	if p.Forced || len(p.Commits) == 0 || len(p.Commits) >= maxPushCommits || strings.Trim(p.Before, "0") == "" {
		return nil // not the whole story: anything may have changed
	}
	ev.Paths = []string{}
	for _, c := range p.Commits {
		ev.Paths = append(append(append(ev.Paths, c.Added...), c.Removed...), c.Modified...)
	}
	return nil
}

// commitsOf are the commits that a push brought, in its order, with what each of them touched.
func commitsOf(all []pushed) (commits []change.Pushed) {
	for _, c := range all {
		commits = append(commits, change.Pushed{
			ID:      c.ID,
			At:      c.Timestamp.Time,
			Author:  c.Author.Email,
			Message: c.Message,
			Paths:   slices.Concat(c.Added, c.Removed, c.Modified),
		})
	}
	return commits
}

const queuePrefix = "gh-readonly-queue/"

var queueBranch = lazyregexp.New(`^` + queuePrefix + `(.+)/pr-([1-9][0-9]{0,9})-([0-9a-f]{40}|[0-9a-f]{64})$`)

func readMergeGroup(p payload, ev *change.Event) error {
	g := p.MergeGroup
	if g == nil || p.Repository == nil || p.Repository.ID <= 0 || g.HeadSHA == "" {
		return errors.New("merge_group or repository is missing")
	}
	head, base := strings.TrimPrefix(g.HeadRef, "refs/heads/"), strings.TrimPrefix(g.BaseRef, "refs/heads/")
	ev.Ref = change.Ref{
		Key:        change.Key{Forge: change.GitHub, RepoID: p.Repository.ID, Group: g.HeadSHA},
		Owner:      ev.Repository.Owner,
		Name:       ev.Repository.Name,
		Connection: ev.Connection,
	}
	ev.Base = change.Rev{Ref: base, SHA: g.BaseSHA}
	ev.Group = &change.Group{Head: g.HeadSHA, Base: g.BaseSHA, Ref: head}
	if m := queueBranch.FindStringSubmatch(head); m != nil && m[1] == base {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return fmt.Errorf("read pull request number of %q: %w", head, err)
		}
		ev.Group.Number = n
	} else {
		ev.Group.Problem = fmt.Sprintf("the branch %q does not name a pull request into %q", head, base)
	}
	switch p.Action {
	case "checks_requested":
		ev.Kind = change.Updated
	case "destroyed":
		ev.Kind, ev.EndState = change.Ended, change.Closed
	default:
		ignore(ev, "no rule reads merge_group."+p.Action)
	}
	return nil
}

func readCheckRun(p payload, ev *change.Event) error {
	if p.CheckRun == nil {
		return errors.New("check_run is missing")
	}
	if p.CheckRun.App == nil { // the schema allows it
		ignore(ev, "the check names no App, so it is none of ours and none that a rule could trust")
		return nil
	}
	ev.Head.SHA, ev.Check, ev.App = p.CheckRun.HeadSHA, p.CheckRun.ID, p.CheckRun.App.ID
	switch p.Action {
	case "rerequested":
		ev.Kind = change.Rerequested
	case "requested_action":
		ev.Kind = change.Rerequested
		if p.Requested == nil || p.Requested.Identifier == "" {
			return errors.New("requested_action has no identifier")
		}
		ev.Requested = p.Requested.Identifier
	case "created", "completed":
		ev.Kind, ev.Facts = change.CommitUpdated, []string{"checks"}
	default:
		ignore(ev, "no rule reads check_run."+p.Action)
	}
	return nil
}

func readCheckSuite(p payload, ev *change.Event) error {
	if p.CheckSuite == nil {
		return errors.New("check_suite is missing")
	}
	ev.Head.SHA = p.CheckSuite.HeadSHA
	if p.CheckSuite.App != nil {
		ev.App = p.CheckSuite.App.ID
	}
	switch p.Action {
	case "rerequested":
		ev.Kind = change.Rerequested
	default: // requested: a pull_request event comes for it, too; completed: its runs told already
		ignore(ev, "no rule reads check_suite."+p.Action)
	}
	return nil
}

func readStatus(p payload, ev *change.Event) error {
	ev.Kind, ev.Head.SHA, ev.Facts = change.CommitUpdated, p.SHA, []string{"checks"}
	return nil
}

func repositories(list []short, owner *account) []change.Repository {
	var all []change.Repository
	for _, s := range list {
		all = append(all, repository{ID: s.ID, FullName: s.FullName, Private: s.Private, Owner: owner}.toChange())
	}
	return all
}

func readInstallation(p payload, ev *change.Event) error {
	if p.Installation == nil {
		return errors.New("installation is missing")
	}
	ev.Repositories = repositories(p.Repos, p.Installation.Account)
	switch p.Action {
	case "created", "unsuspend", "new_permissions_accepted":
		ev.Kind = change.Installed
	case "deleted", "suspend":
		ev.Kind, ev.Repositories = change.Uninstalled, nil
	default:
		ignore(ev, "no rule reads installation."+p.Action)
	}
	return nil
}

func readInstallationRepositories(p payload, ev *change.Event) error {
	if p.Installation == nil {
		return errors.New("installation is missing")
	}
	switch p.Action {
	case "added":
		ev.Kind, ev.Repositories = change.Installed, repositories(p.Added, p.Installation.Account)
	case "removed":
		ev.Kind, ev.Repositories = change.Uninstalled, repositories(p.Removed, p.Installation.Account)
	default:
		ignore(ev, "no rule reads installation_repositories."+p.Action)
	}
	if ev.Kind != change.Ignored && len(ev.Repositories) == 0 {
		ignore(ev, "no repository was added or removed")
	}
	return nil
}

// dependabot's runs get no more rights than those of a fork.
const dependabot = "dependabot[bot]"

// readWorkflowRun looks for runs that could not hand in their reports by themselves: those of forks. Their list of pull
// requests is empty, so that the changes are found by the head.
func readWorkflowRun(p payload, ev *change.Event) error {
	run := p.WorkflowRun
	if run == nil || p.Repository == nil || p.Repository.ID <= 0 {
		return errors.New("workflow_run or repository is missing")
	}
	switch {
	case p.Action != "completed":
		ignore(ev, "no rule reads workflow_run."+p.Action)
		return nil
	case run.Event != "pull_request" || run.HeadSHA == "" || run.ID <= 0:
		ignore(ev, "the run is not one of a pull request")
		return nil
	}
	// A fork that was deleted meanwhile is null.
	ev.Fork = run.HeadRepository == nil || run.HeadRepository.ID != p.Repository.ID
	if !ev.Fork && run.Actor.login() != dependabot && run.TriggeringActor.login() != dependabot {
		ignore(ev, "the run is of a branch of the repository, and hands in its reports by itself")
		return nil
	}
	ev.Kind, ev.Facts = change.RunFinished, []string{"reports"}
	ev.Head.SHA, ev.Run, ev.Attempt = run.HeadSHA, run.ID, max(run.Attempt, 1)
	return nil
}

func (a *account) login() string {
	if a == nil {
		return ""
	}
	return a.Login
}

func readAccess(p payload, ev *change.Event) error {
	ev.Kind = change.AccessChanged
	if p.Team != nil && p.Team.Slug != "" && p.Organization != nil {
		ev.Subject = p.Organization.Login + "/" + p.Team.Slug
	}
	return nil
}

func readRepository(p payload, ev *change.Event) error {
	if p.Repository == nil {
		return errors.New("repository is missing")
	}
	switch p.Action {
	case "deleted", "archived":
		ev.Kind, ev.Repositories = change.Uninstalled, []change.Repository{ev.Repository}
	case "unarchived":
		ev.Kind, ev.Repositories = change.Installed, []change.Repository{ev.Repository}
	case "renamed", "transferred", "publicized", "privatized", "edited":
		ev.Kind = change.RepositoryChanged
	default:
		ignore(ev, "no rule reads repository."+p.Action)
	}
	return nil
}

// readProperties takes the values that changed; the repository may still be sent with those of before.
func readProperties(p payload, ev *change.Event) error {
	if p.Repository == nil || p.Repository.ID <= 0 {
		return errors.New("repository is missing")
	}
	ev.Kind, ev.Facts = change.RepositoryChanged, []string{"properties"}
	values := map[string]any{}
	maps.Copy(values, p.Repository.Properties)
	for _, value := range p.NewProperties {
		values[value.Name] = value.Value
	}
	ev.Repository.Traits = traits(p.Repository.Visibility, p.Repository.Topics, values)
	return nil
}
