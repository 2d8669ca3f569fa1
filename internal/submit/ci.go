package submit

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// CI is what the environment of a job says of it. What is not known is empty.
type CI struct {
	// Name is "GitHub Actions"; empty when none was recognised.
	Name string
	Target
	// Pull is the number of the pull request.
	Pull int
	// Part is which of several pieces of one job this is, where the CI numbers them.
	Part string
	// Fork is true when the pull request comes from another repository.
	Fork bool
	// Elsewhere is true when the job measured nothing itself and what is checked out says nothing of the reports, as after workflow_run.
	Elsewhere bool
	// TokenURL and TokenKey are where GitHub Actions gives OIDC tokens.
	TokenURL, TokenKey string
}

// env reads variables of the environment.
type env func(name string) string

// first is the first variable that is set.
func (e env) first(names ...string) string {
	for _, n := range names {
		if v := strings.TrimSpace(e(n)); v != "" {
			return v
		}
	}
	return ""
}

func (e env) number(names ...string) int {
	n, err := strconv.Atoi(e.first(names...))
	if err != nil {
		return 0
	}
	return n
}

// Detect recognises the CI by the variables that its makers document. event reads the file that GitHub Actions describes the event in.
func Detect(getenv func(string) string, event func(path string) []byte) CI {
	e := env(getenv)
	for _, ci := range []struct {
		mark, value string
		read        func(env) CI
	}{
		{"GITHUB_ACTIONS", "true", func(e env) CI { return actions(e, event) }},
		{"GITLAB_CI", "", gitlab}, {"BUILDKITE", "", buildkite}, {"CIRCLECI", "", circle}, {"TF_BUILD", "", azure}, {"TRAVIS", "", travis},
		{"DRONE", "", drone}, {"JENKINS_URL", "", jenkins},
	} {
		if v := e(ci.mark); v != "" && (ci.value == "" || v == ci.value) {
			return ci.read(e)
		}
	}
	if e("CI") == "woodpecker" {
		return woodpecker(e)
	}
	return CI{Target: Target{SHA: e.first("GIT_COMMIT")}}
}

// https://docs.github.com/en/actions/reference/workflows-and-actions/variables
func actions(e env, event func(string) []byte) CI {
	c := CI{Name: "GitHub Actions", Target: Target{SHA: e("GITHUB_SHA"), Measured: e("GITHUB_SHA"), Repository: e("GITHUB_REPOSITORY"), Run: e("GITHUB_RUN_ID"), Job: e("GITHUB_JOB"), Attempt: e.number("GITHUB_RUN_ATTEMPT")},
		TokenURL: e("ACTIONS_ID_TOKEN_REQUEST_URL"), TokenKey: e("ACTIONS_ID_TOKEN_REQUEST_TOKEN")}
	type repo struct {
		FullName string `json:"full_name"`
	}
	var payload struct {
		Pull *struct {
			Number int `json:"number"`
			Head   struct {
				SHA  string `json:"sha"`
				Repo *repo  `json:"repo"`
			} `json:"head"`
		} `json:"pull_request"`
		Run *struct {
			SHA  string `json:"head_sha"`
			Repo *repo  `json:"head_repository"`
		} `json:"workflow_run"`
	}
	if path := e("GITHUB_EVENT_PATH"); path != "" && event != nil && json.Unmarshal(event(path), &payload) != nil {
		return c
	}
	switch {
	case payload.Pull != nil:
		// GITHUB_SHA is the merge commit here.
		c.SHA, c.Pull = payload.Pull.Head.SHA, payload.Pull.Number
		c.Fork = payload.Pull.Head.Repo == nil || payload.Pull.Head.Repo.FullName != c.Repository
	case payload.Run != nil:
		// GITHUB_SHA is the tip of the default branch here, and measured nothing.
		c.SHA, c.Measured, c.Elsewhere = payload.Run.SHA, payload.Run.SHA, true
		c.Fork = payload.Run.Repo == nil || payload.Run.Repo.FullName != c.Repository
	}
	return c
}

// https://docs.gitlab.com/ci/variables/predefined_variables/
func gitlab(e env) CI {
	return CI{Name: "GitLab CI", Pull: e.number("CI_EXTERNAL_PULL_REQUEST_IID", "CI_MERGE_REQUEST_IID"), Part: e("CI_NODE_INDEX"), Target: Target{
		// In a merged results pipeline CI_COMMIT_SHA is a commit that nobody pushed.
		SHA: e.first("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"), Measured: e("CI_COMMIT_SHA"),
		Repository: e.first("CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY", "CI_PROJECT_PATH"), Run: e("CI_PIPELINE_ID"), Job: e("CI_JOB_NAME")}}
}

// https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables; ghprb is the older pull request builder.
func jenkins(e env) CI {
	return CI{Name: "Jenkins", Pull: e.number("CHANGE_ID", "ghprbPullId"), Target: Target{SHA: e.first("ghprbActualCommit", "GIT_COMMIT"), Measured: e("GIT_COMMIT"),
		Repository: repository(e.first("GIT_URL", "GIT_URL_1", "CHANGE_URL")), Run: e("BUILD_TAG"), Job: e.first("STAGE_NAME", "JOB_NAME")}}
}

// https://buildkite.com/docs/pipelines/configure/environment-variables
func buildkite(e env) CI {
	return CI{Name: "Buildkite", Pull: e.number("BUILDKITE_PULL_REQUEST"), Part: e("BUILDKITE_PARALLEL_JOB"), Target: Target{SHA: e("BUILDKITE_COMMIT"), Measured: e("BUILDKITE_COMMIT"),
		Repository: repository(e("BUILDKITE_REPO")), Run: e("BUILDKITE_BUILD_ID"), Job: e.first("BUILDKITE_LABEL", "BUILDKITE_STEP_KEY"), Attempt: e.number("BUILDKITE_RETRY_COUNT") + 1}}
}

// https://circleci.com/docs/reference/variables/
func circle(e env) CI {
	part := ""
	if e.number("CIRCLE_NODE_TOTAL") > 1 {
		part = e("CIRCLE_NODE_INDEX")
	}
	c := CI{Name: "CircleCI", Part: part, Target: Target{SHA: e("CIRCLE_SHA1"), Measured: e("CIRCLE_SHA1"), Run: e.first("CIRCLE_WORKFLOW_ID", "CIRCLE_BUILD_NUM"), Job: e("CIRCLE_JOB")}}
	if owner, name := e("CIRCLE_PROJECT_USERNAME"), e("CIRCLE_PROJECT_REPONAME"); owner != "" && name != "" {
		c.Repository = owner + "/" + name
	}
	url := e("CIRCLE_PULL_REQUEST")
	if i := strings.LastIndexByte(url, '/'); i >= 0 {
		c.Pull, _ = strconv.Atoi(url[i+1:]) // a hint; a text that is no number is none
	}
	return c
}

// https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
func azure(e env) CI {
	return CI{Name: "Azure Pipelines", Pull: e.number("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER"), Target: Target{
		// For a pull request BUILD_SOURCEVERSION is the merge commit.
		SHA: e.first("SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"), Measured: e("BUILD_SOURCEVERSION"),
		Repository: repository(e.first("BUILD_REPOSITORY_NAME", "BUILD_REPOSITORY_URI")), Run: e("BUILD_BUILDID"), Job: e.first("SYSTEM_JOBDISPLAYNAME", "AGENT_JOBNAME"), Attempt: e.number("SYSTEM_JOBATTEMPT")}}
}

// https://docs.travis-ci.com/user/environment-variables/
func travis(e env) CI {
	return CI{Name: "Travis CI", Pull: e.number("TRAVIS_PULL_REQUEST"), Target: Target{SHA: e.first("TRAVIS_PULL_REQUEST_SHA", "TRAVIS_COMMIT"), Measured: e("TRAVIS_COMMIT"),
		Repository: e("TRAVIS_REPO_SLUG"), Run: e("TRAVIS_BUILD_ID"), Job: e.first("TRAVIS_JOB_NAME", "TRAVIS_JOB_NUMBER")}}
}

// https://docs.drone.io/pipeline/environment/reference/
func drone(e env) CI {
	return CI{Name: "Drone", Pull: e.number("DRONE_PULL_REQUEST"), Target: Target{SHA: e("DRONE_COMMIT_SHA"), Measured: e("DRONE_COMMIT_SHA"), Repository: e("DRONE_REPO"), Run: e("DRONE_BUILD_NUMBER"), Job: e.first("DRONE_STEP_NAME", "DRONE_STAGE_NAME")}}
}

// https://woodpecker-ci.org/docs/usage/environment
func woodpecker(e env) CI {
	return CI{Name: "Woodpecker", Pull: e.number("CI_COMMIT_PULL_REQUEST"), Target: Target{SHA: e("CI_COMMIT_SHA"), Measured: e("CI_COMMIT_SHA"), Repository: e("CI_REPO"), Run: e("CI_PIPELINE_NUMBER"), Job: e.first("CI_STEP_NAME", "CI_WORKFLOW_NAME")}}
}

var slug = regexp.MustCompile(`[:/]([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+?)(?:\.git)?(?:/pull/[0-9]+.*)?/?$`)

// repository is "owner/name" of an address to clone from, of a pull request's page, or of a name that is one already; empty when it is none of them.
func repository(address string) string {
	if m := slug.FindStringSubmatch("/" + address); m != nil {
		return m[1]
	}
	return ""
}
