#!/usr/bin/env bash
# What the attacks on sandboxes need (internal/sandbox/sandboxtest).
#
#   scripts/sandbox.sh install            installs bubblewrap, from Debian or Ubuntu, where root can
#   scripts/sandbox.sh podman COMMAND...  runs COMMAND beside a podman of its own: TEST_SANDBOX_DOCKER is its socket and
#                                         TEST_SANDBOX_IMAGE the id of an image that holds a shell and nothing else
#   scripts/sandbox.sh docker COMMAND...  does so beside a Docker of its own
set -euo pipefail

# need installs packages of which a program is missing: need PROGRAM PACKAGE...
need() {
	if command -v "$1" >/dev/null; then
		return
	fi
	if [[ $EUID != 0 ]] || ! command -v apt-get >/dev/null; then
		echo "scripts/sandbox.sh: $1 is missing: install ${*:2}" >&2
		exit 1
	fi
	apt-get install -y --no-install-recommends "${@:2}" >/dev/null ||
		{ apt-get update >/dev/null && apt-get install -y --no-install-recommends "${@:2}" >/dev/null; }
}

# image writes an archive with a shell and nothing else into a folder: image FOLDER
image() {
	mkdir -p "$1/image/bin" "$1/image/etc"
	cp "$(command -v busybox)" "$1/image/bin/busybox"
	for tool in sh cat head mkdir rm sleep true; do
		ln -s busybox "$1/image/bin/$tool"
	done
	tar -C "$1/image" -cf "$1/image.tar" .
}

# socket waits until an engine listens: socket PATH
socket() {
	for _ in {1..100}; do
		[[ -S $1 ]] && return
		sleep 0.1
	done
}

case ${1:-} in
install)
	if [[ $EUID != 0 ]] && ! command -v bwrap >/dev/null; then
		echo "scripts/sandbox.sh: bubblewrap is missing, so the attacks on it prove nothing here: install bubblewrap" >&2
		exit
	fi
	need bwrap bubblewrap
	;;
podman)
	shift
	PATH=$PATH:/usr/sbin
	need podman podman
	need runc runc
	need busybox busybox-static
	work=$(mktemp -d)
	# runc and small limits work in containers and on machines with cgroups of version 1 too.
	cat >"$work/containers.conf" <<-END
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
		[engine]
		runtime = "runc"
		cgroup_manager = "cgroupfs"
	END
	export CONTAINERS_CONF=$work/containers.conf
	engine=(podman --root "$work/root" --runroot "$work/run" --storage-driver vfs)
	image "$work"
	image=$("${engine[@]}" import --quiet "$work/image.tar" | tail -1)
	(cd "$work" && exec "${engine[@]}" system service --time=0 "unix://$work/socket" 2>"$work/log") & # it leaves files where it stands
	service=$!
	trap 'kill $service; wait $service 2>/dev/null || true; "${engine[@]}" rm --all --force >/dev/null 2>&1 || true
		umount -R "$work/root" 2>/dev/null || true; rm -rf "$work"' EXIT
	socket "$work/socket"
	export TEST_SANDBOX_DOCKER=unix://$work/socket TEST_SANDBOX_IMAGE=sha256:${image#sha256:}
	"$@" || { status=$?; tail -5 "$work/log" >&2; exit $status; }
	;;
docker)
	shift
	PATH=$PATH:/usr/sbin
	need dockerd docker.io
	need busybox busybox-static
	need curl curl
	work=$(mktemp -d)
	dockerd --data-root "$work/root" --exec-root "$work/run" --pidfile "$work/pid" --host "unix://$work/socket" --storage-driver vfs \
		--iptables=false --ip6tables=false --bridge=none >"$work/log" 2>&1 &
	service=$!
	trap 'kill $service; wait $service 2>/dev/null || true; umount -R "$work/root" 2>/dev/null || true; rm -rf "$work"' EXIT
	image "$work"
	socket "$work/socket"
	status=$(curl --silent --fail --unix-socket "$work/socket" --header 'Content-Type: application/x-tar' \
		--data-binary "@$work/image.tar" 'http://docker/v1.41/images/create?fromSrc=-')
	image=${status##*sha256:}
	export TEST_SANDBOX_DOCKER=unix://$work/socket TEST_SANDBOX_IMAGE=sha256:${image%%\"*}
	"$@" || { status=$?; tail -5 "$work/log" >&2; exit $status; }
	;;
*)
	sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
