#!/usr/bin/env bash
# Prints the part of CHANGELOG.md about one version, and refuses a version that has none: release-notes.sh v0.1.0 [CHANGELOG]
set -euo pipefail
version=${1:?name the version, such as v0.1.0}
file=${2:-$(dirname "${BASH_SOURCE[0]}")/../CHANGELOG.md}
if ! [[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
	echo "release-notes: $version is no version such as v0.1.0" >&2
	exit 2
fi
notes=$(awk -v want="## ${version#v}" '
	/^## / { inside = ($0 == want || index($0, want " ") == 1); next }
	inside { print }
' "$file")
if [[ -z ${notes//[[:space:]]/} ]]; then
	echo "release-notes: CHANGELOG.md says nothing of ${version#v}: write \"## ${version#v} (date)\" over what it changes, and tag again" >&2
	exit 1
fi
printf '%s\n' "$notes"
