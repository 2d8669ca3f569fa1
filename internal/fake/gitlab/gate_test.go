package gitlab_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	client "gitlab.com/gitlab-org/api/client-go/v2"

	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
)

func (w *world) post(c *client.Client, sha, name string, state client.BuildStateValue,
	opts ...func(*client.SetCommitStatusOptions)) (*client.CommitStatus, error) {
	opt := client.SetCommitStatusOptions{State: state, Name: ptr(name)}
	for _, o := range opts {
		o(&opt)
	}
	s, _, err := c.Commits.SetCommitStatus(w.project, sha, &opt)
	return s, err
}

// holds says whether a merge request may be merged, and compares why not.
func (w *world) holds(iid int64, why string) {
	w.t.Helper()
	if ok, got := w.TryMerge(w.project, iid); ok != (why == "") || !strings.Contains(got, why) {
		w.t.Errorf("mergeable %v: %q, want %q", ok, got, why)
	}
}

func TestStatusesFollowGitLabsRules(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.ok(w.Configure(w.project, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfPipelineSucceeds = true }))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	head := w.Tip(w.project, "topic")
	w.holds(iid, "there is no pipeline")
	pipeline, _, err := w.StartPipeline(w.project, fakelab.Pipeline{IID: iid, Jobs: []fakelab.Job{{Name: "unit"}}})
	w.ok(err)
	w.holds(iid, "")
	first, err := w.post(w.client, head, "lintel", client.Running)
	w.ok(err)
	if first.PipelineID != pipeline || first.Status != "running" {
		t.Errorf("%+v", first)
	}
	w.holds(iid, "ci_still_running")
	if _, err = w.post(w.client, head, "lintel", client.Running); status(err) != 400 || !strings.Contains(err.Error(),
		"Cannot transition status via :run from :running") {
		t.Errorf("running twice: %v", err)
	}
	if _, err = w.post(w.client, head, "lintel", client.Pending); status(err) != 400 || !strings.Contains(err.Error(),
		":enqueue from :running") {
		t.Errorf("back to pending: %v", err)
	}
	second, err := w.post(w.client, head, "lintel", client.Failed)
	w.ok(err)
	if second.ID != first.ID {
		t.Errorf("an open row was not moved on: %d, %d", first.ID, second.ID)
	}
	w.holds(iid, "the pipeline is failed")
	third, err := w.post(w.client, head, "lintel", client.Pending)
	if err != nil || third.ID == first.ID {
		t.Errorf("after the end: %+v, %v", third, err)
	}
	if _, err = w.post(w.client, head, "unit", client.Success); status(err) != 400 || !strings.Contains(err.Error(),
		"has already been taken") {
		t.Errorf("the name of a job: %v", err)
	}
	if _, err = w.post(w.client, head, "lintel", "nonsense"); status(err) != 400 {
		t.Errorf("an unknown state: %v", err)
	}
	if _, err = w.post(w.client, strings.Repeat("0", 40), "lintel", client.Success); status(err) != 404 {
		t.Errorf("an unknown commit: %v", err)
	}
	_, err = w.post(
		w.client,
		head,
		"lintel",
		client.Success,
		func(o *client.SetCommitStatusOptions) { o.PipelineID = ptr(int64(1)) },
	)
	if status(err) != 404 {
		t.Errorf("an unknown pipeline: %v", err)
	}
	_, err = w.post(w.client, head, "lintel", client.Success,
		func(o *client.SetCommitStatusOptions) { o.TargetURL = ptr(strings.Repeat("x", 256)) })
	if status(err) != 400 {
		t.Errorf("a long target_url: %v", err)
	}
	// A stranger's success hides our row: all older rows of the name are retried.
	if _, err = w.post(w.user("ann"), head, "lintel", client.Success); err != nil {
		t.Fatal(err)
	}
	w.holds(iid, "")
	rows, _, err := w.client.Commits.GetCommitStatuses(w.project, head,
		&client.GetCommitStatusesOptions{All: ptr(true), Name: ptr("lintel")})
	if err != nil || len(rows) != 3 || rows[2].Author.Username != "ann" {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestAStatusWithoutAPipelineMakesAnExternalOne(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.ok(w.Configure(w.project, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfPipelineSucceeds = true }))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	_, err := w.post(w.client, w.Tip(w.project, "topic"), "lintel", client.Success)
	w.ok(err)
	m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
	if err != nil || m.HeadPipeline == nil || m.HeadPipeline.Source != "external" || m.HeadPipeline.Ref != "topic" {
		t.Errorf("%+v, %v", m.HeadPipeline, err)
	}
	w.holds(iid, "") // the wrong green that Lintel must not make
	fork := w.id(w.Fork(w.project, "eve/shop"))
	sha, err := w.Commit(fork, fakelab.Commit{Branch: "fork", Message: "feat: fork", By: "eve",
		Files: map[string]string{"x.go": "package x\n"}})
	w.ok(err)
	forked := w.id(w.Open(w.project, fakelab.Request{SourceProject: fork, Source: "fork", By: "eve"}))
	if _, err = w.post(w.client, sha, "lintel", client.Success); status(err) != 404 {
		t.Errorf("a fork's head: %v", err)
	}
	w.holds(forked, "there is no pipeline")
	_, _, err = w.StartPipeline(w.project, fakelab.Pipeline{IID: forked, State: "running"})
	w.ok(err)
	if _, err = w.post(w.client, sha, "lintel", client.Success); err != nil {
		t.Errorf("in the parent's pipeline: %v", err)
	}
}

func TestTheHeadPipeline(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.ok(w.Configure(w.project, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfPipelineSucceeds = true }))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	head := func() *client.Pipeline {
		m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
		w.ok(err)
		return m.HeadPipeline
	}
	own, _, err := w.StartPipeline(w.project, fakelab.Pipeline{IID: iid, State: "success"})
	w.ok(err)
	_, _, err = w.StartPipeline(w.project, fakelab.Pipeline{Branch: "topic", State: "failed"})
	w.ok(err)
	if p := head(); p.ID != own {
		t.Errorf("a newer branch pipeline beat the request's: %+v", p)
	}
	w.holds(iid, "") // an older green pipeline of the request over a red one of the branch
	merged, sha, err := w.StartPipeline(w.project, fakelab.Pipeline{IID: iid, Merged: true, State: "skipped"})
	w.ok(err)
	if p := head(); p.ID != merged || p.SHA != sha || sha == w.Tip(w.project, "topic") {
		t.Errorf("merged results: %+v", p)
	}
	w.holds(iid, "the pipeline is skipped")
	w.ok(w.Configure(w.project, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.AllowSkippedPipeline = true }))
	w.holds(iid, "")
	w.commit("topic", "more", map[string]string{"a.go": "package c\n"})
	w.holds(iid, "there is no pipeline")
	// Auto-merge takes the first green moment.
	next, _, err := w.StartPipeline(w.project, fakelab.Pipeline{IID: iid, Jobs: []fakelab.Job{{Name: "unit", State: "running"}}})
	w.ok(err)
	w.ok(w.AutoMerge(w.project, iid, "rita"))
	w.ok(w.SetJob(w.project, next, "unit", "success"))
	w.holds(iid, "it is merged")
}

func TestTrainsAndJobsThatRunByThemselves(t *testing.T) {
	w := newWorld(t, fakelab.Options{Jobs: []fakelab.Job{{Name: "test"}}})
	iid := w.open("topic", map[string]string{"a.go": "package b\n", ".gitlab-ci.yml": "test: {script: [x]}\n"})
	bare := w.open("bare", map[string]string{"b.go": "package b\n"})
	look := func(iid int64) *client.Pipeline {
		m, _, err := w.client.MergeRequests.GetMergeRequest(w.project, iid, nil)
		w.ok(err)
		return m.HeadPipeline
	}
	if p := look(iid); p == nil || p.Source != "merge_request_event" || p.Status != "success" ||
		p.SHA != w.Tip(w.project, "topic") {
		t.Errorf("%+v", p)
	}
	if p := look(bare); p != nil {
		t.Errorf("without a configuration: %+v", p)
	}
	shas := map[string]bool{}
	for _, car := range []int64{iid, bare} {
		pipeline, sha, err := w.StartPipeline(w.project, fakelab.Pipeline{IID: car, Train: true,
			Jobs: []fakelab.Job{{Name: "test", State: "running"}}})
		w.ok(err)
		if p := look(car); p.ID != pipeline || p.SHA != sha || !strings.HasSuffix(p.Ref, "/train") {
			t.Errorf("!%d: %+v", car, p)
		}
		s, err := w.post(w.client, sha, "lintel", client.Success)
		if err != nil || s.PipelineID != pipeline {
			t.Errorf("a status on a car: %+v, %v", s, err)
		}
		shas[sha] = true
	}
	if len(shas) != 2 {
		t.Error("two cars share a commit")
	}
}

func TestApprovals(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	w.ok(w.SetRules(w.project, false, fakelab.Rule{Name: "Lintel", Required: 1, Users: []string{w.bot.Bot}}))
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	w.holds(iid, "the approval rule Lintel")
	w.ok(w.Approve(w.project, iid, "ann"))
	w.holds(iid, "the approval rule Lintel")
	head := w.Tip(w.project, "topic")
	if _, _, err := w.client.MergeRequestApprovals.ApproveMergeRequest(w.project, iid,
		&client.ApproveMergeRequestOptions{SHA: ptr(strings.Repeat("a", 40))}); status(err) != 409 {
		t.Errorf("another head: %v", err)
	}
	a, _, err := w.client.MergeRequestApprovals.ApproveMergeRequest(
		w.project,
		iid,
		&client.ApproveMergeRequestOptions{SHA: ptr(head)},
	)
	if err != nil || !a.UserHasApproved || len(a.ApprovedBy) != 2 || a.ApprovedBy[1].ApprovedAt == nil {
		t.Errorf("%+v, %v", a, err)
	}
	if _, _, err = w.client.MergeRequestApprovals.ApproveMergeRequest(w.project, iid, nil); status(err) != 401 {
		t.Errorf("twice: %v", err)
	}
	w.holds(iid, "")
	// An amended message has the same patch: the approval stays, which a rule about commits must not be fooled by.
	_, err = w.Commit(w.project, fakelab.Commit{Branch: "topic", Message: "wip", By: "dev", Amend: true})
	w.ok(err)
	if w.Tip(w.project, "topic") == head {
		t.Fatal("nothing was amended")
	}
	w.holds(iid, "")
	w.commit("topic", "more", map[string]string{"a.go": "package c\n"})
	w.holds(iid, "the approval rule Lintel")
	if err := w.Approve(w.project, iid, "dev"); err == nil {
		t.Error("the author could approve")
	}
	// A rule that nobody can approve counts as approved.
	w.ok(w.Revoke(w.bot.Secret))
	w.holds(iid, "")
}

func TestExternalStatusChecks(t *testing.T) {
	now := newClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	w := newWorld(t, fakelab.Options{Now: now.Now})
	w.ok(w.Configure(w.project, func(s *fakelab.Settings, _ *fakelab.ApprovalSettings) { s.OnlyIfStatusChecksPassed = true }))
	check := w.id(
		w.AddStatusCheck(w.project, fakelab.StatusCheck{Name: "lintel", URL: "https://lintel.example/check", Secret: "s"}),
	)
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	old := w.Tip(w.project, "topic")
	say := func(sha, state string) int {
		code, _, _ := w.send("POST", fmt.Sprintf("/api/v4/projects/%d/merge_requests/%d/status_check_responses", w.project, iid),
			fmt.Sprintf(`{"sha":%q,"external_status_check_id":%d,"status":%q}`, sha, check, state), w.bot.Secret)
		return code
	}
	w.holds(iid, "the status check lintel is pending")
	for _, state := range []string{"passed", "failed", "passed"} {
		if code := say(old, state); code != 201 {
			t.Errorf("%s: %d", state, code)
		}
	}
	w.holds(iid, "")
	w.commit("topic", "more", map[string]string{"a.go": "package c\n"})
	w.holds(iid, "the status check lintel is pending") // a push alone takes the answer back
	if code := say(old, "passed"); code != 409 {
		t.Errorf("an answer for an old head: %d", code)
	}
	if code := say(w.Tip(w.project, "topic"), "pending"); code != 201 {
		t.Errorf("pending: %d", code)
	}
	now.pass(3 * time.Minute)
	w.holds(iid, "the status check lintel is failed")
	list, _, err := w.client.ExternalStatusChecks.ListProjectMergeRequestExternalStatusChecks(w.project, iid, nil)
	if err != nil || len(list) != 1 || list[0].Status != "failed" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestMergeByTheAPI(t *testing.T) {
	w := newWorld(t, fakelab.Options{})
	rita := w.user("rita")
	iid := w.open("topic", map[string]string{"a.go": "package b\n"})
	w.ok(w.Edit(w.project, iid, "dev", fakelab.Edit{Title: ptr("Draft: not yet")}))
	if _, _, err := rita.MergeRequests.AcceptMergeRequest(w.project, iid, nil); status(err) != 405 {
		t.Errorf("a draft: %v", err)
	}
	m, _, err := w.client.MergeRequests.UpdateMergeRequest(w.project, iid,
		&client.UpdateMergeRequestOptions{Title: ptr("feat: now"), AddLabels: ptr(client.LabelOptions{"ready"})})
	if err != nil || m.Draft || len(m.Labels) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	if _, _, err := rita.MergeRequests.AcceptMergeRequest(w.project, iid,
		&client.AcceptMergeRequestOptions{SHA: ptr(strings.Repeat("a", 40))}); status(err) != 409 {
		t.Errorf("another head: %v", err)
	}
	if _, _, err := w.client.MergeRequests.AcceptMergeRequest(w.project, iid, nil); status(err) != 401 {
		t.Errorf("a Developer on a protected branch: %v", err)
	}
	m, _, err = rita.MergeRequests.AcceptMergeRequest(w.project, iid, &client.AcceptMergeRequestOptions{Squash: ptr(true)})
	if err != nil || m.State != "merged" || m.SquashCommitSHA == "" || m.MergeCommitSHA != w.Tip(w.project, "main") {
		t.Errorf("%+v, %v", m, err)
	}
	// A push of the commits to the target closes a request as merged.
	other := w.open("other", map[string]string{"b.go": "package b\n"})
	w.ok(w.Push(w.project, "main", w.Tip(w.project, "other"), "rita"))
	w.holds(other, "it is merged")
}
