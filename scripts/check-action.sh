#!/usr/bin/env bash
# The check of check/action.yml: runs "lintel check" once and writes annotations, the job's summary and SARIF. The inputs come by the environment.
set -euo pipefail
binary=${INPUT_BINARY:-$RUNNER_TEMP/lintel-bin/lintel}
sarif=${INPUT_SARIF:-$RUNNER_TEMP/lintel.sarif}
args=(--format github --also "sarif:$sarif" --also "markdown:$GITHUB_STEP_SUMMARY")
# Of a push there is no pull request to read.
[[ $INPUT_PULL_REQUEST != true || ${GITHUB_EVENT_NAME:-pull_request} != pull_request* ]] || args+=(--pull-request current)
[[ -z $INPUT_ONLY ]] || args+=(--only "$INPUT_ONLY")
while IFS= read -r line; do
  line=${line#"${line%%[![:space:]]*}"}
  line=${line%"${line##*[![:space:]]}"}
  [[ -z $line ]] || args+=(--report "$line")
done <<<"$INPUT_REPORTS"
# What another step left there is not this one's.
rm -f -- "$sarif"
status=0
"$binary" check "${args[@]}" || status=$?
# A report is there also when the change is refused; without a verdict there is none.
[[ ! -e $sarif ]] || echo "sarif=$sarif" >>"$GITHUB_OUTPUT"
exit "$status"
