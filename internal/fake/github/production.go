package github

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/fake/graph"
)

// deployed is a deployment with the states that it took, a minute apart.
type deployed struct {
	id          int64
	sha         string
	environment string
	production  bool
	created     time.Time
	states      []string
}

type released struct {
	id               int64
	tag, target      string
	draft, early     bool
	created, publish time.Time
}

// plainIssue is an issue that is no pull request.
type plainIssue struct {
	id              int64
	number          int
	title           string
	labels          []*label
	created, closed time.Time
}

// Deploy makes a deployment that took states, such as success, a minute apart. No webhook tells of it: it stands for what
// was there before the App.
func (h *Hub) Deploy(repo, environment, sha string, production bool, at time.Time, states ...string) (id int64, err error) {
	err = h.locked(repo, func(r *repository) error {
		id = h.id()
		r.deployments = append(r.deployments, &deployed{id, sha, environment, production, at, states})
		return nil
	})
	return id, err
}

// Release makes a release of a branch, whose commit is as old as it. kind is empty, draft or prerelease. No webhook tells of it.
func (h *Hub) Release(repo, tag, target, kind string, at time.Time) (id int64, err error) {
	err = h.locked(repo, func(r *repository) error {
		id = h.id()
		r.releases = append(r.releases, &released{id, tag, target, kind == "draft", kind == "prerelease", at, at})
		return nil
	})
	return id, err
}

// Issue makes an issue, closed if that is not zero, with labels that the repository has from then on. No webhook tells of it.
func (h *Hub) Issue(repo, title string, at, closed time.Time, labels ...string) (id int64, err error) {
	err = h.locked(repo, func(r *repository) error {
		id = h.id()
		r.nextNumber++
		i := &plainIssue{id: id, number: r.nextNumber, title: title, created: at, closed: closed}
		for _, name := range labels {
			if r.labels[lower(name)] == nil {
				r.labels[lower(name)] = &label{id: h.id(), name: name, color: "ededed"}
			}
			i.labels = append(i.labels, r.labels[lower(name)])
		}
		r.issues = append(r.issues, i)
		return nil
	})
	return id, err
}

func productionRoutes() []*route {
	const r = "/repos/{owner}/{repo}"
	return []*route{
		{method: "GET", pattern: r + "/deployments", need: "deployments:read", call: func(h *Hub, c *call) (any, error) {
			return paged(c, newestFirst(c.repo.deployments), func(d *deployed) any { return h.deployment(c.repo, d) }), nil
		}},
		{method: "GET", pattern: r + "/releases", need: "contents:read", call: func(h *Hub, c *call) (any, error) {
			return paged(c, newestFirst(c.repo.releases), func(x *released) any { return h.release(c.repo, x) }), nil
		}},
		{method: "GET", pattern: r + "/issues", need: "issues:read", call: (*Hub).getIssues},
	}
}

func newestFirst[T any](all []T) []T {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}

// getIssues lists issues that are no pull requests, those of one label if it is named.
func (h *Hub) getIssues(c *call) (any, error) {
	since, _ := time.Parse(time.RFC3339, c.query.Get("since")) // none is the beginning
	named, state := c.query.Get("labels"), c.query.Get("state")
	shown := slices.DeleteFunc(newestFirst(c.repo.issues), func(i *plainIssue) bool {
		has := func(l *label) bool { return lower(l.name) == lower(named) }
		return i.updated().Before(since) || named != "" && !slices.ContainsFunc(i.labels, has) || state != "all" && !i.closed.IsZero()
	})
	return paged(c, shown, func(i *plainIssue) any { return h.plainIssue(c.repo, i) }), nil
}

func (i *plainIssue) updated() time.Time {
	if i.closed.IsZero() {
		return i.created
	}
	return i.closed
}

func (h *Hub) deployment(r *repository, d *deployed) object {
	api := h.repoURL(r) + "/deployments/" + strconv.FormatInt(d.id, 10)
	return object{
		"url": api, "id": d.id, "node_id": nodeID("DE", d.id), "sha": d.sha, "ref": r.defaultBranch, "task": "deploy", "payload": object{},
		"original_environment": d.environment, "environment": d.environment, "description": nil, "creator": h.user(r.owner),
		"created_at": stamp(d.created), "updated_at": stamp(d.created), "statuses_url": api + "/statuses",
		"repository_url": h.repoURL(r), "transient_environment": false, "production_environment": d.production,
	}
}

func (h *Hub) release(r *repository, x *released) object {
	api, web := h.repoURL(r)+"/releases/"+strconv.FormatInt(x.id, 10), h.URL()+"/"+r.fullName()+"/releases/tag/"+x.tag
	published := any(stamp(x.publish))
	if x.draft {
		published = nil
	}
	return object{
		"url": api, "html_url": web, "assets_url": api + "/assets", "upload_url": api + "/assets{?name,label}", "tarball_url": nil,
		"zipball_url": nil, "id": x.id, "node_id": nodeID("RE", x.id), "tag_name": x.tag, "target_commitish": x.target, "name": x.tag,
		"body": "", "draft": x.draft, "prerelease": x.early, "created_at": stamp(x.created), "published_at": published,
		"author": h.user(r.owner), "assets": []any{},
	}
}

func (h *Hub) plainIssue(r *repository, i *plainIssue) object {
	api, web := h.repoURL(r)+"/issues/"+strconv.Itoa(i.number), h.URL()+"/"+r.fullName()+"/issues/"+strconv.Itoa(i.number)
	state := "open"
	if !i.closed.IsZero() {
		state = "closed"
	}
	return object{
		"url": api, "repository_url": h.repoURL(r), "labels_url": api + "/labels{/name}", "comments_url": api + "/comments",
		"events_url": api + "/events", "html_url": web, "id": i.id, "node_id": nodeID("I", i.id), "number": i.number, "title": i.title,
		"user": h.user(
			r.owner,
		), "labels": list(i.labels, func(l *label) any { return h.label(r, l) }), "state": state, "locked": false,
		"assignee": nil, "assignees": []any{}, "milestone": nil, "comments": 0, "created_at": stamp(i.created),
		"updated_at": stamp(i.updated()), "closed_at": stampOrNull(i.closed), "author_association": "NONE", "active_lock_reason": nil,
		"body": nil, "reactions": reactions(api, nil), "timeline_url": api + "/timeline", "performed_via_github_app": nil,
		"state_reason": nil,
	}
}

// nodes answers with deployments by their global ids, the only kind that is asked for so.
func (q *asked) nodes(_ context.Context, args map[string]any) (any, error) {
	var all []any
	for _, id := range texts(args, "ids") {
		d, err := q.deploymentNode(id)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

func (q *asked) deploymentNode(id string) (any, error) {
	for _, r := range q.h.repos {
		for _, d := range r.deployments {
			if nodeID("DE", d.id) == id && q.h.sees(q.c.who, r) {
				return q.deployment(r, d), q.may(r, "deployments:read")
			}
		}
	}
	return nil, notFound("Could not resolve to a node with the global id of '%s'", id)
}

func (q *asked) deployment(r *repository, d *deployed) graph.Object {
	type status struct {
		state string
		at    time.Time
	}
	var all []status
	for i, s := range d.states {
		all = append(all, status{s, d.created.Add(time.Duration(i+1) * time.Minute)})
	}
	return graph.Typed("Deployment", graph.Object{
		"id": graph.Value(nodeID("DE", d.id)), "databaseId": graph.Value(d.id), "commitOid": graph.Value(d.sha),
		"statuses": connection[status]{name: "statuses", all: newestFirst(all), node: func(s status) any {
			return graph.Typed(
				"DeploymentStatus",
				graph.Object{"state": graph.Value(strings.ToUpper(s.state)), "createdAt": graph.Value(s.at),
					"environment": graph.Value(d.environment)},
				"Node",
			)
		}}.resolver(),
	}, "Node")
}
