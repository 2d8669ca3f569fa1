#!/usr/bin/env bash
# Brings axe-core, pinned in tools/axe with its SHA-512 sum, into .cache/axe, and prints where Chromium is. A machine that has none and whose packages we may
# install (root, apt) gets Debian's; on others it is asked for.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pins=$root/tools/axe
there=$root/.cache/axe

if ! cmp -s "$pins/package-lock.json" "$there/package-lock.json"; then
	command -v npm >/dev/null || { echo "fetch-axe: npm is not installed; install Node.js 20 or later" >&2; exit 1; }
	mkdir -p "$root/.cache"
	work=$(mktemp -d "$root/.cache/axe.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	cp "$pins/package.json" "$pins/package-lock.json" "$pins/.npmrc" "$work/"
	(cd "$work" && npm ci --silent --ignore-scripts) >&2
	rm -rf "$there"
	mv "$work" "$there"
fi

browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
if ! browser; then
	if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null
		browser
	else
		echo "fetch-axe: no Chromium on the search path (Debian: apt-get install chromium)" >&2
		exit 1
	fi
fi
