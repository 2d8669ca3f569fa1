package metrics

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

var (
	update    = flag.Bool("update", false, "write the table of docs/metrics.md anew")
	described = regexp.MustCompile(`fqName: "([a-z_]+)", help: ("(?:[^"\\\\]|\\\\.)*"),.*variableLabels: {([a-z_,]*)}`)
)

// every is a process that has all parts. Nothing is collected, so no database is asked.
func every() *Metrics {
	m := New(nil)
	m.JobsGivenUp(nil)
	checks, _ := Checks(nil)
	m.Register(
		checks,
		m.Uploads(),
		m.Advice(),
		Objectives(nil),
		Scorecards(nil, nil),
		Flow(nil),
		Dora(nil),
		Organisations(nil),
		Backfill(nil),
		GitLab(nil, nil),
		Limits(nil),
		Roles(),
		Queues(nil, nil),
	)
	return m
}

// rows are the lines of the table, in the order in which the metrics are registered.
func rows(t *testing.T, m *Metrics) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| metric | kind, by | meaning |\n|---|---|---|\n")
	for _, c := range m.all {
		kind := "gauge"
		switch c.(type) {
		case prometheus.Counter, *prometheus.CounterVec:
			kind = "counter"
		case prometheus.Histogram, *prometheus.HistogramVec:
			kind = "histogram"
		}
		descriptions := make(chan *prometheus.Desc, 10)
		c.Describe(descriptions)
		close(descriptions)
		for d := range descriptions {
			match := described.FindStringSubmatch(d.String())
			if match == nil {
				t.Fatalf("not understood: %s", d)
			}
			help, err := strconv.Unquote(match[2])
			if err != nil || !strings.HasSuffix(help, ".") {
				t.Errorf("the help of %s is no sentence: %q, %v", match[1], help, err)
			}
			if match[3] != "" {
				kind += ", `" + strings.ReplaceAll(match[3], ",", "`, `") + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", match[1], kind, strings.ReplaceAll(help, "|", "\\|"))
		}
	}
	return b.String()
}

// TestPublishedMetrics holds docs/metrics.md to the registry: names, labels and help.
func TestPublishedMetrics(t *testing.T) {
	t.Parallel()
	const path, begin, end = "../../docs/metrics.md", "<!-- metrics: written by make generate -->\n", "<!-- end of metrics -->"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(page), begin)
	_, tail, closed := strings.Cut(rest, end)
	table := rows(t, every())
	if n := strings.Count(table, "\n"); !found || !closed || n < 30 {
		t.Fatalf("docs/metrics.md has no place for the table, or it has only %d lines", n)
	}
	want := head + begin + table + end + tail
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(want, string(page)); d != "" {
		t.Errorf("docs/metrics.md (+) is not what the server registers (-); run make generate\n%s", d)
	}
}

// TestEverySetIsPublished: a constructor of a set that every forgets would leave its metrics out of the page.
func TestEverySetIsPublished(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	table, named := rows(t, every()), 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`"(lintel_[a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
			named++
			if !strings.Contains(table, "| `"+name[1]+"` |") {
				t.Errorf("%s has %s, and docs/metrics.md does not", file, name[1])
			}
		}
	}
	if named < 30 {
		t.Errorf("only %d names were found, so little was tested", named)
	}
}

// TestBoardsAreDefined holds that Grafana's boards ask for nothing that docs/metrics.md or the SQL views do not have.
func TestBoardsAreDefined(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	boards, err := filepath.Glob("../../deploy/boards/*.json")
	if err != nil || len(boards) != 2 {
		t.Fatal(boards, err)
	}
	for _, file := range boards {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var b struct {
			UID    string `json:"uid"`
			Panels []struct {
				Title, Description string
				Targets            []struct {
					Expr   string `json:"expr"`
					RawSQL string `json:"rawSql"`
				}
			}
		}
		if err := json.Unmarshal(body, &b); err != nil || b.UID == "" || len(b.Panels) < 5 {
			t.Fatalf("%s: %v", file, err)
		}
		for _, p := range b.Panels {
			if p.Title == "" || p.Description == "" || len(p.Targets) == 0 {
				t.Errorf("%s: panel %q lacks its title, description or query", file, p.Title)
			}
			for _, target := range p.Targets {
				for _, name := range regexp.MustCompile(`lintel_[a-z_]+`).FindAllString(target.Expr, -1) {
					if !strings.Contains(string(page), "| `"+strings.TrimSuffix(name, "_count")+"` |") {
						t.Errorf("%s: panel %q reads %s, which docs/metrics.md does not define", file, p.Title, name)
					}
				}
				if target.Expr == "" && !strings.Contains(target.RawSQL, "v_pr_v1") &&
					!strings.Contains(target.RawSQL, "v_deploy_v1") {
					t.Errorf("%s: panel %q reads neither a metric nor a view", file, p.Title)
				}
			}
		}
	}
}

// TestAlertsAreDefined holds that the alert rules ask for nothing that docs/metrics.md does not define.
func TestAlertsAreDefined(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("../../deploy/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`lintel_[a-z_]+`).FindAllString(string(rules), -1)
	if len(names) < 5 {
		t.Fatalf("only %d metrics were found, so nothing was tested", len(names))
	}
	for _, name := range names {
		if !strings.Contains(string(page), "| `"+strings.TrimSuffix(name, "_count")+"` |") {
			t.Errorf("an alert reads %s, which docs/metrics.md does not define", name)
		}
	}
}
