package github

import (
	"net/http"
	"slices"
	"time"
)

func (h *Hub) createRun(r *repository, a *app, in checkInput, by *account) (*checkRun, error) {
	if err := in.check(true); err != nil {
		return nil, err
	}
	if _, err := r.git.Commit(in.HeadSHA); err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "No commit found for SHA: %s", in.HeadSHA)
	}
	s := h.suite(r, a, in.HeadSHA, "")
	run := &checkRun{id: h.id(), suite: s, name: *in.Name, status: "queued", started: h.now()}
	s.runs = append(s.runs, run)
	r.runByID[run.id] = run
	r.runs[in.HeadSHA] = append(r.runs[in.HeadSHA], run)
	h.applyRun(run, in)
	h.runEvent(run, "created", by, nil)
	h.settle(run, by)
	return run, nil
}

func (h *Hub) updateRun(run *checkRun, in checkInput, by *account) error {
	if err := in.check(false); err != nil {
		return err
	}
	was := run.status
	if in.Name != nil && *in.Name != "" {
		run.name = *in.Name
	}
	h.applyRun(run, in)
	if run.status == "completed" && was != "completed" {
		h.settle(run, by)
	} else {
		run.suite.updated = h.now()
	}
	return nil
}

func (h *Hub) applyRun(run *checkRun, in checkInput) {
	if in.Status != nil {
		run.status = *in.Status
		if run.status != "completed" {
			run.conclusion, run.completed = "", time.Time{}
		}
	}
	if in.Conclusion != nil {
		run.conclusion, run.status = *in.Conclusion, "completed"
		if run.completed.IsZero() {
			run.completed = h.now()
		}
	}
	if in.StartedAt != nil {
		run.started = *in.StartedAt
	}
	if in.CompletedAt != nil {
		run.completed = *in.CompletedAt
	}
	if in.DetailsURL != nil {
		run.detailsURL = *in.DetailsURL
	}
	if in.ExternalID != nil {
		run.externalID = *in.ExternalID
	}
	if in.Actions != nil {
		run.actions = *in.Actions
	}
	if o := in.Output; o != nil {
		if o.Title != nil {
			run.title = o.Title
		}
		run.summary = o.Summary
		if o.Text != nil {
			run.text = o.Text
		}
		run.annotations = append(slices.Clip(run.annotations), o.Annotations...) // they add up, call by call
	}
}

// settle tells that a run completed, and its suite with it when that was the last one.
func (h *Hub) settle(run *checkRun, by *account) {
	run.suite.updated = h.now()
	if run.status != "completed" {
		return
	}
	h.runEvent(run, "completed", by, nil)
	if status, _ := run.suite.state(); status == "completed" {
		h.suiteEvent(run.suite, "completed", by, nil)
	}
}

// suite finds or makes the check suite of an App at a commit.
func (h *Hub) suite(r *repository, a *app, sha, before string) *checkSuite {
	for _, s := range r.suites[sha] {
		if s.app == a {
			return s
		}
	}
	s := &checkSuite{id: h.id(), repo: r, app: a, head: sha, before: before, created: h.now(), updated: h.now()}
	for name, at := range r.git.Refs("refs/heads/") {
		if at == sha && (s.branch == "" || name[len("refs/heads/"):] < s.branch) {
			s.branch = name[len("refs/heads/"):]
		}
	}
	r.suites[sha] = append(r.suites[sha], s)
	r.suiteByID[s.id] = s
	return s
}

// requestSuites makes a suite for every App with write access to checks, as GitHub does on each push.
func (h *Hub) requestSuites(r *repository, branch, before, sha string, by *account) {
	for _, i := range h.sortedInstallations() {
		if !i.covers(r) || rank(i.permissions["checks"]) < rank("write") || !i.suspended.IsZero() {
			continue
		}
		s := h.suite(r, i.app, sha, before)
		if s.branch == "" {
			s.branch = branch
		}
		h.suiteEvent(s, "requested", by, i.app)
	}
}

// state sums up a suite's latest runs: completed when all are, and the worst conclusion.
func (s *checkSuite) state() (status, conclusion string) {
	runs := latestRuns(s.runs)
	if len(runs) == 0 {
		return "queued", ""
	}
	worst := -1
	for _, run := range runs {
		if run.status != "completed" {
			return "in_progress", ""
		}
		worst = max(worst, slices.Index(severity, run.conclusion))
	}
	return "completed", severity[max(0, worst)]
}

var severity = []string{"skipped", "neutral", "success", "stale", "cancelled", "timed_out", "action_required", "failure"}

func passing(conclusion string) bool {
	return conclusion == "success" || conclusion == "neutral" || conclusion == "skipped"
}

// latestRuns keeps the newest run of each name and App, oldest first.
func latestRuns(runs []*checkRun) []*checkRun {
	type key struct {
		name string
		app  *app
	}
	seen := map[key]bool{}
	var out []*checkRun
	for i := len(runs) - 1; i >= 0; i-- {
		k := key{runs[i].name, runs[i].suite.app}
		if !seen[k] {
			seen[k] = true
			out = append(out, runs[i])
		}
	}
	slices.Reverse(out)
	return out
}
