#!/usr/bin/env bash
# A PostgreSQL of its own for the tests: in a temporary folder, on a Unix socket, without fsync. Nothing of an installed server is touched.
#
#   scripts/postgres.sh run COMMAND...   start it, run the command with TEST_POSTGRES set, stop it
#   eval "$(scripts/postgres.sh start)"  start it for this shell
#   scripts/postgres.sh restart HOW      stop the one that TEST_POSTGRES names, fast or by a crash (immediate), and start it again
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
	apt-get install -y -qq --no-install-recommends postgresql-15 openssl >/dev/null
}

# as_owner runs a command as a user that PostgreSQL accepts: it refuses root.
as_owner() {
	if ((EUID == 0)); then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

# certify makes an authority, $dir/ca.crt, and by it a certificate of the name localhost, for a day.
certify() {
	local name
	for name in ca server; do
		openssl ecparam -name prime256v1 -genkey -noout -out "$dir/$name.key"
	done
	openssl req -x509 -new -key "$dir/ca.key" -subj '/CN=authority of the tests' -days 1 -out "$dir/ca.crt" 2>/dev/null
	openssl req -new -key "$dir/server.key" -subj '/CN=localhost' 2>/dev/null |
		openssl x509 -req -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial -days 1 \
			-extfile <(echo 'subjectAltName=DNS:localhost') -out "$dir/server.crt" 2>/dev/null
	chmod 600 "$dir"/*.key
	chmod 644 "$dir"/*.crt
	if ((EUID == 0)); then
		chown postgres "$dir"/server.*
	fi
}

# free_port prints a port on which nothing listens.
free_port() {
	local port
	while port=$((20000 + RANDOM % 12000)); do
		if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo "$port"
			return
		fi
	done
}

start() {
	bin=$(programs) || { install && bin=$(programs); }
	# A socket's path is short, whatever TMPDIR is.
	dir=$(TMPDIR='' "$(dirname "${BASH_SOURCE[0]}")/memory-folder.sh" lintel-pg)
	if ((EUID == 0)); then
		chown postgres "$dir"
	fi
	chmod 755 "$dir"
	as_owner "$bin/initdb" -D "$dir/data" -U lintel -E UTF8 --locale=C.UTF-8 --auth=trust --no-sync >/dev/null
	# Two users have to give a password, for the tests of that: one on the socket, one over TLS on the port in $dir/port.
	printf 'local all guarded scram-sha-256\nlocal all all trust\nhostssl all encrypted 127.0.0.1/32 scram-sha-256\n' >"$dir/hba"
	chmod 644 "$dir/hba"
	certify
	local port
	port=$(free_port)
	echo "$port" >"$dir/port"
	# The socket keeps the default port's name, so that its address needs no port.
	ln -s ".s.PGSQL.$port" "$dir/.s.PGSQL.5432"
	local options="-c listen_addresses=127.0.0.1 -c port=$port -c ssl=on -c ssl_cert_file=$dir/server.crt -c ssl_key_file=$dir/server.key"
	options+=" -c unix_socket_directories=$dir -c hba_file=$dir/hba -c fsync=off -c synchronous_commit=off"
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

restart() {
	local dir=${1##*host=}
	as_owner "$(programs)/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -m "$2" restart >/dev/null </dev/null
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
restart) restart "${TEST_POSTGRES:-}" "${2:-fast}" ;;
stop) stop "${TEST_POSTGRES:-}" ;;
*)
	sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
