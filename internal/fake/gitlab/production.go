package gitlab

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/sorting"
)

// production is what a project tells of production, each oldest first.
type production struct {
	environments []*environment
	deployments  []*deployment
	releases     []*released
	issues       []*issue
}

type environment struct {
	id         int64
	name, tier string
	created    time.Time
}

type deployment struct {
	id, iid          int64
	environment      *environment
	sha, status      string
	by               *user
	job              *job // nil for one that somebody told the API of
	created, updated time.Time
}

type released struct {
	id             int64
	tag, sha       string
	by             *user
	created, since time.Time
}

// issue is an issue or, by its kind, an incident.
type issue struct {
	id, iid                  int64
	title, kind              string
	labels                   []*label
	by                       *user
	created, updated, closed time.Time
}

// Deployment is a deployment with the states that it takes, such as running and success, a second apart.
type Deployment struct {
	Environment, Tier string
	SHA               string
	By                string
	States            []string
	NoJob             bool // somebody told the API of it
	Quiet             bool // no webhook tells of it: it stands for what was there before
}

// Deploy makes a deployment and, if there is none of that name, its environment.
func (l *Lab) Deploy(in int64, spec Deployment) (id int64, err error) {
	err = l.locked(in, func(p *project) error {
		by, err := l.person(spec.By)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(p.environments, func(e *environment) bool { return e.name == spec.Environment })
		if i < 0 {
			i = len(p.environments)
			p.environments = append(p.environments, &environment{l.id(), spec.Environment, spec.Tier, l.now()})
		}
		d := &deployment{
			id:          l.id(),
			iid:         int64(len(p.deployments) + 1),
			environment: p.environments[i],
			sha:         spec.SHA,
			by:          by,
			created:     l.now(),
			updated:     l.now(),
		}
		if !spec.NoJob {
			d.job = &job{id: l.id(), name: "deploy", stage: "deploy", user: by, created: l.now(), started: l.now()}
		}
		p.deployments = append(p.deployments, d)
		for _, state := range spec.States {
			d.status, d.updated = state, d.updated.Add(time.Second)
			if d.job != nil {
				d.job.state = state
				if finished(state) {
					d.job.finished = d.updated
				}
			}
			if !spec.Quiet {
				l.fire(p, "deployment_events", "Deployment Hook", l.deploymentPayload(p, d))
			}
		}
		id = d.id
		return nil
	})
	return id, err
}

// Release makes a release of a commit under a tag, at a time that may be to come.
func (l *Lab) Release(in int64, tag, sha, by string, at time.Time) error {
	return l.locked(in, func(p *project) error {
		author, err := l.person(by)
		if err != nil {
			return err
		}
		r := &released{id: l.id(), tag: tag, sha: sha, by: author, created: l.now(), since: at}
		p.releases = append(p.releases, r)
		payload, err := l.releasePayload(p, r)
		if err == nil {
			l.fire(p, "releases_events", "Release Hook", payload)
		}
		return err
	})
}

// Issue makes an issue of a kind, issue or incident, with labels that the project has from then on.
func (l *Lab) Issue(in int64, title, kind, by string, labels ...string) (iid int64, err error) {
	err = l.locked(in, func(p *project) error {
		author, err := l.person(by)
		if err != nil {
			return err
		}
		iid = int64(len(p.issues) + 1)
		i := &issue{id: l.id(), iid: iid, title: title, kind: kind, by: author, created: l.now(), updated: l.now(),
			labels: l.labelsOf(p, labels)}
		p.issues = append(p.issues, i)
		l.fire(p, "issues_events", "Issue Hook", l.issuePayload(p, i, "open", object{}))
		return nil
	})
	return iid, err
}

// EditIssue closes an issue, or gives it other labels.
func (l *Lab) EditIssue(in, iid int64, closed bool, labels ...string) error {
	return l.locked(in, func(p *project) error {
		if iid < 1 || iid > int64(len(p.issues)) {
			return fmt.Errorf("issue %d does not exist", iid)
		}
		i, action, changes := p.issues[iid-1], "update", object{}
		i.updated = l.now()
		if closed {
			i.closed, action = l.now(), "close"
		} else {
			before := i.labels
			i.labels = l.labelsOf(p, labels)
			changes["labels"] = changed(hookLabels(p, before), hookLabels(p, i.labels))
		}
		l.fire(p, "issues_events", "Issue Hook", l.issuePayload(p, i, action, changes))
		return nil
	})
}

// labelsOf finds labels by name, and makes those that are missing.
func (l *Lab) labelsOf(p *project, names []string) (all []*label) {
	for _, name := range names {
		all = append(all, l.label(p, name))
	}
	return all
}

func productionRoutes() []route {
	const project = "/projects/:id"
	return []route{
		{method: "GET", pattern: project + "/environments", level: Reporter, call: listEnvironments},
		{method: "GET", pattern: project + "/deployments", level: Reporter, call: listDeployments},
		{method: "GET", pattern: project + "/releases", open: true, call: listReleases},
		{method: "GET", pattern: project + "/issues", open: true, call: listIssues},
	}
}

func listEnvironments(l *Lab, c *call) (any, error) {
	out := []any{}
	for _, e := range c.project.environments {
		out = append(
			out,
			with(l.environmentShape(e), object{"state": "available", "tier": orNull(e.tier), "auto_stop_at": nil,
				"kubernetes_namespace": nil, "flux_resource_path": nil, "description": nil}),
		)
	}
	return c.page(out), nil
}

// listDeployments is refused where the order does not fit the filter, as newer versions do.
func listDeployments(l *Lab, c *call) (any, error) {
	by, _ := c.text("order_by")
	after, filtered := c.text("updated_after")
	since, err := time.Parse(time.RFC3339, cmp.Or(after, "1970-01-01T00:00:00Z"))
	if err != nil || filtered && by != "updated_at" {
		return nil, fail(http.StatusBadRequest, "`updated_at` filter requires `updated_at` sort")
	}
	list := slices.Clone(c.project.deployments)
	sorting.StableBy(list, func(a, b *deployment) int {
		if by == "updated_at" {
			return cmp.Or(a.updated.Compare(b.updated), cmp.Compare(a.id, b.id))
		}
		return cmp.Compare(a.id, b.id)
	})
	if sort, _ := c.text("sort"); sort == "desc" {
		slices.Reverse(list)
	}
	name, named := c.text("environment")
	out := []any{}
	for _, d := range list {
		if named && d.environment.name != name || filtered && d.updated.Before(since) {
			continue
		}
		shape, err := l.deploymentShape(c.project, d)
		if err != nil {
			return nil, err
		}
		out = append(out, shape)
	}
	return c.page(out), nil
}

// listReleases are the newest first, as they are by default.
func listReleases(l *Lab, c *call) (any, error) {
	list := slices.Clone(c.project.releases)
	sorting.StableBy(list, func(a, b *released) int { return b.since.Compare(a.since) })
	out := []any{}
	for _, r := range list {
		shape, err := l.releaseShape(c.project, r)
		if err != nil {
			return nil, err
		}
		out = append(out, shape)
	}
	return c.page(out), nil
}

func listIssues(l *Lab, c *call) (any, error) {
	kind, ofKind := c.text("issue_type")
	name, labelled := c.text("labels")
	after, filtered := c.text("updated_after")
	since, err := time.Parse(time.RFC3339, cmp.Or(after, "1970-01-01T00:00:00Z"))
	if err != nil {
		return nil, fail(http.StatusBadRequest, "updated_after is invalid")
	}
	list := slices.Clone(c.project.issues)
	sorting.StableBy(list, func(a, b *issue) int { return b.updated.Compare(a.updated) })
	out := []any{}
	for _, i := range list {
		if ofKind && i.kind != kind || filtered && i.updated.Before(since) ||
			labelled && !slices.ContainsFunc(i.labels, func(x *label) bool { return x.name == name }) {
			continue
		}
		out = append(out, l.issueShape(c.project, i))
	}
	return c.page(out), nil
}
