#!/usr/bin/env bash
# Makes a folder for the temporary files of tests and prints it: in memory where the machine has room for that, else in TMPDIR.
# The tests make some hundred thousand small files, and a disk's file system takes its time for each (docs/adr/0125).
# Whoever asks removes the folder.
#
#   scripts/memory-folder.sh NAME        one whose name begins with NAME
#   scripts/memory-folder.sh NAME PID    the same one each time in this checkout, as long as no other process has it: "go test" takes no
#                                        result from its cache when TMPDIR changed; it is free again when PID has ended
set -euo pipefail

name=${1:?usage: scripts/memory-folder.sh NAME [PID]}
pid=${2:-}
memory=/dev/shm

# limits prints the limits of memory of the groups in which this runs, in bytes, for both versions of cgroups.
limits() {
	local folder
	folder=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	while [[ $folder == /sys/fs/cgroup* ]]; do
		cat "$folder/memory.max" 2>/dev/null || :
		folder=${folder%/*}
	done
	cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || :
}

# roomy says whether the memory of this machine, and of this container where a limit is set, has room for tests beside their
# own programs: 8 GB, of which the files take one at most.
roomy() {
	local free limit
	[[ $(stat --file-system --format=%T "$memory" 2>/dev/null) == tmpfs && -w $memory ]] || return
	free=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
	((free >= 8192)) || return
	free=$(df --output=avail --block-size=1M "$memory" | tail -n 1)
	((free >= 4096)) || return
	for limit in $(limits); do
		[[ $limit == max ]] || ((limit >= 8 << 30)) || return
	done
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

# make makes a folder below another one and prints it: make PARENT
make() {
	local folder owner
	if [[ -n $pid ]]; then
		folder=$1/$name.$(pwd | cksum | cut -d' ' -f1)
		# What a run that was killed left is taken over; what is somebody else's is left alone.
		if [[ -O $folder && ! -L $folder ]] && owner=$(cat "$folder/owner" 2>/dev/null) && ! [[ -e /proc/$owner ]]; then
			chmod -R u+w "$folder" 2>/dev/null || :
			rm -rf "$folder"
		fi
		if mkdir "$folder" 2>/dev/null; then
			echo "$pid" >"$folder/owner"
			echo "$folder"
			return
		fi
	fi
	mktemp -d "$1/$name.XXXXXX"
}

folder=''
if [[ -z ${TMPDIR:-} ]] && roomy; then
	folder=$(make "$memory")
	runs "$folder" || { rm -rf "$folder" && folder=''; }
fi
folder=${folder:-$(make "${TMPDIR:-/tmp}")}
# Sandboxes run as somebody else, who has to get through to the folders inside.
chmod 711 "$folder"
echo "$folder"
