#!/usr/bin/env bash
# The steps of action.yml that get the program: "name" says by which key it is cached, "build" builds it.
# It is built by a Go that is there already, found and not put on anybody's path: the job's own Go stays what it was.
set -euo pipefail
binary=$RUNNER_TEMP/lintel-bin/lintel
sum() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
case $1 in
name)
  # All that the program is made of, whatever branch or tag the action was named by.
  key=$(cd "$ACTION_PATH" && find go.mod go.sum cmd internal policies -type f ! -name '*_test.go' -print0 | LC_ALL=C sort -z | xargs -0 -n 500 bash -c 'if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi' sum | sum | cut -c1-40)
  echo "key=$key" >>"$GITHUB_OUTPUT"
  ;;
build)
  [[ ! -x $binary ]] || exit 0
  go=$(command -v go || true)
  # Hosted runners keep several; the newest by name is new enough to fetch the one that go.mod asks for.
  [[ -n $go ]] || go=$(find "${RUNNER_TOOL_CACHE:-/nonexistent}/go" -path '*/bin/go' 2>/dev/null | sort -V | tail -n 1)
  if [[ -z $go ]]; then
    echo "lintel: there is no Go on this runner to build lintel with; put actions/setup-go before this step, or name a program by the input binary" >&2
    exit 2
  fi
  mkdir -p "${binary%/*}"
  # What the job set for its own builds is not meant for this one.
  cd "$ACTION_PATH"
  env -u GOFLAGS -u GOOS -u GOARCH -u GOEXPERIMENT -u GOROOT GOWORK=off CGO_ENABLED=0 GOTOOLCHAIN=auto "$go" build -trimpath -o "$binary" ./cmd/lintel
  ;;
esac
