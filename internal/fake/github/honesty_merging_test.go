package github

import (
	"net/http"

	"github.com/google/go-github/v66/github"
)

// merging takes another pull request through a protected branch, from a fork.
func (s *scene) merging() {
	s.t.Helper()
	_, resp, err := s.asRita.Repositories.CreateFork(s.ctx, org, shop, nil)
	if _, accepted := err.(*github.AcceptedError); err != nil && !accepted { //nolint:errorlint // go-github returns this type itself
		s.t.Fatalf("fork: %v", err)
	}
	if resp.StatusCode != http.StatusAccepted {
		s.t.Errorf("fork: status %d, want 202", resp.StatusCode)
	}
	ok[*github.RepositoryContentResponse](s,
		"a file in the fork")(s.asRita.Repositories.CreateFile(s.ctx, "rita", shop, "four.txt", &github.RepositoryContentFileOptions{
		Message: github.String("feat: make four"), Content: []byte("four\n"), Branch: github.String("main"),
	}))
	pr := ok[*github.PullRequest](s, "open from a fork")(s.asRita.PullRequests.Create(s.ctx, org, shop, &github.NewPullRequest{
		Title: github.String("feat: four"), Head: github.String("rita:main"), Base: github.String("main"), Draft: github.Bool(true),
	}))
	n := pr.GetNumber()
	s.markReady(n)
	_, resp, err = s.asOlga.PullRequests.Merge(s.ctx, org, shop, n, "", nil)
	s.refused("merge without the required check", http.StatusMethodNotAllowed, resp, err)
	ok[*github.CheckRun](s, "the required check")(s.asInstallation.Checks.CreateCheckRun(s.ctx, org, shop, github.CreateCheckRunOptions{
		Name: "lintel", HeadSHA: pr.GetHead().GetSHA(), Status: github.String("completed"), Conclusion: github.String("success"),
	}))
	ok[*github.PullRequestReview](s,
		"approve the fork's")(
		s.asOlga.PullRequests.CreateReview(s.ctx, org, shop, n, &github.PullRequestReviewRequest{Event: github.String("APPROVE")}))
	ok[*github.PullRequestMergeResult](s,
		"merge")(s.asOlga.PullRequests.Merge(s.ctx, org, shop, n, "feat: four (#2)",
		&github.PullRequestOptions{MergeMethod: "squash", SHA: pr.GetHead().GetSHA()}))
	if merged := ok[bool](s, "is it merged now")(s.asInstallation.PullRequests.IsMerged(s.ctx, org, shop, n)); !merged {
		s.t.Error("not merged after the merge")
	}
	_, resp, err = s.asWendy.PullRequests.UpdateBranch(s.ctx, org, shop, 1, nil)
	if _, accepted := err.(*github.AcceptedError); err != nil && !accepted { //nolint:errorlint // go-github returns this type itself
		s.t.Errorf("update a branch: %v", err)
	} else if resp.StatusCode != http.StatusAccepted {
		s.t.Errorf("update a branch: status %d, want 202", resp.StatusCode)
	}
	s.done("unprotect")(s.asOlga.Repositories.RemoveBranchProtection(s.ctx, org, shop, "main"))
}

// renaming follows a repository to its new names, as a client with the old one does.
func (s *scene) renaming() {
	s.t.Helper()
	ok[*github.Repository](s, "rename")(s.asOlga.Repositories.Edit(s.ctx, org, "old", &github.Repository{Name: github.String("older")}))
	got := ok[*github.Repository](s, "the old name still leads there")(s.asOlga.Repositories.Get(s.ctx, org, "old"))
	if got.GetName() != "older" {
		s.t.Errorf("the old name leads to %q", got.GetName())
	}
	_, resp, err := s.asOlga.Repositories.Transfer(s.ctx, org, "older", github.TransferRequest{NewOwner: "olga"})
	if _, accepted := err.(*github.AcceptedError); err != nil && !accepted { //nolint:errorlint // go-github returns this type itself
		s.t.Fatalf("transfer: %v", err)
	}
	if resp.StatusCode != http.StatusAccepted {
		s.t.Errorf("transfer: status %d, want 202", resp.StatusCode)
	}
}

func (s *scene) deliveryLog() {
	s.t.Helper()
	apps := s.asApp.Apps
	all := ok[[]*github.HookDelivery](s, "deliveries")(apps.ListHookDeliveries(s.ctx, &github.ListCursorOptions{PerPage: 5}))
	one := ok[*github.HookDelivery](s, "a delivery")(apps.GetHookDelivery(s.ctx, all[0].GetID()))
	before := s.hooks.count(one.GetGUID())
	_, resp, err := apps.RedeliverHookDelivery(s.ctx, one.GetID())
	if _, accepted := err.(*github.AcceptedError); err != nil && !accepted { //nolint:errorlint // go-github returns this type itself
		s.t.Fatalf("redeliver: %v", err)
	}
	if resp.StatusCode != http.StatusAccepted {
		s.t.Errorf("redeliver: status %d, want 202", resp.StatusCode)
	}
	s.delivered()
	if got := s.hooks.count(one.GetGUID()); got != before+1 {
		s.t.Errorf("%d deliveries of %s after one more was asked for, want %d", got, one.GetGUID(), before+1)
	}
}
