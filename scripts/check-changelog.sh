#!/usr/bin/env bash
# Refuses a CHANGELOG.md that is not well-formed, or that has nothing under "## Unreleased" although a feat or fix commit
# landed since the newest release that it names: check-changelog.sh [CHANGELOG]. It needs no tag. In a shallow clone it
# counts the commits that are there.
set -euo pipefail

file=${1:-CHANGELOG.md}
cd "$(dirname "$file")"
file=$(basename "$file")

refuse() {
	echo "check-changelog: $1" >&2
	exit 1
}

first=$(grep -m 1 '^## ' "$file" || true)
[[ $first == "## Unreleased" ]] || refuse "the first section of $file is \"$first\", want \"## Unreleased\""

wrong=$(awk '
	function close_group() { if (group != "" && !lines) print "\"" group "\" under \"" section "\" has no line" }
	/^## /  { close_group(); section = $0; group = ""; delete seen
	          if (section != "## Unreleased" && section !~ /^## [0-9]+\.[0-9]+\.[0-9]+[^ ]* \([0-9-]+\)$/) print "\"" section "\" is no release" }
	/^### / { close_group(); group = $0; lines = 0
	          if (group !~ /^### (Added|Changed|Deprecated|Removed|Fixed|Security)$/) print "\"" group "\" is no kind of change"
	          if (seen[group]++) print "\"" group "\" comes twice under \"" section "\"" }
	/^- /   { lines++ }
	END     { close_group() }' "$file")
[[ -z $wrong ]] || refuse "$file: $wrong"

noted=$(awk '/^## / { on = $0 == "## Unreleased" } on && /^- / { n++ } END { print n + 0 }' "$file")
release=$(grep -m 1 -E '^## [0-9]' "$file" || true)
range=HEAD
if [[ -n $release ]]; then
	# The oldest commit that is known and has the heading; a heading that is not committed is of a release that begins now.
	at=$(git log --format=%H -S"$release" -- "$file" | tail -n 1)
	range=${at:-HEAD}..HEAD
fi
landed=$(git log --format=%s "$range" -- | grep -cE '^(feat|fix)(\([^)]*\))?!?: ' || true)
if ((landed > 0 && noted == 0)); then
	refuse "$landed feat or fix commits landed, and \"## Unreleased\" of $file is empty: say what users can see"
fi
