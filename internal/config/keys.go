package config

import (
	"maps"

	"github.com/lintel-review/lintel/internal/document"
)

// Schema is the JSON schema of the server's file.
func Schema() ([]byte, error) {
	return document.Reflect(Default(), "https://github.com/lintel-review/lintel/blob/main/docs/server.schema.json", "Lintel server",
		descriptions)
}

// descriptions describes every key of the file, by path.
var descriptions = joined(serverKeys, gitLabKeys, modelKeys, reportKeys, adviceKeys, checkKeys, objectiveKeys, flowKeys, signInKeys)

func joined(parts ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

var serverKeys = map[string]string{
	"listen": "Address and port that GitHub's webhooks and readers of pages reach, behind your TLS proxy.",
	"admin_listen": "Address and port of pages and metrics for those who run Lintel. Keep it on " +
		"loopback or a private network, or let people sign in (signin). Empty switches it off.",
	"public_url": "The address under which listen is reached from outside, such as " +
		"https://lintel.example.com. Without it checks carry no link to the page that explains them.",
	"database": "sqlite://PATH or postgres://USER@HOST/NAME. A relative path is relative to the working folder; " +
		"sqlite:///var/lib/lintel/lintel.db is absolute. PostgreSQL's takes libpq's parameters, and password_file=FILE " +
		"(read for each connection) and pool_max_conns=N (docs/postgresql.md).",
	"roles": "What this process works on, beside others on one PostgreSQL: web (webhooks and pages), gate (looks and checks), " +
		"advise, sweeps (works of the clock, scans, back-fill), reports (uploads). Empty is all. Each needs a process somewhere.",
	"github":                     "The GitHub App that Lintel acts as.",
	"github.app_id":              "The App's id, a number, from its settings page.",
	"github.private_key_file":    "File with the App's private key (PEM), readable by Lintel alone.",
	"github.webhook_secret_file": "File with the webhook secret, at least 16 characters; white space around it is dropped.",
	"github.previous_webhook_secret_file": "File with the secret that is being replaced. While it is set, deliveries " +
		"signed with either are taken.",
	"github.api_url": "https://api.github.com, or https://HOST/api/v3 on Enterprise Server.",
	"github.web_url": "https://github.com, or https://HOST on Enterprise Server.",
	"github.graphql": "false reads by REST alone: more calls, for servers and test tools without " +
		"GraphQL. Merge settings then show only to an App that may write contents, and what is not seen counts as unknown.",
	"github.trusted_branches": "Base branches whose settings, CODEOWNERS and policies are believed although " +
		"they are neither default nor protected.",
	"gate": "enforce, or warn on bad days: then nothing blocks, every check says so, and " +
		"every start logs it.",
	"organisation": "What holds for all repositories of this server.",
	"organisation.settings_file": "File with defaults that each repository may change and a floor that it may only raise; " +
		"see organisation.md. It is read at the start, and holds beside each organisation's own file.",
	"organisation.repository": "Name of the repository in which each organisation keeps such a file of its own. Empty reads none.",
	"organisation.path":       "Where that file stands, on the repository's default branch.",
	"log":                     "The log goes to standard error.",
	"log.format":              "json or text.",
	"log.level":               "The least level that is written.",
	"traces": "Traces of OpenTelemetry, one from each delivery to its check, across processes. They hold words of Lintel, numbers " +
		"and ids: no titles, logins, paths, addresses or tokens. A collector that is slow or gone delays nothing but a " +
		"stop, by ten seconds at most. " +
		"Variables of the environment (OTEL_...) change nothing.",
	"traces.endpoint": "Address of a collector that takes OTLP over HTTP in JSON, such as `http://localhost:4318`; /v1/traces is " +
		"added. Empty sends none.",
	"traces.share":       "How many of all traces are sent, from 0 to 1.",
	"traces.header_file": "File with one line such as \"Authorization: Bearer ...\", sent with each request.",
	"workers":            "How much work runs at once.",
	"workers.total":      "Pull requests that are looked at at once.",
	"workers.per_installation": "The same for one installation (an organisation or account); GitHub refuses " +
		"more than 100 requests at once of one.",
	"workers.gather":        "Events that follow a look within this time are looked at together. A duration such as 1s.",
	"workers.drain_timeout": "How long running looks may take to end after SIGTERM. A duration such as 30s.",
	"osv":                   "Known vulnerabilities of packages, for the rules dependencies/vulnerable and dependencies/malicious.",
	"osv.file": "File that lintel osv update writes. It may be replaced while the server runs. Without it these rules " +
		"say that nothing was measured.",
	"retention": "How long records are kept. 0 keeps them for ever. The newest verdict on a " +
		"pull request always stays.",
	"retention.delivery_days": "Ids of deliveries, which keep repeats from being taken twice. GitHub can " +
		"send one again for 3 days.",
	"retention.history_days": "Lines of history, and overrides, mutes, false alarms and gate switches that are over.",
	"retention.verdict_days": "Verdicts and receipts.",
	"retention.advice_days": "What a language model advised. The code that it was given is erased when it " +
		"has answered, whatever this says.",
	"retention.audit_days":    "Records of the audit log (docs/audit.md).",
	"retention.evidence_days": "Facts and decisions by which a verdict can be derived again.",
	"retention.report_days": "Reports of coverage and linters as they were read. Those of open pull " +
		"requests stay in any case.",
	"retention.raw_report_days": "Reports as they came.",
	"retention.unseen_report_days": "Reports by upload tokens and pull requests for commits that are the head of " +
		"no pull request the server has heard of.",
}
