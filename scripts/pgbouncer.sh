#!/usr/bin/env bash
# Lintel behind PgBouncer: in session mode the record keeps its promises and a story ends well; in transaction mode Lintel
# refuses to start, with words. Debian's pgbouncer is installed when it is missing and this runs as root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -z ${TEST_POSTGRES:-} ]]; then
	exec scripts/postgres.sh run scripts/pgbouncer.sh "$@"
fi
PATH=$PATH:/usr/sbin
if ! command -v pgbouncer >/dev/null; then
	if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
		echo "pgbouncer is not installed: install it" >&2
		exit 1
	fi
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends pgbouncer >/dev/null
fi
server=${TEST_POSTGRES##*host=}
dir=$(mktemp -d /tmp/lintel-pgbouncer.XXXXXX)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT

# start begins one on a socket in a folder of its own: start MODE
start() {
	local mode=$1 run=()
	mkdir "$dir/$mode"
	cat >"$dir/$mode/pgbouncer.ini" <<-END
		[databases]
		* = host=$server
		[pgbouncer]
		listen_port = 6432
		unix_socket_dir = $dir/$mode
		auth_type = any
		auth_file =
		pool_mode = $mode
		max_client_conn = 1000
		default_pool_size = 60
		logfile = $dir/$mode/log
	END
	sed -i "s/^\* = .*/* = host=$(sed 's#/#\\/#g' <<<"$server") user=lintel/" "$dir/$mode/pgbouncer.ini"
	if ((EUID == 0)); then
		chown -R postgres "$dir"
		run=(runuser -u postgres --)
	fi
	"${run[@]}" pgbouncer -q "$dir/$mode/pgbouncer.ini" &
	pids+=("$!")
	until [[ -S $dir/$mode/.s.PGSQL.6432 ]]; do sleep 0.05; done
}

start transaction
start session
if bin/lintel doctor database --database "postgres://lintel@/postgres?host=$dir/transaction&port=6432" >"$dir/said" 2>&1 ||
	! grep 'behind a pooler that lends connections for a transaction: name the server itself' "$dir/said"; then
	echo "pgbouncer: transaction mode was not refused:" >&2
	cat "$dir/said" >&2
	exit 1
fi
export TEST_POSTGRES="postgres://lintel@/postgres?host=$dir/session&port=6432"
go test -count=1 -run '^(TestBehaviourOnPostgres|TestManyStartAtOnce|TestPostgresEndsSlowStatements)$' ./internal/store
go test -count=1 -run '^TestStoryInTurnOnPostgres$/^override$' ./internal/server
