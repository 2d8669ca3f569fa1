#!/usr/bin/env bash
# Prints each package that has tests, one a line: "watched:PACKAGE" when the race detector watches it, else "plain:PACKAGE".
# Of watched packages, it prints "split:PACKAGE" for each that has tests which run without the detector all the same, and
# "test:NAME" for each of these tests: "//race:unwatched" stands right above them. Where it stands right above the package clause
# of a test, the package is plain, and "night:PACKAGE" says so: "make race" watches it all the same (docs/adr/0128).
#
#   scripts/watched.sh
#
# A race takes two goroutines. A package is plain when neither its code nor its tests start one, serve or open a database,
# when its code runs no program, and when it imports none of ours that does, but for facts, policy and builtin: they hand nothing of a
# caller to two goroutines that one of them changes, and are watched themselves. Whoever adds a goroutine to a package
# thereby has it watched, or breaks a law of the floor where the comment stands. What is built for the detector alone is watched, too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

starts='^[[:space:]]*(defer )?go (func|[a-zA-Z_.]+\()|\.Go\(|[[:space:]]t\.Parallel\(|AfterFunc\(|RunParallel|make\(chan|^//go:build race'
opens='^(import )?[[:space:]]*([a-zA-Z_.]+ )?"(golang.org/x/sync/errgroup|net/http|net/http/httptest|net|database/sql|github.com/rogpeppe/go-internal/testscript)"$'
programs='^(import )?[[:space:]]*([a-zA-Z_.]+ )?"os/exec"$'

list=$(go list -f '{{.ImportPath}}|{{.Dir}}|{{len .TestGoFiles}}{{len .XTestGoFiles}}|{{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./...)
mapfile -t folders < <(cut -d'|' -f2 <<<"$list")

# files names the files of our packages in which a pattern is found. More of find's conditions may follow the pattern.
files() {
	local pattern=$1
	shift
	find "${folders[@]}" -maxdepth 1 -name '*.go' "$@" -exec grep -lE "$pattern" {} + || true # grep fails where it finds nothing
}

{
	files "$starts|$opens" | sed 's,/[^/]*$,,; s,^,itself|,'
	files "$starts|$opens|$programs" ! -name '*_test.go' | sed 's,/[^/]*$,,; s,^,code|,'
	sed 's,^,package|,' <<<"$list"
	files '^//race:unwatched$' -name '*_test.go' | while read -r file; do
		awk -v OFS='|' -v folder="${file%/*}" '
			above && /^package / { print "night", folder }
			above && /^func / { sub(/^func /, ""); sub(/\(.*/, ""); print "test", folder, $0 }
			{ above = $0 == "//race:unwatched" }' "$file"
	done
} | awk -F'|' '
	$1 == "itself" { itself[$2] = 1 }
	$1 == "code" { itself[$2] = code[$2] = 1 }
	$1 == "night" { night[$2] = 1 }
	$1 == "test" { apart[$2] = apart[$2] "\ntest:" $3 }
	$1 == "package" { folder[$2] = $3; tests[$2] = $4; imports[$2] = $5; order[++count] = $2 }
	END {
		for (i = 1; i <= count; i++) {
			p = order[i]
			watched = itself[folder[p]]
			n = split(imports[p], all, " ")
			for (k = 1; k <= n; k++)
				if (all[k] in folder && code[folder[all[k]]] && all[k] != p && all[k] !~ /\/internal\/(facts|policy|builtin)$/) watched = 1
			if (watched && night[folder[p]]) {
				print "night:" p
				watched = 0
			}
			if (tests[p] != "00") print (watched ? "watched:" : "plain:") p
			if (watched && apart[folder[p]]) print "split:" p apart[folder[p]]
		}
	}'
