#!/usr/bin/env bash
# Runs every fuzz target of the module for so many inputs or for a while, and fails when one fails. Targets are found in the source, so that a new one needs no list. Packages run
# side by side, each built once and each target with one worker, so that two cores are busy. A failing input is kept in testdata/fuzz of its package:
# commit it with the fix.
#
#   scripts/fuzz.sh [INPUTS|TIME] [PACKAGE-PATTERN]      scripts/fuzz.sh 1000x      scripts/fuzz.sh 3s internal/diff
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# fuzz_package builds one package with the fuzzer's instruments and runs its targets: fuzz_package FOLDER TIME WORK
fuzz_package() {
	set -euo pipefail
	local folder=$1 time=$2 work=$3 name out
	local binary=$work/${folder//\//_}.test
	# The flag that "go test -fuzz" gives to all packages is given to ours alone: what others wrote is neither compiled a second time nor what is tested.
	# What only a debugger reads is left out, which makes linking shorter.
	go test -c -ldflags='-s -w' -gcflags="$module/...=-d=libfuzzer" -o "$binary" "./$folder"
	for name in $(grep -hoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' "$folder"/*_test.go | sed 's/^func //' | sort); do
		# -test.run '^$' leaves the ordinary tests out: "make test" has run them, and each target's seeds.
		if ! out=$(cd "$folder" && "$binary" -test.run '^$' -test.fuzz "^$name\$" -test.fuzztime "$time" -test.parallel 1 -test.fuzzcachedir "$work/cache" 2>&1); then
			# Go's fuzzer now and then reports the end of its own time as a failure. A real one names the failing input or the test's own words beside it.
			if ! grep -q 'Failing input written' <<<"$out" && [[ $(grep -A1 -- '--- FAIL' <<<"$out" | tail -n 1 | tr -d ' ') == contextdeadlineexceeded ]]; then
				echo "fuzz: $folder $name ended at its time limit (reported by go as \"context deadline exceeded\"; no failing input)"
			else
				printf 'fuzz: %s %s FAILED\n%s\n' "$folder" "$name" "$out" >&2
				return 1
			fi
		else
			echo "fuzz: $folder $name"
		fi
		echo "$folder $name" >>"$work/done"
	done
	rm -f "$binary"
}
export -f fuzz_package
module=$(go list -m)
export module

time=${1:-1000x}
only=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/done"

grep -rlE --include='*_test.go' --exclude-dir=testdata --exclude-dir='.*' '^func Fuzz[A-Za-z0-9_]+\(' cmd internal policies |
	xargs -n 1 dirname | sort -u | { grep -F -- "$only" || true; } >"$work/packages"
targets=0
while read -r folder; do
	targets=$((targets + $(cat "$folder"/*_test.go | grep -cE '^func Fuzz[A-Za-z0-9_]+\(')))
done <"$work/packages"
if ((targets == 0)); then
	echo "fuzz: no target was found${only:+ below $only}" >&2
	exit 1
fi
xargs -P 2 -I{} bash -c 'fuzz_package "$@"' _ {} "$time" "$work" <"$work/packages"

count=$(wc -l <"$work/done")
if ((count != targets)); then
	echo "fuzz: $count of $targets targets ran" >&2
	exit 1
fi
echo "fuzz: $count targets, $time each"
