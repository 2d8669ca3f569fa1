#!/usr/bin/env bash
# Measures Lintel on the history of real repositories: local clones with their whole history, which this script only reads. For each it has "lintel init
# --enforce" conclude settings from the changes before the last N, and judges those last N by them, so that no rule is tried on what it was chosen from.
# It prints the tables behind docs/field.md; what others wrote stays in OUT, which must lie outside of the repository.
#
#   scripts/field.sh [-n N] [-t TRAIN] [-o OUT] CLONE...
set -euo pipefail

n=100 train=300 out=$(mktemp -d) root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
while getopts n:t:o: flag; do
	case $flag in
	n) n=$OPTARG ;;
	t) train=$OPTARG ;;
	o) out=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { echo "usage: scripts/field.sh [-n N] [-t TRAIN] [-o OUT] CLONE..." >&2; exit 2; }
command -v jq >/dev/null || { echo "field: jq is needed" >&2; exit 2; }
mkdir -p "$out"
out=$(cd "$out" && pwd)
[[ $out/ != "$root"/* ]] || { echo "field: $out is in the repository; what others wrote does not belong there: name another folder with -o" >&2; exit 2; }

# LINTEL names a program that is built already.
lintel=${LINTEL:-$out/lintel}
[ -n "${LINTEL:-}" ] || (cd "$root" && CGO_ENABLED=0 go build -o "$lintel" ./cmd/lintel)

echo "| repository | style | judged | refused | refused outside of ownership and reports | with a finding | findings | p50 |"
echo "|---|---|---|---|---|---|---|---|"
for clone in "$@"; do
	name=$(basename "$clone")
	"$lintel" init --repo "$clone" --skip "$n" --last "$train" --enforce --dry-run >"$out/$name.yml" 2>"$out/$name.log"
	"$lintel" replay --repo "$clone" --last "$n" --settings "$out/$name.yml" --format jsonl >"$out/$name.jsonl" 2>>"$out/$name.log"
	jq -rs --arg name "$name" --arg style "$(sed -n 's/^  style: //p' "$out/$name.yml")" '
		map(select(has("error") | not)) as $judged
		| def counted: test("^(ownership|coverage|lint)/") | not;
		  [$name, $style, ($judged | length),
		   ($judged | map(select(.refused)) | length),
		   ($judged | map(select(.by | any(counted))) | length),
		   ($judged | map(select(.findings | length > 0)) | length),
		   ($judged | map(.findings | length) | add // 0),
		   (($judged | map(.ms) | sort)[(($judged | length) - 1) / 2 | floor] | tostring + " ms")]
		| "| " + (map(tostring) | join(" | ")) + " |"' "$out/$name.jsonl"
done

# By rule, over all repositories: how often it spoke, how often it refused, how often it enforced.
echo
echo "| rule | findings | changes refused | repositories where it enforces |"
echo "|---|---|---|---|"
for clone in "$@"; do
	name=$(basename "$clone")
	sed -n "s/^  \([a-z]*\/[a-z-]*\): { mode: enforce }.*/$name \1/p" "$out/$name.yml"
done >"$out/enforced.txt"
for clone in "$@"; do cat "$out/$(basename "$clone").jsonl"; done | jq -rs --rawfile enforced "$out/enforced.txt" '
	([.[].findings[].rule] | group_by(.) | map({key: .[0], value: length}) | from_entries) as $said
	| ([.[].by[]] | group_by(.) | map({key: .[0], value: length}) | from_entries) as $refused
	| ($enforced | split("\n") | map(select(. != "") | split(" ")[1]) | group_by(.) | map({key: .[0], value: length}) | from_entries) as $on
	| ($said + $on | keys)[] | "| \(.) | \($said[.] // 0) | \($refused[.] // 0) | \($on[.] // 0) |"'
echo
echo "What was judged lies in $out: NAME.yml are the settings, NAME.jsonl the changes with their findings." >&2
