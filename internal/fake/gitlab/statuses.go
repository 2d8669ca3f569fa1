package gitlab

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// statusInput is what POST /projects/:id/statuses/:sha takes.
type statusInput struct {
	state, name, ref, target, description string
	pipeline                              int64
	coverage                              *float64
}

// events are the transitions of a commit status, by the state that is asked for.
var events = map[string]string{
	"pending": "enqueue", "running": "run", "success": "success", "failed": "drop", "canceled": "cancel", "skipped": "skip",
}

// [?] Statuses refuse a CI job's name since 16.0, and an unknown `pipeline_id` since 17.0.
func createStatus(l *Lab, c *call) (any, error) {
	in := statusInput{pipeline: c.number("pipeline_id")}
	in.state, _ = c.text("state")
	in.name, _ = c.text("name")
	if in.name == "" {
		in.name, _ = c.text("context")
	}
	in.ref, _ = c.text("ref")
	in.target, _ = c.text("target_url")
	in.description, _ = c.text("description")
	if s, ok := c.text("coverage"); ok {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			in.coverage = &f
		}
	}
	p, j, err := l.postStatus(c.project, c.params["sha"], in, c.who.user)
	if err != nil {
		return nil, err
	}
	return l.statusShape(p, j), nil
}

// postStatus puts a commit status into the newest pipeline of the commit, or makes an external pipeline for it
// (app/services/ci/create_commit_status_service.rb).
func (l *Lab) postStatus(p *project, sha string, in statusInput, u *user) (*pipeline, *job, error) {
	in.name = cmp.Or(in.name, "default")
	if events[in.state] == "" {
		return nil, nil, failure{http.StatusBadRequest, object{"error": "state does not have a valid value"}}
	}
	if len(in.target) > 255 {
		return nil, nil, fail(http.StatusBadRequest, object{"target_url": []string{"is too long (maximum is 255 characters)"}})
	}
	if _, err := p.git.Commit(sha); err != nil {
		return nil, nil, missing("Commit")
	}
	x, err := l.pipelineForStatus(p, sha, in, u)
	if err != nil {
		return nil, nil, err
	}
	if b := p.protection(x.ref); b != nil {
		level := l.level(p, u)
		if (b.push == 0 || level < b.push) && (b.merge == 0 || level < b.merge) {
			return nil, nil, errForbidden
		}
	}
	if l.since("16.0") && slices.ContainsFunc(x.jobs, func(j *job) bool { return !j.status && j.name == in.name }) {
		return nil, nil, fail(http.StatusBadRequest, object{"name": []string{"has already been taken"}})
	}
	j, err := l.moveStatus(x, in, u)
	if err != nil {
		return nil, nil, err
	}
	x.updated = l.now()
	return x, j, l.pipelineChanged(x)
}

// pipelineForStatus is the newest pipeline of the commit, narrowed by what is asked for, or a new external one.
func (l *Lab) pipelineForStatus(p *project, sha string, in statusInput, u *user) (*pipeline, error) {
	var newest *pipeline
	for _, x := range p.pipelines {
		if x.sha == sha && (in.ref == "" || x.ref == in.ref) && (in.pipeline == 0 || x.id == in.pipeline) {
			newest = x
		}
	}
	full := newest != nil && l.opt.PipelineJobs > 0 && len(newest.jobs) >= l.opt.PipelineJobs &&
		!slices.ContainsFunc(newest.jobs, func(j *job) bool { return open(j, in, newest, u) })
	if newest != nil && !full {
		return newest, nil
	}
	if in.pipeline != 0 && !full && l.since("17.0") {
		return nil, missing("Pipeline")
	}
	ref := in.ref
	if ref == "" {
		for _, name := range p.git.RefNames("refs/heads/") {
			tip, _ := p.git.Ref(name)
			if in, err := p.git.IsAncestor(asking(), sha, tip); err == nil && in {
				ref = name[len("refs/heads/"):]
				break
			}
		}
	}
	if ref == "" {
		return nil, missing("References for commit")
	}
	p.nextPipeline++
	x := &pipeline{id: l.id(), iid: p.nextPipeline, project: p, kind: "branch", sha: sha, ref: ref, source: "external", user: u,
		created: l.now(), updated: l.now()}
	l.addPipeline(p, x)
	return x, nil
}

// open reports whether a row is one that a status moves on: of its name, reference and author, and not finished.
func open(j *job, in statusInput, x *pipeline, u *user) bool {
	return j.status && !j.retried && j.name == in.name && j.user == u && cmp.Or(j.ref, x.ref) == cmp.Or(in.ref, x.ref) &&
		(j.state == "pending" || j.state == "running")
}

// moveStatus moves an open row on, or makes a new one that replaces all of its name, whoever made them.
func (l *Lab) moveStatus(x *pipeline, in statusInput, u *user) (*job, error) {
	now := l.now()
	i := slices.IndexFunc(x.jobs, func(j *job) bool { return open(j, in, x, u) })
	if i >= 0 && (in.state == "pending" || in.state == x.jobs[i].state) {
		return nil, fail(http.StatusBadRequest,
			fmt.Sprintf("Cannot transition status via :%s from :%s (Reason(s): Status cannot transition via %q)",
				events[in.state], x.jobs[i].state, events[in.state]))
	}
	var j *job
	if i >= 0 {
		j = x.jobs[i]
	} else {
		for _, old := range x.jobs {
			if old.name == in.name {
				old.retried = true
			}
		}
		j = &job{id: l.id(), name: in.name, stage: "external", status: true, user: u, ref: cmp.Or(in.ref, x.ref), created: now}
		x.jobs = append(x.jobs, j)
	}
	j.state, j.coverage = in.state, cmp.Or(in.coverage, j.coverage)
	j.target, j.description = cmp.Or(in.target, j.target), cmp.Or(in.description, j.description)
	if in.state != "pending" && j.started.IsZero() {
		j.started = now
	}
	if finished(in.state) {
		j.finished = now
	}
	return j, nil
}

// Status is a commit status for somebody to post.
type Status struct {
	Name, State, Ref, TargetURL, Description string
	Pipeline                                 int64
	By                                       string
}

// PostStatus posts a commit status as somebody, by the API's rules.
func (l *Lab) PostStatus(id int64, sha string, s Status) error {
	return l.locked(id, func(p *project) error {
		u, err := l.person(s.By)
		if err != nil {
			return err
		}
		if l.level(p, u) < Developer {
			return errForbidden
		}
		_, _, err = l.postStatus(p, sha, statusInput{state: s.State, name: s.Name, ref: s.Ref, target: s.TargetURL,
			description: s.Description,
			pipeline:    s.Pipeline}, u)
		return err
	})
}

// pipelineChanged follows up a pipeline whose jobs changed: requests that wait for it with auto-merge come in.
func (l *Lab) pipelineChanged(x *pipeline) error {
	l.pipelineEvent(x)
	if x.status() != "success" {
		return nil
	}
	for _, m := range l.openRequests() {
		if m.autoMerge && l.headPipeline(m) == x {
			if status, _ := l.obstacle(m); status == "mergeable" {
				if err := l.merge(m, m.autoBy, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// createRequestPipeline is POST .../pipelines: "Run pipeline".
func createRequestPipeline(l *Lab, c *call) (any, error) {
	m, err := c.request()
	if err != nil {
		return nil, err
	}
	x, err := l.startPipeline(m.target, Pipeline{IID: m.iid, State: "created", By: c.who.user.username,
		Merged: m.target.settings.MergePipelines})
	if err != nil {
		return nil, fail(http.StatusBadRequest, err.Error())
	}
	return l.pipelineInfo(x), nil
}

// job is the one that the path names, and its pipeline.
func (c *call) job() (*pipeline, *job, error) {
	for _, x := range c.project.pipelines {
		for _, j := range x.jobs {
			if j.id == c.number("job_id") && !j.status {
				return x, j, nil
			}
		}
	}
	return nil, nil, missing("")
}

func getJob(l *Lab, c *call) (any, error) {
	x, j, err := c.job()
	if err != nil {
		return nil, err
	}
	return l.jobShape(x, j)
}

// retryJob makes a new row of a finished job, which runs again.
func retryJob(l *Lab, c *call) (any, error) {
	x, j, err := c.job()
	if err != nil {
		return nil, err
	}
	if j.retried || !finished(j.state) || j.state == "skipped" {
		return nil, fail(http.StatusForbidden, "403 Forbidden - Job is not retryable")
	}
	again := *j
	j.retried = true
	again.id, again.state, again.user, again.created = l.id(), "pending", c.who.user, l.now()
	again.started, again.finished = again.created, again.created
	x.jobs = append(x.jobs, &again)
	x.updated = l.now()
	if err := l.pipelineChanged(x); err != nil {
		return nil, err
	}
	return l.jobShape(x, &again)
}
