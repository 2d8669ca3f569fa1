#!/usr/bin/env bash
# Installs the program of HEAD as a stranger does, "go install .../cmd/lintel@latest", with an empty module cache and from a
# module proxy made of files: HEAD as version v0.1.0, beside the modules that it needs. The program must know its version without having been told by the linker.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
module=github.com/lintel-review/lintel version=v0.1.0
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$root"
go mod download
at=$work/proxy/$module/@v
mkdir -p "$at"
echo "$version" >"$at/list"
time=$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)
printf '{"Version":"%s","Time":"%s"}\n' "$version" "$time" >"$at/$version.info"
git show HEAD:go.mod >"$at/$version.mod"
# As a module proxy packs it: without the modules that lie in folders of their own.
nested=()
while read -r file; do nested+=(":(exclude)${file%/go.mod}"); done < <(git ls-files '*/go.mod')
git archive --format=zip --prefix="$module@$version/" -o "$at/$version.zip" HEAD -- . "${nested[@]}"
export GOMODCACHE=$work/modules GOBIN=$work/bin GOSUMDB=off GOFLAGS= CGO_ENABLED=0
GOPROXY=file://$work/proxy,file://$(env -u GOMODCACHE go env GOMODCACHE)/cache/download
export GOPROXY
cd "$work"
go install "$module/cmd/lintel@latest"
said=$("$work/bin/lintel" version)
grep -q "^lintel $version\$" <<<"$said" || { echo "prove-install: the program says: $said" >&2; exit 1; }
echo "prove-install: go install $module/cmd/lintel@latest gives $(head -n 1 <<<"$said")"
