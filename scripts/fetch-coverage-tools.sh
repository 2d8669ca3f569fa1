#!/usr/bin/env bash
# Brings the coverage tools whose reports of one run the tests compare: c8 and nyc from npm into .cache/coverage-tools, pinned by tools/coverage, and coverage.py
# as Debian has it. What is there and current is kept. At home the tests say what is missing; in CI they fail without it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pins=$root/tools/coverage
there=$root/.cache/coverage-tools
if ! cmp -s "$pins/package-lock.json" "$there/package-lock.json"; then
	if ! command -v npm >/dev/null; then
		echo "fetch-coverage-tools: npm is not installed; install Node.js 20.15 or later to compare the reports of c8 and nyc" >&2
		exit 1
	fi
	mkdir -p "$root/.cache"
	work=$(mktemp -d "$root/.cache/coverage-tools.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	cp "$pins/package.json" "$pins/package-lock.json" "$pins/.npmrc" "$work/"
	(cd "$work" && npm ci --silent --ignore-scripts)
	rm -rf "$there"
	mv "$work" "$there"
fi
if ! /usr/bin/python3 -c 'import coverage' 2>/dev/null && ! python3 -c 'import coverage' 2>/dev/null; then
	if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-coverage >/dev/null
	else
		echo "fetch-coverage-tools: coverage.py is not installed (Debian: python3-coverage); its reports are not compared" >&2
	fi
fi
