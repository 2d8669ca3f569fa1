package github

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-github/v66/github"
)

// everyWebhook is every event and action that the hub sends.
var everyWebhook = []string{
	"check_run.completed", "check_run.created", "check_run.requested_action", "check_run.rerequested",
	"check_suite.completed", "check_suite.requested", "check_suite.rerequested",
	"installation.created", "installation.deleted", "installation.new_permissions_accepted", "installation.suspend",
	"installation.unsuspend",
	"installation_repositories.added", "installation_repositories.removed",
	"issue_comment.created", "issue_comment.deleted", "issue_comment.edited",
	"member.added", "member.edited", "member.removed", "membership.added", "membership.removed",
	"merge_group.checks_requested", "merge_group.destroyed", "organization.member_added", "organization.member_removed", "ping",
	"pull_request.closed", "pull_request.converted_to_draft", "pull_request.dequeued", "pull_request.edited", "pull_request.enqueued",
	"pull_request.labeled", "pull_request.opened",
	"pull_request.ready_for_review", "pull_request.reopened", "pull_request.review_requested", "pull_request.synchronize",
	"pull_request.unlabeled",
	"pull_request_review.dismissed", "pull_request_review.edited", "pull_request_review.submitted", "pull_request_review_comment.created",
	"pull_request_review_comment.deleted", "pull_request_review_comment.edited", "pull_request_review_thread.resolved",
	"pull_request_review_thread.unresolved",
	"push", "repository.created", "repository.edited", "repository.privatized", "repository.publicized", "repository.renamed",
	"repository.transferred",
	"status", "team.added_to_repository", "team.created", "team.edited", "team.removed_from_repository", "team_add",
	"workflow_run.completed", "workflow_run.requested",
}

// steps runs each step and ends the test at the first error.
func (s *scene) steps(all ...func() error) {
	s.t.Helper()
	for i, step := range all {
		if err := step(); err != nil {
			s.t.Fatalf("step %d: %v", i+1, err)
		}
	}
}

// TestHonestyOfEveryWebhook causes every event as people cause it. The receiver holds each body to GitHub's webhook
// schemas and decodes it by go-github.
func TestHonestyOfEveryWebhook(t *testing.T) {
	s := newScene(t)
	h := s.hub
	const repo = org + "/" + shop
	number := 0
	commit := func(branch, file string) func() error {
		return func() error {
			_, err := h.Commit(repo, Commit{Branch: branch, Author: "wendy", Message: "feat: " + file, Files: Files{file: "1\n2\n3\n"}})
			return err
		}
	}
	text, base := "feat: better", "stable"
	s.steps(
		func() error { h.Ping(); return nil },
		commit("stable", "s"), commit("topic", "a"),
		func() (err error) {
			number, err = h.OpenPull(repo, Pull{Head: "topic", Title: "feat: a", Body: "b", Author: "wendy", Draft: true})
			return err
		},
		commit("topic", "b"),
		func() error { return h.EditPull(repo, number, Edit{Title: &text, Body: &text}, "wendy") },
		func() error { return h.EditPull(repo, number, Edit{Base: &base}, "wendy") },
		func() error { return h.SetDraft(repo, number, false, "wendy") },
		func() error { return h.SetDraft(repo, number, true, "wendy") },
		func() error { return h.SetDraft(repo, number, false, "wendy") },
		func() error { return h.Label(repo, number, "olga", "bug") },
		func() error { return h.Unlabel(repo, number, "olga", "bug") },
		func() error { return h.RequestReview(repo, number, "wendy", []string{"olga"}, []string{"platform"}) },
		func() error { return h.ClosePull(repo, number, "olga") },
		func() error { return h.ReopenPull(repo, number, "olga") },
	)
	s.reviewsAndComments(number)
	s.runsAndStatuses(number)
	s.steps(
		func() error {
			run, err := h.StartRun(repo, Run{Event: "pull_request", Pull: number})
			if err != nil {
				return err
			}
			return h.FinishRun(run.ID, "success")
		},
		func() error { return h.Protect(repo, "stable", &Protection{MergeQueue: true}) },
		func() error {
			ref, _, err := h.Enqueue(repo, number, "squash", "olga")
			if err != nil {
				return err
			}
			if err := h.Dequeue(repo, ref, "invalidated", "olga"); err != nil {
				return err
			}
			if ref, _, err = h.Enqueue(repo, number, "merge", "olga"); err != nil {
				return err
			}
			return h.Dequeue(repo, ref, "merged", "olga")
		},
		func() error { return h.DeleteBranch(repo, "topic", "wendy") },
	)
	s.peopleAndTeams()
	s.repositoriesAndInstallations()
	s.delivered()
	arrived := s.hooks.seen()
	for _, want := range everyWebhook {
		if arrived[want] == 0 {
			t.Errorf("no %s arrived", want)
		}
		delete(arrived, want)
	}
	for _, name := range slices.Sorted(maps.Keys(arrived)) {
		t.Errorf("%s arrived and is not in everyWebhook", name)
	}
}

func (s *scene) reviewsAndComments(n int) {
	s.t.Helper()
	h, repo := s.hub, org+"/"+shop
	var review, comment int64
	s.steps(
		func() (err error) {
			review, err = h.Review(repo, n, Review{Author: "olga", State: "REQUEST_CHANGES", Body: "no"})
			return err
		},
		func() error { return h.EditReview(repo, n, review, "no, since", "olga") },
		func() error { return h.DismissReview(repo, n, review, "fixed", "olga") },
		func() error { _, err := h.Review(repo, n, Review{Author: "olga", State: "APPROVE"}); return err },
		func() error {
			_, err := h.Review(repo, n, Review{Author: "rita", State: "COMMENT", Body: "nice"})
			return err
		},
		func() (err error) { comment, err = h.Comment(repo, n, "rita", "hello"); return err },
	)
	ok[*github.IssueComment](s,
		"edit a comment")(s.asOlga.Issues.EditComment(s.ctx, org, shop, comment, &github.IssueComment{Body: github.String("hi")}))
	s.done("delete a comment")(s.asOlga.Issues.DeleteComment(s.ctx, org, shop, comment))
	c := ok[*github.PullRequestComment](s, "a line")(s.asRita.PullRequests.CreateComment(s.ctx, org, shop, n, &github.PullRequestComment{
		Body: github.String("why"), CommitID: github.String(h.Tip(repo, "topic")), Path: github.String("a"), StartLine: github.Int(1),
		Line: github.Int(2), Side: github.String("RIGHT"), StartSide: github.String("RIGHT"),
	}))
	s.steps(
		func() error { return h.EditReviewComment(repo, n, c.GetID(), "rita", "why not") },
		func() error { _, err := h.ReplyTo(repo, n, c.GetID(), "wendy", "because"); return err },
		func() error { return h.ResolveThread(repo, n, c.GetID(), true, "wendy") },
		func() error { return h.ResolveThread(repo, n, c.GetID(), false, "olga") },
		func() error {
			id, err := h.InlineComment(repo, n, "rita", "a", 1, "oh")
			return errors.Join(err, h.DeleteReviewComment(repo, n, id, "rita"))
		},
	)
	ok[*github.PullRequestComment](s, "a reply")(s.asWendy.PullRequests.CreateCommentInReplyTo(s.ctx, org, shop, n, "because", c.GetID()))
}

func (s *scene) runsAndStatuses(n int) {
	s.t.Helper()
	h, repo := s.hub, org+"/"+shop
	sha := h.Tip(repo, "topic")
	var run int64
	s.steps(
		func() (err error) { run, err = h.PostRun(repo, sha, "lintel", "failure", h.App().ID); return err },
		func() error { return h.RerequestRun(repo, run, "wendy") },
		func() error { return h.RequestAction(repo, run, "recheck", "wendy") },
		func() error { return h.RerequestSuite(repo, sha, h.App().ID, "wendy") },
		func() error { _, err := h.PostRun(repo, sha, "slow", "", h.App().ID); return err },
		func() error { return h.PostStatus(repo, sha, "ci", "pending", "wendy") },
		func() error { return h.PostStatus(repo, sha, "ci", "success", "wendy") },
	)
	if n == 0 {
		s.t.Fatal("no pull request")
	}
}

func (s *scene) peopleAndTeams() {
	s.t.Helper()
	h, repo := s.hub, org+"/"+shop
	s.steps(
		func() error { return h.AddUser(User{Login: "nils", Name: "Nils"}) },
		func() error { return h.AddTeam(Team{Org: org, Slug: "new", Parent: "platform"}) },
		func() error { return h.SetTeamMember(org, "new", "nils", "member", "olga") },
		func() error { return h.SetTeamMember(org, "new", "nils", "", "olga") },
		func() error { return h.SetTeamRepo(org, "new", repo, "pull", "olga") },
		func() error { return h.SetTeamRepo(org, "new", repo, "maintain", "olga") },
		func() error { return h.SetTeamRepo(org, "new", repo, "", "olga") },
		func() error { return h.SetOrgMember(org, "nils", "", "olga") },
		func() error { return h.SetCollaborator(repo, "nils", "push", "olga") },
		func() error { return h.SetCollaborator(repo, "nils", "admin", "olga") },
		func() error { return h.SetCollaborator(repo, "nils", "", "olga") },
	)
}

func (s *scene) repositoriesAndInstallations() {
	s.t.Helper()
	h := s.hub
	var chosen int64
	s.steps(
		func() error { _, err := h.AddRepo(Repo{Owner: org, Name: "next"}); return err },
		func() error {
			_, err := h.Commit(org+"/next", Commit{Author: "olga", Message: "feat: begin", Files: Files{"a": "b"}})
			return err
		},
		func() error {
			_, err := h.Commit(org+"/next", Commit{Author: "olga", Branch: "trunk", Message: "feat: more", Files: Files{"c": "d"}})
			return err
		},
		func() error { return h.SetDefaultBranch(org+"/next", "trunk", "olga") },
		func() error { return h.SetPrivate(org+"/next", true, "olga") },
		func() error { return h.SetPrivate(org+"/next", false, "olga") },
		func() error { return h.RenameRepo(org+"/next", "later", "olga") },
		func() error { return h.TransferRepo(org+"/later", "rita", "olga") },
		func() error { return h.TransferRepo("rita/later", org, "rita") },
		func() error { _, err := h.AddRepo(Repo{Owner: "nils", Name: "one"}); return err },
		func() error { _, err := h.AddRepo(Repo{Owner: "nils", Name: "two", Private: true}); return err },
		func() (err error) { chosen, err = h.Install("nils", "nils/one"); return err },
		func() error { return h.SetInstalled(chosen, true, "nils/two") },
		func() error { return h.SetInstalled(chosen, false, "nils/one") },
		func() error { return h.TransferRepo("nils/two", "rita", "nils") },
		func() error { return h.SetPermissions(chosen, map[string]string{"metadata": "read"}) },
		func() error { return h.Suspend(chosen, true) },
		func() error { return h.Suspend(chosen, false) },
		func() error { return h.Uninstall(chosen) },
	)
}
