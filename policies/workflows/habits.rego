package lintel.workflows

# METADATA
# title: Token that may write what it could not before
# description: >-
#   A job's token gets a permission to write that it did not have, of its own or from the workflow. It says so of changed workflows whose permissions were
#   named before; a job that was renamed, and a permission that moved from the workflow to the job, are nothing new.
# custom:
#   id: workflows/widened-permission
#   security: true
#   passes: No token may write what it could not before
#   severity: notice
#   mode: shadow
#   measured: {right: 25, labelled: 54, fired: 39, changes: 338, date: "2026-11-29",
#     why: "The changes were chosen for what such rules are about, so their share says nothing."}
#   remedy: >-
#     Look at what in the job needs it; if it is one step of several, give that step a job of its own.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Permissions are reviewed otherwise.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['permissions: { contents: write } of the workflow moves to the one job.']
#     bad: ['permissions: { contents: read } becomes { contents: write }.']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "widened-permission"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Field of a secret
# description: >-
#   fromJSON takes a field out of a secret. Logs mask a secret as a whole, and not its fields.
# custom:
#   id: workflows/unredacted-secret
#   security: true
#   passes: No field is taken out of a secret
#   severity: warning
#   mode: shadow
#   measured: {right: 0, labelled: 0, fired: 0, changes: 338, date: "2026-11-29"}
#   remedy: >-
#     Store each field as a secret of its own.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     No job prints anything of such a secret.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['env: PASSWORD: ${{ secrets.PASSWORD }}']
#     bad: ['env: PASSWORD: ${{ fromJSON(secrets.LOGIN).password }}']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "unredacted-secret"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Secret by a name that is made
# description: >-
#   A secret is taken by a name that is only known when the job runs, so the machine is given every secret.
# custom:
#   id: workflows/indexed-secrets
#   security: true
#   passes: Every secret is taken by its name
#   severity: warning
#   mode: shadow
#   measured: {right: 0, labelled: 0, fired: 0, changes: 338, date: "2026-11-29"}
#   remedy: >-
#     Name each secret that is needed.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     The repository has few secrets, all for the same purpose.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['env: KEY: ${{ secrets.KEY_PROD }}']
#     bad: ['env: KEY: ${{ secrets[format(''KEY_{0}'', matrix.env)] }}']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "indexed-secrets"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Written so that tools do not see it
# description: >-
#   A path of an action has steps that lead nowhere, or an expression computes what could be written: format() of texts alone, fromJSON(toJSON(x)). People
#   and other rules then do not see what it is.
# custom:
#   id: workflows/obfuscation
#   security: true
#   passes: Nothing is written so that tools do not see it
#   severity: warning
#   mode: shadow
#   measured: {right: 0, labelled: 0, fired: 0, changes: 338, date: "2026-11-29"}
#   remedy: >-
#     Write what it is.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['uses: actions/cache/save@v4']
#     bad: ['uses: actions/cache/./save@v4']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "obfuscation"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Condition that changes nothing
# description: >-
#   What stands for true in a && b || c counts as false, so c is taken whether the condition holds or not.
# custom:
#   id: workflows/unsound-ternary
#   passes: Every condition in an expression changes something
#   severity: warning
#   mode: shadow
#   measured: {right: 0, labelled: 0, fired: 0, changes: 338, date: "2026-11-29"}
#   remedy: >-
#     Turn the condition around, or use case(condition, value, other).
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['${{ github.ref_type != ''tag'' && ''nightly'' || '''' }}']
#     bad: ['${{ github.ref_type == ''tag'' && '''' || ''nightly'' }}']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "unsound-ternary"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Stored token for a registry that needs none
# description: >-
#   A package is published with a token that is stored as a secret. npm, PyPI, RubyGems, crates.io and NuGet take the job's own identity instead, which
#   nobody can carry away. Nothing is said of a registry of one's own or of the job's own token.
# custom:
#   id: workflows/trusted-publishing
#   security: true
#   passes: Nothing is published by a token that is stored
#   severity: notice
#   mode: shadow
#   measured: {right: 2, labelled: 2, all: true, fired: 2, changes: 31594, date: "2026-11-29",
#     why: "Counted are changes since PyPI knows trusted publishers. Before, on changes that were chosen, 3 of 3 were right."}
#   remedy: >-
#     Enter the workflow at the registry as a trusted publisher, write permissions: id-token: write, and delete the token.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     The registry is a mirror that does not know trusted publishers.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['npm publish in a job with id-token: write and no token.']
#     bad: ['npm publish with NODE_AUTH_TOKEN: ${{ secrets.NPM }}']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "trusted-publishing"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Commit of another version than the comment says
# description: >-
#   A pin and the version in its comment speak against each other: the commit moved and the version did not, or two lines say two things of one commit.
#   Whether a commit is the version that its comment says is not asked of GitHub; a comment of a version that moves, such as v4, fits every commit.
# custom:
#   id: workflows/version-comment
#   security: true
#   passes: The version behind each pin fits the others
#   severity: warning
#   mode: shadow
#   measured: {right: 0, labelled: 0, fired: 0, changes: 338, date: "2026-11-29"}
#   remedy: >-
#     Look up which commit the version is, and correct the commit or the comment.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['The commit and the comment v4.2.1 change together.']
#     bad: ['The commit changes and the comment stays v4.2.1.']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "version-comment"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Action that nobody looks after
# description: >-
#   The repository of an action is closed, so nobody corrects what is found in it. The list of those is short and known by heart.
# custom:
#   id: workflows/archived-action
#   security: true
#   passes: No action is closed
#   severity: notice
#   mode: shadow
#   measured: {right: 2, labelled: 2, all: true, fired: 2, changes: 40373, date: "2026-11-29",
#     why: "Counted are changes since the first of these repositories was closed."}
#   remedy: >-
#     Use what the finding names.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['uses: ruby/setup-ruby@v1']
#     bad: ['uses: actions/setup-ruby@v1']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "archived-action"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Action that fetches the newest program
# description: >-
#   An action that fetches a program is used without a version of it, so a pin of the action does not hold what runs. aquasecurity/setup-trivy and
#   1password/load-secrets-action are known to do so.
# custom:
#   id: workflows/unpinned-tool
#   security: true
#   passes: Every fetched program has a version
#   severity: notice
#   mode: shadow
#   measured: {right: 0, labelled: 0, fired: 0, changes: 338, date: "2026-11-29"}
#   remedy: >-
#     Name a version under with: version:.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Never.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['aquasecurity/setup-trivy with version: v0.60.0']
#     bad: ['aquasecurity/setup-trivy without a version']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "unpinned-tool"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Token of an App that reaches further than it must
# description: >-
#   actions/create-github-app-token makes a token with all permissions of the App, for all repositories of an owner, or one that is not taken back when the
#   job ends.
# custom:
#   id: workflows/app-token
#   security: true
#   passes: Tokens of Apps reach no further than they must
#   severity: notice
#   mode: shadow
#   measured: {right: 30, labelled: 32, fired: 10, changes: 143662, date: "2026-11-29"}
#   remedy: >-
#     Name permissions and repositories, and leave out skip-token-revoke.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     The App itself may do no more than the job needs.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['create-github-app-token with permission-contents: read']
#     bad: ['create-github-app-token with owner: acme alone']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "app-token"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Package without a version
# description: >-
#   A script fetches a package of npm or RubyGems that neither a lock file nor a version holds, or setup-python installs packages by itself. What comes is
#   the newest on the day that the job runs.
# custom:
#   id: workflows/loose-package
#   security: true
#   passes: Every package that a script fetches has a version
#   severity: notice
#   mode: shadow
#   measured: {right: 22, labelled: 35, fired: 12, changes: 338, date: "2026-11-29",
#     why: "The changes were chosen for what such rules are about, so their share says nothing."}
#   remedy: >-
#     Write the package into a manifest with a lock file, or name one version.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Machines reach a mirror alone that holds back what is new.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['npm install -g eslint@9.39.0']
#     bad: ['npm install -g eslint']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "loose-package"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Updates without a wait
# description: >-
#   Dependabot proposes a version soon after it is out. Most versions of packages that were taken over are found within a week. Nothing is said of entries
#   that open no pull requests, and security updates wait for nothing.
# custom:
#   id: workflows/dependabot-cooldown
#   security: true
#   passes: Every update waits for a week
#   severity: notice
#   mode: shadow
#   measured: {right: 3, labelled: 9, all: true, fired: 9, changes: 22361, date: "2026-11-29",
#     why: "Counted are changes since there is a cooldown. Before, on changes that were chosen, 9 of 11 were right."}
#   remedy: >-
#     Write cooldown: with default-days: 7.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     Another tool holds back what is new.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['cooldown: { default-days: 7 }']
#     bad: ['An entry of dependabot.yml without cooldown.']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "dependabot-cooldown"
	finding := of_item(rego.metadata.rule().custom.id, item)
}

# METADATA
# title: Code of packages runs while Dependabot looks
# description: >-
#   insecure-external-code-execution: allow lets packages run code while Dependabot looks for updates, with the passwords of private registries at hand.
# custom:
#   id: workflows/dependabot-execution
#   security: true
#   passes: Dependabot runs no code of packages
#   severity: warning
#   mode: shadow
#   measured: {right: 0, labelled: 0, fired: 0, changes: 338, date: "2026-11-29"}
#   remedy: >-
#     Leave it out, or write deny.
#   reads: [files, settings]
#   merge_queue: carry
#   off: >-
#     The ecosystem cannot be resolved without it, and no private registry is named.
#   missing: A file that could not be judged is named by workflows/unread; while the list of files is incomplete it abstains.
#   options: []
#   examples:
#     good: ['An entry without insecure-external-code-execution.']
#     bad: ['insecure-external-code-execution: allow']
deny contains finding if {
	some item in input.workflows.findings
	item.audit == "dependabot-execution"
	finding := of_item(rego.metadata.rule().custom.id, item)
}
