#!/usr/bin/env bash
# The steps of both actions that get the program: "name" says by which key it is cached, "build" downloads or builds it.
# An action that is named by a release's tag takes the program of that release, held to its checksum. Otherwise, and where
# the release cannot be reached, it is built by a Go that is there already, found and not put on anybody's path: the job's
# own Go stays what it was.
# LINTEL_RELEASES names a mirror of the releases.
set -euo pipefail
binary=$RUNNER_TEMP/lintel-bin/lintel
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
sum() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# download takes the program of the release, or says why there is none and returns 1. What was tampered with ends the job.
download() {
  local releases=${LINTEL_RELEASES:-https://github.com/lintel-review/lintel/releases/download} os arch name want got work
  [[ ${ACTION_REF:-} =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || return 1
  case ${RUNNER_OS:-} in Linux) os=linux ;; macOS) os=darwin ;; Windows) os=windows ;; *) return 1 ;; esac
  case ${RUNNER_ARCH:-} in X64) arch=amd64 ;; ARM64) arch=arm64 ;; *) return 1 ;; esac
  name=lintel_${ACTION_REF#v}_${os}_$arch.tar.gz
  [[ $os != windows ]] || name=${name%.tar.gz}.zip
  command -v curl >/dev/null || { echo "lintel: there is no curl on this runner, so the program is built here" >&2; return 1; }
  work=$RUNNER_TEMP/lintel-download
  mkdir -p "$work"
  for file in checksums.txt "$name"; do
    if ! curl -fsSL --proto "=${releases%%:*}" --proto-redir '=https' --retry 3 --max-time 300 -o "$work/$file" "$releases/$ACTION_REF/$file"; then
      echo "lintel: $releases/$ACTION_REF/$file cannot be had, so the program is built here" >&2
      return 1
    fi
  done
  want=$(awk -v name="$name" '$2 == name { print $1 }' "$work/checksums.txt")
  got=$(sum "$work/$name" | cut -d' ' -f1)
  if [[ $want != "$got" ]]; then
    echo "lintel: $name has the SHA-256 $got, and checksums.txt of the release says ${want:-nothing}: it is not used" >&2
    exit 2
  fi
  if [[ $os == windows ]]; then unzip -qo "$work/$name" lintel.exe -d "$work" && mv "$work/lintel.exe" "$binary"
  else tar -xzf "$work/$name" -C "$work" lintel && mv "$work/lintel" "$binary"; fi
  rm -rf "$work"
  echo "lintel: the program of $ACTION_REF, by its checksum"
}

case $1 in
name)
  # All that the program is made of, whatever branch or tag the action was named by.
  key=$(cd "$root" && find go.mod go.sum cmd internal policies -type f ! -name '*_test.go' -print0 | LC_ALL=C sort -z | xargs -0 -n 500 bash -c 'if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi' sum | sum | cut -c1-40)
  echo "key=$key" >>"$GITHUB_OUTPUT"
  ;;
build)
  [[ ! -x $binary ]] || exit 0
  mkdir -p "${binary%/*}"
  ! download || exit 0
  go=$(command -v go || true)
  # Hosted runners keep several; the newest by name is new enough to fetch the one that go.mod asks for.
  [[ -n $go ]] || go=$(find "${RUNNER_TOOL_CACHE:-/nonexistent}/go" -path '*/bin/go' 2>/dev/null | sort -V | tail -n 1 || true)
  if [[ -z $go ]]; then
    echo "lintel: there is no Go on this runner to build lintel with; put actions/setup-go before this step, or name a program by the input binary" >&2
    exit 2
  fi
  # What the job set for its own builds is not meant for this one.
  cd "$root"
  env -u GOFLAGS -u GOOS -u GOARCH -u GOEXPERIMENT -u GOROOT GOWORK=off CGO_ENABLED=0 GOTOOLCHAIN=auto "$go" build -trimpath -o "$binary" ./cmd/lintel
  ;;
esac
