#!/usr/bin/env bash
# Brings the tools of the catalogue (internal/catalogue) that Debian, npm and Go's proxy have, and prints the folders that hold them, for PATH. Those of npm
# are pinned in tools/checks with their sums, actionlint is the version of go.mod, and Debian's are its own.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pins=$root/tools/checks
there=$root/.cache/checks

if ! cmp -s "$pins/package-lock.json" "$there/package-lock.json"; then
	command -v npm >/dev/null || { echo "fetch-checks: npm is not installed; install Node.js 20 or later" >&2; exit 1; }
	mkdir -p "$root/.cache"
	work=$(mktemp -d "$root/.cache/checks.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	cp "$pins/package.json" "$pins/package-lock.json" "$pins/.npmrc" "$work/"
	(cd "$work" && npm ci --silent --ignore-scripts) >&2
	rm -rf "$there"
	mv "$work" "$there"
fi

(cd "$root" && "${GO:-go}" build -o .cache/checks/bin/actionlint github.com/rhysd/actionlint/cmd/actionlint) >&2

version=$(cd "$root" && "${GO:-go}" list -m -f '{{.Version}}' github.com/zricethezav/gitleaks/v8)
if [[ ! -x $there/bin/gitleaks-$version ]]; then # the program needs modules that ours does not
	(cd "$there" && GOFLAGS='' GOBIN=$there/bin "${GO:-go}" install "github.com/zricethezav/gitleaks/v8@$version") >&2
	mv "$there/bin/gitleaks" "$there/bin/gitleaks-$version"
fi
ln -sfn "gitleaks-$version" "$there/bin/gitleaks"
ln -sfn "$root/.cache/bin/golangci-lint-$(sed -n 's/^GOLANGCI_VERSION *:= *//p' "$root/Makefile")" "$there/bin/golangci-lint"

missing=()
for tool in shellcheck yamllint black mypy rubocop; do
	command -v "$tool" >/dev/null || missing+=("$tool")
done
if ((${#missing[@]} > 0)); then
	if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
		echo "fetch-checks: not on the search path: ${missing[*]} (Debian: apt-get install ${missing[*]})" >&2
		exit 1
	fi
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null
fi
echo "$there/node_modules/.bin:$there/bin"
