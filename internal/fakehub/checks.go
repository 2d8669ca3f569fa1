package fakehub

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/fakehub/githost"
)

// Limits of the Checks API (docs.github.com, "REST API endpoints for check runs").
const (
	maxAnnotations  = 50
	maxOutput       = 65535
	maxActions      = 3
	maxActionLabel  = 20
	maxActionText   = 40
	maxActionID     = 20
	maxAnnotationKB = 64 << 10
)

// checkInput is the body of create and update.
type checkInput struct {
	Name        *string        `json:"name"`
	HeadSHA     string         `json:"head_sha"`
	DetailsURL  *string        `json:"details_url"`
	ExternalID  *string        `json:"external_id"`
	Status      *string        `json:"status"`
	Conclusion  *string        `json:"conclusion"`
	StartedAt   *time.Time     `json:"started_at"`
	CompletedAt *time.Time     `json:"completed_at"`
	Output      *checkOutput   `json:"output"`
	Actions     *[]checkAction `json:"actions"`
}

type checkOutput struct {
	Title       *string      `json:"title"`
	Summary     *string      `json:"summary"`
	Text        *string      `json:"text"`
	Annotations []annotation `json:"annotations"`
}

var conclusions = []string{"action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"}

func (in checkInput) check(creating bool) error {
	if creating && (in.Name == nil || *in.Name == "") {
		return unprocessable(`Invalid request.`, `"name" wasn't supplied.`)
	}
	if creating && in.HeadSHA == "" {
		return unprocessable(`Invalid request.`, `"head_sha" wasn't supplied.`)
	}
	if in.Status != nil && !slices.Contains([]string{"queued", "in_progress", "completed"}, *in.Status) {
		return unprocessable("Invalid request.", *in.Status+" is not a member of [\"queued\", \"in_progress\", \"completed\"].")
	}
	if in.Conclusion != nil && !slices.Contains(conclusions, *in.Conclusion) {
		return unprocessable("Invalid request.", *in.Conclusion+" is not a possible conclusion.")
	}
	if in.Status != nil && *in.Status == "completed" && in.Conclusion == nil {
		return unprocessable("Invalid request.", "Missing required key \"conclusion\".")
	}
	if in.Actions != nil {
		if len(*in.Actions) > maxActions {
			return unprocessable("Invalid request.", fmt.Sprintf("No more than %d items are allowed; %d were supplied.", maxActions, len(*in.Actions)))
		}
		for _, a := range *in.Actions {
			if a.Label == "" || a.Description == "" || a.Identifier == "" || len([]rune(a.Label)) > maxActionLabel || len([]rune(a.Description)) > maxActionText || len([]rune(a.Identifier)) > maxActionID {
				return unprocessable("Invalid request.", fmt.Sprintf("actions: label is limited to %d characters, description to %d, identifier to %d.", maxActionLabel, maxActionText, maxActionID))
			}
		}
	}
	if in.Output == nil {
		return nil
	}
	o := in.Output
	if o.Summary == nil {
		return unprocessable("Invalid request.", "For 'properties/summary', nil is not a string.")
	}
	if creating && o.Title == nil {
		return unprocessable("Invalid request.", "For 'properties/title', nil is not a string.")
	}
	if len([]rune(*o.Summary)) > maxOutput || (o.Text != nil && len([]rune(*o.Text)) > maxOutput) {
		return unprocessable("Invalid request.", fmt.Sprintf("Only %d characters are allowed; more were supplied.", maxOutput))
	}
	if len(o.Annotations) > maxAnnotations {
		return unprocessable("Invalid request.", fmt.Sprintf("No more than %d items are allowed; %d were supplied.", maxAnnotations, len(o.Annotations)))
	}
	for _, a := range o.Annotations {
		if err := a.check(); err != nil {
			return err
		}
	}
	return nil
}

func (a annotation) check() error {
	switch {
	case a.Path == "" || a.Message == "":
		return unprocessable("Invalid request.", "annotations need \"path\" and \"message\".")
	case a.Level != "notice" && a.Level != "warning" && a.Level != "failure":
		return unprocessable("Invalid request.", fmt.Sprintf("%s is not a member of [\"notice\", \"warning\", \"failure\"].", a.Level))
	case a.StartLine < 0 || a.EndLine < a.StartLine:
		return unprocessable("Invalid request.", "annotations: end_line must not be before start_line.")
	case (a.StartColumn != nil || a.EndColumn != nil) && a.StartLine != a.EndLine:
		return unprocessable("Invalid request.", "annotations: columns are only allowed when start_line and end_line are the same.")
	case len(a.Message) > maxAnnotationKB || (a.RawDetails != nil && len(*a.RawDetails) > maxAnnotationKB):
		return unprocessable("Invalid request.", "annotations: message and raw_details are limited to 64 KB.")
	case a.Title != nil && len([]rune(*a.Title)) > 255:
		return unprocessable("Invalid request.", "annotations: title is limited to 255 characters.")
	}
	return nil
}

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

// headPulls is check_run.pull_requests: open pull requests of the same repository with this head. For forks GitHub's
// list is empty.
func (h *Hub) headPulls(r *repository, sha string) []any {
	out := []any{}
	short := object{"id": r.id, "url": h.repoURL(r), "name": r.name}
	for _, p := range r.byHead[sha] {
		if p.state == "open" && p.headRepo == r && p.headSHA == sha {
			out = append(out, object{"url": p.apiURL(h), "id": p.id, "number": p.number,
				"head": object{"ref": p.headRef, "sha": p.headSHA, "repo": short},
				"base": object{"ref": p.baseRef, "sha": p.baseSHA, "repo": short}})
		}
	}
	return out
}

func (h *Hub) run(run *checkRun) object {
	r := run.suite.repo
	id := strconv.FormatInt(run.id, 10)
	api := h.repoURL(r) + "/check-runs/" + id
	web := h.URL() + "/" + r.fullName() + "/runs/" + id
	details := run.detailsURL
	if details == "" {
		details = web
	}
	return object{
		"id": run.id, "node_id": nodeID("CR", run.id), "head_sha": run.suite.head, "external_id": run.externalID, "url": api,
		"html_url": web, "details_url": details, "status": run.status, "conclusion": orNull(run.conclusion),
		"started_at": stampOrNull(run.started), "completed_at": stampOrNull(run.completed), "name": run.name,
		"output": object{"title": run.title, "summary": run.summary, "text": run.text,
			"annotations_count": len(run.annotations), "annotations_url": api + "/annotations"},
		"check_suite": object{"id": run.suite.id}, "app": h.application(run.suite.app), "pull_requests": h.headPulls(r, run.suite.head),
	}
}

func (h *Hub) suiteShape(s *checkSuite) object {
	status, conclusion := s.state()
	api := h.repoURL(s.repo) + "/check-suites/" + strconv.FormatInt(s.id, 10)
	after := s.head
	out := object{
		"id": s.id, "node_id": nodeID("CS", s.id), "head_branch": orNull(s.branch), "head_sha": s.head, "status": status,
		"conclusion": orNull(conclusion), "url": api, "before": orZero(s.before), "after": after, "pull_requests": h.headPulls(s.repo, s.head),
		"app": h.application(s.app), "created_at": stamp(s.created), "updated_at": stamp(s.updated), "rerequestable": true,
		"runs_rerequestable": true, "latest_check_runs_count": len(latestRuns(s.runs)), "check_runs_url": api + "/check-runs",
		"head_commit": nil,
	}
	if c, err := s.repo.git.Commit(s.head); err == nil {
		out["head_commit"] = simpleCommit(c)
	}
	return out
}

func (h *Hub) runEvent(run *checkRun, action string, by *account, only *app) {
	h.runEventWith(run, action, by, only, nil)
}

func (h *Hub) runEventWith(run *checkRun, action string, by *account, only *app, extra object) {
	r := run.suite.repo
	if !h.listened(r, "check_run") {
		return
	}
	shown := h.run(run)
	suite := h.suiteShape(run.suite)
	for _, k := range []string{"head_commit", "latest_check_runs_count", "check_runs_url", "runs_rerequestable", "rerequestable"} {
		delete(suite, k)
	}
	shown["check_suite"] = suite
	payload := object{"check_run": shown}
	for k, v := range extra {
		payload[k] = v
	}
	h.emit(audience{repo: r, only: only}, "check_run", action, by, payload)
}

func (h *Hub) suiteEvent(s *checkSuite, action string, by *account, only *app) {
	if !h.listened(s.repo, "check_suite") {
		return
	}
	h.emit(audience{repo: s.repo, only: only}, "check_suite", action, by, object{"check_suite": h.suiteShape(s)})
}

func (h *Hub) annotationShape(run *checkRun, a annotation) any {
	return object{"path": a.Path, "blob_href": h.URL() + "/" + run.suite.repo.fullName() + "/blob/" + run.suite.head + "/" + escapePath(a.Path),
		"start_line": a.StartLine, "end_line": a.EndLine, "start_column": a.StartColumn, "end_column": a.EndColumn,
		"annotation_level": a.Level, "title": a.Title, "message": a.Message, "raw_details": a.RawDetails}
}

// refusal says why a pull request may not be merged under its base's protection, "" if it may.
func (h *Hub) refusal(p *pull) string {
	rules := p.repo.protected[p.baseRef]
	if rules == nil {
		return ""
	}
	for _, c := range rules.Checks {
		if why := h.requiredCheck(p, c); why != "" {
			return why
		}
	}
	if rules.Strict {
		if tip, ok := p.repo.git.Ref("refs/heads/" + p.baseRef); ok {
			if mb, err := p.comparison(); err != nil || mb.MergeBase != tip {
				return "Head branch is not up to date with the base branch."
			}
		}
	}
	if rules.Reviews > 0 {
		approvals := 0
		for _, v := range latestReviews(p) {
			if v.state == "CHANGES_REQUESTED" && v.canPush {
				return "Changes have been requested."
			}
			if v.state == "APPROVED" && v.canPush {
				approvals++
			}
		}
		if approvals < rules.Reviews {
			return fmt.Sprintf("At least %d approving review is required by reviewers with write access.", rules.Reviews)
		}
	}
	return ""
}

func (h *Hub) requiredCheck(p *pull, want RequiredCheck) string {
	found := false
	for _, run := range latestRuns(p.repo.runs[p.headSHA]) {
		if run.name != want.Context || (want.App != 0 && run.suite.app.spec.ID != want.App) {
			continue
		}
		found = true
		if run.status != "completed" || !passing(run.conclusion) {
			return fmt.Sprintf("Required status check %q is %s.", want.Context, failingWord(run))
		}
	}
	if want.App == 0 {
		for _, s := range latestStatuses(p.repo.statuses[p.headSHA]) {
			if s.context == want.Context {
				found = true
				if s.state != "success" {
					return fmt.Sprintf("Required status check %q is failing.", want.Context)
				}
			}
		}
	}
	if !found {
		return fmt.Sprintf("Required status check %q is expected.", want.Context)
	}
	return ""
}

func failingWord(run *checkRun) string {
	if run.status != "completed" {
		return "in progress"
	}
	return "failing"
}

// latestReviews is each person's latest review that decides something.
func latestReviews(p *pull) []*review {
	var out []*review
	for _, v := range p.reviews {
		if v.state == "COMMENTED" || v.state == "PENDING" {
			continue
		}
		out = slices.DeleteFunc(out, func(o *review) bool { return o.user == v.user })
		out = append(out, v)
	}
	return out
}

func latestStatuses(all []*status) []*status {
	var out []*status
	for i := len(all) - 1; i >= 0; i-- {
		if !slices.ContainsFunc(out, func(s *status) bool { return s.context == all[i].context }) {
			out = append(out, all[i])
		}
	}
	return out
}

func (h *Hub) status(r *repository, sha string, s *status) object {
	avatar := any(nil)
	if s.creator != nil {
		avatar = h.URL() + "/avatars/" + strconv.FormatInt(s.creator.id, 10)
	}
	return object{"url": h.repoURL(r) + "/statuses/" + sha, "avatar_url": avatar, "id": s.id, "node_id": nodeID("SC", s.id),
		"state": s.state, "description": s.description, "target_url": s.target, "context": s.context,
		"created_at": stamp(s.created), "updated_at": stamp(s.created), "creator": h.user(s.creator)}
}

func (h *Hub) createStatus(r *repository, sha string, s *status, by *account) error {
	if !slices.Contains([]string{"error", "failure", "pending", "success"}, s.state) {
		return invalid("Status", "state", "invalid", "")
	}
	c, err := r.git.Commit(sha)
	if err != nil {
		return invalid("Status", "sha", "custom", "No commit found for SHA: "+sha)
	}
	if s.context == "" {
		s.context = "default"
	}
	s.id, s.created, s.creator = h.id(), h.now(), by
	r.statuses[sha] = append(r.statuses[sha], s)
	branches := []any{}
	for _, name := range r.git.RefNames("refs/heads/") {
		if at, _ := r.git.Ref(name); at == sha {
			branches = append(branches, object{"name": name[len("refs/heads/"):], "protected": r.protected[name[len("refs/heads/"):]] != nil,
				"commit": object{"sha": sha, "url": h.repoURL(r) + "/commits/" + sha}})
		}
	}
	h.emit(audience{repo: r}, "status", "", by, object{"id": s.id, "sha": sha, "name": r.fullName(), "avatar_url": h.URL() + "/avatars/0",
		"target_url": s.target, "context": s.context, "description": s.description, "state": s.state, "commit": h.commit(r, c),
		"branches": branches, "created_at": stamp(s.created), "updated_at": stamp(s.created)})
	return nil
}

// enqueue builds the group branch of a merge queue and asks for its checks.
func (h *Hub) enqueue(p *pull, method string, by *account) (*mergeGroup, error) {
	if p.state != "open" || p.draft {
		return nil, fail(http.StatusUnprocessableEntity, "Pull request is not in a state to be queued")
	}
	tip, ok := p.repo.git.Ref("refs/heads/" + p.baseRef)
	if !ok {
		return nil, fail(http.StatusUnprocessableEntity, "Base branch does not exist")
	}
	for _, g := range p.repo.groups { // the next group builds on the last one queued for the same branch
		if g.baseRef == p.baseRef && g.base == tip {
			tip = g.head
		}
	}
	head, err := h.landing(p, tip, method, "", "", by)
	if err != nil {
		return nil, err
	}
	g := &mergeGroup{ref: fmt.Sprintf("refs/heads/gh-readonly-queue/%s/pr-%d-%s", p.baseRef, p.number, tip), head: head, base: tip,
		baseRef: p.baseRef, pull: p}
	if err := p.repo.git.SetRef(g.ref, head); err != nil {
		return nil, err
	}
	p.repo.groups[g.ref] = g
	change := githost.RefChange{Name: g.ref, New: head}
	if err := h.pushEvent(p.repo, change, by); err != nil {
		return nil, err
	}
	h.requestSuites(p.repo, g.ref[len("refs/heads/"):], tip, head, by)
	return g, h.groupEvent(g, "checks_requested", "", by)
}

func (h *Hub) groupEvent(g *mergeGroup, action, reason string, by *account) error {
	c, err := g.pull.repo.git.Commit(g.head)
	if err != nil {
		return err
	}
	payload := object{"merge_group": object{"head_sha": g.head, "head_ref": g.ref, "base_sha": g.base,
		"base_ref": "refs/heads/" + g.baseRef, "head_commit": simpleCommit(c)}}
	if reason != "" {
		payload["reason"] = reason
	}
	h.emit(audience{repo: g.pull.repo}, "merge_group", action, by, payload)
	return nil
}

// dequeue ends a group: merged puts it on its base, invalidated and dequeued drop it.
func (h *Hub) dequeue(g *mergeGroup, reason string, by *account) error {
	r := g.pull.repo
	delete(r.groups, g.ref)
	if err := h.groupEvent(g, "destroyed", reason, by); err != nil {
		return err
	}
	if reason == "merged" {
		base := "refs/heads/" + g.baseRef
		old, _ := r.git.Ref(base)
		if err := r.git.SetRef(base, g.head); err != nil {
			return err
		}
		if err := h.merged(g.pull, g.head, by); err != nil {
			return err
		}
		if err := h.pushed(r, githost.RefChange{Name: base, Old: old, New: g.head}, by); err != nil {
			return err
		}
	}
	return h.deleteRef(r, g.ref, by)
}
