#!/usr/bin/env bash
# Runs the snippets of docs/guides/hooks.md for husky and lefthook, by those programs themselves (npm, pinned in tools/hooks): a bad message
# is refused, a good one is taken. It needs bin/lintel (make build).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
there=$root/.cache/hooks
command -v npm >/dev/null || { echo "check-hooks: npm is not installed; install Node.js 20 or later" >&2; exit 1; }
if ! cmp -s "$root/tools/hooks/package-lock.json" "$there/package-lock.json"; then
	rm -rf "$there" && mkdir -p "$there"
	cp "$root/tools/hooks/package.json" "$root/tools/hooks/.npmrc" "$there/"
	(cd "$there" && cp "$root/tools/hooks/package-lock.json" . && npm ci --silent --ignore-scripts) >&2 || { rm -rf "$there"; exit 1; }
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$root/bin:$there/node_modules/.bin:$PATH" HOME=$work GIT_CONFIG_NOSYSTEM=1 LEFTHOOK_QUIET=all
git config --global user.name Ann && git config --global user.email ann@example.com && git config --global init.defaultBranch main
guide=$root/docs/guides/hooks.md

# block prints the first fenced block of the guide that holds a text.
block() { awk -v want="$1" '/^```/ { if (on) { if (index(text, want)) { printf "%s", text; exit } on = 0 } else { on = 1; text = "" } next } on { text = text $0 "\n" }' "$guide"; }

repository() {
	git init --quiet "$work/$1" && cd "$work/$1"
	mkdir .github && printf 'version: 1\ncommits: { mode: enforce, style: conventional, squash: commits }\n' >.github/lintel.yml
	git add . && git commit --quiet --message "feat: open the shop"
	git switch --quiet --create topic
}

# judged commits twice: the hook must refuse the first message, by a rule of ours, and take the second.
judged() {
	echo hello >hello.txt && git add hello.txt
	if git commit --message "Added stuff." >"$work/out" 2>&1; then
		echo "check-hooks: $1 took a bad message" >&2
		exit 1
	fi
	grep -q 'conventional' "$work/out" || { cat "$work/out" >&2; echo "check-hooks: $1 refused for another reason" >&2; exit 1; }
	git commit --quiet --message "feat: say hello" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
	echo "check-hooks: $1 refuses a bad message and takes a good one"
}

repository husky
husky >/dev/null
block '.husky/commit-msg' | bash
judged husky

repository lefthook
block '# lefthook.yml' >lefthook.yml
git add lefthook.yml && git commit --quiet --message "chore: name the hooks"
lefthook install >/dev/null
judged lefthook
