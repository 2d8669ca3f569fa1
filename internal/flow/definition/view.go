package definition

import (
	"fmt"
	"strings"
)

// plain are the columns of v_pr_v1 beside the figures: what a change is, and its clock points. Nobody's name is
// among them.
var plain = []string{"f.change_id", "f.forge", "f.repo_id", "r.owner", "r.name", "f.number", "f.team", "f.author_kind", "f.state",
	"f.draft", "f.fork", "f.base", "f.base_is_default", "f.stacked", "f.labels", "f.waits_for", "f.first_commit_at", "f.opened_at",
	"f.ready_at", "f.requested_at", "f.first_response_at", "f.approved_at", "f.merged_at", "f.closed_at", "f.deployed_at",
	"f.opened_day", "f.merged_day", "f.closed_day", "f.deployed_day", "f.additions", "f.deletions", "f.files", "f.reverts",
	"f.reverted_by", "f.replaced_lines", "f.complete"}

// PullView is the statement that makes the view of changes. Its columns never change: another meaning is another
// view.
func PullView() string {
	columns := plain
	for _, d := range pulls {
		if d.Column != "" {
			columns = append(columns, "f."+d.Column)
		}
	}
	columns = append(columns, "f.lead_s")
	var b strings.Builder
	b.WriteString("CREATE VIEW v_pr_v1 AS SELECT\n")
	for i, c := range columns {
		b.WriteString("    " + c)
		if i < len(columns)-1 {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	b.WriteString("FROM flow_fact f LEFT JOIN repository r ON r.forge = f.forge AND r.id = f.repo_id;\n")
	return b.String()
}

// DeployView is the statement that makes the view of deployments that count. Its columns never change, either.
func DeployView() string {
	return `CREATE VIEW v_deploy_v1 AS SELECT
    d.id, d.forge, d.repo_id, r.owner, r.name, d.service, d.environment, d.source, d.sha, d.result, d.started_at, d.finished_at,
    d.finished_day, d.failed, d.failed_by, d.rework, d.rework_by, d.recovered_at
FROM deployment d LEFT JOIN repository r ON r.forge = d.forge AND r.id = d.repo_id WHERE d.counted = 1;
`
}

// Document is all definitions as a page of Markdown.
func Document() string {
	var b strings.Builder
	b.WriteString(head)
	for _, g := range Groups() {
		fmt.Fprintf(&b, "\n## %s\n", g)
		for _, d := range All() {
			if d.Group != g {
				continue
			}
			fmt.Fprintf(&b, "\n### %s\n\n", d.Name)
			fmt.Fprintf(&b, "**%s**, in %s. %s\n\n", d.Title, d.Unit, d.Formula)
			fmt.Fprintf(&b, "- Does not count: %s\n", d.Excludes)
			fmt.Fprintf(&b, "- Read from: %s\n", d.Source)
			if d.SQL != "" {
				fmt.Fprintf(&b, "- SQL: `%s`\n", d.SQL)
			}
			fmt.Fprintf(&b, "- Version: %d\n", d.Version)
		}
	}
	return b.String()
}

const head = `# What the figures mean

<!-- Written from internal/flow/definition by "go generate ./internal/flow/definition". Edit that, not this file. -->

Each figure has one meaning, in one place: the page ` + "`/definitions`" + `, this document, the SQL views ` + "`v_pr_v1`" + ` and
` + "`v_deploy_v1`" + ` and the help of metrics are written from it. How they are stored is in [flow.md](flow.md).

- Percentiles are by nearest rank: the smallest value with at least that share of all at or below it. It is always the value of
  a real pull request. There is none for fewer than 5 values, and no rate for fewer than 20.
- What is not known is empty, and never counted as 0. A period without a value is a gap.
- Pull requests are merge requests where the forge is GitLab. They count in the period in which they were merged,
  deployments in that in which they ended.
- Times are stored in milliseconds since 1970, UTC; stages in whole seconds.
`
