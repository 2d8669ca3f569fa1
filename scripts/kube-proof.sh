#!/usr/bin/env bash
# Proves the kubernetes backend, the chart's rights and its autoscalers on a real API server: etcd from Debian, kube-apiserver
# and kube-controller-manager built from their modules into .cache/kube (once; ten minutes to an hour of compiling, about 1 GB).
# The kubelet, the scheduler and the metrics adapter are played by the tests.
#
#   scripts/kube-proof.sh            builds what is missing and runs tools/charts' TestRealServer and TestScaling
#   TEST_KUBE_APISERVER=PATH TEST_KUBE_CONTROLLER_MANAGER=PATH ...   takes those that are there
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

# missing lists the programs that have to be built.
missing=()
for program in kube-apiserver kube-controller-manager; do
	variable=TEST_${program^^}
	variable=${variable//-/_}
	if [[ -z ${!variable:-} ]]; then
		export "$variable=$PWD/.cache/kube/$program-$version"
		[[ -x ${!variable} ]] || missing+=("$program")
	fi
done
if ((${#missing[@]})); then
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
		for program in "${missing[@]}"; do
			CGO_ENABLED=0 GOFLAGS=-mod=mod nice go build -trimpath -gcflags='k8s.io/...=-N -l' -ldflags='-s -w' -o "$program" \
				"k8s.io/kubernetes/cmd/$program"
		done
	)
	for program in "${missing[@]}"; do
		mv "$work/$program" ".cache/kube/$program-$version"
	done
fi
cd tools/charts
exec go test -tags cluster -count=1 -v -run '^(TestRealServer|TestScaling)$' "$@" .
