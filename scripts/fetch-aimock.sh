#!/usr/bin/env bash
# Brings the third-party model server of the model's smoke run into .cache/aimock. tools/aimock pins it with its SHA-512 sum; it needs nothing else.
# What is there and current is kept; the folder appears whole or not at all.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pins=$root/tools/aimock
there=$root/.cache/aimock
if cmp -s "$pins/package-lock.json" "$there/package-lock.json"; then
	exit 0
fi
if ! command -v npm >/dev/null; then
	echo "fetch-aimock: npm is not installed; install Node.js 20.15 or later to run the model server" >&2
	exit 1
fi
mkdir -p "$root/.cache"
work=$(mktemp -d "$root/.cache/aimock.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp "$pins/package.json" "$pins/package-lock.json" "$pins/.npmrc" "$work/"
(cd "$work" && npm ci --silent --ignore-scripts)
rm -rf "$there"
mv "$work" "$there"
