package settings

import "slices"

// key documents one key of the settings file, for the published schema and for docs/settings.md. A "*" stands for any name or item.
type key struct {
	path, meaning, example string
}

// modes is added to the schema's description of each mode; the documentation has a table of its own.
const modes = " off does not evaluate, shadow records without showing, warn shows without blocking, enforce blocks."

// keys are all keys, in the order of the documentation. A test holds that each key of the structs is here and the other way round.
var keys = slices.Concat(versionKeys, commitsKeys, firstKeys, coverageKeys, lintKeys, lastKeys)

var versionKeys = []key{{"version", "The version of this format. It must be given.", "version: 1"}}

var firstKeys = []key{
	{"ownership", "Approvals by the owners that CODEOWNERS names.", ""},
	{"ownership.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: enforce"},
	{"ownership.sole_owner", "When the author is the only owner of a file: `block` until somebody else owns it too, `waive` the approval, or ask the team of `fallback_team` (`fallback`).",
		"sole_owner: waive"},
	{"ownership.fallback_team", "The team, as `org/team`, that approves when `sole_owner` is `fallback`.", "fallback_team: acme/platform"},
	{"ownership.keep_approvals", "Let an approval stand after a push or rebase that leaves the owned part of the diff byte for byte the same.", "keep_approvals: false"},
	{"ownership.require_owners", "Refuse changed files that no line of CODEOWNERS matches.", "require_owners: true"},
	{"ownership.approvals", "How many different owners of each file must approve.", "approvals: 2"},
	{"ownership.require", "`any` owner of the line is enough, or `each` owner (user, team or address) of it must approve; somebody who is in two teams speaks for both.", "require: each"},
	{"ownership.teams", "Of how many different owners of the line (teams, users or addresses) people must approve. Each person speaks for one of them here, also who is in two teams. " +
		"A line with fewer owners than that cannot be satisfied.", "teams: 2"},
	{"ownership.count_pushers", "Count approvals by people who wrote commits of the change, as GitHub does. The commits' accounts and addresses say who that is.", "count_pushers: false"},
	{"ownership.author_counts", "Take an author who owns a file as one approval of it.", "author_counts: true"},
	{"ownership.exempt_labels", "Labels of which any lets the change off the owners' approvals. Whoever has triage permission can set a label.", "exempt_labels: [emergency]"},
	{"ownership.waive", "Files of bots' own changes that need no owner. It holds while the forge says that a bot of `authors` opened the pull request and made each of its commits.", ""},
	{"ownership.waive.authors", "Logins of bots, with or without `[bot]`. Nothing is waived without one.", "waive: {authors: [dependabot, renovate]}"},
	{"ownership.waive.files", "Which files: `lockfiles`, `manifests` (what names the packages: package.json, go.mod, pom.xml), or patterns as in .gitignore. CODEOWNERS and Lintel's settings are never waived.",
		"waive: {authors: [dependabot], files: [lockfiles, /deps/**]}"},
	{"ownership.paths", "Other demands of single paths. Of the entries that take a path, the last counts.", ""},
	{"ownership.paths.*.pattern", "A pattern as in .gitignore. Needed. Patterns that begin with `!` are refused.", "paths: [{pattern: \"/infra/**\", approvals: 2}]"},
	{"ownership.paths.*.approvals", "How many different owners must approve these files.", "paths: [{pattern: \"/payments/\", approvals: 2}]"},
	{"ownership.paths.*.require", "`any` or `each` owner of the line.", "paths: [{pattern: \"/api/\", require: each}]"},
	{"ownership.paths.*.teams", "Of how many different owners of the line people must approve these files.", "paths: [{pattern: \"/api/\", teams: 2}]"},
	{"ownership.paths.*.exempt", "Ask for no approval of these files.", "paths: [{pattern: package-lock.json, exempt: true}]"},

	{"size", "How large a change may be. Generated, vendored, lock and snapshot files do not count.", ""},
	{"size.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: warn"},
	{"size.xs", "Most counted lines of an XS change. `xs`, `s`, `m` and `l` must grow in this order.", "xs: 10"},
	{"size.s", "Most counted lines of an S change.", "s: 30"},
	{"size.m", "Most counted lines of an M change.", "m: 100"},
	{"size.l", "Most counted lines of an L change; a larger one is XL.", "l: 500"},
	{"size.fail_over", "Report a change with more new lines than this, tests left out; 0 is no limit.", "fail_over: 800"},
	{"size.files_over", "Report a change with more counted files than this; 0 is no limit.", "files_over: 50"},
	{"size.large_file", "Report an added or changed file of more bytes than this; 0 is no limit.", "large_file: 524288"},
	{"size.binaries", "Report added binary files.", "binaries: false"},
	{"size.exclude", "Patterns, as in .gitignore, of files that do not count. Patterns that begin with `!` are refused.", "exclude: [\"docs/api/**\", \"*.golden\"]"},
}

var lastKeys = []key{
	{"rules", "Settings of single rules, by the rule's id. They go before those of the family, except that a family which is `off` stays off.", ""},
	{"rules.*.mode", "Mode of this rule.", "commits/header: {mode: shadow}"},
	{"rules.*.severity", "Severity of this rule's findings. Only an `error` can block.", "size/binary-added: {severity: notice}"},

	{"report", "How the verdict is shown.", ""},
	{"report.checks", "`combined` shows one check, `per-family` one more for each family.", "checks: per-family"},
	{"report.comment", "`auto` writes one comment when something blocks that the author can mend, and clears it when it is fixed; `off` never comments.", "comment: off"},

	{"advise", "Help by a language model: a summary, comments on lines, missing tests. It never has a say in the check. The server's file must name a model too.", ""},
	{"advise.enabled", "Ask the model at all. Nothing of the repository is sent anywhere while this is false.", "enabled: true"},
	{"advise.comments", "Comments on lines: `post` them, keep them as `draft` until a person with write permission releases them, or `off`: the summary alone.", "comments: draft"},
	{"advise.max_comments", "Most comments on lines of one pull request; what is over is folded into the summary.", "max_comments: 3"},
	{"advise.max_per_file", "Most comments on lines of one file.", "max_per_file: 1"},
	{"advise.min_severity", "Least severity of what is said.", "min_severity: high"},
	{"advise.tests", "Name up to three missing tests, for changed lines that a coverage report shows as not reached.", "tests: false"},
	{"advise.never_send", "Patterns, as in .gitignore, of files of which no model sees a line. Patterns that begin with `!` are refused.", "never_send: [\"internal/licensing/**\", \"*.sql\"]"},
	{"advise.guidance", "What a reviewer of this repository should know, in your own words. It goes into the prompt.", "guidance: 'Errors are wrapped, never logged and returned.'"},
	{"advise.language", "a tag of BCP 47, such as en or de-CH; advice is written in that language", "language: de"},
	{"advise.drafts", "Advise on draft pull requests too.", "drafts: true"},
	{"advise.bots", "Advise on pull requests that bots opened too.", "bots: true"},
	{"advise.budget", "What advice may use. The server's file has caps too; the lower one holds.", ""},
	{"advise.budget.calls", "Most calls of the model for one head of a pull request, retries included.", "budget: {calls: 2}"},
	{"advise.budget.tokens", "Most tokens for one head, prompts and answers together.", "budget: {tokens: 30000}"},
	{"advise.budget.heads", "Heads of one pull request that get advice unasked.", "budget: {heads: 3}"},
	{"advise.budget.day_tokens", "Most tokens of the whole repository in one UTC day.", "budget: {day_tokens: 500000}"},

	{"reports", "Which reports of CI the verdict waits for. [Reports](reports.md) explains it.", ""},
	{"reports.expect", "Reports that must have arrived before the check concludes.", "expect: [{kind: coverage, flag: unit, job: test, required: true}]"},
	{"reports.expect.*.kind", "What the report is about. Needed.", "expect: [{kind: lint}]"},
	{"reports.expect.*.flag", "The flag it is uploaded with; without it, the one without a flag.", "expect: [{kind: coverage, flag: unit}]"},
	{"reports.expect.*.parts", "How many parts must arrive, when the job runs in pieces that each send one (`lintel report upload --part`). 0 is 1.", "expect: [{kind: coverage, parts: 8}]"},
	{"reports.expect.*.paths", "Patterns, as in .gitignore: the report is expected only when the change touches a file that one of them matches. An empty list: always.",
		"expect: [{kind: coverage, flag: web, paths: [\"/web/\"]}]"},
	{"reports.expect.*.job", "The CI job that sends it, so that the check can say where to look when it is missing.", "expect: [{kind: coverage, job: \"test (unit)\"}]"},
	{"reports.expect.*.required", "A report that is still missing in the end blocks. Without it the rules that would have read it abstain, visibly.", "expect: [{kind: coverage, required: true}]"},
	{"reports.finalise", "Wait until CI says that it has sent everything (`lintel report finalise`), also when all expected reports are there.", "finalise: true"},
	{"reports.deadline", "How long a head waits, a number with `s`, `m` or `h`, from 10s to 24h. Then what is missing is missing.", "deadline: 45m"},
}

// laterKeys are the keys at the top level of later versions. They are refused with a message of their own.
var laterKeys = []string{"secrets", "dependencies", "workflows", "smells", "tests", "overrides", "policies"}

// laterRuleKeys are those of a rule.
var laterRuleKeys = []string{"rollout", "from", "until"}
