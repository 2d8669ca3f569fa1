package github

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

func checkRoutes() []*route {
	const r = "/repos/{owner}/{repo}"
	return []*route{
		{method: "POST", pattern: r + "/check-runs", need: "checks:write", call: (*Hub).postCheckRun},
		{
			method:  "GET",
			pattern: r + "/check-runs/{check_run_id}",
			need:    "checks:read",
			call:    withRun(func(h *Hub, c *call, run *checkRun) (any, error) { return h.run(run), nil }),
		},
		{method: "PATCH", pattern: r + "/check-runs/{check_run_id}", need: "checks:write", call: withRun((*Hub).patchCheckRun)},
		{method: "GET", pattern: r + "/check-runs/{check_run_id}/annotations", need: "checks:read",
			call: withRun(func(h *Hub, c *call, run *checkRun) (any, error) {
				return paged(c, run.annotations, func(a annotation) any { return h.annotationShape(run, a) }), nil
			})},
		{method: "POST", pattern: r + "/check-runs/{check_run_id}/rerequest", need: "checks:write",
			call: withRun(func(h *Hub, c *call, run *checkRun) (any, error) {
				h.runEvent(run, "rerequested", c.who.account(), run.suite.app)
				return created(object{}), nil
			})},
		{method: "POST", pattern: r + "/check-suites", need: "checks:write", call: (*Hub).postCheckSuite},
		{
			method:  "GET",
			pattern: r + "/check-suites/{check_suite_id}",
			need:    "checks:read",
			call:    withSuite(func(h *Hub, c *call, s *checkSuite) (any, error) { return h.fullSuite(s), nil }),
		},
		{method: "GET", pattern: r + "/check-suites/{check_suite_id}/check-runs", need: "checks:read",
			call: withSuite(func(h *Hub, c *call, s *checkSuite) (any, error) {
				return h.runList(c, s.runs)
			})},
		{method: "POST", pattern: r + "/check-suites/{check_suite_id}/rerequest", need: "checks:write",
			call: withSuite(func(h *Hub, c *call, s *checkSuite) (any, error) {
				h.suiteEvent(s, "rerequested", c.who.account(), s.app)
				return created(object{}), nil
			})},
		{method: "GET", pattern: r + "/commits/{ref+}/check-runs", need: "checks:read", call: func(h *Hub, c *call) (any, error) {
			sha, err := c.commitRef()
			if err != nil {
				return nil, err
			}
			return h.runList(c, c.repo.runs[sha])
		}},
		{method: "GET", pattern: r + "/commits/{ref+}/check-suites", need: "checks:read", call: (*Hub).getCheckSuites},
		{method: "GET", pattern: r + "/commits/{ref+}/status", need: "statuses:read", call: (*Hub).getCombinedStatus},
		{method: "GET", pattern: r + "/commits/{ref+}/statuses", need: "statuses:read", call: func(h *Hub, c *call) (any, error) {
			sha, err := c.commitRef()
			if err != nil {
				return nil, err
			}
			newest := slices.Clone(c.repo.statuses[sha])
			slices.Reverse(newest)
			return paged(c, newest, func(s *status) any { return h.status(c.repo, sha, s) }), nil
		}},
		{method: "POST", pattern: r + "/statuses/{sha}", need: "statuses:write", call: (*Hub).postStatus},
		commitRoute(),
	}
}

func (c *call) commitRef() (string, error) {
	sha, err := c.repo.git.Resolve(c.r.Context(), c.params["ref"])
	if err != nil {
		return "", fail(http.StatusUnprocessableEntity, "No commit found for SHA: %s", c.params["ref"])
	}
	return sha, nil
}

func withRun(f func(*Hub, *call, *checkRun) (any, error)) func(*Hub, *call) (any, error) {
	return func(h *Hub, c *call) (any, error) {
		run := c.repo.runByID[c.id("check_run_id")]
		if run == nil {
			return nil, errNotFound
		}
		return f(h, c, run)
	}
}

func withSuite(f func(*Hub, *call, *checkSuite) (any, error)) func(*Hub, *call) (any, error) {
	return func(h *Hub, c *call) (any, error) {
		s := c.repo.suiteByID[c.id("check_suite_id")]
		if s == nil {
			return nil, errNotFound
		}
		return f(h, c, s)
	}
}

func (h *Hub) fullSuite(s *checkSuite) object {
	out := h.suiteShape(s)
	out["repository"] = h.repository(s.repo)
	return out
}

var errOnlyApps = &apiError{Status: http.StatusForbidden, Message: "You must authenticate via a GitHub App."}

func (h *Hub) postCheckRun(c *call) (any, error) {
	if c.who.inst == nil {
		return nil, errOnlyApps
	}
	var in checkInput
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	run, err := h.createRun(c.repo, c.who.inst.app, in, c.who.account())
	if err != nil {
		return nil, err
	}
	return created(h.run(run)), nil
}

func (h *Hub) patchCheckRun(c *call, run *checkRun) (any, error) {
	if c.who.inst == nil {
		return nil, errOnlyApps
	}
	if c.who.inst.app != run.suite.app {
		return nil, fail(http.StatusForbidden,
			"Invalid app_id `%d` - check run can only be modified by the GitHub App that created it.", run.suite.app.spec.ID)
	}
	var in checkInput
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := h.updateRun(run, in, c.who.account()); err != nil {
		return nil, err
	}
	return h.run(run), nil
}

// runList filters by check_name, status, app_id and filter (latest unless "all") and lists newest first.
func (h *Hub) runList(c *call, runs []*checkRun) (any, error) {
	if c.query.Get("filter") != "all" {
		runs = latestRuns(runs)
	}
	appID, _ := strconv.ParseInt(c.query.Get("app_id"), 10, 64)
	var shown []*checkRun
	for _, run := range slices.Backward(runs) {
		if (c.query.Get("check_name") == "" || run.name == c.query.Get("check_name")) &&
			(c.query.Get("status") == "" || run.status == c.query.Get("status")) &&
			(appID == 0 || run.suite.app.spec.ID == appID) {
			shown = append(shown, run)
		}
	}
	return object{"total_count": len(shown), "check_runs": paged(c, shown, func(run *checkRun) any { return h.run(run) })}, nil
}

func (h *Hub) getCheckSuites(c *call) (any, error) {
	sha, err := c.commitRef()
	if err != nil {
		return nil, err
	}
	appID, _ := strconv.ParseInt(c.query.Get("app_id"), 10, 64)
	name := c.query.Get("check_name")
	var shown []*checkSuite
	for _, s := range c.repo.suites[sha] {
		if (appID == 0 || s.app.spec.ID == appID) &&
			(name == "" || slices.ContainsFunc(s.runs, func(run *checkRun) bool { return run.name == name })) {
			shown = append(shown, s)
		}
	}
	return object{"total_count": len(shown), "check_suites": paged(c, shown, func(s *checkSuite) any { return h.fullSuite(s) })}, nil
}

func (h *Hub) postCheckSuite(c *call) (any, error) {
	if c.who.inst == nil {
		return nil, errOnlyApps
	}
	var in struct {
		HeadSHA string `json:"head_sha"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if _, err := c.repo.git.Commit(in.HeadSHA); err != nil {
		return nil, fail(http.StatusUnprocessableEntity, "No commit found for SHA: %s", in.HeadSHA)
	}
	return created(h.fullSuite(h.suite(c.repo, c.who.inst.app, in.HeadSHA, ""))), nil
}

func (h *Hub) getCombinedStatus(c *call) (any, error) {
	sha, err := c.commitRef()
	if err != nil {
		return nil, err
	}
	latest := latestStatuses(c.repo.statuses[sha])
	state := "success"
	if len(latest) == 0 {
		state = "pending"
	}
	for _, s := range latest {
		if s.state == "failure" || s.state == "error" {
			state = "failure"
		} else if s.state == "pending" && state == "success" {
			state = "pending"
		}
	}
	url := h.repoURL(c.repo) + "/commits/" + sha
	return object{"state": state, "sha": sha, "total_count": len(latest), "repository": h.repository(c.repo), "commit_url": url,
		"url": url + "/status",
		"statuses": paged(c, latest, func(s *status) any {
			out := h.status(c.repo, sha, s)
			delete(out, "creator")
			return out
		})}, nil
}

func (h *Hub) postStatus(c *call) (any, error) {
	var in struct {
		State       string  `json:"state"`
		TargetURL   *string `json:"target_url"`
		Description *string `json:"description"`
		Context     string  `json:"context"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Description != nil && len([]rune(*in.Description)) > 140 {
		return nil, invalid("Status", "description", "custom", "description is too long (maximum is 140 characters)")
	}
	s := &status{state: in.State, context: cmp.Or(in.Context, "default"), description: in.Description, target: in.TargetURL}
	if err := h.createStatus(c.repo, c.params["sha"], s, c.who.account()); err != nil {
		return nil, err
	}
	return created(h.status(c.repo, c.params["sha"], s)), nil
}
