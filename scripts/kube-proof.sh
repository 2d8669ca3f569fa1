#!/usr/bin/env bash
# Proves the kubernetes backend and the chart's rights on a real API server: etcd from Debian, kube-apiserver built from its
# modules into .cache/kube (once; minutes of compiling, about 1 GB). Controllers and the kubelet are played by the test.
#
#   scripts/kube-proof.sh            builds what is missing and runs tools/charts' TestRealServer
#   TEST_KUBE_APISERVER=PATH ...     takes a kube-apiserver that is there
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=1.37.2
if ! command -v etcd >/dev/null; then
	if [[ $EUID != 0 ]] || ! command -v apt-get >/dev/null; then
		echo "scripts/kube-proof.sh: etcd is missing: install it (Debian: etcd-server)" >&2
		exit 1
	fi
	# The service of the package is not wanted.
	export RUNLEVEL=1
	apt-get install -y --no-install-recommends etcd-server >/dev/null ||
		{ apt-get update >/dev/null && apt-get install -y --no-install-recommends etcd-server >/dev/null; }
fi

if [[ -z ${TEST_KUBE_APISERVER:-} ]]; then
	export TEST_KUBE_APISERVER=$PWD/.cache/kube/kube-apiserver-$version
	if [[ ! -x $TEST_KUBE_APISERVER ]]; then
		mkdir -p .cache/kube
		work=$(mktemp -d)
		trap 'rm -rf "$work"' EXIT
		(
			cd "$work"
			# Its own module names parts of its tree, which are published under versions of their own.
			GOFLAGS=-mod=mod go mod download -json "k8s.io/kubernetes@v$version" >download.json
			{
				printf 'module kube\n\ngo 1.26.0\n\nrequire k8s.io/kubernetes v%s\n\n' "$version"
				sed -n 's|^\t\(k8s.io/[a-z0-9-]*\) => ./staging.*|replace \1 => \1 v0.'"${version#1.}"'|p' \
					"$(sed -n 's/.*"GoMod": "\(.*\)",/\1/p' download.json)"
			} >go.mod
			# Half optimised: it compiles in less time, and nothing here is measured.
			CGO_ENABLED=0 GOFLAGS=-mod=mod nice go build -trimpath -gcflags='k8s.io/...=-N -l' -ldflags='-s -w' -o kube-apiserver \
				k8s.io/kubernetes/cmd/kube-apiserver
		)
		mv "$work/kube-apiserver" "$TEST_KUBE_APISERVER"
	fi
fi
cd tools/charts
exec go test -tags cluster -count=1 -v -run '^TestRealServer$' "$@" .
