package metrics

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

var (
	described     = regexp.MustCompile(`fqName: "([a-z_]+)".*variableLabels: {([a-z_,]*)}`)
	defined       = regexp.MustCompile("(?m)^### `([a-z_]+)`\n\n(Counter|Gauge|Histogram)(?:, by ((?:`[a-z_]+`(?:, | and )?)+))?\\.")
	documentLabel = regexp.MustCompile("`([a-z_]+)`")
)

// TestMetricsAreDefined holds docs/metrics.md and the registry against each other: names and labels, both ways.
func TestMetricsAreDefined(t *testing.T) {
	t.Parallel()
	m := New(nil) // nothing is collected, so no database is asked
	m.JobsGivenUp(nil)
	m.Register(m.Advice(), m.Uploads(), Scorecards(nil, nil), Objectives(nil), Organisations(nil), Flow(nil))
	descriptions := make(chan *prometheus.Desc, 1000)
	m.registry.Describe(descriptions)
	close(descriptions)
	registered := map[string]string{}
	for d := range descriptions {
		if match := described.FindStringSubmatch(d.String()); match != nil && strings.HasPrefix(match[1], "lintel_") {
			labels := strings.Split(match[2], ",")
			slices.Sort(labels)
			registered[match[1]] = strings.Join(labels, ",")
		}
	}
	if len(registered) < 5 {
		t.Fatalf("only %d metrics were found, so nothing was tested", len(registered))
	}
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, match := range defined.FindAllStringSubmatch(string(page), -1) {
		labels := []string{}
		for _, l := range documentLabel.FindAllStringSubmatch(match[3], -1) {
			labels = append(labels, l[1])
		}
		slices.Sort(labels)
		documented[match[1]] = strings.Join(labels, ",")
	}
	if d := cmp.Diff(registered, documented); d != "" {
		t.Errorf("docs/metrics.md (+) does not define what the server registers (-), name to labels; each needs a "+
			"heading and a line such as \"Counter, by `event` and `outcome`.\"\n%s", d)
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
					if !strings.Contains(string(page), "### `"+name+"`") {
						t.Errorf("%s: panel %q reads %s, which docs/metrics.md does not define", file, p.Title, name)
					}
				}
				if target.Expr == "" && !strings.Contains(target.RawSQL, "v_pr_v1") && !strings.Contains(target.RawSQL, "v_deploy_v1") {
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
		if !strings.Contains(string(page), "### `"+name+"`") {
			t.Errorf("an alert reads %s, which docs/metrics.md does not define", name)
		}
	}
}
