package policy_test

import (
	"strings"

	"github.com/lintel-review/lintel/internal/change"
)

const ciFile = ".github/workflows/ci.yml"

// job is a workflow of one job that a push starts, with these lines as its steps.
func job(steps ...string) string { return triggered("push", steps...) }

func triggered(on string, steps ...string) string {
	return "on: " + on + "\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - " +
		strings.Join(steps, "\n      - ") + "\n"
}

// step is an example of one step, or of several.
func step(lines ...string) example { return added(ciFile, job(lines...)) }

// with puts lines of a job before its steps.
func with(workflow, lines string) example {
	return added(ciFile, strings.Replace(workflow, "    steps:\n", lines+"    steps:\n", 1))
}

// may is a workflow with permissions of its own, or its job's.
func may(workflow, job string) string {
	w := strings.Replace(triggered("push", "run: x"), "permissions: {}\n", workflow, 1)
	return strings.Replace(w, "    steps:\n", job+"    steps:\n", 1)
}

func public(x example) example {
	x.change = func(s *change.Snapshot) { s.Repository.Private = false }
	return x
}

func workflowExamples() map[string]example {
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	head := "uses: actions/checkout@v5\n        with: {ref: '${{ github.event.pull_request.head.sha }}', persist-credentials: false}"
	artifact := func(path string) string {
		return "uses: actions/download-artifact@v5\n        with: {run-id: '${{ github.event.workflow_run.id }}'" + path + "}"
	}
	run := func(on string, steps ...string) example { return added(ciFile, triggered(on, steps...)) }
	call := func(secrets string) example {
		return added(
			ciFile,
			"on: push\npermissions: {}\njobs:\n  a:\n    uses: other/ci/.github/workflows/release.yml@v1\n    secrets: "+secrets+"\n",
		)
	}
	released := func(cache string) example {
		return step("uses: actions/checkout@v5", cache, "uses: goreleaser/goreleaser-action@"+one)
	}
	pinned := func(commit, version string) string { return job("uses: b/x@" + commit + " # " + version) }
	trivy := "uses: aquasecurity/setup-trivy@" + one
	app := func(more string) example {
		return step(
			"uses: actions/create-github-app-token@v2\n        with: {app-id: 1, private-key: '${{ secrets.KEY }}'" + more + "}",
		)
	}
	publish := "run: npm publish"
	bot := func(condition string) example { return run("pull_request", "run: gh pr merge\n        if: "+condition) }
	updates := func(more string) example {
		return added(
			".github/dependabot.yml",
			"version: 2\nupdates:\n  - package-ecosystem: npm\n    directory: /\n    schedule: {interval: weekly}\n"+more,
		)
	}
	bomb := "on: push\na: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := byte('b'); c <= 'h'; c++ {
		alias := "*" + string(c-1) + ", "
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat(alias, 9), ", ") + "]\n"
	}
	return map[string]example{
		"untrusted-checkout: A workflow of pull_request_target that only sets a label.": run(
			"pull_request_target",
			"run: gh pr edit --add-label x",
		),
		"untrusted-checkout: pull_request_target, a checkout of github.event.pull_request.head.sha, then npm ci.": run(
			"pull_request_target",
			head,
			"run: npm ci",
		),
		"head-checkout: A checkout without ref in a workflow of pull_request_target: it takes the base.": run(
			"pull_request_target",
			"uses: actions/checkout@v5",
		),
		"head-checkout: A checkout of github.event.pull_request.head.sha whose diff is measured, the token kept beside it.": run(
			"pull_request_target",
			strings.Replace(head, ", persist-credentials: false", "", 1),
			"run: git diff --shortstat HEAD~1",
		),
		"dangerous-trigger: A workflow of pull_request.": run("pull_request", "run: x"),
		"dangerous-trigger: on: pull_request_target":     run("pull_request_target", "run: x"),
		`template-injection: env: TITLE: ${{ github.event.issue.title }} with echo "$TITLE"`: run("issues",
			"env: {TITLE: '${{ github.event.issue.title }}'}\n        run: echo \"$TITLE\""),
		"template-injection: run: echo ${{ github.event.issue.title }}": run(
			"issues",
			"run: echo ${{ github.event.issue.title }}",
		),
		"unpinned-action: uses: acme/deploy@8f4b7f84864484a7bf31766abe9204da3cbe65b3 # v3": step(
			"uses: acme2/deploy@8f4b7f84864484a7bf31766abe9204da3cbe65b3 # v3"),
		"unpinned-action: uses: acme/deploy@main": step("uses: acme2/deploy@main"),
		"unpinned-image: image: postgres:17@sha256:1d5d...": with(
			job("run: x"),
			"    container: {image: 'postgres:17@sha256:"+strings.Repeat("1d5d", 16)+"'}\n",
		),
		"unpinned-image: image: postgres:latest":      with(job("run: x"), "    container: {image: 'postgres:latest'}\n"),
		"lookalike-action: uses: actions/checkout@v5": step("uses: actions/checkout@v5"),
		"lookalike-action: uses: action/checkout@v5":  step("uses: action/checkout@v5"),
		"excessive-permissions: permissions: { contents: read }, and pages: write for the job that deploys.": added(ciFile,
			may("permissions: {contents: read}\n", "    permissions: {pages: write}\n")),
		"excessive-permissions: permissions: write-all": added(
			ciFile,
			may("permissions: write-all\n", ""),
		),
		`inherited-secrets: secrets: { token: "${{ secrets.DEPLOY }}" }`: call(
			`{ token: "${{ secrets.DEPLOY }}" }`,
		),
		"inherited-secrets: uses: other/ci/.github/workflows/release.yml@v1 with secrets: inherit": call("inherit"),
		"all-secrets: env: TOKEN: ${{ secrets.TOKEN }}": step(
			"run: x\n        env: {TOKEN: '${{ secrets.TOKEN }}'}",
		),
		"all-secrets: env: ALL: ${{ toJSON(secrets) }}": step(
			"run: x\n        env: {ALL: '${{ toJSON(secrets) }}'}",
		),
		"hard-coded-credentials: password: ${{ secrets.REGISTRY }}": with(job("run: x"),
			"    container: {image: 'ghcr.io/acme/x', credentials: {username: bot, password: '${{ secrets.REGISTRY }}'}}\n"),
		"hard-coded-credentials: password: hunter2 under container.credentials": with(job("run: x"),
			"    container: {image: 'ghcr.io/acme/x', credentials: {username: bot, password: hunter2}}\n"),
		"artifact-poisoning: download-artifact with a run-id and a path in runner.temp; a script reads the number in it.": run(
			"{workflow_run: {workflows: [ci], types: [completed]}}",
			artifact(", path: '${{ runner.temp }}/a'"),
			"run: cat \"$RUNNER_TEMP/a/number\"",
		),
		"artifact-poisoning: download-artifact with a run-id; then make.": run(
			"{workflow_run: {workflows: [ci], types: [completed]}}",
			artifact(""),
			"run: make",
		),
		"kept-credentials: upload-artifact with path: dist": step(
			"uses: actions/checkout@v5",
			"uses: actions/upload-artifact@v3\n        with: {path: dist}",
		),
		"kept-credentials: upload-artifact@v3 with path: .": step(
			"uses: actions/checkout@v5",
			"uses: actions/upload-artifact@v3\n        with: {path: .}",
		),
		`environment-write: echo "number=$NUMBER" >> "$GITHUB_OUTPUT"`: run("pull_request_target",
			"run: echo \"number=$NUMBER\" >> \"$GITHUB_OUTPUT\""),
		`environment-write: echo "TITLE=$TITLE" >> "$GITHUB_ENV" in a workflow of pull_request_target`: run("pull_request_target",
			"run: echo \"TITLE=$TITLE\" >> \"$GITHUB_ENV\""),
		"spoofable-condition: if: github.event.pull_request.user.login == 'dependabot[bot]'": bot(
			"github.event.pull_request.user.login == 'dependabot[bot]'",
		),
		"spoofable-condition: if: github.actor == 'dependabot[bot]' before an automatic merge": bot(
			"github.actor == 'dependabot[bot]'",
		),
		`unsound-contains: contains(fromJSON('["refs/heads/main"]'), github.ref)`: step(
			"run: x\n        if: contains(fromJSON('[\"refs/heads/main\"]'), github.ref)",
		),
		"unsound-contains: contains('refs/heads/main refs/heads/stable', github.ref)": step(
			"run: x\n        if: contains('refs/heads/main refs/heads/stable', github.ref)",
		),
		"widened-permission: permissions: { contents: write } of the workflow moves to the one job.": edited(ciFile,
			may("permissions: {contents: write}\n", ""), may("permissions: {}\n", "    permissions: {contents: write}\n")),
		"widened-permission: permissions: { contents: read } becomes { contents: write }.": edited(ciFile,
			may("permissions: {contents: read}\n", ""), may("permissions: {contents: write}\n", "")),
		"unredacted-secret: env: PASSWORD: ${{ secrets.PASSWORD }}": step(
			"run: x\n        env: {P: '${{ secrets.PASSWORD }}'}",
		),
		"unredacted-secret: env: PASSWORD: ${{ fromJSON(secrets.LOGIN).password }}": step(
			"run: x\n        env: {P: '${{ fromJSON(secrets.LOGIN).password }}'}",
		),
		"indexed-secrets: env: KEY: ${{ secrets.KEY_PROD }}": step(
			"run: x\n        env: {KEY: '${{ secrets.KEY_PROD }}'}",
		),
		"indexed-secrets: env: KEY: ${{ secrets[format('KEY_{0}', matrix.env)] }}": step(
			"run: x\n        env:\n          KEY: ${{ secrets[format('KEY_{0}', matrix.env)] }}",
		),
		"obfuscation: uses: actions/cache/save@v4":   step("uses: actions/cache/save@v4"),
		"obfuscation: uses: actions/cache/./save@v4": step("uses: actions/cache/./save@v4"),
		"unsound-ternary: ${{ github.ref_type != 'tag' && 'nightly' || '' }}": step(
			"run: x\n        env:\n          A: ${{ github.ref_type != 'tag' && 'nightly' || '' }}",
		),
		"unsound-ternary: ${{ github.ref_type == 'tag' && '' || 'nightly' }}": step(
			"run: x\n        env:\n          A: ${{ github.ref_type == 'tag' && '' || 'nightly' }}",
		),
		"trusted-publishing: npm publish in a job with id-token: write and no token.": with(
			job(publish),
			"    permissions: {id-token: write}\n",
		),
		"trusted-publishing: npm publish with NODE_AUTH_TOKEN: ${{ secrets.NPM }}": step(
			publish + "\n        env: {NODE_AUTH_TOKEN: '${{ secrets.NPM }}'}",
		),
		"version-comment: The commit and the comment v4.2.1 change together.": edited(
			ciFile,
			pinned(one, "v4.2.0"),
			pinned(two, "v4.2.1"),
		),
		"version-comment: The commit changes and the comment stays v4.2.1.": edited(
			ciFile,
			pinned(one, "v4.2.1"),
			pinned(two, "v4.2.1"),
		),
		"archived-action: uses: ruby/setup-ruby@v1":    step("uses: ruby/setup-ruby@v1"),
		"archived-action: uses: actions/setup-ruby@v1": step("uses: actions/setup-ruby@v1"),
		"unpinned-tool: aquasecurity/setup-trivy with version: v0.60.0": step(
			trivy + "\n        with: {version: v0.60.0}",
		),
		"unpinned-tool: aquasecurity/setup-trivy without a version":         step(trivy),
		"app-token: create-github-app-token with permission-contents: read": app(", permission-contents: read"),
		"app-token: create-github-app-token with owner: acme alone":         app(", owner: acme"),
		"loose-package: npm install -g eslint@9.39.0":                       step("run: npm install -g eslint@9.39.0"),
		"loose-package: npm install -g eslint":                              step("run: npm install -g eslint"),
		"dependabot-cooldown: cooldown: { default-days: 7 }": updates(
			"    cooldown: { default-days: 7 }\n",
		),
		"dependabot-cooldown: An entry of dependabot.yml without cooldown.":        updates(""),
		"dependabot-execution: An entry without insecure-external-code-execution.": updates(""),
		"dependabot-execution: insecure-external-code-execution: allow": updates(
			"    insecure-external-code-execution: allow\n",
		),
		"self-hosted: runs-on: ubuntu-latest": public(run("pull_request", "run: x")),
		"self-hosted: runs-on: self-hosted under on: pull_request": public(added(ciFile,
			strings.Replace(triggered("pull_request", "run: x"), "ubuntu-latest", "self-hosted", 1))),
		`insecure-commands: echo "name=value" >> "$GITHUB_OUTPUT"`: step("run: echo \"name=value\" >> \"$GITHUB_OUTPUT\""),
		"insecure-commands: env: ACTIONS_ALLOW_UNSECURE_COMMANDS: true": step(
			"run: x\n        env: {ACTIONS_ALLOW_UNSECURE_COMMANDS: true}",
		),
		"cache-in-release: A release job without a cache.":  released("run: x"),
		"cache-in-release: actions/cache before goreleaser": released("uses: actions/cache@v4"),
		"syntax: if: github.ref == 'refs/heads/main'": step(
			"run: x\n        if: github.ref == 'refs/heads/main'",
		),
		"syntax: needs: biuld, where the job is called build": added(
			ciFile,
			strings.Replace(job("run: x"), "  a:\n", "  build:\n", 1)+
				"  b:\n    needs: biuld\n    runs-on: ubuntu-latest\n    steps: [{run: x}]\n",
		),
		"unread: A changed workflow of 200 lines.": step(
			strings.Split(strings.Repeat("run: x|", 190)+"run: x", "|")...),
		"unread: A changed workflow whose aliases stand for a million values.": added(ciFile, bomb+"jobs: *h\n"),
		"other-ci: A changed workflow of GitHub Actions.":                      step("run: x"),
		"other-ci: A changed .gitlab-ci.yml.":                                  added(".gitlab-ci.yml", "a: {script: x}\n"),
	}
}
