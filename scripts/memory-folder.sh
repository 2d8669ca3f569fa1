#!/usr/bin/env bash
# Makes a folder for the temporary files of tests and prints it: in memory where the machine has room for that, else in TMPDIR.
# The tests make some hundred thousand small files, and a disk's file system takes its time for each (docs/adr/0118).
#
#   scripts/memory-folder.sh NAME    the folder's name begins with NAME; whoever asks removes it
set -euo pipefail

name=${1:?usage: scripts/memory-folder.sh NAME}
memory=/dev/shm

# roomy says whether the memory of this machine, and of this container where a limit is set, has room for tests beside their
# own programs: 8 GB, of which the files take one at most.
roomy() {
	local free limit=max
	[[ $(stat --file-system --format=%T "$memory" 2>/dev/null) == tmpfs && -w $memory ]] || return
	free=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
	((free >= 8192)) || return
	free=$(df --output=avail --block-size=1M "$memory" | tail -n 1)
	((free >= 4096)) || return
	[[ ! -r /sys/fs/cgroup/memory.max ]] || limit=$(</sys/fs/cgroup/memory.max)
	[[ $limit == max ]] || ((limit >= 8 << 30))
}

# runs says whether programs run in a folder: the memory's may be mounted without that.
runs() {
	printf '#!/bin/sh\n' >"$1/probe"
	chmod +x "$1/probe"
	"$1/probe" 2>/dev/null
	local status=$?
	rm "$1/probe"
	return "$status"
}

folder=''
if [[ -z ${TMPDIR:-} ]] && roomy; then
	folder=$(mktemp -d "$memory/$name.XXXXXX")
	runs "$folder" || { rmdir "$folder" && folder=''; }
fi
folder=${folder:-$(mktemp -d "${TMPDIR:-/tmp}/$name.XXXXXX")}
# Sandboxes run as somebody else, who has to get through to the folders inside.
chmod 711 "$folder"
echo "$folder"
