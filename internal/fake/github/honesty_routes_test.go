package github

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-github/v66/github"
)

// TestHonestyOverEveryRoute drives every route with go-github past GitHub's OpenAPI document.
// A route that is offered and not driven here fails the test: nothing is offered on our own opinion.
func TestHonestyOverEveryRoute(t *testing.T) {
	s := newScene(t)
	s.theApp()
	s.people()
	s.repositorySettings()
	s.gitData()
	n, head := s.pullRequest()
	s.checks(n, head)
	s.actions(n)
	s.conversation(n, head)
	s.dependencyReview(head)
	s.production(head)
	s.merging()
	var all struct{ Viewer struct{ Login string } }
	s.graphql(everyField, map[string]any{"owner": org, "name": shop, "number": n, "blob": s.blob("README.md")}, &all)
	s.renaming()
	s.delivered()
	s.deliveryLog()
	undriven, driven := []string{}, map[string]bool{}
	for name := range s.report.Operations() {
		driven[anonymous(name)] = true
	}
	for _, x := range routes() {
		pattern := strings.Replace(x.pattern, "+}", "}", 1)
		if strings.HasSuffix(pattern, "/contents") {
			pattern += "/{path}"
		}
		if name := x.method + " " + pattern; !driven[anonymous(name)] {
			undriven = append(undriven, name)
		}
	}
	if len(undriven) > 0 {
		t.Errorf("offered, but not held to GitHub's document by this test:\n%s", strings.Join(undriven, "\n"))
	}
	var member struct {
		Changes struct {
			Permission struct{ To string } `json:"permission"`
			RoleName   struct{ To string } `json:"role_name"`
		} `json:"changes"`
	}
	decode(t, s.hooks.last("member", "added"), &member)
	if got := member.Changes; got.Permission.To != "read" || got.RoleName.To != "triage" {
		t.Errorf("member event says %+v, want read as triage", got)
	}
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

func anonymous(name string) string { return parameter.ReplaceAllString(name, "{}") }

func (s *scene) theApp() {
	s.t.Helper()
	ok[*github.App](s, "GET /app")(s.asApp.Apps.Get(s.ctx, ""))
	ok[*github.App](s, "an App by its slug")(s.asOlga.Apps.Get(s.ctx, "lintel"))
	all := ok[[]*github.Installation](s, "list installations")(s.asApp.Apps.ListInstallations(s.ctx, nil))
	if len(all) == 0 || all[0].GetID() == 0 {
		s.t.Fatalf("installations %v", all)
	}
	ok[*github.Installation](s, "get installation")(s.asApp.Apps.GetInstallation(s.ctx, s.installation))
	ok[*github.Installation](s, "installation of a repository")(s.asApp.Apps.FindRepositoryInstallation(s.ctx, org, shop))
	ok[*github.Installation](s, "installation of an organization")(s.asApp.Apps.FindOrganizationInstallation(s.ctx, org))
	ok[*github.Installation](s, "installation of a user")(s.asApp.Apps.FindUserInstallation(s.ctx, "rita"))
	ok[*github.HookConfig](s, "hook config")(s.asApp.Apps.GetHookConfig(s.ctx))
	repos := ok[*github.ListRepositories](s, "repositories of the installation")(s.asInstallation.Apps.ListRepos(s.ctx, nil))
	if repos.GetTotalCount() == 0 {
		s.t.Error("the installation reaches nothing")
	}
	narrow := ok[*github.InstallationToken](s,
		"a narrower token")(s.asApp.Apps.CreateInstallationToken(s.ctx, s.installation, &github.InstallationTokenOptions{
		Repositories: []string{shop},
		Permissions:  &github.InstallationPermissions{Contents: github.String("read"), Metadata: github.String("read")},
	}))
	reader := s.as(narrow.GetToken())
	_, resp, err := reader.Checks.CreateCheckRun(s.ctx, org, shop,
		github.CreateCheckRunOptions{Name: "x", HeadSHA: strings.Repeat("0", 40)})
	s.refused("a check with a token that may only read", http.StatusForbidden, resp, err)
	s.done("give the token back")(reader.Apps.RevokeInstallationToken(s.ctx))
	_, resp, err = reader.Repositories.Get(s.ctx, org, shop)
	s.refused("a token that was given back", http.StatusUnauthorized, resp, err)
	_, resp, err = s.as("ghp_nobody").Repositories.Get(s.ctx, org, shop)
	s.refused("an unknown token", http.StatusUnauthorized, resp, err)
	s.newApp()
	ok[*github.RateLimits](s, "rate limits")(s.asInstallation.RateLimit.Get(s.ctx))
	ok[*github.APIMeta](s, "meta")(s.asInstallation.Meta.Get(s.ctx))
}

func (s *scene) people() {
	s.t.Helper()
	ok[*github.User](s, "who am I")(s.asOlga.Users.Get(s.ctx, ""))
	ok[[]*github.Repository](s, "my repositories")(s.asOlga.Repositories.ListByAuthenticatedUser(s.ctx, nil))
	ok[*github.User](s, "a user")(s.asInstallation.Users.Get(s.ctx, "wendy"))
	ok[*github.Organization](s, "an organization")(s.asInstallation.Organizations.Get(s.ctx, org))
	ok[[]*github.User](s, "members")(s.asInstallation.Organizations.ListMembers(s.ctx, org, nil))
	if member := ok[bool](s, "is a member")(s.asInstallation.Organizations.IsMember(s.ctx, org, "wendy")); !member {
		s.t.Error("wendy is no member")
	}
	ok[*github.Membership](s, "a membership")(s.asInstallation.Organizations.GetOrgMembership(s.ctx, "wendy", org))
	ok[[]*github.Team](s, "teams")(s.asInstallation.Teams.ListTeams(s.ctx, org, nil))
	ok[*github.Team](s, "a team")(s.asInstallation.Teams.GetTeamBySlug(s.ctx, org, "platform"))
	ok[[]*github.User](s, "members of a team")(s.asInstallation.Teams.ListTeamMembersBySlug(s.ctx, org, "platform", nil))
	ok[*github.Membership](s, "a membership of a team")(s.asInstallation.Teams.GetTeamMembershipBySlug(s.ctx, org, "platform", "wendy"))
	_, resp, err := s.asInstallation.Teams.GetTeamMembershipBySlug(s.ctx, org, "platform", "rita")
	s.refused("a membership that is none", http.StatusNotFound, resp, err)
	ok[[]*github.Repository](s, "repositories of a team")(s.asInstallation.Teams.ListTeamReposBySlug(s.ctx, org, "platform", nil))
	ok[*github.Repository](s, "a repository of a team")(s.asInstallation.Teams.IsTeamRepoBySlug(s.ctx, org, "platform", org, shop))
	ok[[]*github.Team](s, "teams of a repository")(s.asInstallation.Repositories.ListTeams(s.ctx, org, shop, nil))
	ok[*github.Membership](s,
		"join a team")(s.asOlga.Teams.AddTeamMembershipBySlug(s.ctx, org, "storage", "olga",
		&github.TeamAddTeamMembershipOptions{Role: "maintainer"}))
	s.done("leave a team")(s.asOlga.Teams.RemoveTeamMembershipBySlug(s.ctx, org, "storage", "olga"))
	ok[[]*github.Team](s, "child teams")(s.asInstallation.Teams.ListChildTeamsByParentSlug(s.ctx, org, "platform", nil))
	ok[*github.CollaboratorInvitation](s,
		"a new collaborator")(
		s.asOlga.Repositories.AddCollaborator(s.ctx, org, shop, "rita", &github.RepositoryAddCollaboratorOptions{Permission: "triage"}))
	if is := ok[bool](s, "is a collaborator")(s.asOlga.Repositories.IsCollaborator(s.ctx, org, shop, "rita")); !is {
		s.t.Error("rita is no collaborator")
	}
	ok[[]*github.User](s, "collaborators")(s.asOlga.Repositories.ListCollaborators(s.ctx, org, shop, nil))
	level := ok[*github.RepositoryPermissionLevel](s,
		"a permission")(s.asInstallation.Repositories.GetPermissionLevel(s.ctx, org, shop, "wendy"))
	if level.GetPermission() != "write" {
		s.t.Errorf("wendy may %q, want write", level.GetPermission())
	}
	level = ok[*github.RepositoryPermissionLevel](s,
		"a triager's permission")(s.asInstallation.Repositories.GetPermissionLevel(s.ctx, org, shop, "rita"))
	if level.GetPermission() != "read" || level.GetRoleName() != "triage" {
		s.t.Errorf("rita may %q as %q, want read as triage", level.GetPermission(), level.GetRoleName())
	}
}

func (s *scene) repositorySettings() {
	s.t.Helper()
	ok[*github.Repository](s, "a repository")(s.asInstallation.Repositories.Get(s.ctx, org, shop))
	ok[*github.Repository](s, "a repository's settings")(s.asOlga.Repositories.Get(s.ctx, org, shop))
	ok[*github.Repository](s,
		"edit a repository")(s.asOlga.Repositories.Edit(s.ctx, org, shop, &github.Repository{AllowRebaseMerge: github.Bool(false)}))
	ok[[]*github.Repository](s, "repositories of an organization")(s.asOlga.Repositories.ListByOrg(s.ctx, org, nil))
	ok[[]*github.Repository](s, "repositories of a user")(s.asOlga.Repositories.ListByUser(s.ctx, "rita", nil))
	ok[*github.Repository](s, "a new repository")(s.asRita.Repositories.Create(s.ctx, "", &github.Repository{Name: github.String("notes")}))
	ok[*github.Repository](s,
		"a new repository of an organization")(
		s.asOlga.Repositories.Create(s.ctx, org, &github.Repository{Name: github.String("old"), Private: github.Bool(true)}))
	ok[[]*github.Branch](s, "branches")(s.asInstallation.Repositories.ListBranches(s.ctx, org, shop, nil))
	ok[*github.Branch](s, "a branch")(s.asInstallation.Repositories.GetBranch(s.ctx, org, shop, "main", 1))
	ok[*github.Protection](s,
		"protect a branch")(s.asOlga.Repositories.UpdateBranchProtection(s.ctx, org, shop, "main", &github.ProtectionRequest{
		RequiredStatusChecks: &github.RequiredStatusChecks{
			Strict: false,
			Checks: &[]*github.RequiredStatusCheck{{Context: "lintel", AppID: github.Int64(4242)}},
		},
		RequiredPullRequestReviews: &github.PullRequestReviewsEnforcementRequest{
			RequiredApprovingReviewCount: 1,
			RequireCodeOwnerReviews:      true,
		},
		EnforceAdmins: false,
	}))
	ok[*github.Protection](s, "a protection")(s.asOlga.Repositories.GetBranchProtection(s.ctx, org, shop, "main"))
	ok[*github.RequiredStatusChecks](s, "required checks")(s.asInstallation.Repositories.GetRequiredStatusChecks(s.ctx, org, shop, "main"))
	ok[[]*github.RepositoryRule](s, "rules of a branch")(s.asInstallation.Repositories.GetRulesForBranch(s.ctx, org, shop, "main"))
	ok[*github.CodeownersErrors](s, "errors of CODEOWNERS")(s.asInstallation.Repositories.GetCodeownersErrors(s.ctx, org, shop, nil))
	ok[*github.Label](s,
		"a new label")(s.asOlga.Issues.CreateLabel(s.ctx, org, shop,
		&github.Label{Name: github.String("bug"), Color: github.String("ff0000")}))
	ok[[]*github.Label](s, "labels")(s.asInstallation.Issues.ListLabels(s.ctx, org, shop, nil))
}

func (s *scene) gitData() {
	s.t.Helper()
	repos, git := s.asInstallation.Repositories, s.asInstallation.Git
	main := ok[*github.Reference](s, "a reference")(git.GetRef(s.ctx, org, shop, "heads/main"))
	tip := main.GetObject().GetSHA()
	commit := ok[*github.Commit](s, "a git commit")(git.GetCommit(s.ctx, org, shop, tip))
	tree := ok[*github.Tree](s, "a tree")(git.GetTree(s.ctx, org, shop, commit.GetTree().GetSHA(), true))
	for _, e := range tree.Entries {
		if e.GetType() == "blob" {
			ok[*github.Blob](s, "a blob")(git.GetBlob(s.ctx, org, shop, e.GetSHA()))
			ok[[]byte](s, "a raw blob")(git.GetBlobRaw(s.ctx, org, shop, e.GetSHA()))
			break
		}
	}
	ok[[]*github.Reference](s, "matching references")(git.ListMatchingRefs(s.ctx, org, shop, &github.ReferenceListOptions{Ref: "heads/"}))
	ok[*github.RepositoryCommit](s, "a commit")(repos.GetCommit(s.ctx, org, shop, tip, nil))
	if _, _, err := repos.GetCommitSHA1(s.ctx, org, shop, "main", ""); err != nil {
		s.t.Errorf("a commit's id: %v", err)
	}
	ok[[]*github.RepositoryCommit](s, "commits")(repos.ListCommits(s.ctx, org, shop, nil))
	file, folder, _, err := repos.GetContents(s.ctx, org, shop, ".github/CODEOWNERS", &github.RepositoryContentGetOptions{Ref: "main"})
	if err != nil || file == nil || folder != nil {
		s.t.Errorf("a file: %v", err)
	}
	if _, folder, _, err = repos.GetContents(s.ctx, org, shop, "", nil); err != nil || len(folder) == 0 {
		s.t.Errorf("a folder: %v", err)
	}
	_, _, resp, err := repos.GetContents(s.ctx, org, shop, "nowhere/at all", nil)
	s.refused("a file that is not there", http.StatusNotFound, resp, err)

	// A branch made of objects, as tools do it.
	git = s.asWendy.Git
	blob := ok[*github.Blob](s,
		"a new blob")(git.CreateBlob(s.ctx, org, shop,
		&github.Blob{Content: github.String(base64.StdEncoding.EncodeToString([]byte("one\n"))), Encoding: github.String("base64")}))
	made := ok[*github.Tree](s, "a new tree")(git.CreateTree(s.ctx, org, shop, commit.GetTree().GetSHA(), []*github.TreeEntry{{
		Path: github.String("made.txt"), Mode: github.String("100644"), Type: github.String("blob"), SHA: blob.SHA,
	}}))
	next := ok[*github.Commit](s, "a new commit")(git.CreateCommit(s.ctx, org, shop, &github.Commit{
		Message: github.String("feat: make one"), Tree: made, Parents: []*github.Commit{{SHA: &tip}},
	}, nil))
	ok[*github.Reference](s,
		"a new branch")(
		git.CreateRef(s.ctx, org, shop,
			&github.Reference{Ref: github.String("refs/heads/topic/one"), Object: &github.GitObject{SHA: &tip}}))
	ok[*github.Reference](s,
		"a branch moves")(
		git.UpdateRef(s.ctx, org, shop,
			&github.Reference{Ref: github.String("refs/heads/topic/one"), Object: &github.GitObject{SHA: next.SHA}}, false))
	ok[*github.RepositoryContentResponse](s,
		"a new file")(s.asWendy.Repositories.CreateFile(s.ctx, org, shop, "two.txt", &github.RepositoryContentFileOptions{
		Message: github.String("feat: make two"), Content: []byte("two\n"), Branch: github.String("topic/one"),
	}))
	ok[*github.CommitsComparison](s, "a comparison")(repos.CompareCommits(s.ctx, org, shop, "main", "topic/one", nil))
	if text, _, err := repos.CompareCommitsRaw(s.ctx, org, shop, "main", "topic/one",
		github.RawOptions{Type: github.Diff}); err != nil || !strings.Contains(text, "+two") {
		s.t.Errorf("a comparison as a diff: %v\n%s", err, text)
	}
	ok[*github.Reference](s,
		"a branch that goes")(
		git.CreateRef(s.ctx, org, shop, &github.Reference{Ref: github.String("refs/heads/gone"), Object: &github.GitObject{SHA: &tip}}))
	s.done("a branch goes")(git.DeleteRef(s.ctx, org, shop, "heads/gone"))
}

// pullRequest opens one from topic/one, and returns its number and head.
func (s *scene) pullRequest() (int, string) {
	s.t.Helper()
	pulls := s.asWendy.PullRequests
	pr := ok[*github.PullRequest](s, "open")(pulls.Create(s.ctx, org, shop, &github.NewPullRequest{
		Title: github.String("feat: one and two"), Head: github.String("topic/one"), Base: github.String("main"),
		Body: github.String("Both.\n"),
	}))
	n := pr.GetNumber()
	_, resp, err := pulls.Create(s.ctx, org, shop,
		&github.NewPullRequest{Title: github.String("again"), Head: github.String("topic/one"), Base: github.String("main")})
	s.refused("a second pull request of the same branch", http.StatusUnprocessableEntity, resp, err)
	_, resp, err = pulls.Create(s.ctx, org, shop,
		&github.NewPullRequest{Title: github.String("x"), Head: github.String("nowhere"), Base: github.String("main")})
	s.refused("a pull request of no branch", http.StatusUnprocessableEntity, resp, err)

	ok[*github.RepositoryContentResponse](s,
		"a push by API")(s.asWendy.Repositories.CreateFile(s.ctx, org, shop, "three.txt", &github.RepositoryContentFileOptions{
		Message: github.String("feat: make three"), Content: []byte("three\n"), Branch: github.String("topic/one"),
	}))
	pulls = s.asInstallation.PullRequests
	pr = ok[*github.PullRequest](s, "a pull request")(pulls.Get(s.ctx, org, shop, n))
	head := pr.GetHead().GetSHA()
	if pr.GetChangedFiles() != 3 || pr.GetCommits() != 3 {
		s.t.Errorf("%d files and %d commits, want 3 and 3", pr.GetChangedFiles(), pr.GetCommits())
	}
	if text, _, err := pulls.GetRaw(s.ctx, org, shop, n, github.RawOptions{Type: github.Diff}); err != nil ||
		!strings.Contains(text, "+three") {
		s.t.Errorf("a pull request as a diff: %v\n%s", err, text)
	}
	ok[[]*github.PullRequest](s,
		"open pull requests")(
		pulls.List(s.ctx, org, shop,
			&github.PullRequestListOptions{State: "all", Sort: "updated", Direction: "desc", ListOptions: github.ListOptions{PerPage: 1}}))
	ok[[]*github.CommitFile](s, "files")(pulls.ListFiles(s.ctx, org, shop, n, &github.ListOptions{PerPage: 100}))
	ok[[]*github.RepositoryCommit](s, "commits of a pull request")(pulls.ListCommits(s.ctx, org, shop, n, nil))
	ok[[]*github.PullRequest](s, "pull requests of a commit")(pulls.ListPullRequestsWithCommit(s.ctx, org, shop, head, nil))
	if merged := ok[bool](s, "is it merged")(pulls.IsMerged(s.ctx, org, shop, n)); merged {
		s.t.Error("merged already")
	}
	ok[*github.PullRequest](s,
		"edit")(s.asWendy.PullRequests.Edit(s.ctx, org, shop, n, &github.PullRequest{Title: github.String("feat: one, two and three")}))
	ok[*github.PullRequest](s,
		"close")(s.asWendy.PullRequests.Edit(s.ctx, org, shop, n, &github.PullRequest{State: github.String("closed")}))
	ok[*github.PullRequest](s,
		"reopen")(s.asWendy.PullRequests.Edit(s.ctx, org, shop, n, &github.PullRequest{State: github.String("open")}))
	ok[*github.Issue](s, "as an issue")(s.asInstallation.Issues.Get(s.ctx, org, shop, n))
	ok[[]*github.Label](s, "add labels")(s.asInstallation.Issues.AddLabelsToIssue(s.ctx, org, shop, n, []string{"bug", "new"}))
	ok[[]*github.Label](s, "labels of a pull request")(s.asInstallation.Issues.ListLabelsByIssue(s.ctx, org, shop, n, nil))
	s.done("remove a label")(s.asInstallation.Issues.RemoveLabelForIssue(s.ctx, org, shop, n, "new"))
	ok[[]*github.Label](s, "replace labels")(s.asInstallation.Issues.ReplaceLabelsForIssue(s.ctx, org, shop, n, []string{"bug", "again"}))
	return n, head
}

func (s *scene) actions(n int) {
	s.t.Helper()
	run, err := s.hub.StartRun(org+"/"+shop, Run{Event: "pull_request", Pull: n})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.hub.FinishRun(run.ID, "success", Artifact{Name: "report", Files: Files{"cover.out": "mode: set\n"}}); err != nil {
		s.t.Fatal(err)
	}
	actions := s.asInstallation.Actions
	list := ok[*github.ArtifactList](s, "artifacts of a run")(actions.ListWorkflowRunArtifacts(s.ctx, org, shop, run.ID, nil))
	if list.GetTotalCount() != 1 {
		s.t.Fatalf("%d artifacts", list.GetTotalCount())
	}
	a := ok[*github.Artifact](s, "an artifact")(actions.GetArtifact(s.ctx, org, shop, list.Artifacts[0].GetID()))
	at := ok[*url.URL](s, "download an artifact")(actions.DownloadArtifact(s.ctx, org, shop, a.GetID(), 0))
	resp, err := http.Get(at.String()) //nolint:noctx // a test against loopback
	if err != nil {
		s.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil || int64(len(body)) != a.GetSizeInBytes() {
		s.t.Errorf("%d bytes of %d, %v", len(body), a.GetSizeInBytes(), err)
	}
	_, answer, err := s.as("").Actions.DownloadArtifact(s.ctx, org, shop, a.GetID(), 0)
	if err == nil || answer.StatusCode != http.StatusUnauthorized {
		s.t.Errorf("without a token: %v", err)
	}
}

func (s *scene) checks(n int, head string) {
	s.t.Helper()
	checks := s.asInstallation.Checks
	notes := func(k int) []*github.CheckRunAnnotation {
		out := make([]*github.CheckRunAnnotation, k)
		for i := range out {
			out[i] = &github.CheckRunAnnotation{
				Path:            github.String("two.txt"),
				StartLine:       github.Int(1),
				EndLine:         github.Int(1),
				AnnotationLevel: github.String("failure"),
				Message:         github.String("m"),
				Title:           github.String("t"),
			}
		}
		return out
	}
	run := ok[*github.CheckRun](s, "a check run")(checks.CreateCheckRun(s.ctx, org, shop, github.CreateCheckRunOptions{
		Name: "lintel", HeadSHA: head, Status: github.String("in_progress"), ExternalID: github.String("key-1"),
		DetailsURL: github.String("https://lintel.example.com/x"),
		StartedAt:  &github.Timestamp{Time: s.hub.now()},
		Output:     &github.CheckRunOutput{Title: github.String("t"), Summary: github.String("s"), Annotations: notes(50)},
	}))
	done := func(k int) (*github.CheckRun, *github.Response, error) {
		return checks.UpdateCheckRun(s.ctx, org, shop, run.GetID(), github.UpdateCheckRunOptions{
			Name: "lintel", Status: github.String("completed"), Conclusion: github.String("failure"),
			CompletedAt: &github.Timestamp{Time: s.hub.now()},
			Output: &github.CheckRunOutput{
				Title:       github.String("t"),
				Summary:     github.String("s"),
				Text:        github.String("x"),
				Annotations: notes(k),
			},
			Actions: []*github.CheckRunAction{{Label: "Re-check", Description: "Look again", Identifier: "recheck"}},
		})
	}
	_, resp, err := done(51)
	s.refused("51 annotations", http.StatusUnprocessableEntity, resp, err)
	ok[*github.CheckRun](s, "complete a check run")(done(25))
	ok[*github.CheckRun](s, "get a check run")(checks.GetCheckRun(s.ctx, org, shop, run.GetID()))
	if all := ok[[]*github.CheckRunAnnotation](s,
		"annotations")(checks.ListCheckRunAnnotations(s.ctx, org, shop, run.GetID(), &github.ListOptions{PerPage: 100})); len(all) != 75 {
		s.t.Errorf("%d annotations, want 50 and 25: batches append", len(all))
	}
	runs := ok[*github.ListCheckRunsResults](s,
		"check runs of a commit")(
		checks.ListCheckRunsForRef(s.ctx, org, shop, head,
			&github.ListCheckRunsOptions{CheckName: github.String("lintel"), Filter: github.String("latest"), AppID: github.Int64(4242)}))
	if runs.GetTotal() != 1 {
		s.t.Errorf("%d check runs, want 1", runs.GetTotal())
	}
	ok[*github.CheckSuite](s,
		"a new check suite")(
		checks.CreateCheckSuite(s.ctx, org, shop, github.CreateCheckSuiteOptions{HeadSHA: s.hub.Tip(org+"/"+shop, "main")}))
	suites := ok[*github.ListCheckSuiteResults](s, "check suites of a commit")(checks.ListCheckSuitesForRef(s.ctx, org, shop, head, nil))
	suite := suites.CheckSuites[0].GetID()
	ok[*github.CheckSuite](s, "a check suite")(checks.GetCheckSuite(s.ctx, org, shop, suite))
	ok[*github.ListCheckRunsResults](s, "check runs of a suite")(checks.ListCheckRunsCheckSuite(s.ctx, org, shop, suite, nil))
	s.done("rerequest a run")(s.asWendy.Checks.ReRequestCheckRun(s.ctx, org, shop, run.GetID()))
	s.done("rerequest a suite")(s.asWendy.Checks.ReRequestCheckSuite(s.ctx, org, shop, suite))
	s.pressButton(run.GetID())

	ok[*github.RepoStatus](s,
		"a status")(s.asInstallation.Repositories.CreateStatus(s.ctx, org, shop, head,
		&github.RepoStatus{State: github.String("success"), Context: github.String("ci"), Description: github.String("fine")}))
	ok[*github.CombinedStatus](s, "combined status")(s.asInstallation.Repositories.GetCombinedStatus(s.ctx, org, shop, head, nil))
	ok[[]*github.RepoStatus](s, "statuses")(s.asInstallation.Repositories.ListStatuses(s.ctx, org, shop, head, nil))
}

func (s *scene) conversation(n int, head string) {
	s.t.Helper()
	pulls, issues := s.asInstallation.PullRequests, s.asInstallation.Issues
	c := ok[*github.IssueComment](s,
		"a comment")(issues.CreateComment(s.ctx, org, shop, n, &github.IssueComment{Body: github.String("hello")}))
	ok[*github.IssueComment](s,
		"edit a comment")(issues.EditComment(s.ctx, org, shop, c.GetID(), &github.IssueComment{Body: github.String("hello again")}))
	ok[*github.IssueComment](s, "get a comment")(issues.GetComment(s.ctx, org, shop, c.GetID()))
	ok[[]*github.IssueComment](s, "comments")(issues.ListComments(s.ctx, org, shop, n, nil))
	s.done("delete a comment")(issues.DeleteComment(s.ctx, org, shop, c.GetID()))

	line := func(path string, at int) *github.PullRequestReviewRequest {
		return &github.PullRequestReviewRequest{CommitID: &head, Event: github.String("COMMENT"), Body: github.String("see"),
			Comments: []*github.DraftReviewComment{
				{Path: &path, Body: github.String("here"), Line: &at, Side: github.String("RIGHT")},
			}}
	}
	noted := ok[*github.PullRequestReview](s, "a review with a line")(pulls.CreateReview(s.ctx, org, shop, n, line("two.txt", 1)))
	_, resp, err := pulls.CreateReview(s.ctx, org, shop, n, line("two.txt", 99))
	s.refused("a line outside the diff", http.StatusUnprocessableEntity, resp, err)
	_, resp, err = pulls.CreateReview(s.ctx, org, shop, n, line("README.md", 1))
	s.refused("a file outside the diff", http.StatusUnprocessableEntity, resp, err)
	_, resp, err = s.asWendy.PullRequests.CreateReview(s.ctx, org, shop, n,
		&github.PullRequestReviewRequest{Event: github.String("APPROVE")})
	s.refused("approve one's own", http.StatusUnprocessableEntity, resp, err)
	ok[[]*github.PullRequestComment](s, "comments of a review")(pulls.ListReviewComments(s.ctx, org, shop, n, noted.GetID(), nil))
	ok[*github.PullRequestReview](s, "edit a review")(pulls.UpdateReview(s.ctx, org, shop, n, noted.GetID(), "see here"))
	ok[*github.PullRequestReview](s, "get a review")(pulls.GetReview(s.ctx, org, shop, n, noted.GetID()))
	approval := ok[*github.PullRequestReview](s,
		"approve")(s.asOlga.PullRequests.CreateReview(s.ctx, org, shop, n,
		&github.PullRequestReviewRequest{Event: github.String("APPROVE"), Body: github.String("good")}))
	ok[*github.PullRequestReview](s,
		"dismiss")(s.asOlga.PullRequests.DismissReview(s.ctx, org, shop, n, approval.GetID(),
		&github.PullRequestReviewDismissalRequest{Message: github.String("not yet")}))
	ok[[]*github.PullRequestReview](s, "reviews")(pulls.ListReviews(s.ctx, org, shop, n, nil))
	single := ok[*github.PullRequestComment](s, "a single comment")(pulls.CreateComment(s.ctx, org, shop, n, &github.PullRequestComment{
		Body: github.String("there"), CommitID: &head, Path: github.String("three.txt"), Line: github.Int(1), Side: github.String("RIGHT"),
	}))
	reply := ok[*github.PullRequestComment](s, "a reply by the replies route")(replyTo(s, n, single.GetID()))
	if reply.GetInReplyTo() != single.GetID() {
		s.t.Errorf("the reply answers %d, want %d", reply.GetInReplyTo(), single.GetID())
	}
	ok[*github.PullRequestComment](s, "get a review comment")(pulls.GetComment(s.ctx, org, shop, single.GetID()))
	ok[*github.PullRequestComment](s,
		"edit a review comment")(
		pulls.EditComment(s.ctx, org, shop, single.GetID(), &github.PullRequestComment{Body: github.String("there it is")}))
	_, resp, err = s.asRita.PullRequests.EditComment(s.ctx, org, shop, single.GetID(),
		&github.PullRequestComment{Body: github.String("mine")})
	s.refused("edit another's comment without write access", http.StatusForbidden, resp, err)
	asRita, rateIt := s.asRita.Reactions, func(client *github.ReactionsService) *github.Reaction {
		return ok[*github.Reaction](s, "a thumb")(client.CreatePullRequestCommentReaction(s.ctx, org, shop, single.GetID(), "-1"))
	}
	if first, again := rateIt(asRita), rateIt(asRita); first.GetID() != again.GetID() {
		s.t.Errorf("the same thumb twice: %d and %d", first.GetID(), again.GetID())
	}
	if all := ok[[]*github.Reaction](s,
		"thumbs")(s.asInstallation.Reactions.ListPullRequestCommentReactions(s.ctx, org, shop, single.GetID(), nil)); len(all) != 1 ||
		all[0].GetContent() != "-1" || all[0].GetUser().GetLogin() != "rita" {
		s.t.Errorf("thumbs %v", all)
	}
	if c := ok[*github.PullRequestComment](s,
		"a comment with a thumb")(pulls.GetComment(s.ctx, org, shop, single.GetID())); c.GetReactions().GetMinusOne() != 1 {
		s.t.Errorf("counts %v", c.GetReactions())
	}
	talk := ok[*github.IssueComment](s,
		"a comment to react to")(issues.CreateComment(s.ctx, org, shop, n, &github.IssueComment{Body: github.String("well")}))
	ok[*github.Reaction](s, "a heart")(s.asOlga.Reactions.CreateIssueCommentReaction(s.ctx, org, shop, talk.GetID(), "heart"))
	ok[[]*github.Reaction](s, "hearts")(s.asInstallation.Reactions.ListIssueCommentReactions(s.ctx, org, shop, talk.GetID(), nil))
	_, resp, err = s.asOlga.Reactions.CreateIssueCommentReaction(s.ctx, org, shop, talk.GetID(), "shrug")
	s.refused("a reaction that GitHub does not have", http.StatusUnprocessableEntity, resp, err)
	gone := ok[*github.PullRequestComment](s, "a comment to delete")(pulls.CreateComment(s.ctx, org, shop, n, &github.PullRequestComment{
		Body: github.String("never mind"), CommitID: &head, Path: github.String("three.txt"), Line: github.Int(1),
		Side: github.String("RIGHT"),
	}))
	s.done("delete a review comment")(pulls.DeleteComment(s.ctx, org, shop, gone.GetID()))
	_, resp, err = pulls.GetComment(s.ctx, org, shop, gone.GetID())
	s.refused("a comment that was deleted", http.StatusNotFound, resp, err)
	_, resp, err = pulls.CreateComment(s.ctx, org, shop, n, &github.PullRequestComment{
		Body: github.String("where"), CommitID: &head, Path: github.String("three.txt"), Line: github.Int(99), Side: github.String("RIGHT"),
	})
	s.refused("a single comment outside the diff", http.StatusUnprocessableEntity, resp, err)
	ok[[]*github.PullRequestComment](s, "review comments")(pulls.ListComments(s.ctx, org, shop, n, nil))
	ok[*github.PullRequest](s,
		"request reviewers")(
		s.asWendy.PullRequests.RequestReviewers(s.ctx, org, shop, n,
			github.ReviewersRequest{Reviewers: []string{"olga"}, TeamReviewers: []string{"platform"}}))
	ok[*github.Reviewers](s, "requested reviewers")(pulls.ListReviewers(s.ctx, org, shop, n, nil))
}

// replyTo uses the route that go-github has no method for.
func replyTo(s *scene, n int, id int64) (*github.PullRequestComment, *github.Response, error) {
	req, err := s.asInstallation.NewRequest("POST", "repos/"+org+"/"+shop+"/pulls/"+itoa(n)+"/comments/"+itoa(int(id))+"/replies",
		map[string]string{"body": "yes"})
	if err != nil {
		return nil, nil, err
	}
	out := new(github.PullRequestComment)
	resp, err := s.asInstallation.Do(s.ctx, req, out)
	return out, resp, err
}
