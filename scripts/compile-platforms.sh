#!/usr/bin/env bash
# Compiles the program for every platform of a release, one after the other, and says how far it is: a small machine has
# neither the memory nor the time for six at once. It links nothing; the compiler's cache keeps what was made.
# PLATFORMS="windows/amd64 darwin/arm64" names others. It is for "make release-snapshot" and at night.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
read -ra platforms <<<"${PLATFORMS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64}"
done=0
for platform in "${platforms[@]}"; do
	began=$SECONDS
	CGO_ENABLED=0 GOFLAGS='' GOOS=${platform%/*} GOARCH=${platform#*/} go list -trimpath -export -deps ./cmd/lintel >/dev/null
	done=$((done + 1))
	echo "compile-platforms: $platform in $((SECONDS - began)) s, $done of ${#platforms[@]}"
done
