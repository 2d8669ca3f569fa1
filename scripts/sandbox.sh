#!/usr/bin/env bash
# What the attacks on sandboxes need (internal/sandbox/sandboxtest).
#
#   scripts/sandbox.sh install            installs bubblewrap, from Debian or Ubuntu, where root can
#   scripts/sandbox.sh podman COMMAND...  runs COMMAND beside a podman of its own: TEST_SANDBOX_DOCKER is its socket and
#                                         TEST_SANDBOX_IMAGE the id of an image that holds a shell and nothing else
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
	mkdir -p "$work/image/bin" "$work/image/etc"
	cp "$(command -v busybox)" "$work/image/bin/busybox"
	for tool in sh cat head mkdir rm sleep true; do
		ln -s busybox "$work/image/bin/$tool"
	done
	tar -C "$work/image" -cf "$work/image.tar" .
	image=$("${engine[@]}" import --quiet "$work/image.tar" | tail -1)
	(cd "$work" && exec "${engine[@]}" system service --time=0 "unix://$work/socket" 2>"$work/log") & # it leaves files where it stands
	service=$!
	trap 'kill $service; wait $service 2>/dev/null || true; "${engine[@]}" rm --all --force >/dev/null 2>&1 || true
		umount -R "$work/root" 2>/dev/null || true; rm -rf "$work"' EXIT
	for _ in {1..100}; do
		[[ -S $work/socket ]] && break
		sleep 0.1
	done
	export TEST_SANDBOX_DOCKER=unix://$work/socket TEST_SANDBOX_IMAGE=sha256:${image#sha256:}
	"$@" || { status=$?; tail -5 "$work/log" >&2; exit $status; }
	;;
*)
	sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
