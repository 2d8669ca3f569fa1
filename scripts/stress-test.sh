#!/usr/bin/env bash
# Runs a command so many times in a row with busy loops beside it, and stops at the first run that fails. It shows tests
# that need a quick machine: with three loops for each core, a test has a quarter of it.
#
#   scripts/stress-test.sh RUNS LOOPS-FOR-EACH-CORE COMMAND...      scripts/stress-test.sh 5 3 make test TESTFLAGS=-count=1
set -euo pipefail

if (($# < 3)); then
	echo "usage: scripts/stress-test.sh RUNS LOOPS-FOR-EACH-CORE COMMAND..." >&2
	exit 2
fi
runs=$1 loops=$(($2 * $(nproc)))
shift 2

busy=()
end() { ((${#busy[@]} == 0)) || kill "${busy[@]}" 2>/dev/null || true; }
trap end EXIT
for ((i = 0; i < loops; i++)); do
	(while :; do :; done) &
	busy+=($!)
done

for ((run = 1; run <= runs; run++)); do
	began=$SECONDS
	echo "stress-test: run $run of $runs beside $loops busy loops"
	if ! "$@"; then
		echo "stress-test: run $run of $runs failed after $((SECONDS - began)) s" >&2
		exit 1
	fi
	echo "stress-test: run $run of $runs passed in $((SECONDS - began)) s"
done
