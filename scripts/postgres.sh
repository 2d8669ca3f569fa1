#!/usr/bin/env bash
# A PostgreSQL of its own for the tests: in a temporary folder, on a Unix socket, without fsync. Nothing of an installed server is touched.
#
#   scripts/postgres.sh run COMMAND...   start it, run the command with TEST_POSTGRES set, stop it
#   eval "$(scripts/postgres.sh start)"  start it for this shell
#   scripts/postgres.sh stop             stop the one that TEST_POSTGRES names, and delete it
#
# Debian's postgresql-15 is installed when it is missing and this runs as root. Any PostgreSQL from 14 up will do: PGBIN names its programs' folder.
set -euo pipefail

# programs prints the folder of initdb and pg_ctl.
programs() {
	local found
	for found in "${PGBIN:-}" "$(dirname "$(command -v initdb || echo /nowhere/x)")" /usr/lib/postgresql/*/bin; do
		if [[ -n $found && -x $found/initdb ]]; then
			echo "$found"
			return
		fi
	done
	return 1
}

install() {
	if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
		echo "PostgreSQL is not installed: install postgresql (14 or newer), or set PGBIN to the folder of its initdb" >&2
		exit 1
	fi
	echo "installing PostgreSQL" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >&2
	apt-get install -y -qq --no-install-recommends postgresql-15 >/dev/null
}

# as_owner runs a command as a user that PostgreSQL accepts: it refuses root.
as_owner() {
	if ((EUID == 0)); then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

start() {
	bin=$(programs) || { install && bin=$(programs); }
	# A socket's path is short, whatever TMPDIR is.
	dir=$(mktemp -d /tmp/lintel-pg.XXXXXX)
	if ((EUID == 0)); then
		chown postgres "$dir"
	fi
	chmod 755 "$dir"
	as_owner "$bin/initdb" -D "$dir/data" -U lintel -E UTF8 --locale=C.UTF-8 --auth=trust --no-sync >/dev/null
	# One user has to give a password, for the tests of that. TLS is off.
	printf 'local all guarded scram-sha-256\nlocal all all trust\n' >"$dir/hba"
	chmod 644 "$dir/hba"
	local options="-c listen_addresses='' -c unix_socket_directories=$dir -c hba_file=$dir/hba -c fsync=off -c synchronous_commit=off"
	options+=" -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB -c max_wal_size=256MB -c autovacuum_naptime=1h"
	as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -o "$options" start >/dev/null </dev/null || {
		cat "$dir/log" >&2
		exit 1
	}
	address="postgres://lintel@/postgres?host=$dir"
}

stop() {
	local dir=${1##*host=}
	if [[ ! -d $dir/data ]]; then
		echo "no PostgreSQL of this script runs at ${1:-TEST_POSTGRES}" >&2
		exit 1
	fi
	as_owner "$(programs)/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null
	rm -rf "$dir"
}

case ${1:-} in
run)
	shift
	start
	trap 'stop "$address"' EXIT
	TEST_POSTGRES=$address "$@"
	;;
start)
	start
	echo "export TEST_POSTGRES='$address'"
	;;
stop) stop "${TEST_POSTGRES:-}" ;;
*)
	sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
