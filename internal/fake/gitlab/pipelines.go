package gitlab

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lintel-review/lintel/internal/sorting"
)

// status is the pipeline's: composed from its jobs that are not retried, in the order of GitLab's own composition.
func (p *pipeline) status() string {
	if p.fixed != "" {
		return p.fixed
	}
	var states []string
	ignored := 0
	for _, j := range p.jobs {
		switch {
		case j.retried:
		case j.allowFailure && (j.state == "failed" || j.state == "canceled"):
			ignored++
		default:
			states = append(states, j.state)
		}
	}
	anyOf := func(names ...string) bool {
		return slices.ContainsFunc(states, func(s string) bool { return slices.Contains(names, s) })
	}
	only := func(names ...string) bool {
		return !slices.ContainsFunc(states, func(s string) bool { return !slices.Contains(names, s) })
	}
	switch {
	case len(states) == 0 && ignored == 0:
		return "created"
	case only("skipped") && len(states) > 0:
		return "skipped"
	case only("success", "skipped"):
		return "success"
	case only("created"):
		return "created"
	case only("canceled", "success", "skipped"):
		return "canceled"
	case only("pending", "created", "skipped"):
		return "pending"
	case anyOf("running", "pending"):
		return "running"
	case anyOf("manual"):
		return "manual"
	case anyOf("created"):
		return "running"
	}
	return "failed"
}

// addPipeline adds a pipeline. From then on the merge requests of its head show it, also when their head moves on: GitLab
// shows another only when there is one.
func (l *Lab) addPipeline(p *project, x *pipeline) {
	p.pipelines = append(p.pipelines, x)
	for _, other := range l.projects {
		for _, m := range other.requests {
			if l.headPipeline(m) == x {
				m.shown = x
			}
		}
	}
}

// headPipeline is the one pipeline that a merge request looks at: the newest that was made for it at its head, else the
// newest of its source branch. A pipeline for merged results counts by the head it was made from.
func (l *Lab) headPipeline(m *request) *pipeline {
	for _, own := range []bool{true, false} {
		p := m.target
		if !own {
			if p = m.source; p == nil {
				return nil
			}
		}
		for i := len(p.pipelines) - 1; i >= 0; i-- {
			x := p.pipelines[i]
			if x.source == "webide" || x.source == "parent_pipeline" {
				continue
			}
			if own && x.request == m && (x.sha == m.head || x.sourceSHA == m.head) {
				return x
			}
			if !own && x.request == nil && x.ref == m.sourceRef && x.sha == m.head {
				return x
			}
		}
	}
	return nil
}

func (l *Lab) pipelineURL(p *pipeline) string {
	return fmt.Sprintf("%s/%s/-/pipelines/%d", l.URL(), p.project.path, p.id)
}

// pipelineInfo is a pipeline as it stands inside of other answers.
func (l *Lab) pipelineInfo(p *pipeline) object {
	return object{
		"id":         p.id,
		"iid":        p.iid,
		"project_id": p.project.id,
		"sha":        p.sha,
		"ref":        p.ref,
		"status":     p.status(),
		"source":     p.source,
		"created_at": stamp(p.created),
		"updated_at": stamp(p.updated),
		"web_url":    l.pipelineURL(p),
	}
}

func (l *Lab) pipelineShape(p *pipeline) object {
	out := l.pipelineInfo(p)
	status := p.status()
	out["name"], out["before_sha"], out["tag"], out["yaml_errors"] = nil, "0000000000000000000000000000000000000000", false, nil
	out["user"], out["started_at"], out["finished_at"], out["committed_at"] = l.basicUser(p.user), stamp(p.created), nil, nil
	out["duration"], out["queued_duration"], out["coverage"] = nil, nil, nil
	if finished(status) {
		out["finished_at"], out["duration"] = stamp(p.updated), int(p.updated.Sub(p.created).Seconds())
	}
	out["detailed_status"] = object{
		"icon":         "status_" + status,
		"text":         status,
		"label":        status,
		"group":        status,
		"tooltip":      status,
		"has_details":  true,
		"details_path": fmt.Sprintf("/%s/-/pipelines/%d", p.project.path, p.id),
		"favicon":      "/favicon.png",
	}
	return out
}

func finished(state string) bool {
	return slices.Contains([]string{"success", "failed", "canceled", "skipped"}, state)
}

// page lists pipelines, newest first, by the filters that the parameters name.
func (c *call) pipelines(l *Lab, list []*pipeline) any {
	equal := func(name, value string) bool {
		want, ok := c.text(name)
		return !ok || want == value
	}
	out := []any{}
	for i := len(list) - 1; i >= 0; i-- {
		if p := list[i]; equal("sha", p.sha) && equal("ref", p.ref) && equal("status", p.status()) && equal("source", p.source) {
			out = append(out, l.pipelineInfo(p))
		}
	}
	return c.page(out)
}

func listPipelines(l *Lab, c *call) (any, error) { return c.pipelines(l, c.project.pipelines), nil }

func listRequestPipelines(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	heads := map[string]bool{}
	for _, v := range m.versions {
		heads[v.head] = true
	}
	var list []*pipeline
	for _, p := range m.target.pipelines {
		if p.request == m {
			list = append(list, p)
		}
	}
	if m.source != nil {
		for _, p := range m.source.pipelines {
			if p.request == nil && p.ref == m.sourceRef && heads[p.sha] {
				list = append(list, p)
			}
		}
	}
	sorting.By(list, func(a, b *pipeline) int { return cmp.Compare(a.id, b.id) })
	return c.pipelines(l, list), nil
}

// pipeline is the one that the path names.
func (c *call) pipeline() (*pipeline, error) {
	for _, p := range c.project.pipelines {
		if p.id == c.number("pipeline_id") {
			return p, nil
		}
	}
	return nil, missing("")
}

func getPipeline(l *Lab, c *call) (any, error) {
	p, err := c.pipeline()
	if err != nil {
		return nil, err
	}
	return l.pipelineShape(p), nil
}

func listJobs(l *Lab, c *call) (any, error) {
	p, err := c.pipeline()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, j := range slices.Backward(p.jobs) {
		if j.status || (j.retried && !c.flag("include_retried")) {
			continue
		}
		shape, err := l.jobShape(p, j)
		if err != nil {
			return nil, err
		}
		out = append(out, shape)
	}
	return c.page(out), nil
}

func (l *Lab) jobShape(p *pipeline, j *job) (any, error) {
	commit, err := p.project.git.Commit(p.sha)
	if err != nil {
		return nil, err
	}
	return object{
		"id": j.id, "name": j.name, "stage": j.stage, "status": j.state, "ref": p.ref, "tag": false, "coverage": j.coverage,
		"allow_failure": j.allowFailure, "created_at": stamp(j.created), "started_at": stamp(j.started),
		"finished_at": stamp(j.finished), "erased_at": nil, "duration": nil, "queued_duration": nil,
		"user": l.publicUser(j.user), "commit": l.commitShape(p.project, commit),
		"pipeline": object{"id": p.id, "project_id": p.project.id, "ref": p.ref, "sha": p.sha, "status": p.status()},
		"web_url":  fmt.Sprintf("%s/%s/-/jobs/%d", l.URL(), p.project.path, j.id), "artifacts": []any{}, "runner": nil,
		"artifacts_expire_at": nil, "tag_list": []string{},
	}, nil
}

func (l *Lab) statusShape(p *pipeline, j *job) object {
	author := l.publicUser(j.user)
	for _, extra := range []string{"bot", "public_email", "avatar_url", "web_url", "created_at"} {
		delete(author, extra)
	}
	return object{
		"id":         j.id,
		"sha":        p.sha,
		"ref":        orNull(cmp.Or(j.ref, p.ref)),
		"status":     j.state,
		"name":       j.name,
		"target_url": orNull(j.target),
		"description": orNull(
			j.description,
		),
		"created_at":    stamp(j.created),
		"started_at":    stamp(j.started),
		"finished_at":   stamp(j.finished),
		"allow_failure": j.allowFailure,
		"coverage":      j.coverage,
		"pipeline_id":   p.id,
		"author":        author,
	}
}

// listStatuses lists the jobs and statuses of a commit: the last of each name unless all is true.
func listStatuses(l *Lab, c *call) (any, error) {
	equal := func(name, value string) bool {
		want, ok := c.text(name)
		return !ok || want == value
	}
	sha, err := c.resolve("sha")
	if err != nil {
		return nil, missing("Commit")
	}
	out := []any{}
	for _, p := range c.project.pipelines {
		if p.sha != sha || !equal("pipeline_id", fmt.Sprint(p.id)) {
			continue
		}
		for _, j := range p.jobs {
			if equal("name", j.name) && equal("ref", cmp.Or(j.ref, p.ref)) && equal("stage", j.stage) &&
				(!j.retried || c.flag("all")) {
				out = append(out, l.statusShape(p, j))
			}
		}
	}
	if by, _ := c.text("sort"); by == "desc" {
		slices.Reverse(out)
	}
	return c.page(out), nil
}
