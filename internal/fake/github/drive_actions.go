package github

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/fake/githost"
)

// Run is a run of a workflow to start. Pull is the pull request of an event "pull_request"; Branch is the branch of any
// other, "" is the default one.
type Run struct {
	Event, Workflow, Branch string
	Pull                    int
	Actor                   string
}

// RunStarted is what a job of a run knows. TokenURL and TokenSecret are empty for forks, as on GitHub: they ask for OIDC tokens.
type RunStarted struct {
	ID, Attempt           int64
	HeadSHA, SHA, Ref     string
	TokenURL, TokenSecret string
}

// Artifact is what a run leaves behind: Files are zipped, unless Zip is the archive already.
type Artifact struct {
	Name  string
	Files Files
	Zip   []byte
}

// workflowRun is a run of a workflow.
type workflowRun struct {
	id, suite          int64
	repo, headRepo     *repository
	event, workflow    string
	branch, headSHA    string
	sha, ref           string
	pull               *pull
	attempt, number    int64
	actor              *account
	status, conclusion string
	started, updated   time.Time
	secret             string
	artifacts          []*artifact
}

type artifact struct {
	id      int64
	run     *workflowRun
	name    string
	zip     []byte
	created time.Time
	expired bool
	ticket  string // the right to download it, for a while
}

// StartRun starts a run, as a push or a pull request does.
func (h *Hub) StartRun(repo string, spec Run) (out RunStarted, err error) {
	err = h.locked(repo, func(r *repository) error {
		run := &workflowRun{
			id:       h.id(),
			suite:    h.id(),
			repo:     r,
			headRepo: r,
			event:    spec.Event,
			workflow: spec.Workflow,
			attempt:  1,
			number:   int64(len(h.workflowRuns) + 1),
			status:   "in_progress",
		}
		if run.workflow == "" {
			run.workflow = "ci"
		}
		var err error
		if spec.Event == "pull_request" {
			err = h.runOfPull(run, r.pulls[spec.Pull])
		} else {
			err = runOfBranch(run, spec.Branch)
		}
		if err != nil {
			return err
		}
		if run.actor, err = h.person(spec.Actor); err != nil {
			return err
		}
		if run.actor == nil {
			run.actor = r.owner
			if run.pull != nil {
				run.actor = run.pull.user
			}
		}
		h.workflowRuns[run.id] = run
		out = h.begin(run)
		return h.workflowEvent(run, "requested")
	})
	return out, err
}

// begin starts an attempt.
func (h *Hub) begin(run *workflowRun) RunStarted {
	run.status, run.conclusion, run.started, run.updated = "in_progress", "", h.now(), h.now()
	out := RunStarted{ID: run.id, Attempt: run.attempt, HeadSHA: run.headSHA, SHA: run.sha, Ref: run.ref}
	if run.secret = ""; run.headRepo == run.repo {
		run.secret = random(20)
		out.TokenURL, out.TokenSecret = h.URL()+servicePath+"/request?run="+strconv.FormatInt(run.id, 10), run.secret
	}
	return out
}

// runOfPull makes the merge of a pull request's head into its base, on which such runs work.
func (h *Hub) runOfPull(run *workflowRun, p *pull) error {
	if p == nil || p.state != "open" {
		return fmt.Errorf("a run on a pull request: %w", errNotFound)
	}
	tip, ok := p.repo.git.Ref("refs/heads/" + p.baseRef)
	if !ok {
		return errors.New("the base branch does not exist")
	}
	sha, err := h.landing(p, tip, "merge", "", "", p.user)
	if err != nil {
		return err
	}
	run.pull, run.headRepo, run.branch, run.headSHA = p, p.headRepo, p.headRef, p.headSHA
	run.sha, run.ref = sha, fmt.Sprintf("refs/pull/%d/merge", p.number)
	return p.repo.git.SetRef(run.ref, sha)
}

func runOfBranch(run *workflowRun, branch string) error {
	if branch == "" {
		branch = run.repo.defaultBranch
	}
	sha, ok := run.repo.git.Ref("refs/heads/" + branch)
	if !ok {
		return fmt.Errorf("branch %s: %w", branch, errNotFound)
	}
	run.branch, run.headSHA, run.sha, run.ref = branch, sha, sha, "refs/heads/"+branch
	return nil
}

// FinishRun ends a run, with what it leaves behind.
func (h *Hub) FinishRun(id int64, conclusion string, artifacts ...Artifact) error {
	return h.onWorkflow(id, func(run *workflowRun) error {
		for _, a := range artifacts {
			body := a.Zip
			if body == nil {
				var err error
				if body, err = zipped(a.Files); err != nil {
					return err
				}
			}
			made := &artifact{id: h.id(), run: run, name: a.Name, zip: body, created: h.now(), ticket: random(16)}
			run.artifacts, h.artifacts[made.id] = append(run.artifacts, made), made
		}
		run.status, run.conclusion, run.updated, run.secret = "completed", conclusion, h.now(), ""
		return h.workflowEvent(run, "completed")
	})
}

// Rerun starts another attempt of a run. Its artifacts are forgotten, as it makes them again.
func (h *Hub) Rerun(id int64) (out RunStarted, err error) {
	err = h.onWorkflow(id, func(run *workflowRun) error {
		for _, a := range run.artifacts {
			delete(h.artifacts, a.id)
		}
		run.attempt, run.artifacts = run.attempt+1, nil
		out = h.begin(run)
		return h.workflowEvent(run, "requested")
	})
	return out, err
}

func (h *Hub) onWorkflow(id int64, f func(*workflowRun) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	run := h.workflowRuns[id]
	if run == nil {
		return fmt.Errorf("workflow run %d: %w", id, errNotFound)
	}
	return f(run)
}

// IDToken makes the OIDC token that a job of a run is given for an audience. change, if it is not nil, forges its claims.
func (h *Hub) IDToken(run int64, audience string, change func(claims map[string]any)) (token string, err error) {
	err = h.onWorkflow(run, func(run *workflowRun) (err error) {
		claims := h.claims(run, audience)
		if change != nil {
			change(claims)
		}
		token, err = h.issuer.Sign(claims)
		return err
	})
	return token, err
}

// RotateKeys gives the issuer of OIDC tokens a new key; forget withdraws the old ones.
func (h *Hub) RotateKeys(forget bool) error { return h.issuer.Rotate(forget) }

// Issuer is the address of the issuer of OIDC tokens, as on Enterprise Server.
func (h *Hub) Issuer() string { return h.URL() + servicePath }

func zipped(files Files) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			return nil, fmt.Errorf("zip %s: %w", name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	return b.Bytes(), nil
}

// commitOf is the head of a run.
func (run *workflowRun) commitOf() (*githost.Commit, error) { return run.repo.git.Commit(run.headSHA) }
