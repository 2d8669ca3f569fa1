package definition_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/flow/definition"
	"github.com/lintel-review/lintel/internal/flow/figure"
)

// TestPublishedBoards holds that Grafana's boards are what the registry says.
func TestPublishedBoards(t *testing.T) {
	for name, b := range map[string]board{"delivery": deliveryBoard(t), "operations": operationsBoard(t)} {
		path := "../../../deploy/boards/" + name + ".json"
		want := b.json(t)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s is out of date; run go generate ./internal/flow/definition\n%s", path, d)
		}
	}
}

// panel is a chart of a board. Its title, its unit and what it counts come from definitions, where it has one.
type panel struct {
	definitions []string
	// title and note are its own where it has no definition, or several.
	title, note, kind, unit string
	queries                 []query
}

// query is a text for a data source, and the name of what it answers.
type query struct{ text, legend string }

type board struct {
	uid, title, about, source, sourceName string
	panels                                []panel
}

// defined is a definition of the registry.
func defined(t *testing.T, name string) definition.Definition {
	t.Helper()
	d, ok := definition.Of(name)
	if !ok {
		t.Fatalf("a board shows %s, which the registry does not define", name)
	}
	return d
}

var grafanaUnits = map[definition.Unit]string{
	definition.Seconds: "s", definition.Count: "short", definition.Ratio: "percentunit", definition.PerWeek: "short",
	definition.Lines: "short", definition.Money: "currencyUSD",
}

// about says what a figure counts and does not, and where its definition is.
func about(d definition.Definition, more string) string {
	return strings.TrimSpace(
		fmt.Sprintf("%s Does not count: %s %s Read from: %s. Definition: %s, version %d.", d.Formula, d.Excludes, more,
			d.Source, d.Name, d.Version),
	)
}

const (
	people = "state = 'merged' AND base_is_default = 1 AND author_kind IN ('human', 'ghost')"
	period = " BETWEEN $__unixEpochFrom() * 1000::bigint AND $__unixEpochTo() * 1000::bigint"
)

// weekly is a query by the weeks of a time of a view; groups are the columns by which it counts, the week first.
func weekly(columns, view, where, at, groups string) []query {
	return []query{
		{text: "SELECT date_trunc('week', to_timestamp(" + at + " / 1000.0)) AS time, " + columns + " FROM " + view + " WHERE " +
			where + " AND " + at + period + " GROUP BY " + groups + " ORDER BY 1"},
	}
}

// spread is p50, p75 and p90 of a figure by week, by nearest rank, and how many values there are.
func spread(t *testing.T, name, view, where, at string) panel {
	t.Helper()
	d := defined(t, name)
	var columns []string
	for _, p := range []int{50, 75, 90} {
		columns = append(
			columns,
			fmt.Sprintf("CASE WHEN COUNT(%[1]s) >= %[2]d THEN percentile_disc(0.%[3]d) WITHIN GROUP (ORDER BY %[1]s) "+
				"END AS p%[3]d", d.SQL, figure.Fewest, p),
		)
	}
	columns = append(columns, "COUNT("+d.SQL+") AS n")
	note := fmt.Sprintf("p50, p75 and p90 by nearest rank; a week with fewer than %d is a gap.", figure.Fewest)
	return panel{definitions: []string{name}, note: note, queries: weekly(strings.Join(columns, ", "), view, where, at, "1")}
}

// share is a rate by week, and of how many.
func share(t *testing.T, name, view, where, at string) panel {
	t.Helper()
	columns := fmt.Sprintf("CASE WHEN COUNT(*) >= %d THEN %s END AS share, COUNT(*) AS n", figure.FewestRate, defined(t, name).SQL)
	note := fmt.Sprintf("A week with fewer than %d is a gap.", figure.FewestRate)
	return panel{definitions: []string{name}, note: note, queries: weekly(columns, view, where, at, "1")}
}

func deliveryBoard(t *testing.T) board {
	t.Helper()
	pulls := func(of func(*testing.T, string, string, string, string) panel, name string) panel {
		return of(t, name, "v_pr_v1", people, "merged_at")
	}
	deploys := func(of func(*testing.T, string, string, string, string) panel, name string) panel {
		return of(t, name, "v_deploy_v1", "result = 'success'", "finished_at")
	}
	var sums, stages []string
	for _, name := range []string{"coding", "draft", "pickup", "review", "merge_wait", "unreviewed", "deploy"} {
		sums, stages = append(sums, "SUM("+defined(t, name).SQL+") AS "+name), append(stages, name)
	}
	throughput, frequency := defined(t, "throughput"), defined(t, "deployment_frequency")
	return board{
		uid: "lintel-delivery", title: "Lintel: delivery", source: "grafana-postgresql-datasource", sourceName: "postgres",
		about: "Pull requests and deployments by week, from the views v_pr_v1 and v_deploy_v1, on PostgreSQL. Pull requests are those of " +
			"people into default branches. Written from the definitions of docs/definitions.md.",
		panels: []panel{
			pulls(spread, "cycle"), pulls(spread, "pickup"), pulls(spread, "review"), pulls(spread, "size"),
			{
				definitions: []string{throughput.Name},
				queries:     weekly(throughput.SQL+" AS merged", "v_pr_v1", people, "merged_at", "1"),
			},
			pulls(share, "merged_unreviewed"), pulls(share, "rewritten_21"), pulls(share, "reverted"),
			{
				definitions: stages,
				title:       "Where the hours go",
				kind:        "piechart",
				unit:        "s",
				note: "Share of all hours of the merged pull " +
					"requests by stage. Medians of stages do not add up; sums do.",
				queries: []query{
					{text: "SELECT " + strings.Join(sums, ", ") + " FROM v_pr_v1 WHERE " + people + " AND merged_at" + period},
				},
			},
			spread(t, "lead_time", "v_pr_v1", "base_is_default = 1 AND lead_s IS NOT NULL", "deployed_at"),
			{definitions: []string{frequency.Name}, note: "By where they are known from.", queries: weekly(
				"source AS metric, "+frequency.SQL+" AS deployments", "v_deploy_v1", "result = 'success'", "finished_at", "1, 2")},
			deploys(share, "change_fail_rate"), deploys(spread, "recovery_time"), deploys(share, "rework_rate"),
			{
				title: "Newest data",
				kind:  "stat",
				unit:  "dateTimeAsIso",
				note: "The last time at which a pull request of the record was opened, " +
					"merged or closed. When it stands still, no webhook comes.",
				queries: []query{{text: "SELECT GREATEST(MAX(opened_at), " +
					"MAX(merged_at), MAX(closed_at)) AS newest FROM v_pr_v1"}},
			},
		},
	}
}

func operationsBoard(t *testing.T) board {
	t.Helper()
	var speed []string
	for _, d := range definition.All() {
		if d.Group == definition.Speed {
			speed = append(speed, d.Name)
		}
	}
	last28 := "Of the last 28 days."
	return board{
		uid: "lintel-operations", title: "Lintel: operations", source: "prometheus", sourceName: "prometheus",
		about: "How quickly Lintel answers, and how pull requests go, from its metrics. Written from the definitions of " +
			"docs/definitions.md.",
		panels: []panel{
			{title: "Budget of bad heads that is left", unit: "percentunit",
				note:    "Share of the bad heads that the objectives allow and that did not happen. Below 0 there were more.",
				queries: []query{{"lintel_objective_budget_left_ratio", "{{objective}}"}}},
			{title: "Burn rate", unit: "none",
				note: "How many times faster than allowed the budget is used. Alerts page at 14.4 and make a ticket at 6.",
				queries: []query{{`lintel_objective_burn_ratio{window="1h"}`, "{{objective}} 1h"},
					{`lintel_objective_burn_ratio{window="6h"}`, "{{objective}} 6h"}}},
			{definitions: speed, title: "Time to each objective, p95", unit: "s",
				note:    "From the receipt of a delivery. Advice is apart: nothing waits for a model.",
				queries: []query{{`lintel_objective_seconds{stat="p95"}`, "{{objective}}"}}},
			{title: "Lost deliveries, and the forge's delay", unit: "none",
				note: "Heads that a sweep found first, and how late the forge's deliveries come.",
				queries: []query{{"lintel_lost_deliveries", "lost"},
					{`lintel_provider_lag_seconds{stat="p95"}`, "delay p95"}}},
			{title: "Age of the queues", unit: "s", note: "How long the oldest job of each queue could have started.",
				queries: []query{{"max by (queue) (lintel_queue_age_seconds)", "{{queue}}"}}},
			{title: "Jobs", unit: "none", note: "Tries that ended in a second, by queue and outcome, and those that run.",
				queries: []query{{"sum by (queue, outcome) (rate(lintel_job_seconds_count[5m]))", "{{queue}} {{outcome}}"},
					{"sum by (queue) (lintel_jobs_running)", "{{queue}} running"}}},
			{definitions: []string{"cycle"}, note: last28, queries: []query{{`lintel_flow_cycle_seconds{team=""}`, "{{stat}}"}}},
			{definitions: []string{"pickup"}, note: last28, queries: []query{{`lintel_flow_pickup_seconds{team=""}`, "{{stat}}"}}},
			{definitions: []string{"waiting_now"}, title: "Open pull requests, by who can act", unit: "short",
				note: "What waits now, and for whom.", queries: []query{{"lintel_flow_open_pull_requests", "{{waits_for}}"}}},
			{definitions: []string{"merged_unreviewed"}, note: last28 + " Absent below twenty.",
				queries: []query{
					{`lintel_flow_unreviewed_ratio{team=""}`, "all"},
					{`lintel_flow_unreviewed_ratio{team!=""}`, "{{team}}"},
				}},
		},
	}
}

// json is a board as Grafana reads it.
func (b board) json(t *testing.T) []byte {
	t.Helper()
	type object = map[string]any
	var panels []object
	for i, p := range b.panels {
		title, unit, description := p.title, p.unit, p.note
		var parts []string
		for _, name := range p.definitions {
			d := defined(t, name)
			if title == "" {
				title = d.Title
			}
			if unit == "" {
				unit = grafanaUnits[d.Unit]
			}
			if len(p.definitions) == 1 {
				description = about(d, p.note)
			} else {
				parts = append(parts, d.Name+": "+d.Formula)
			}
		}
		description = strings.Join(append([]string{description}, parts...), "\n\n")
		kind := p.kind
		if kind == "" {
			kind = "timeseries"
		}
		var targets []object
		for j, q := range p.queries {
			target := object{"refId": string(rune('A' + j))}
			if b.source == "prometheus" {
				target["expr"], target["legendFormat"] = q.text, q.legend
			} else {
				target["rawQuery"], target["rawSql"] = true, q.text
				target["format"] = map[bool]string{true: "time_series", false: "table"}[kind == "timeseries"]
			}
			targets = append(targets, target)
		}
		panels = append(panels, object{"id": i + 1, "title": title, "description": description, "type": kind,
			"datasource":  object{"type": b.source, "uid": "${" + b.sourceName + "}"},
			"gridPos":     object{"x": i % 2 * 12, "y": i / 2 * 8, "w": 12, "h": 8},
			"fieldConfig": object{"defaults": object{"unit": unit, "custom": object{"spanNulls": false}}, "overrides": []any{}},
			"targets":     targets})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(
		object{"uid": b.uid, "title": b.title, "description": b.about, "tags": []string{"lintel"}, "timezone": "browser",
			"schemaVersion": 39, "version": 1, "editable": true, "refresh": "", "time": object{"from": "now-90d", "to": "now"},
			"templating": object{
				"list": []object{{"name": b.sourceName, "label": "Data source", "type": "datasource", "query": b.source}},
			},
			"annotations": object{"list": []any{}}, "panels": panels},
	)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestBoardsShowDora: no metric of DORA is missing, and each panel of a figure says what does not count.
func TestBoardsShowDora(t *testing.T) {
	text := string(deliveryBoard(t).json(t))
	for _, d := range definition.All() {
		if d.Group == definition.Dora && !strings.Contains(text, "Definition: "+d.Name+", version ") {
			t.Errorf("the board of delivery lacks %s", d.Name)
		}
	}
}
