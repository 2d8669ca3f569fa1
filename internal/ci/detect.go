package ci

import (
	"strconv"
	"strings"
)

// Detect recognises the CI by the variables that its makers document. event reads the file that GitHub Actions
// describes the event in. The error is an *Unusable, or event's own; what is said of the job beside it holds, and says
// nothing of a change.
func Detect(getenv func(string) string, event func(path string) ([]byte, error)) (Job, error) {
	r := &reader{getenv: getenv}
	j := r.detect(event)
	if r.err != nil {
		j.Change = Change{}
	}
	return j, r.err
}

func (r *reader) detect(event func(string) ([]byte, error)) Job {
	if r.value("GITHUB_ACTIONS") == "true" {
		return r.actions(event)
	}
	for _, ci := range []struct {
		mark string
		read func(*reader) Job
	}{
		{"GITLAB_CI", gitlab}, {"BUILDKITE", buildkite}, {"CIRCLECI", circle}, {"TF_BUILD", azure},
		{"BITBUCKET_BUILD_NUMBER", bitbucket}, {"TRAVIS", travis},
		{"DRONE", drone}, {"JENKINS_URL", jenkins},
	} {
		if r.value(ci.mark) != "" {
			return ci.read(r)
		}
	}
	if r.value("CI") == "woodpecker" {
		return woodpecker(r)
	}
	return Job{Target: Target{SHA: r.value("GIT_COMMIT")}}
}

// https://docs.gitlab.com/ci/variables/predefined_variables/
func gitlab(r *reader) Job {
	j := Job{Name: "GitLab CI", Pull: r.number("CI_EXTERNAL_PULL_REQUEST_IID", "CI_MERGE_REQUEST_IID"), Part: r.value("CI_NODE_INDEX"),
		Target: Target{
			// In a merged results pipeline CI_COMMIT_SHA is a commit that nobody pushed.
			SHA:        r.value("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"),
			Measured:   r.value("CI_COMMIT_SHA"),
			Repository: r.value("CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY", "CI_PROJECT_PATH"), Run: r.value("CI_PIPELINE_ID"),
			Job: r.value("CI_JOB_NAME")},
		DefaultBranch: r.branch(r.value("CI_DEFAULT_BRANCH"), "CI_DEFAULT_BRANCH"),
		Deepen:        `in .gitlab-ci.yml write variables: { GIT_DEPTH: "0" }`}
	c := &j.Change
	if j.Pull == 0 {
		if r.value("CI_COMMIT_BRANCH") != "" && r.value("CI_PIPELINE_SOURCE") == "push" {
			r.at(c, "CI_COMMIT_SHA")
			r.after(c, "CI_COMMIT_BEFORE_SHA")
			c.HeadBranch, c.Push = r.branch(r.value("CI_COMMIT_BRANCH"), "CI_COMMIT_BRANCH"), true
		}
		return j
	}
	j.Fork = apart(r.value("CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY"), r.value("CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY")) ||
		apart(r.value("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"), r.value("CI_MERGE_REQUEST_PROJECT_PATH"))
	r.at(c, "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA")
	c.Heads = c.Heads[:min(len(c.Heads), 1)]
	r.ontoVar(c, "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
	// Runners fetch the change alone. The target's tip is said in merged results pipelines; the base of the difference
	// is always in the history.
	r.after(c, "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA")
	name, from := r.first("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")
	c.HeadBranch = r.branch(name, from)
	c.Title = r.optional("CI_MERGE_REQUEST_TITLE", false)
	if r.value("CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED") != "true" {
		// Half of a description is none: what was cut off may be what a rule asks for.
		c.Body = r.optional("CI_MERGE_REQUEST_DESCRIPTION", c.Title != nil)
	}
	c.Labels, c.Draft = r.labels("CI_MERGE_REQUEST_LABELS"), r.value("CI_MERGE_REQUEST_DRAFT") == "true"
	return j
}

// apart reports whether two names of repositories are known and differ.
func apart(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }

// https://www.jenkins.io/doc/book/pipeline/multibranch/; ghprb is the older pull request builder.
func jenkins(r *reader) Job {
	j := Job{Name: "Jenkins", Pull: r.number("CHANGE_ID", "ghprbPullId"),
		Target: Target{SHA: r.value("ghprbActualCommit", "GIT_COMMIT"), Measured: r.value("GIT_COMMIT"),
			Repository: repository(r.value("GIT_URL", "GIT_URL_1", "CHANGE_URL")), Run: r.value("BUILD_TAG"),
			Job: r.value("STAGE_NAME", "JOB_NAME")},
		Deepen: "in the job's source, under \"Advanced clone behaviours\", switch \"Shallow clone\" off"}
	if j.Pull == 0 {
		return j
	}
	c := &j.Change
	r.at(c, "ghprbActualCommit")
	if name := r.branch(r.value("BRANCH_NAME"), "BRANCH_NAME"); name != "" && r.value("CHANGE_ID") != "" {
		// A merge that Jenkins made may be checked out; this reference is what was pushed.
		c.Heads = append(c.Heads, Named{"refs/remotes/origin/" + name, "BRANCH_NAME"})
	}
	c.Heads = append(c.Heads, Named{"HEAD", "what is checked out"})
	r.ontoVar(c, "CHANGE_TARGET", "ghprbTargetBranch")
	name, from := r.first("CHANGE_BRANCH", "ghprbSourceBranch")
	c.HeadBranch = r.branch(name, from)
	if v, _ := r.first("CHANGE_TITLE", "ghprbPullTitle"); v != "" {
		c.Title = &v
	}
	c.Body = r.optional("ghprbPullLongDescription", r.value("ghprbPullTitle") != "")
	c.Author = r.account("CHANGE_AUTHOR", "ghprbPullAuthorLogin")
	j.Fork = r.value("CHANGE_FORK") != ""
	return j
}

// https://buildkite.com/docs/pipelines/configure/environment-variables
func buildkite(r *reader) Job {
	j := Job{Name: "Buildkite", Pull: r.number("BUILDKITE_PULL_REQUEST"), Part: r.value("BUILDKITE_PARALLEL_JOB"), Target: Target{
		SHA: r.value("BUILDKITE_COMMIT"), Measured: r.value("BUILDKITE_COMMIT"), Repository: repository(r.value("BUILDKITE_REPO")),
		Run: r.value("BUILDKITE_BUILD_ID"),
		Job: r.value("BUILDKITE_LABEL", "BUILDKITE_STEP_KEY"), Attempt: r.number("BUILDKITE_RETRY_COUNT") + 1},
		DefaultBranch: r.branch(r.value("BUILDKITE_PIPELINE_DEFAULT_BRANCH"), "BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
		Deepen:        "leave --depth out of BUILDKITE_GIT_CLONE_FLAGS and BUILDKITE_GIT_FETCH_FLAGS"}
	c := &j.Change
	if j.Pull != 0 || r.value("BUILDKITE_MERGE_QUEUE_BASE_BRANCH") != "" {
		r.at(c, "BUILDKITE_COMMIT")
		c.Heads = append(c.Heads, Named{"HEAD", "what is checked out"})
		r.ontoVar(c, "BUILDKITE_PULL_REQUEST_BASE_BRANCH", "BUILDKITE_MERGE_QUEUE_BASE_BRANCH")
		r.after(c, "BUILDKITE_MERGE_QUEUE_BASE_COMMIT")
	}
	if j.Pull != 0 {
		c.HeadBranch = r.branch(headOf(r.value("BUILDKITE_BRANCH")), "BUILDKITE_BRANCH")
		c.Labels, c.Draft = r.labels("BUILDKITE_PULL_REQUEST_LABELS"), r.value("BUILDKITE_PULL_REQUEST_DRAFT") == "true"
		j.Fork = apart(repository(r.value("BUILDKITE_PULL_REQUEST_REPO")), j.Repository)
	}
	return j
}

// headOf takes the owner of a fork off a branch, as in "ann:topic".
func headOf(branch string) string {
	if _, name, ok := strings.Cut(branch, ":"); ok {
		return name
	}
	return branch
}

// https://circleci.com/docs/reference/variables/. It says neither the base nor the title of a pull request.
func circle(r *reader) Job {
	part := ""
	if r.number("CIRCLE_NODE_TOTAL") > 1 {
		part = r.value("CIRCLE_NODE_INDEX")
	}
	j := Job{Name: "CircleCI", Part: part,
		Target: Target{
			SHA:      r.value("CIRCLE_SHA1"),
			Measured: r.value("CIRCLE_SHA1"),
			Run:      r.value("CIRCLE_WORKFLOW_ID", "CIRCLE_BUILD_NUM"),
			Job:      r.value("CIRCLE_JOB"),
		},
		Deepen: "write checkout: { method: full } instead of checkout"}
	if owner, name := r.value("CIRCLE_PROJECT_USERNAME"), r.value("CIRCLE_PROJECT_REPONAME"); owner != "" && name != "" {
		j.Repository = owner + "/" + name
	}
	url := r.value("CIRCLE_PULL_REQUEST")
	if i := strings.LastIndexByte(url, '/'); i >= 0 {
		j.Pull, _ = strconv.Atoi(url[i+1:]) // a hint; a text that is no number is none
	}
	if j.Pull != 0 || r.value("CIRCLE_PR_NUMBER") != "" {
		// Only builds of forks say who opened it.
		j.Change.Author, j.Fork = r.account("CIRCLE_PR_USERNAME"), r.value("CIRCLE_PR_REPONAME") != ""
		r.at(&j.Change, "CIRCLE_SHA1")
		j.Change.Heads = append(j.Change.Heads, Named{"HEAD", "what is checked out"})
	}
	return j
}

// https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
func azure(r *reader) Job {
	j := Job{Name: "Azure Pipelines", Pull: r.number("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"),
		Target: Target{
			// For a pull request BUILD_SOURCEVERSION is the merge commit.
			SHA: r.value("SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"), Measured: r.value("BUILD_SOURCEVERSION"),
			Repository: repository(r.value("BUILD_REPOSITORY_NAME", "BUILD_REPOSITORY_URI")), Run: r.value("BUILD_BUILDID"),
			Job: r.value("SYSTEM_JOBDISPLAYNAME", "AGENT_JOBNAME"), Attempt: r.number("SYSTEM_JOBATTEMPT")},
		Deepen: "in the pipeline write - checkout: self with fetchDepth: 0"}
	if j.Pull == 0 {
		return j
	}
	c := &j.Change
	r.at(c, "SYSTEM_PULLREQUEST_SOURCECOMMITID")
	r.ontoVar(c, "SYSTEM_PULLREQUEST_TARGETBRANCH", "SYSTEM_PULLREQUEST_TARGETBRANCHNAME")
	c.HeadBranch = r.branch(r.value("SYSTEM_PULLREQUEST_SOURCEBRANCH"), "SYSTEM_PULLREQUEST_SOURCEBRANCH")
	j.Fork = strings.EqualFold(r.value("SYSTEM_PULLREQUEST_ISFORK"), "true")
	return j
}

// https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/. The destination is merged into what is
// checked out; BITBUCKET_COMMIT is what was pushed.
func bitbucket(r *reader) Job {
	j := Job{Name: "Bitbucket Pipelines", Pull: r.number("BITBUCKET_PR_ID"), Part: r.value("BITBUCKET_PARALLEL_STEP"), Target: Target{
		SHA: r.value("BITBUCKET_COMMIT"), Measured: r.value("BITBUCKET_COMMIT"), Repository: r.value("BITBUCKET_REPO_FULL_NAME"),
		Run: r.value("BITBUCKET_PIPELINE_UUID", "BITBUCKET_BUILD_NUMBER"), Job: r.value("BITBUCKET_STEP_UUID"),
		Attempt: r.number("BITBUCKET_STEP_RUN_NUMBER")},
		Deepen: "in bitbucket-pipelines.yml write clone: { depth: full }"}
	if j.Pull == 0 {
		return j
	}
	c := &j.Change
	r.at(c, "BITBUCKET_COMMIT")
	r.ontoVar(c, "BITBUCKET_PR_DESTINATION_BRANCH")
	r.after(c, "BITBUCKET_PR_DESTINATION_COMMIT")
	c.HeadBranch = r.branch(r.value("BITBUCKET_BRANCH"), "BITBUCKET_BRANCH")
	return j
}

// https://docs.travis-ci.com/user/environment-variables/
func travis(r *reader) Job {
	j := Job{Name: "Travis CI", Pull: r.number("TRAVIS_PULL_REQUEST"),
		Target: Target{SHA: r.value("TRAVIS_PULL_REQUEST_SHA", "TRAVIS_COMMIT"), Measured: r.value("TRAVIS_COMMIT"),
			Repository: r.value("TRAVIS_REPO_SLUG"), Run: r.value("TRAVIS_BUILD_ID"), Job: r.value("TRAVIS_JOB_NAME", "TRAVIS_JOB_NUMBER")},
		Deepen: "in .travis.yml write git: { depth: false }"}
	if j.Pull == 0 {
		return j
	}
	c := &j.Change
	r.at(c, "TRAVIS_PULL_REQUEST_SHA")
	// In a build of a pull request this is where it wants to go.
	r.ontoVar(c, "TRAVIS_BRANCH")
	c.HeadBranch = r.branch(r.value("TRAVIS_PULL_REQUEST_BRANCH"), "TRAVIS_PULL_REQUEST_BRANCH")
	j.Fork = apart(r.value("TRAVIS_PULL_REQUEST_SLUG"), r.value("TRAVIS_REPO_SLUG"))
	return j
}

// https://docs.drone.io/pipeline/environment/reference/
func drone(r *reader) Job {
	j := Job{Name: "Drone", Pull: r.number("DRONE_PULL_REQUEST"),
		Target: Target{SHA: r.value("DRONE_COMMIT_SHA"), Measured: r.value("DRONE_COMMIT_SHA"), Repository: r.value("DRONE_REPO"),
			Run: r.value("DRONE_BUILD_NUMBER"), Job: r.value("DRONE_STEP_NAME", "DRONE_STAGE_NAME")},
		DefaultBranch: r.branch(r.value("DRONE_REPO_BRANCH"), "DRONE_REPO_BRANCH"), Deepen: "in .drone.yml leave clone.depth out"}
	c := &j.Change
	switch {
	case j.Pull != 0:
		r.at(c, "DRONE_COMMIT_SHA")
		r.ontoVar(c, "DRONE_TARGET_BRANCH", "DRONE_COMMIT_BRANCH")
		c.HeadBranch = r.branch(r.value("DRONE_SOURCE_BRANCH"), "DRONE_SOURCE_BRANCH")
		c.Title = r.optional("DRONE_PULL_REQUEST_TITLE", false)
	case r.value("DRONE_BUILD_EVENT") == "push":
		r.at(c, "DRONE_COMMIT_SHA")
		r.after(c, "DRONE_COMMIT_BEFORE")
		c.Push = true
	}
	return j
}

// https://woodpecker-ci.org/docs/usage/environment
func woodpecker(r *reader) Job {
	j := Job{Name: "Woodpecker", Pull: r.number("CI_COMMIT_PULL_REQUEST"),
		Target: Target{SHA: r.value("CI_COMMIT_SHA"), Measured: r.value("CI_COMMIT_SHA"), Repository: r.value("CI_REPO"),
			Run: r.value("CI_PIPELINE_NUMBER"), Job: r.value("CI_STEP_NAME", "CI_WORKFLOW_NAME")},
		DefaultBranch: r.branch(r.value("CI_REPO_DEFAULT_BRANCH"), "CI_REPO_DEFAULT_BRANCH"),
		Deepen:        "give the clone plugin the settings depth: 0 and partial: false"}
	if j.Pull == 0 {
		return j
	}
	c := &j.Change
	r.at(c, "CI_COMMIT_SHA")
	r.ontoVar(c, "CI_COMMIT_TARGET_BRANCH")
	c.HeadBranch = r.branch(r.value("CI_COMMIT_SOURCE_BRANCH"), "CI_COMMIT_SOURCE_BRANCH")
	c.Labels = r.labels("CI_COMMIT_PULL_REQUEST_LABELS")
	return j
}
