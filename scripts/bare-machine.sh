#!/usr/bin/env bash
# Proves README's two commands on a bare machine: a fresh Debian root with git and this machine's Go, a clone of HEAD, and
# no cache of anything. It needs root, debootstrap, the Go module proxy and, for the tests, the npm registry; where npm
# finds it elsewhere, npm_config_registry says so. It prints what each step took, and how busy the machine was.
#
#   scripts/bare-machine.sh [demo] [test]     without a name: both
#
# BARE_ROOT names the folder of the root (default: a temporary one, removed at the end), MIRROR another mirror of Debian.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

steps=("$@")
((${#steps[@]} > 0)) || steps=(demo test)
for step in "${steps[@]}"; do
	[[ $step == demo || $step == test ]] || { echo "bare-machine: no step $step; there are demo and test" >&2; exit 2; }
done
[[ $(id -u) == 0 ]] || { echo "bare-machine: only root may make a root of its own: sudo scripts/bare-machine.sh" >&2; exit 2; }
command -v unshare >/dev/null || { echo "bare-machine: unshare is not installed (apt-get install util-linux)" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "bare-machine: debootstrap is not installed (apt-get install debootstrap)" >&2; exit 2; }

root=${BARE_ROOT:-$(mktemp -d "${TMPDIR:-/tmp}/lintel-bare.XXXXXX")}
log=$(mktemp)
leave() {
	rm -f "$log"
	[[ -n ${BARE_ROOT:-} ]] || rm -rf --one-file-system "$root"
}
trap leave EXIT
# mktemp's folders are their owner's alone. This one becomes a root, which the users of sandboxed programs pass through.
mkdir -p "$root" && chmod 755 "$root"

# With the race detector, cgo wants a compiler; the tests fetch GitHub's documents by npm.
packages=(git ca-certificates make)
[[ " ${steps[*]} " != *" test "* ]] || packages+=(gcc libc6-dev npm procps unzip xz-utils)
times=()
timed() {
	local name=$1 began=$SECONDS
	shift
	"$@" || return
	times+=("$(printf '%-28s%6d s   load %s' "${name:0:27}" $((SECONDS - began)) "$(cut -d ' ' -f 1 /proc/loadavg)")")
}

# debootstrap itself gets the alternatives among the dependencies of npm wrong, so apt installs what comes on top.
debian() {
	debootstrap --variant=minbase stable "$root" "${MIRROR:-}" && cp /etc/resolv.conf "$root/etc/resolv.conf" &&
		chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"
}
timed "Debian with ${packages[*]}" debian >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
cp -R "$(go env GOROOT)" "$root/usr/local/go"
git clone --quiet --no-hardlinks . "$root/src"
cp -R /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true

# inside runs a command in the root with an environment of its own: nothing of this machine's but where modules come from.
# The root is entered by pivot_root in a mount namespace: in a chroot the kernel refuses user namespaces, and so the tests'
# sandboxes. All mounts and processes end with the command.
inside() {
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --propagation private --pid --fork --kill-child bash -euc '
		cd "$0"
		mount --bind . .
		cd "$0"
		mount --rbind /dev dev
		mount --rbind /sys sys
		mount -t proc proc proc
		mkdir -p old
		pivot_root . old
		cd /
		umount -l /old
		rmdir /old
		exec "$@"' "$root" \
		env -i PATH=/usr/local/go/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 GOFLAGS=-buildvcs=false \
		GOPROXY="$(go env GOPROXY)" GOSUMDB="$(go env GOSUMDB)" ${HTTPS_PROXY:+HTTPS_PROXY="$HTTPS_PROXY"} \
		${npm_config_registry:+npm_config_registry="$npm_config_registry"} \
		${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt} \
		sh -c "update-ca-certificates >/dev/null 2>&1; cd /src && $1"
}

for step in "${steps[@]}"; do
	case $step in
	demo) timed "go run ./cmd/lintel demo" inside "go run ./cmd/lintel demo --once" ;;
	test) timed "make test" inside "make test" ;;
	esac
done
printf '\n%s\n' "${times[@]}"
