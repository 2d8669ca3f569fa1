#!/usr/bin/env bash
# The report of action.yml: runs "lintel report" with the action's inputs, which come by the environment.
set -euo pipefail
binary=${INPUT_BINARY:-$RUNNER_TEMP/lintel-bin/lintel}
if [[ $INPUT_FINALISE == true ]]; then
  exec "$binary" report finalise
fi
args=(--kind "$INPUT_KIND" --format "$INPUT_FORMAT" --artifact "$ARTIFACT")
[[ -z $INPUT_FLAG ]] || args+=(--flag "$INPUT_FLAG")
[[ -z $INPUT_PART ]] || args+=(--part "$INPUT_PART")
[[ -z $INPUT_MEASURED ]] || args+=(--measured "$INPUT_MEASURED")
[[ $INPUT_BASE != true ]] || args+=(--base)
files=()
while IFS= read -r line; do
  line=${line#"${line%%[![:space:]]*}"}
  line=${line%"${line##*[![:space:]]}"}
  [[ -z $line ]] || files+=("$line")
done <<<"$INPUT_FILES"
if ((${#files[@]} == 0)); then
  echo "lintel: the action's input files names no file" >&2
  exit 2
fi
"$binary" report upload "${args[@]}" -- "${files[@]}"
if [[ -e $ARTIFACT/lintel-report.json ]]; then
  { echo artifact=true; echo "name=$RANDOM$RANDOM"; } >>"$GITHUB_OUTPUT"
fi
