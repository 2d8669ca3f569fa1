#!/usr/bin/env bash
# Brings GitHub's own documents (OpenAPI, webhook schemas, recorded payloads, GraphQL schema) into .cache/oracles, where the tests of
# internal/fake/github look for them. tools/oracles.lock pins versions and SHA-512 sums; a package that does not match is not unpacked.
# Safe to run again and in parallel: what is there and current is kept, and files appear whole or not at all.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lock=$root/tools/oracles.lock
cache=$root/.cache/oracles
mkdir -p "$cache"

# The npm form of a SHA-512 sum: base64 of the raw digest.
integrity() {
	local hex
	if command -v sha512sum >/dev/null; then
		hex=$(sha512sum "$1" | cut -d ' ' -f 1)
	else
		hex=$(shasum -a 512 "$1" | cut -d ' ' -f 1) # macOS
	fi
	# shellcheck disable=SC2059 # the format is the escaped digest itself
	printf "$(sed 's/../\\x&/g' <<<"$hex")" | base64 | tr -d '\n' | sed 's/^/sha512-/'
}

work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

while read -r package version want inside name; do
	case $package in '' | '#'*) continue ;; esac
	# The mark beside a file names the package it came from, so that a new pin replaces it.
	if [[ -s $cache/$name && $(cat "$cache/$name.from" 2>/dev/null) == "$package@$version $want" ]]; then
		continue
	fi
	if ! command -v npm >/dev/null; then
		echo "fetch-oracles: npm is not installed; install Node.js 18 or later to fetch $package@$version" >&2
		exit 1
	fi
	echo "fetch-oracles: $package@$version" >&2
	file=$(cd "$work" && npm pack --silent --loglevel=error "$package@$version" | tail -n 1)
	got=$(integrity "$work/$file")
	if [[ $got != "$want" ]]; then
		echo "fetch-oracles: $package@$version has $got, tools/oracles.lock pins $want; it was not unpacked" >&2
		exit 1
	fi
	tar -xzf "$work/$file" -C "$work" "$inside"
	mv "$work/$inside" "$cache/$name"
	echo "$package@$version $want" >"$work/from"
	mv "$work/from" "$cache/$name.from"
	rm -rf "${work:?}/$file" "$work/package"
done <"$lock"
