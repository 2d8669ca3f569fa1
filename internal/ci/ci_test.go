package ci

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	headID  = strings.Repeat("a", 40)
	baseID  = strings.Repeat("b", 40)
	mergeID = strings.Repeat("c", 40)
	zeros   = strings.Repeat("0", 40)
)

func text(s string) *string { return &s }

// onto is the bases of a branch.
func onto(name, from string, more ...Named) []Named {
	return append([]Named{{"refs/remotes/origin/" + name, from}, {"refs/heads/" + name, from}}, more...)
}

// TestDetect holds what is taken from each CI's documented variables.
func TestDetect(t *testing.T) {
	here := Named{"HEAD", "what is checked out"}
	type environment = map[string]string
	for name, tc := range map[string]struct {
		env   environment
		event string
		want  Job
	}{
		"none": {env: environment{"HOME": "/root"}},
		"GitHub, push": {
			env: environment{"GITHUB_ACTIONS": "true", "GITHUB_SHA": headID, "GITHUB_REPOSITORY": "acme/shop", "GITHUB_RUN_ID": "7",
				"GITHUB_RUN_ATTEMPT": "2", "GITHUB_JOB": "test", "GITHUB_REPOSITORY_ID": "42", "GITHUB_REPOSITORY_OWNER_ID": "7",
				"GITHUB_EVENT_PATH": "e", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://t", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "k"},
			event: `{"ref":"refs/heads/topic/x","before":"` + baseID + `","after":"` + headID +
				`","repository":{"default_branch":"trunk","private":true}}`,
			want: Job{Target: Target{SHA: headID, Measured: headID, Repository: "acme/shop", Run: "7", Job: "test", Attempt: 2},
				TokenURL: "https://t", TokenKey: "k", DefaultBranch: "trunk",
				RepositoryID: 42, OwnerID: 7, Private: true,
				Change: Change{
					Heads:      []Named{{headID, "GITHUB_EVENT_PATH"}, here},
					Bases:      []Named{{baseID, "GITHUB_EVENT_PATH"}},
					HeadBranch: "topic/x",
					Push:       true,
				}},
		},
		"GitHub, push of a new branch": {
			env:   environment{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "e"},
			event: `{"ref":"refs/heads/x","before":"` + zeros + `","after":"` + headID + `"}`,
			want:  Job{Change: Change{Heads: []Named{{headID, "GITHUB_EVENT_PATH"}, here}, HeadBranch: "x", Push: true}},
		},
		"GitHub, push of a tag": {
			env:   environment{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "e"},
			event: `{"ref":"refs/tags/v1","before":"` + zeros + `","after":"` + headID + `"}`,
		},
		"GitHub, a comment": {
			env:   environment{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "e"},
			event: `{"issue":{"number":3,"pull_request":{"url":"u"}},"repository":{"default_branch":"main"}}`,
			want:  Job{DefaultBranch: "main"},
		},
		"GitHub, pull request: the head is not what is checked out": {
			env: environment{"GITHUB_ACTIONS": "true", "GITHUB_SHA": mergeID, "GITHUB_REPOSITORY": "acme/shop",
				"GITHUB_EVENT_PATH": "e", "GITHUB_BASE_REF": "release/1.0"},
			event: `{"pull_request":{"number":12,"title":"feat: x","body":null,"draft":true,"user":{"login":"dependabot[bot]","type":"Bot"},"labels":[{"name":"a"},{"name":"b,c"}],
				"head":{"ref":"topic","sha":"` + headID + `","repo":{"full_name":"acme/shop"}},"base":{"ref":"old","sha":"` + baseID +
				`"}}}`,
			want: Job{Pull: 12, Target: Target{SHA: headID, Measured: mergeID, Repository: "acme/shop"}, Change: Change{
				Heads: []Named{{headID, "GITHUB_EVENT_PATH"}},
				Bases: onto("release/1.0", "GITHUB_BASE_REF", Named{baseID, "GITHUB_EVENT_PATH"}), BaseBranch: "release/1.0",
				HeadBranch: "topic",
				Title:      text("feat: x"), Body: text(""), Author: "dependabot[bot]", Bot: true, Labels: []string{"a", "b,c"},
				Draft: true}},
		},
		"GitHub, review of a fork's pull request": {
			env: environment{"GITHUB_ACTIONS": "true", "GITHUB_SHA": mergeID, "GITHUB_REPOSITORY": "acme/shop", "GITHUB_EVENT_PATH": "e"},
			event: `{"pull_request":{"number":12,"title":"t","body":"b","user":{"login":"mallory","type":"User"},` +
				`"head":{"ref":"main","sha":"` + headID +
				`","repo":{"full_name":"mallory/shop"}},"base":{"ref":"main","sha":"` + baseID + `"}}}`,
			want: Job{Pull: 12, Fork: true, Target: Target{SHA: headID, Measured: mergeID, Repository: "acme/shop"}, Change: Change{
				Heads: []Named{{headID, "GITHUB_EVENT_PATH"}},
				Bases: onto("main", "GITHUB_EVENT_PATH", Named{baseID, "GITHUB_EVENT_PATH"}), BaseBranch: "main", HeadBranch: "main",
				Title: text("t"), Body: text("b"), Author: "mallory"}},
		},
		"GitHub, fork that is gone": {
			env:   environment{"GITHUB_ACTIONS": "true", "GITHUB_SHA": mergeID, "GITHUB_REPOSITORY": "acme/shop", "GITHUB_EVENT_PATH": "e"},
			event: `{"pull_request":{"number":12,"head":{"sha":"` + headID + `","repo":null}}}`,
			want: Job{
				Pull:   12,
				Fork:   true,
				Target: Target{SHA: headID, Measured: mergeID, Repository: "acme/shop"},
				Change: Change{Heads: []Named{{headID, "GITHUB_EVENT_PATH"}}},
			},
		},
		"GitHub, after another run": {
			env: environment{"GITHUB_ACTIONS": "true", "GITHUB_SHA": "tip of main", "GITHUB_REPOSITORY": "acme/shop",
				"GITHUB_EVENT_PATH": "e"},
			event: `{"workflow_run":{"head_sha":"head","head_repository":{"full_name":"acme/shop"}}}`,
			want:  Job{Elsewhere: true, Target: Target{SHA: "head", Measured: "head", Repository: "acme/shop"}},
		},
		"GitHub, merge group": {
			env: environment{"GITHUB_ACTIONS": "true", "GITHUB_SHA": headID, "GITHUB_EVENT_PATH": "e"},
			event: `{"action":"checks_requested","merge_group":{"head_sha":"` + headID + `","base_sha":"` + baseID +
				`","base_ref":"refs/heads/main","head_ref":"refs/heads/gh-readonly-queue/main/pr-1"}}`,
			want: Job{Target: Target{SHA: headID, Measured: headID}, Change: Change{
				Heads: []Named{{headID, "GITHUB_EVENT_PATH"}}, Bases: []Named{{baseID, "GITHUB_EVENT_PATH"}}, BaseBranch: "main"}},
		},
		"GitLab, pull request of a GitHub repository": {
			env: environment{"GITLAB_CI": "true", "CI_COMMIT_SHA": headID, "CI_EXTERNAL_PULL_REQUEST_IID": "3",
				"CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA": headID,
				"CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY": "acme/shop", "CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY": "ann/shop",
				"CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME": "main",
				"CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA":  baseID, "CI_PROJECT_PATH": "mirrors/shop", "CI_PIPELINE_ID": "9",
				"CI_JOB_NAME": "unit 2/3", "CI_NODE_INDEX": "2"},
			want: Job{Pull: 3, Part: "2", Fork: true,
				Target: Target{SHA: headID, Measured: headID, Repository: "acme/shop", Run: "9", Job: "unit 2/3"}, Change: Change{
					Heads: []Named{{headID, "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA"}}, BaseBranch: "main",
					Bases: onto("main", "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME",
						Named{baseID, "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA"})}},
		},
		"GitLab, merged results": {
			env: environment{"GITLAB_CI": "true", "CI_COMMIT_SHA": mergeID, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": headID,
				"CI_MERGE_REQUEST_IID": "3", "CI_PROJECT_PATH": "acme/shop",
				"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": baseID,
				"CI_MERGE_REQUEST_DIFF_BASE_SHA": baseID[:39] + "c", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "topic",
				"CI_MERGE_REQUEST_TITLE": "feat: x", "CI_MERGE_REQUEST_LABELS": "a, b", "CI_MERGE_REQUEST_DRAFT": "true",
				"CI_DEFAULT_BRANCH": "main", "GITLAB_USER_LOGIN": "whoever pressed run"},
			want: Job{Pull: 3, DefaultBranch: "main", Target: Target{SHA: headID, Measured: mergeID, Repository: "acme/shop"},
				Change: Change{
					Heads: []Named{{headID, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"}},
					Bases: onto("main", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", Named{baseID, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA"},
						Named{baseID[:39] + "c", "CI_MERGE_REQUEST_DIFF_BASE_SHA"}),
					BaseBranch: "main", HeadBranch: "topic", Title: text("feat: x"), Body: text(""), Labels: []string{"a", "b"},
					Draft: true}},
		},
		"GitLab, a description that was cut off is not known": {
			env: environment{"GITLAB_CI": "true", "CI_COMMIT_SHA": headID, "CI_MERGE_REQUEST_IID": "3", "CI_MERGE_REQUEST_TITLE": "t",
				"CI_MERGE_REQUEST_DESCRIPTION":              "Half",
				"CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED": "true"},
			want: Job{
				Pull:   3,
				Target: Target{SHA: headID, Measured: headID},
				Change: Change{Heads: []Named{{headID, "CI_COMMIT_SHA"}}, Title: text("t")},
			},
		},
		"GitLab, push": {
			env: environment{"GITLAB_CI": "true", "CI_COMMIT_SHA": headID, "CI_COMMIT_BRANCH": "topic", "CI_PIPELINE_SOURCE": "push",
				"CI_COMMIT_BEFORE_SHA": zeros},
			want: Job{
				Target: Target{SHA: headID, Measured: headID},
				Change: Change{Heads: []Named{{headID, "CI_COMMIT_SHA"}}, HeadBranch: "topic", Push: true},
			},
		},
		"Jenkins": {
			env: environment{"JENKINS_URL": "https://j", "GIT_COMMIT": mergeID, "GIT_URL": "git@github.com:acme/shop.git",
				"BUILD_TAG": "jenkins-shop-4", "CHANGE_ID": "12", "STAGE_NAME": "Test",
				"BRANCH_NAME": "PR-12", "CHANGE_TARGET": "main", "CHANGE_BRANCH": "topic", "CHANGE_TITLE": "feat: x",
				"CHANGE_AUTHOR": "ann", "CHANGE_FORK": "ann"},
			want: Job{Pull: 12, Fork: true,
				Target: Target{SHA: mergeID, Measured: mergeID, Repository: "acme/shop", Run: "jenkins-shop-4", Job: "Test"},
				Change: Change{
					Heads: []Named{{"refs/remotes/origin/PR-12", "BRANCH_NAME"}, here}, Bases: onto("main", "CHANGE_TARGET"),
					BaseBranch: "main", HeadBranch: "topic", Title: text("feat: x"), Author: "ann"}},
		},
		"Jenkins, the older builder": {
			env: environment{"JENKINS_URL": "https://j", "GIT_COMMIT": mergeID, "ghprbActualCommit": headID, "ghprbPullId": "12",
				"ghprbTargetBranch": "main", "ghprbPullTitle": "t",
				"ghprbPullAuthorLogin": "ann", "ghprbSourceBranch": "topic"},
			want: Job{Pull: 12, Target: Target{SHA: headID, Measured: mergeID}, Change: Change{
				Heads: []Named{{headID, "ghprbActualCommit"}, here}, Bases: onto("main", "ghprbTargetBranch"), BaseBranch: "main",
				HeadBranch: "topic", Title: text("t"), Body: text(""), Author: "ann"}},
		},
		"Buildkite": {
			env: environment{"BUILDKITE": "true", "BUILDKITE_COMMIT": headID, "BUILDKITE_REPO": "https://github.com/acme/shop.git",
				"BUILDKITE_PULL_REQUEST": "false", "BUILDKITE_BUILD_ID": "b",
				"BUILDKITE_LABEL": "test", "BUILDKITE_RETRY_COUNT": "1", "BUILDKITE_PARALLEL_JOB": "0",
				"BUILDKITE_PULL_REQUEST_BASE_BRANCH": "", "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main"},
			want: Job{
				Part:          "0",
				DefaultBranch: "main",
				Target:        Target{SHA: headID, Measured: headID, Repository: "acme/shop", Run: "b", Job: "test", Attempt: 2},
			},
		},
		"Buildkite, a fork's pull request": {
			env: environment{"BUILDKITE": "true", "BUILDKITE_COMMIT": headID, "BUILDKITE_REPO": "git@github.com:acme/shop.git",
				"BUILDKITE_PULL_REQUEST": "12", "BUILDKITE_BRANCH": "ann:topic",
				"BUILDKITE_PULL_REQUEST_REPO": "git://github.com/ann/shop.git", "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main",
				"BUILDKITE_PULL_REQUEST_DRAFT": "true", "BUILDKITE_PULL_REQUEST_LABELS": "a,b"},
			want: Job{Pull: 12, Fork: true, Target: Target{SHA: headID, Measured: headID, Repository: "acme/shop", Attempt: 1},
				Change: Change{
					Heads: []Named{{headID, "BUILDKITE_COMMIT"}, here}, Bases: onto("main", "BUILDKITE_PULL_REQUEST_BASE_BRANCH"),
					BaseBranch: "main", HeadBranch: "topic", Labels: []string{"a", "b"}, Draft: true}},
		},
		"Buildkite, a build by hand": {
			env: environment{"BUILDKITE": "true", "BUILDKITE_COMMIT": "HEAD", "BUILDKITE_PULL_REQUEST": "12",
				"BUILDKITE_PULL_REQUEST_BASE_BRANCH": "main"},
			want: Job{Pull: 12, Target: Target{SHA: "HEAD", Measured: "HEAD", Attempt: 1}, Change: Change{
				Heads: []Named{here}, Bases: onto("main", "BUILDKITE_PULL_REQUEST_BASE_BRANCH"), BaseBranch: "main"}},
		},
		"CircleCI": {
			env: environment{"CIRCLECI": "true", "CIRCLE_SHA1": headID, "CIRCLE_PROJECT_USERNAME": "acme",
				"CIRCLE_PROJECT_REPONAME": "shop", "CIRCLE_WORKFLOW_ID": "w", "CIRCLE_JOB": "test",
				"CIRCLE_NODE_TOTAL": "4", "CIRCLE_NODE_INDEX": "3", "CIRCLE_PULL_REQUEST": "https://github.com/acme/shop/pull/12"},
			want: Job{
				Pull:   12,
				Part:   "3",
				Target: Target{SHA: headID, Measured: headID, Repository: "acme/shop", Run: "w", Job: "test"},
				Change: Change{Heads: []Named{{headID, "CIRCLE_SHA1"}, here}},
			},
		},
		"CircleCI, a fork": {
			env: environment{"CIRCLECI": "true", "CIRCLE_SHA1": headID, "CIRCLE_PULL_REQUEST": "https://github.com/acme/shop/pull/12",
				"CIRCLE_PR_NUMBER": "12", "CIRCLE_PR_USERNAME": "ann", "CIRCLE_PR_REPONAME": "shop"},
			want: Job{
				Pull:   12,
				Fork:   true,
				Target: Target{SHA: headID, Measured: headID},
				Change: Change{Heads: []Named{{headID, "CIRCLE_SHA1"}, here}, Author: "ann"},
			},
		},
		"Azure, pull request": {
			env: environment{"TF_BUILD": "True", "BUILD_SOURCEVERSION": mergeID, "SYSTEM_PULLREQUEST_SOURCECOMMITID": headID,
				"SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "12", "BUILD_REPOSITORY_NAME": "acme/shop",
				"BUILD_BUILDID": "5", "SYSTEM_JOBATTEMPT": "1", "SYSTEM_JOBDISPLAYNAME": "Test",
				"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main", "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/topic",
				"SYSTEM_PULLREQUEST_ISFORK": "True"},
			want: Job{Pull: 12, Fork: true,
				Target: Target{SHA: headID, Measured: mergeID, Repository: "acme/shop", Run: "5", Job: "Test", Attempt: 1}, Change: Change{
					Heads: []Named{{headID, "SYSTEM_PULLREQUEST_SOURCECOMMITID"}}, Bases: onto("main", "SYSTEM_PULLREQUEST_TARGETBRANCH"),
					BaseBranch: "main", HeadBranch: "topic"}},
		},
		"Bitbucket, pull request": {
			env: environment{"BITBUCKET_BUILD_NUMBER": "5", "BITBUCKET_PIPELINE_UUID": "{p}", "BITBUCKET_STEP_UUID": "{s}",
				"BITBUCKET_COMMIT": headID, "BITBUCKET_REPO_FULL_NAME": "acme/shop", "BITBUCKET_PR_ID": "12",
				"BITBUCKET_PR_DESTINATION_BRANCH": "main", "BITBUCKET_PR_DESTINATION_COMMIT": baseID[:12], "BITBUCKET_BRANCH": "topic"},
			want: Job{Pull: 12, Target: Target{SHA: headID, Measured: headID, Repository: "acme/shop", Run: "{p}", Job: "{s}"},
				Change: Change{
					Heads:      []Named{{headID, "BITBUCKET_COMMIT"}},
					Bases:      onto("main", "BITBUCKET_PR_DESTINATION_BRANCH", Named{baseID[:12], "BITBUCKET_PR_DESTINATION_COMMIT"}),
					BaseBranch: "main", HeadBranch: "topic"}},
		},
		"Travis": {
			env: environment{"TRAVIS": "true", "TRAVIS_COMMIT": mergeID, "TRAVIS_PULL_REQUEST_SHA": headID, "TRAVIS_PULL_REQUEST": "12",
				"TRAVIS_REPO_SLUG": "acme/shop", "TRAVIS_BUILD_ID": "5", "TRAVIS_JOB_NUMBER": "5.1",
				"TRAVIS_BRANCH": "main", "TRAVIS_PULL_REQUEST_BRANCH": "topic", "TRAVIS_PULL_REQUEST_SLUG": "ann/shop"},
			want: Job{Pull: 12, Fork: true,
				Target: Target{SHA: headID, Measured: mergeID, Repository: "acme/shop", Run: "5", Job: "5.1"}, Change: Change{
					Heads: []Named{{headID, "TRAVIS_PULL_REQUEST_SHA"}}, Bases: onto("main", "TRAVIS_BRANCH"), BaseBranch: "main",
					HeadBranch: "topic"}},
		},
		"Drone, push": {
			env: environment{"DRONE": "true", "DRONE_COMMIT_SHA": headID, "DRONE_REPO": "acme/shop", "DRONE_BUILD_NUMBER": "5",
				"DRONE_STEP_NAME": "test", "DRONE_BUILD_EVENT": "push", "DRONE_COMMIT_BEFORE": baseID, "DRONE_REPO_BRANCH": "main"},
			want: Job{DefaultBranch: "main",
				Target: Target{SHA: headID, Measured: headID, Repository: "acme/shop", Run: "5", Job: "test"}, Change: Change{
					Heads: []Named{{headID, "DRONE_COMMIT_SHA"}}, Bases: []Named{{baseID, "DRONE_COMMIT_BEFORE"}}, Push: true}},
		},
		"Drone, pull request": {
			env: environment{"DRONE": "true", "DRONE_COMMIT_SHA": headID, "DRONE_PULL_REQUEST": "12", "DRONE_TARGET_BRANCH": "main",
				"DRONE_SOURCE_BRANCH": "topic", "DRONE_PULL_REQUEST_TITLE": "t", "DRONE_BUILD_EVENT": "pull_request"},
			want: Job{Pull: 12, Target: Target{SHA: headID, Measured: headID}, Change: Change{
				Heads: []Named{{headID, "DRONE_COMMIT_SHA"}}, Bases: onto("main", "DRONE_TARGET_BRANCH"), BaseBranch: "main",
				HeadBranch: "topic", Title: text("t")}},
		},
		"Woodpecker": {
			env: environment{"CI": "woodpecker", "CI_COMMIT_SHA": headID, "CI_REPO": "acme/shop", "CI_PIPELINE_NUMBER": "5",
				"CI_STEP_NAME": "test", "CI_COMMIT_PULL_REQUEST": "12", "CI_COMMIT_TARGET_BRANCH": "main",
				"CI_COMMIT_SOURCE_BRANCH": "topic", "CI_COMMIT_PULL_REQUEST_LABELS": "a,b"},
			want: Job{Pull: 12, Target: Target{SHA: headID, Measured: headID, Repository: "acme/shop", Run: "5", Job: "test"},
				Change: Change{
					Heads: []Named{{headID, "CI_COMMIT_SHA"}}, Bases: onto("main", "CI_COMMIT_TARGET_BRANCH"), BaseBranch: "main",
					HeadBranch: "topic", Labels: []string{"a", "b"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.event == "" {
				tc.event = "{}"
			}
			got, err := Detect(func(k string) string { return tc.env[k] }, func(string) ([]byte, error) { return []byte(tc.event), nil })
			if err != nil {
				t.Fatal(err)
			}
			if ci, _, _ := strings.Cut(name, ","); name != "none" && !strings.HasPrefix(got.Name, ci) || got.Name != "" &&
				got.Deepen == "" {
				t.Errorf("it is %q, and whole clones come by %q", got.Name, got.Deepen)
			}
			got.Name, got.Deepen = "", ""
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestUnusable holds that what others wrote is refused when it is not of its kind, by the variable's name, and that
// nothing of the change is then believed.
func TestUnusable(t *testing.T) {
	pull := func(rest string) string { return `{"pull_request":{"number":1,"title":"t",` + rest + `}}` }
	for name, tc := range map[string]struct {
		env   map[string]string
		event string
		want  string
	}{
		"no JSON":              {event: `{`, want: "GITHUB_EVENT_PATH"},
		"no text":              {event: "{\"x\":\"\xff\"}", want: "not UTF-8"},
		"a list":               {event: `[]`, want: "no event of GitHub"},
		"a number for a title": {event: `{"pull_request":{"title":1}}`, want: "no event of GitHub"},
		"too large":            {event: `{"x":"` + strings.Repeat("x", MaxEvent) + `"}`, want: "larger than"},
		"a long title": {
			event: `{"pull_request":{"title":"` + strings.Repeat("x", maxEventText+1) + `"}}`,
			want:  "title or a description",
		},
		"a commit that is none":  {event: pull(`"head":{"sha":"main"}`), want: `"main", which is no commit id`},
		"an option for a commit": {event: pull(`"head":{"sha":"--output=x"}`), want: "no commit id"},
		"a branch that is none":  {event: pull(`"base":{"ref":"a..b"}`), want: "no branch name"},
		"a revision for a base": {
			env:   map[string]string{"GITHUB_BASE_REF": "main@{1}"},
			event: pull(`"head":{}`),
			want:  `GITHUB_BASE_REF says "main@{1}"`,
		},
		"an option for a base": {env: map[string]string{"GITHUB_BASE_REF": "-x"}, event: pull(`"head":{}`), want: "no branch name"},
		"a path for a base":    {env: map[string]string{"GITHUB_BASE_REF": "../../x"}, event: pull(`"head":{}`), want: "no branch name"},
		"many labels": {
			event: pull(`"labels":[` + strings.Repeat(`{"name":"x"},`, maxLabels) + `{"name":"x"}]`),
			want:  "labels",
		},
		"a long label":  {event: pull(`"labels":[{"name":"` + strings.Repeat("x", maxName+1) + `"}]`), want: "label"},
		"a long author": {event: pull(`"user":{"login":"` + strings.Repeat("x", maxName+1) + `"}`), want: "author"},
		"a long variable": {
			env: map[string]string{"GITHUB_ACTIONS": "", "GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "1",
				"CI_MERGE_REQUEST_TITLE": strings.Repeat("x", maxValue+1)},
			want: "CI_MERGE_REQUEST_TITLE",
		},
		"a variable of bytes": {
			env:  map[string]string{"GITHUB_ACTIONS": "", "JENKINS_URL": "x", "CHANGE_ID": "1", "CHANGE_TITLE": "\xff"},
			want: "CHANGE_TITLE is not UTF-8",
		},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "e", "GITHUB_SHA": headID}
			for k, v := range tc.env {
				env[k] = v
			}
			got, err := Detect(func(k string) string { return env[k] }, func(string) ([]byte, error) { return []byte(tc.event), nil })
			var unusable *Unusable
			if !errors.As(err, &unusable) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("the error is %v, want one with %q", err, tc.want)
			}
			if len(err.Error()) > 600 {
				t.Errorf("the error has %d bytes of what others wrote", len(err.Error()))
			}
			if diff := cmp.Diff(Change{}, got.Change); diff != "" {
				t.Errorf("something of the change is believed: %s", diff)
			}
		})
	}
	gone := errors.New("gone")
	if _, err := Detect(func(k string) string { return map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "e"}[k] },
		func(string) ([]byte, error) { return nil, gone }); !errors.Is(err, gone) {
		t.Errorf("a file that cannot be read is %v", err)
	}
}

// FuzzEvent has any bytes for an event: it is refused, or every name in it can be handed to git.
func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"pull_request":{"number":1,"title":"t","head":{"ref":"x","sha":"`+headID+`"},"base":{"ref":"main"}}}`), "main")
	f.Add([]byte(`{"ref":"refs/heads/main","before":"`+zeros+`","after":"`+headID+`"}`), "")
	f.Fuzz(func(t *testing.T, event []byte, base string) {
		env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "e", "GITHUB_BASE_REF": base}
		got, err := Detect(func(k string) string { return env[k] }, func(string) ([]byte, error) { return event, nil })
		for _, n := range append(got.Change.Bases, got.Change.Heads...) {
			if err != nil || n.Rev == "" || n.Rev[0] == '-' || strings.ContainsAny(n.Rev, " \x00\n^~:") ||
				strings.Contains(n.Rev, "@{") || strings.Contains(n.Rev, "..") || n.From == "" {
				t.Errorf("%+v is handed to git, with %v", n, err)
			}
		}
	})
}

func TestRepository(t *testing.T) {
	for address, want := range map[string]string{
		"git@github.com:acme/shop.git": "acme/shop", "https://github.com/acme/shop": "acme/shop",
		"https://github.com/acme/shop.git": "acme/shop", "ssh://git@host:22/acme/my.shop.git": "acme/my.shop",
		"https://github.com/acme/shop/pull/12": "acme/shop", "acme/shop": "acme/shop", "shop": "", "": "", "https://host/": "",
	} {
		if got := repository(address); got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
}
