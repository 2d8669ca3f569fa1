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
go mod init check-alerts >/dev/null 2>&1
go get github.com/prometheus/prometheus/model/rulefmt@v0.316.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run . "$rules"
