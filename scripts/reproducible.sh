#!/usr/bin/env bash
# Builds the program of HEAD twice, from clones at two places, and refuses two digests. With --cold the second build has a compiler's cache of its own,
# as on another machine; that takes minutes. reproducible.sh [--cold]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
build() { (cd "$1" && CGO_ENABLED=0 GOFLAGS= go build -trimpath -ldflags='-s -w' -o "$2" ./cmd/lintel); }
git clone -q --no-hardlinks "$root" "$work/one"
git clone -q --no-hardlinks "$root" "$work/a folder of another name"
build "$work/one" "$work/first"
if [[ ${1:-} == --cold ]]; then
	GOCACHE=$work/cache build "$work/a folder of another name" "$work/second"
else
	build "$work/a folder of another name" "$work/second"
fi
first=$(sha256sum <"$work/first") second=$(sha256sum <"$work/second")
if [[ $first != "$second" ]]; then
	echo "reproducible: two builds of $(git -C "$root" rev-parse --short HEAD) differ: $first and $second" >&2
	exit 1
fi
echo "reproducible: two builds of $(git -C "$root" rev-parse --short HEAD) are ${first%% *}"
