#!/usr/bin/env bash
# Holds what "lintel check --format sarif" writes to the rules of SARIF and of GitHub code scanning, by Microsoft's own validator: a change with findings at
# lines and about the whole change, one that is refused, one without anything to say, and one without commits. Needs npm once, to fetch the pinned validator.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pins=$root/tools/sarif
there=$root/.cache/sarif
if ! cmp -s "$pins/package-lock.json" "$there/package-lock.json"; then
	command -v npm >/dev/null || { echo "check-sarif: npm is not installed; install Node.js 20 or later" >&2; exit 1; }
	mkdir -p "$root/.cache"
	fetched=$(mktemp -d "$root/.cache/sarif.XXXXXX")
	cp "$pins/package.json" "$pins/package-lock.json" "$pins/.npmrc" "$fetched/"
	(cd "$fetched" && npm ci --silent --ignore-scripts) || { rm -rf "$fetched"; exit 1; }
	rm -rf "$there"
	mv "$fetched" "$there"
fi
validator=$(find "$there/node_modules/@microsoft" -maxdepth 2 -type f -name Sarif.Multitool | head -n 1)
[[ -n $validator ]] || { echo "check-sarif: the validator has no program for this system" >&2; exit 1; }
chmod +x "$validator"

lintel=${LINTEL:-$root/bin/lintel}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=Ann GIT_AUTHOR_EMAIL=ann@example.com GIT_COMMITTER_NAME=Ann GIT_COMMITTER_EMAIL=ann@example.com
git init -q -b main "$work/shop" && cd "$work/shop"
mkdir .github && printf 'version: 1\ncommits: { mode: enforce }\nsize: { mode: enforce, fail_over: 100 }\n' >.github/lintel.yml
printf '* @acme/shop\n' >CODEOWNERS
echo a >a.txt && git add . && git commit -q -m "chore: begin"
git checkout -q -b refused
seq 1 2000 >b.txt && git add . && git commit -q -m "Add a lot of numbers."
git checkout -q -b hostile main
touch "$(printf 'a b%%%s\t\342\200\256.txt' "'")" && git add . && git commit -q -m "$(printf 'fix: ##[error] \342\200\256 <script> %%0A')"
git checkout -q -b clean main
echo b >>a.txt && git commit -q -a -m "fix: say b too"

failed=0
write() { # write NAME ARGUMENTS: status 1 is a refusal, which has a report, too
	local name=$1 status=0
	shift
	"$lintel" check --base main --format sarif --output "$work/$name.sarif" "$@" 2>"$work/log" || status=$?
	((status < 2)) || { cat "$work/log" >&2; exit 1; }
}
write refused --head refused --title "Numbers."
write hostile --head hostile
write clean --head clean --title "fix: say b too" --only commits,size
write coverage --head clean --only coverage,lint
write nothing --head main
for log in "$work"/*.sarif; do
	if ! DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$validator" validate "$log" --rule-kind "Sarif;Ghas" --output "$work/said.json" --log ForceOverwrite >"$work/out" 2>&1 ||
		grep -qE '(error|warning) (SARIF|GH)[0-9]+' "$work/out"; then
		echo "check-sarif: ${log##*/}" >&2
		cat "$work/out" >&2
		failed=1
	fi
done
((failed == 0)) && echo "check-sarif: $(find "$work" -name '*.sarif' | wc -l) logs keep the rules of SARIF and of GitHub code scanning"
exit "$failed"
