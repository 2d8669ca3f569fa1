#!/usr/bin/env bash
# Brings the third-party GitHub emulator of the smoke run into .cache/emulate. tools/emulate pins it and what it needs, with SHA-512 sums.
# What is there and current is kept; the folder appears whole or not at all.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pins=$root/tools/emulate
there=$root/.cache/emulate

if cmp -s "$pins/package-lock.json" "$there/package-lock.json"; then
	exit 0
fi
if ! command -v npm >/dev/null; then
	echo "fetch-emulate: npm is not installed; install Node.js 20 or later to run the emulator" >&2
	exit 1
fi
mkdir -p "$root/.cache"
work=$(mktemp -d "$root/.cache/emulate.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp "$pins/package.json" "$pins/package-lock.json" "$pins/.npmrc" "$work/"
(cd "$work" && npm ci --silent --ignore-scripts)
rm -rf "$there"
mv "$work" "$there"
