#!/usr/bin/env bash
# The long run of the story of several processes (internal/server/torture_test.go): three processes that take webhooks and
# four that work, on a PostgreSQL of its own that is restarted twice, once by a crash. The clocks of the processes differ
# by minutes, one is an hour behind and one ahead: the standard library's clock is built with an offset that TORTURE_SKEW gives.
#
#   scripts/torture.sh [DELIVERIES]    about 2000 by default; TORTURE_SEED repeats a run
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -z ${TEST_POSTGRES:-} ]]; then
	exec scripts/postgres.sh run scripts/torture.sh "$@"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The clock that a machine shows moves, the one that measures spans does not.
root=$(go env GOROOT)
sed -E 's/^(\tsec, nsec, mono := runtimeNow\(\)|\tsec, nsec, mono := now\(\))$/\1\n\tsec += skew/' "$root/src/time/time.go" >"$work/time.go"
if ! grep -q 'sec += skew' "$work/time.go"; then
	echo "torture: this Go's time.Now is not the one that this script knows" >&2
	exit 1
fi
cat >"$work/skew.go" <<'GO'
package time

import "syscall"

// skew is how many seconds the clock of this process is ahead.
var skew = func() (n int64) {
	text, _ := syscall.Getenv("TORTURE_SKEW")
	sign := int64(1)
	for i, c := range text {
		switch {
		case c == '-' && i == 0:
			sign = -1
		case c >= '0' && c <= '9':
			n = n*10 + int64(c-'0')
		}
	}
	return sign * n
}()
GO
printf '{"Replace": {"%s": "%s", "%s": "%s"}}\n' "$root/src/time/time.go" "$work/time.go" "$root/src/time/skew.go" "$work/skew.go" >"$work/overlay.json"
echo "torture: compiling everything with a clock that can be off; this takes minutes the first time" >&2
CGO_ENABLED=0 go test -c -overlay "$work/overlay.json" -o "$work/torture.test" ./internal/server
cd internal/server
TORTURE=${1:-2000} TORTURE_SKEWED=1 "$work/torture.test" -test.run '^TestStoryOnPostgres$/^several_processes$' -test.v -test.timeout 60m
