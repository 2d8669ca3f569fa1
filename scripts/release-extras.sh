#!/usr/bin/env bash
# Writes what stands beside the program in a release: completions and manual pages. release-extras.sh FOLDER
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$1
rm -rf "$out"
mkdir -p "$out/completions" "$out/man"
CGO_ENABLED=0 go build -trimpath -o "$out/lintel" ./cmd/lintel
"$out/lintel" completion bash >"$out/completions/lintel.bash"
"$out/lintel" completion zsh >"$out/completions/_lintel"
"$out/lintel" completion fish >"$out/completions/lintel.fish"
"$out/lintel" __manual "$out/man"
rm "$out/lintel"
