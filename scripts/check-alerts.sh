#!/usr/bin/env bash
# check-alerts.sh: read deploy/alerts.yml by the code that "promtool check rules" runs, Prometheus' package rulefmt. It
# is built in a folder of its own: the product must not depend on Prometheus itself. Then the scenes of tools/alerts are
# played in Prometheus' own engine: which alerts fire on which series. With an argument it reads that file of rules.
set -euo pipefail
cd "$(dirname "$0")/.."
rules=$(realpath "${1:-deploy/alerts.yml}")
scenes=$(realpath tools/alerts/scenes.txt)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/main.go" <<'GO'
package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	groups, errs := rulefmt.ParseFile(os.Args[1], false, model.UTF8Validation, parser.NewParser(parser.Options{}),
		slog.New(slog.DiscardHandler))
	for _, err := range errs {
		fmt.Fprintln(os.Stderr, err)
	}
	if len(errs) > 0 {
		os.Exit(1)
	}
	n := 0
	for _, g := range groups.Groups {
		n += len(g.Rules)
	}
	fmt.Printf("%s: %d rules are valid\n", os.Args[1], n)
}
GO
cat > "$work/scenes_test.go" <<'GO'
package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
)

// TestAlerts loads each scene's series and evaluates each rule every minute for half an hour, as Prometheus does.
func TestAlerts(t *testing.T) {
	groups, errs := rulefmt.ParseFile(os.Getenv("RULES"), false, model.UTF8Validation, parser.NewParser(parser.Options{}),
		slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	scenes, err := os.ReadFile(os.Getenv("SCENES"))
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	fired := map[string]bool{}
	for scene := range strings.SplitSeq("\n"+string(scenes), "\n== ") {
		title, series, ok := strings.Cut(scene, "\n")
		if !ok || strings.HasPrefix(strings.TrimSpace(scene), "#") {
			continue
		}
		name, want, _ := strings.Cut(title, ": ")
		played++
		t.Run(name, func(t *testing.T) {
			got := fires(t, groups, series)
			for _, alert := range got {
				fired[alert] = true
			}
			if w := strings.Fields(strings.ReplaceAll(want, "nothing", "")); !slices.Equal(got, w) {
				t.Errorf("fires %q, want %q", got, w)
			}
		})
	}
	if played < 2 {
		t.Errorf("%d scenes", played)
	}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			if r.Alert != "" && !fired[r.Alert+"/"+r.Labels["severity"]] {
				t.Errorf("no scene fires %s", r.Alert)
			}
		}
	}
}

// fires are the alerts that fire within half an hour, as NAME/SEVERITY, sorted.
func fires(t *testing.T, groups *rulefmt.RuleGroups, series string) []string {
	store := promqltest.LoadedStorage(t, "load 1m\n"+series)
	t.Cleanup(func() { _ = store.Close() })
	engine := promqltest.NewTestEngine(t, false, 5*time.Minute, 10_000)
	all := []string{}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			// An alert fires when a series of it stands for as long as the rule says.
			since := map[string]time.Time{}
			for minute := range 31 {
				now := time.Unix(0, 0).Add(time.Duration(minute) * time.Minute)
				q, err := engine.NewInstantQuery(context.Background(), store, nil, r.Expr, now)
				if err != nil {
					t.Fatalf("%s: %v", r.Alert, err)
				}
				res := q.Exec(context.Background())
				vector, err := res.Vector()
				if err != nil {
					t.Fatalf("%s: %v", r.Alert, err)
				}
				active := map[string]time.Time{}
				for _, s := range vector {
					key := s.Metric.String()
					began, ok := since[key]
					if !ok {
						began = now
					}
					active[key] = began
					if now.Sub(began) >= time.Duration(r.For) {
						all = append(all, r.Alert+"/"+r.Labels["severity"])
					}
				}
				since = active
				q.Close()
			}
		}
	}
	sort.Strings(all)
	return slices.Compact(all)
}
GO
cd "$work"
export GOFLAGS=-mod=mod
{
	go mod init check-alerts
	go get github.com/prometheus/prometheus/model/rulefmt@v0.316.0
	go get github.com/prometheus/prometheus/promql/promqltest@v0.316.0
	go build -o check .
	go test -c -o scenes .
} >log 2>&1 || {
	tail -n 3 log
	# Where the module proxy cannot be reached nothing is known, which is said and is no failure.
	grep -qE 'dial tcp|no such host|connection refused|i/o timeout|module lookup disabled|Forbidden|404 Not Found|410 Gone' log || exit 1
	echo "alerts: Prometheus' own reader cannot be had here, so the rules were not read"
	exit 0
}
./check "$rules"
RULES="$rules" SCENES="$scenes" ./scenes -test.v >scenes.log 2>&1 || { grep -vE '^=== ' scenes.log; exit 1; }
echo "$scenes: $(grep -c -- '--- PASS: TestAlerts/' scenes.log) scenes fire what they should"
