#!/usr/bin/env bash
# Prints packages, one a line: "watched" those that the race detector watches, "plain" the others.
#
#   scripts/watched.sh watched|plain
#
# A race takes two goroutines. A package is plain when neither its code nor its tests start one, serve or open a database,
# when its code runs no program, and when it imports none of ours that does, but for facts, policy and builtin: they hand nothing of a
# caller to two goroutines that one of them changes, and are watched themselves. Whoever adds a goroutine to a package
# thereby has it watched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

starts='^[[:space:]]*(defer )?go (func|[a-zA-Z_.]+\()|\.Go\(|\.Parallel\(|AfterFunc\(|RunParallel|make\(chan'
opens='^(import )?[[:space:]]*([a-zA-Z_.]+ )?"(golang.org/x/sync/errgroup|net/http|net/http/httptest|net|database/sql|github.com/rogpeppe/go-internal/testscript)"$'
programs='^(import )?[[:space:]]*([a-zA-Z_.]+ )?"os/exec"$'

go list -f '{{.ImportPath}}|{{.Dir}}|{{len .TestGoFiles}}{{len .XTestGoFiles}}|{{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./... |
	while IFS='|' read -r package dir tests imports; do
		itself=no code=no
		if grep -qE "$starts|$opens" "$dir"/*.go; then itself=yes; fi
		if [[ -n $(find "$dir" -maxdepth 1 -name '*.go' ! -name '*_test.go' -exec grep -lE "$starts|$opens|$programs" {} +) ]]; then
			code=yes itself=yes
		fi
		printf '%s|%s|%s|%s|%s\n' "$package" "$itself" "$code" "$tests" "$imports"
	done |
	awk -F'|' -v want="$1" '
		{ itself[$1] = $2; code[$1] = $3; tests[$1] = $4; imports[$1] = $5; order[NR] = $1 }
		END {
			for (i = 1; i <= NR; i++) {
				p = order[i]
				watched = itself[p] == "yes"
				n = split(imports[p], all, " ")
				for (k = 1; k <= n; k++)
					if (code[all[k]] == "yes" && all[k] != p && all[k] !~ /\/internal\/(facts|policy|builtin)$/) watched = 1
				if (tests[p] == "00") continue
				if ((want == "watched") == (watched ? 1 : 0)) print p
			}
		}'
