#!/usr/bin/env bash
# check-alerts.sh: read deploy/alerts.yml by the code that "promtool check rules" runs, Prometheus' package rulefmt. It
# is built in a folder of its own: the product must not depend on Prometheus itself. With an argument it reads that file.
set -euo pipefail
cd "$(dirname "$0")/.."
rules=$(realpath "${1:-deploy/alerts.yml}")
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
cd "$work"
export GOFLAGS=-mod=mod
{
	go mod init check-alerts
	go get github.com/prometheus/prometheus/model/rulefmt@v0.316.0
	go build -o check .
} >log 2>&1 || {
	tail -n 3 log
	# Where the module proxy cannot be reached nothing is known, which is said and is no failure.
	grep -qE 'dial tcp|no such host|connection refused|i/o timeout|module lookup disabled|Forbidden|404 Not Found|410 Gone' log || exit 1
	echo "alerts: Prometheus' own reader cannot be had here, so the rules were not read"
	exit 0
}
./check "$rules"
