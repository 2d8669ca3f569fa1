package submit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDetect holds what is taken from each CI's documented variables.
func TestDetect(t *testing.T) {
	for name, tc := range map[string]struct {
		env   map[string]string
		event string
		want  CI
	}{
		"none": {env: map[string]string{"HOME": "/root"}},
		"GitHub, push": {
			env: map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": "aaa", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_JOB": "test", "GITHUB_EVENT_PATH": "e",
				"ACTIONS_ID_TOKEN_REQUEST_URL": "https://t", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "k"}, event: `{"ref":"refs/heads/main"}`,
			want: CI{Name: "GitHub Actions", Target: Target{SHA: "aaa", Measured: "aaa", Repository: "acme/shop", Run: "7", Job: "test", Attempt: 2}, TokenURL: "https://t", TokenKey: "k"},
		},
		"GitHub, pull request: the head is not what is checked out": {
			env:   map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": "merge", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_EVENT_PATH": "e"},
			event: `{"pull_request":{"number":12,"head":{"sha":"head","repo":{"full_name":"acme/shop"}}}}`,
			want:  CI{Name: "GitHub Actions", Pull: 12, Target: Target{SHA: "head", Measured: "merge", Repository: "acme/shop"}},
		},
		"GitHub, fork": {
			env:   map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": "merge", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_EVENT_PATH": "e"},
			event: `{"pull_request":{"number":12,"head":{"sha":"head","repo":{"full_name":"mallory/shop"}}}}`,
			want:  CI{Name: "GitHub Actions", Pull: 12, Fork: true, Target: Target{SHA: "head", Measured: "merge", Repository: "acme/shop"}},
		},
		"GitHub, fork that is gone": {
			env:   map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": "merge", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_EVENT_PATH": "e"},
			event: `{"pull_request":{"number":12,"head":{"sha":"head","repo":null}}}`,
			want:  CI{Name: "GitHub Actions", Pull: 12, Fork: true, Target: Target{SHA: "head", Measured: "merge", Repository: "acme/shop"}},
		},
		"GitHub, after another run": {
			env:   map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": "tip of main", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_EVENT_PATH": "e"},
			event: `{"workflow_run":{"head_sha":"head","head_repository":{"full_name":"acme/shop"}}}`,
			want:  CI{Name: "GitHub Actions", Elsewhere: true, Target: Target{SHA: "head", Measured: "head", Repository: "acme/shop"}},
		},
		"GitHub, an event that is no JSON": {
			env: map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SHA": "aaa", "GITHUB_EVENT_PATH": "e"}, event: `{`,
			want: CI{Name: "GitHub Actions", Target: Target{SHA: "aaa", Measured: "aaa"}},
		},
		"GitLab, pull request of a GitHub repository": {
			env: map[string]string{"GITLAB_CI": "true", "CI_COMMIT_SHA": "aaa", "CI_EXTERNAL_PULL_REQUEST_IID": "3", "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA": "head", "CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY": "acme/shop",
				"CI_PROJECT_PATH": "mirrors/shop", "CI_PIPELINE_ID": "9", "CI_JOB_NAME": "unit 2/3", "CI_NODE_INDEX": "2"},
			want: CI{Name: "GitLab CI", Pull: 3, Part: "2", Target: Target{SHA: "head", Measured: "aaa", Repository: "acme/shop", Run: "9", Job: "unit 2/3"}},
		},
		"GitLab, merged results": {
			env:  map[string]string{"GITLAB_CI": "true", "CI_COMMIT_SHA": "merge", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "head", "CI_MERGE_REQUEST_IID": "3", "CI_PROJECT_PATH": "acme/shop"},
			want: CI{Name: "GitLab CI", Pull: 3, Target: Target{SHA: "head", Measured: "merge", Repository: "acme/shop"}},
		},
		"Jenkins": {
			env:  map[string]string{"JENKINS_URL": "https://j", "GIT_COMMIT": "aaa", "GIT_URL": "git@github.com:acme/shop.git", "BUILD_TAG": "jenkins-shop-4", "CHANGE_ID": "12", "STAGE_NAME": "Test"},
			want: CI{Name: "Jenkins", Pull: 12, Target: Target{SHA: "aaa", Measured: "aaa", Repository: "acme/shop", Run: "jenkins-shop-4", Job: "Test"}},
		},
		"Buildkite": {
			env:  map[string]string{"BUILDKITE": "true", "BUILDKITE_COMMIT": "aaa", "BUILDKITE_REPO": "https://github.com/acme/shop.git", "BUILDKITE_PULL_REQUEST": "false", "BUILDKITE_BUILD_ID": "b", "BUILDKITE_LABEL": "test", "BUILDKITE_RETRY_COUNT": "1", "BUILDKITE_PARALLEL_JOB": "0"},
			want: CI{Name: "Buildkite", Part: "0", Target: Target{SHA: "aaa", Measured: "aaa", Repository: "acme/shop", Run: "b", Job: "test", Attempt: 2}},
		},
		"CircleCI": {
			env:  map[string]string{"CIRCLECI": "true", "CIRCLE_SHA1": "aaa", "CIRCLE_PROJECT_USERNAME": "acme", "CIRCLE_PROJECT_REPONAME": "shop", "CIRCLE_WORKFLOW_ID": "w", "CIRCLE_JOB": "test", "CIRCLE_NODE_TOTAL": "4", "CIRCLE_NODE_INDEX": "3", "CIRCLE_PULL_REQUEST": "https://github.com/acme/shop/pull/12"},
			want: CI{Name: "CircleCI", Pull: 12, Part: "3", Target: Target{SHA: "aaa", Measured: "aaa", Repository: "acme/shop", Run: "w", Job: "test"}},
		},
		"Azure, pull request": {
			env:  map[string]string{"TF_BUILD": "True", "BUILD_SOURCEVERSION": "merge", "SYSTEM_PULLREQUEST_SOURCECOMMITID": "head", "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "12", "BUILD_REPOSITORY_NAME": "acme/shop", "BUILD_BUILDID": "5", "SYSTEM_JOBATTEMPT": "1", "SYSTEM_JOBDISPLAYNAME": "Test"},
			want: CI{Name: "Azure Pipelines", Pull: 12, Target: Target{SHA: "head", Measured: "merge", Repository: "acme/shop", Run: "5", Job: "Test", Attempt: 1}},
		},
		"Travis": {
			env:  map[string]string{"TRAVIS": "true", "TRAVIS_COMMIT": "merge", "TRAVIS_PULL_REQUEST_SHA": "head", "TRAVIS_PULL_REQUEST": "12", "TRAVIS_REPO_SLUG": "acme/shop", "TRAVIS_BUILD_ID": "5", "TRAVIS_JOB_NUMBER": "5.1"},
			want: CI{Name: "Travis CI", Pull: 12, Target: Target{SHA: "head", Measured: "merge", Repository: "acme/shop", Run: "5", Job: "5.1"}},
		},
		"Drone": {
			env:  map[string]string{"DRONE": "true", "DRONE_COMMIT_SHA": "aaa", "DRONE_REPO": "acme/shop", "DRONE_BUILD_NUMBER": "5", "DRONE_STEP_NAME": "test"},
			want: CI{Name: "Drone", Target: Target{SHA: "aaa", Measured: "aaa", Repository: "acme/shop", Run: "5", Job: "test"}},
		},
		"Woodpecker": {
			env:  map[string]string{"CI": "woodpecker", "CI_COMMIT_SHA": "aaa", "CI_REPO": "acme/shop", "CI_PIPELINE_NUMBER": "5", "CI_STEP_NAME": "test", "CI_COMMIT_PULL_REQUEST": "12"},
			want: CI{Name: "Woodpecker", Pull: 12, Target: Target{SHA: "aaa", Measured: "aaa", Repository: "acme/shop", Run: "5", Job: "test"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Detect(func(k string) string { return tc.env[k] }, func(string) []byte { return []byte(tc.event) })
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRepository(t *testing.T) {
	for address, want := range map[string]string{
		"git@github.com:acme/shop.git": "acme/shop", "https://github.com/acme/shop": "acme/shop", "https://github.com/acme/shop.git": "acme/shop", "ssh://git@host:22/acme/my.shop.git": "acme/my.shop",
		"https://github.com/acme/shop/pull/12": "acme/shop", "acme/shop": "acme/shop", "shop": "", "": "", "https://host/": "",
	} {
		if got := repository(address); got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
}
