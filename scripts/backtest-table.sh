#!/usr/bin/env bash
# Makes the table of docs/field-backtest.tsv: what every rule family, enforced, and what the defaults would have refused of the newest N merged changes of
# local clones, which this script only reads. A second run with the same OUT goes on where the first one was stopped. What others wrote stays in OUT, which
# must lie outside of the repository.
#
#   scripts/backtest-table.sh [-n N] [-o OUT] CLONE... >docs/field-backtest.tsv
set -euo pipefail

n=300 out=$(mktemp -d) root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
while getopts n:o: flag; do
	case $flag in
	n) n=$OPTARG ;;
	o) out=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { echo "usage: scripts/backtest-table.sh [-n N] [-o OUT] CLONE..." >&2; exit 2; }
command -v jq >/dev/null || { echo "backtest-table: jq is needed" >&2; exit 2; }
mkdir -p "$out"
out=$(cd "$out" && pwd)
[[ $out/ != "$root"/* ]] || { echo "backtest-table: $out is in the repository: name another folder with -o" >&2; exit 2; }

# LINTEL names a program that is built already. A state file holds for one build, so OUT keeps the one that it began with.
lintel=${LINTEL:-$out/lintel}
[ -x "$lintel" ] || (cd "$root" && CGO_ENABLED=0 go build -o "$lintel" ./cmd/lintel)

families=()
for folder in "$root"/policies/*/; do
	family=$(basename "$folder")
	[ "$family" = gate ] || families+=("$family")
done
{ echo "version: 1"; printf '%s: { mode: enforce }\n' "${families[@]}"; } >"$out/enforce.yml"

# language is that of most source files at the head.
language() {
	git -C "$1" ls-tree -r --name-only HEAD | sed -n 's/.*\.\(c\|cc\|cpp\|cs\|ex\|go\|java\|js\|kt\|php\|py\|rb\|rs\|swift\|ts\|tsx\)$/\1/p' |
		sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }' |
		sed 's/^cc$/C++/; s/^cpp$/C++/; s/^cs$/C#/; s/^c$/C/; s/^ex$/Elixir/; s/^go$/Go/; s/^java$/Java/; s/^js$/JavaScript/; s/^kt$/Kotlin/; s/^php$/PHP/;
			s/^py$/Python/; s/^rb$/Ruby/; s/^rs$/Rust/; s/^swift$/Swift/; s/^tsx\{0,1\}$/TypeScript/'
}

printf 'repository\tlanguage\tchanges\trefused by all\trefused by default'
printf '\t%s fired' "${families[@]}"
echo
for clone in "$@"; do
	name=$(basename "$clone")
	[ "$name" != repo ] || name=$(basename "$(dirname "$clone")")
	"$lintel" backtest --repo "$clone" --last "$n" --settings "$out/enforce.yml" --state "$out/$name.state" --format json \
		--output "$out/$name.json" 2>>"$out/log"
	jq -r --arg name "$name" --arg language "$(language "$clone")" '
		(.rules | map({key: .id, value: .default_mode}) | from_entries) as $default
		| (.changes | map(select(has("error") | not))) as $judged
		| [$name, $language, ($judged | length),
		   ($judged | map(select(.refused)) | length),
		   ($judged | map(select(.blocked | any($default[.] == "enforce"))) | length)]
		  + ($ARGS.positional | map(. as $family | $judged | map(select(.fired | any(startswith($family + "/")))) | length))
		| @tsv' "$out/$name.json" --args "${families[@]}"
done
