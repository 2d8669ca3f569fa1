#!/usr/bin/env bash
# Runs every fuzz target of the module for a while, one after another, and stops at the first that fails. Targets are found in the source, so that a new
# one needs no list. A failing input is kept by go in testdata/fuzz of its package: commit it with the fix.
#
#   scripts/fuzz.sh [TIME] [PACKAGE-PATTERN]      scripts/fuzz.sh 3s internal/diff
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

time=${1:-3s}
only=${2:-}
count=0
while IFS=: read -r file _ line; do
	folder=$(dirname "$file")
	[[ $folder == *$only* ]] || continue
	name=${line#func }
	name=${name%%(*}
	printf 'fuzz: %s %s\n' "$folder" "$name"
	# -run '^$' leaves the ordinary tests out: "make test" has run them, and each target's seeds.
	if ! out=$(go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "./$folder" 2>&1); then
		# Go's fuzzer now and then reports the end of its own time as a failure. A real one names the failing input or the test's own words beside it.
		if ! grep -q 'Failing input written' <<<"$out" && [[ $(grep -A1 -- '--- FAIL' <<<"$out" | tail -n 1 | tr -d ' ') == contextdeadlineexceeded ]]; then
			echo "fuzz: $folder $name ended at its time limit (reported by go as \"context deadline exceeded\"; no failing input)"
			count=$((count + 1))
			continue
		fi
		printf '%s\n' "$out" >&2
		exit 1
	fi
	count=$((count + 1))
done < <(grep -rnE --include='*_test.go' --exclude-dir=testdata --exclude-dir='.*' '^func Fuzz[A-Za-z0-9_]+\(' cmd internal policies | sort)

if ((count == 0)); then
	echo "fuzz: no target was found${only:+ below $only}" >&2
	exit 1
fi
echo "fuzz: $count targets, $time each"
