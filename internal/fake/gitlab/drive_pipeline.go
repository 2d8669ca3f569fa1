package gitlab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// Job is a job of a pipeline to play. State "" is success.
type Job struct {
	Name, State  string
	AllowFailure bool
}

// Pipeline describes a pipeline to start: of a branch, or with IID of a merge request.
type Pipeline struct {
	Branch string
	SHA    string // "" is the branch's or request's head
	IID    int64
	Merged bool   // for merged results: its commit is a merge made for it
	Train  bool   // of a merge train: likewise
	Source string // "" is push or merge_request_event
	State  string // without jobs: the pipeline's own state
	Jobs   []Job
	By     string // "" is root
}

// StartPipeline starts a pipeline and returns its id and the commit that it is of.
func (l *Lab) StartPipeline(id int64, spec Pipeline) (pipeline int64, sha string, err error) {
	err = l.locked(id, func(p *project) error {
		x, err := l.startPipeline(p, spec)
		if err != nil {
			return fmt.Errorf("start a pipeline: %w", err)
		}
		pipeline, sha = x.id, x.sha
		return nil
	})
	return pipeline, sha, err
}

func (l *Lab) startPipeline(p *project, spec Pipeline) (*pipeline, error) {
	u, err := l.person(cmp.Or(spec.By, "root"))
	if err != nil {
		return nil, err
	}
	now := l.now()
	x := &pipeline{
		project: p,
		kind:    "branch",
		ref:     spec.Branch,
		sha:     spec.SHA,
		source:  cmp.Or(spec.Source, "push"),
		fixed:   spec.State,
		user:    u,
		created: now,
		updated: now,
	}
	if spec.IID != 0 {
		m := p.requests[spec.IID]
		if m == nil {
			return nil, fmt.Errorf("merge request !%d does not exist", spec.IID)
		}
		x.request, x.kind, x.source, x.sha = m, "request", cmp.Or(spec.Source, "merge_request_event"), cmp.Or(spec.SHA, m.head)
		x.ref = fmt.Sprintf("refs/merge-requests/%d/head", m.iid)
		if spec.Merged || spec.Train {
			if err := l.mergedResult(x, m, spec.Train); err != nil {
				return nil, err
			}
		}
	} else if x.sha == "" {
		var ok bool
		if x.sha, ok = p.branch(spec.Branch); !ok {
			return nil, fmt.Errorf("branch %q does not exist", spec.Branch)
		}
	}
	p.nextPipeline++
	x.id, x.iid = l.id(), p.nextPipeline
	for _, j := range spec.Jobs {
		x.jobs = append(
			x.jobs,
			&job{id: l.id(), name: j.Name, stage: "test", state: cmp.Or(j.State, "success"), allowFailure: j.AllowFailure,
				user: u, created: now},
		)
	}
	l.addPipeline(p, x)
	l.pipelineEvent(x)
	return x, nil
}

// mergedResult makes the merge of a request's head and its target that the pipeline runs on.
func (l *Lab) mergedResult(x *pipeline, m *request, train bool) error {
	x.sourceSHA = m.head
	tip, ok := m.target.branch(m.targetRef)
	if !ok {
		return fmt.Errorf("branch %q does not exist", m.targetRef)
	}
	merge, err := m.target.git.MergeTree(asking(), tip, m.head)
	if err != nil || merge.Conflicts {
		return cmp.Or(err, fmt.Errorf("!%d has conflicts", m.iid))
	}
	who := githost.Signature{Name: m.author.name, Email: m.author.email, When: l.now()}
	x.kind, x.targetSHA, x.ref = "merged", tip, fmt.Sprintf("refs/merge-requests/%d/merge", m.iid)
	if train {
		x.kind, x.ref = "train", fmt.Sprintf("refs/merge-requests/%d/train", m.iid)
	}
	x.sha, err = m.target.git.WriteCommit(
		githost.Commit{Tree: merge.Tree, Parents: []string{tip, m.head}, Author: who, Committer: who,
			Message: fmt.Sprintf("Merge branch '%s' into '%s'", m.sourceRef, m.targetRef)},
	)
	if err != nil {
		return err
	}
	return m.target.git.SetRef(x.ref, x.sha)
}

// SetJob moves a job of a pipeline to another state; a name that it does not have begins one.
func (l *Lab) SetJob(id, pipeline int64, name, state string) error {
	return l.locked(id, func(p *project) error {
		for _, x := range p.pipelines {
			if x.id != pipeline {
				continue
			}
			now := l.now()
			x.updated, x.fixed = now, ""
			i := slices.IndexFunc(x.jobs, func(j *job) bool { return j.name == name && !j.status && !j.retried })
			if i < 0 {
				x.jobs = append(x.jobs, &job{id: l.id(), name: name, stage: "test", user: x.user, created: now})
				i = len(x.jobs) - 1
			}
			x.jobs[i].state = strings.ToLower(state)
			if finished(state) {
				x.jobs[i].finished = now
			}
			return l.pipelineChanged(x)
		}
		return fmt.Errorf("pipeline %d does not exist", pipeline)
	})
}

// runJobs starts the pipeline that a merge request's head gets by itself, if any.
func (l *Lab) runJobs(m *request) error {
	if l.opt.Jobs == nil || m.source != m.target || m.target.settings.NoJobs {
		return nil
	}
	if _, err := m.target.git.Lookup(m.head, cmp.Or(m.target.settings.CIConfigPath, ".gitlab-ci.yml")); err != nil {
		return nil //nolint:nilerr // no configuration, no pipeline
	}
	_, err := l.startPipeline(m.target, Pipeline{IID: m.iid, Jobs: l.opt.Jobs, By: m.author.username,
		Merged: m.target.settings.MergePipelines})
	return err
}
