#!/usr/bin/env bash
# The disaster drill of docs/operations.md and docs/postgresql.md, with their own commands, on one engine or on both: a
# server reviews a pull request and is backed up while it runs; it reviews a second one, is killed, and its database is
# lost; a third one is opened meanwhile; the backup is restored and the server started. In the end all three have one
# check each with the right conclusion and no comment twice, the audit log is whole, and a restart in order changes nothing.
#
#   scripts/drill.sh [sqlite|postgres]    needs bin/lintel (make build), git, curl
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
engines=("${1:-sqlite}")
if (($# == 0)); then
	engines=(sqlite postgres)
fi
if [[ " ${engines[*]} " == *" postgres "* && -z ${TEST_POSTGRES:-} ]]; then
	exec scripts/postgres.sh run scripts/drill.sh "$@"
fi
root=$PWD
PATH=$root/bin:$PATH
for found in /usr/lib/postgresql/*/bin; do PATH=$PATH:$found; done
work=$(mktemp -d)
started=() made=
finish() {
	local status=$?
	for pid in "${started[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
	if ((status != 0)); then
		echo "drill: failed; the server said:" >&2
		tail -n 20 "$work"/*/server.log >&2 || true
	fi
	if [[ -n $made ]]; then
		dropdb --maintenance-db "$TEST_POSTGRES" --if-exists --force "$made" || true
	fi
	rm -rf "$work"
}
trap finish EXIT

# eventually runs a command until it succeeds, for minutes: eventually WHAT COMMAND...
eventually() {
	local what=$1 i
	shift
	for ((i = 0; i < 3000; i++)); do
		if "$@" >/dev/null 2>&1; then return; fi
		sleep 0.1
	done
	echo "drill: $what did not happen" >&2
	exit 1
}

# documented prints the commands of a page that begin with a word, with this drill's places: documented PAGE WORD
documented() {
	local found
	found=$(grep -E "^ *$2 " "docs/$1" | grep -v docker | head -n 1 | sed -E "s#^ +##; s#/etc/lintel/#$dir/#g; s#/var/backups/#$dir/#g; \
s#postgres://lintel@db.example.com/lintel#$address#g; s#lintel\.dump#$dir/lintel.dump#g")
	if [[ -z $found ]]; then
		echo "drill: docs/$1 has no command $2" >&2
		exit 1
	fi
	echo "$found"
}

# own_address prints an address for the server. Between looking for a port and listening another program may take it, so on
# Linux, where all of 127.0.0.0/8 is loopback, the host is one that nobody else uses.
own_address() {
	local host=127.0.0.1
	if [[ $(uname) == Linux ]]; then
		host=127.$((1 + RANDOM % 250)).$((RANDOM % 250)).$((1 + RANDOM % 250))
	fi
	echo "$host:$((20000 + RANDOM % 12000))"
}

api() { curl -sSf -H "Authorization: Bearer $token" "$hub/$1" "${@:2}"; }

# value takes the first value of a key out of JSON.
value() { sed -E "s/.*\"$1\": *\"?([^\",}]*)\"?.*/\1/;q" <(grep -oE "\"$1\": *\"?[^\",}]*\"?"); }

serve() {
	lintel serve --config "$dir/server.yml" 2>>"$dir/server.log" &
	server=$!
	started+=("$server")
	eventually "a server that is ready" curl -sSf "http://$listen/readyz"
}

# open_pull pushes a branch and opens a pull request: open_pull N TITLE
open_pull() {
	(
		cd "$dir/shop"
		git checkout -q -b "topic$1" origin/main
		echo "$1" >"file$1.txt"
		git add .
		git -c user.name=olga -c user.email=olga@example.com commit -q -m "$2"
		git push -q origin "topic$1"
	)
	api repos/acme/shop/pulls -d "{\"title\": \"$2\", \"head\": \"topic$1\", \"base\": \"main\"}" >/dev/null
}

runs_of() { api "repos/acme/shop/commits/$(git -C "$dir/shop" rev-parse "topic$1")/check-runs"; }
concluded() { runs_of "$1" | grep -qE '"status": *"completed"'; }

# count counts what a pattern finds.
count() { { grep -oE "$1" || true; } | wc -l; }

# holds fails unless a pull request has one check with its conclusion, and a comment where that is a failure: holds N CONCLUSION COMMENTS
holds() {
	local checks comments right
	right=$(runs_of "$1" | count "\"conclusion\": *\"$2\"")
	checks=$(runs_of "$1" | count '"external_id": *"')
	comments=$(api "repos/acme/shop/issues/$1/comments" | count '"issue_url"')
	if ((checks != 1 || right != 1 || comments != $3)); then
		echo "drill: #$1 has $checks checks, $right of them $2, and $comments comments, not $3: $(runs_of "$1" | grep -oE '"(conclusion|title|summary)": *"[^"]*"' | head -n 3 | tr '\n' ' ')" >&2
		return 1
	fi
}

drill() {
	dir=$work/$1
	mkdir "$dir"
	listen=$(own_address)
	"$work/fakehub" --data "$dir/hub" --listen 127.0.0.1:0 --quiet --webhook "http://$listen/hooks/github" >/dev/null 2>"$dir/hub.log" &
	started+=("$!")
	eventually "a forge" test -s "$dir/hub/run.json"
	hub=$(value url <"$dir/hub/run.json") token=$(value olga <"$dir/hub/run.json")
	case $1 in
	sqlite) address=sqlite://$dir/lintel.db ;;
	postgres)
		# The database that is lost is one of this drill's own, never the one that the address names.
		if [[ $TEST_POSTGRES != */postgres\?* ]]; then
			echo "drill: TEST_POSTGRES does not name the database postgres of a server for tests, as scripts/postgres.sh does" >&2
			exit 1
		fi
		address=${TEST_POSTGRES/\/postgres\?/\/drill$$\?}
		createdb --maintenance-db "$TEST_POSTGRES" --encoding UTF8 --template template0 "drill$$"
		made=drill$$
		;;
	esac
	cat >"$dir/server.yml" <<-END
		database: $address
		listen: $listen
		admin_listen: 127.0.0.1:0
		public_url: http://$listen
		github:
		  app_id: $(value app_id <"$dir/hub/run.json")
		  private_key_file: $dir/hub/app.pem
		  webhook_secret_file: $dir/hub/webhook-secret
		  api_url: $hub
		  web_url: $hub
	END
	git clone -q "${hub/:\/\//://olga:$token@}/acme/shop.git" "$dir/shop"

	(
		cd "$dir/shop"
		mkdir -p .github
		printf 'version: 1\ncommits: { mode: enforce }\nownership: { mode: "off" }\n' >.github/lintel.yml
		git add .
		git -c user.name=olga -c user.email=olga@example.com commit -q -m "chore: settings"
		git push -q origin HEAD:main
	)

	serve
	open_pull 1 "feat: sell apples"
	eventually "a verdict on #1" concluded 1
	if [[ $1 == sqlite ]]; then
		bash -euc "$(documented operations.md 'lintel backup')"
	else
		bash -euc "$(documented postgresql.md pg_dump)"
	fi
	open_pull 2 "Sell pears"
	eventually "a verdict on #2" concluded 2

	kill -9 "$server"
	wait "$server" 2>/dev/null || true
	open_pull 3 "Sell plums"
	if [[ $1 == sqlite ]]; then
		rm "$dir"/lintel.db*
		cp "$dir"/lintel-*.db "$dir/lintel.db"
	else
		dropdb --maintenance-db "$TEST_POSTGRES" --force "$made"
		createdb --maintenance-db "$TEST_POSTGRES" --encoding UTF8 --template template0 "$made"
		bash -euc "$(documented postgresql.md pg_restore)"
	fi
	lintel migrate status --config "$dir/server.yml" >/dev/null
	serve
	eventually "a verdict on #3, which was opened while no server ran" concluded 3
	eventually "the right check, once, on each pull request" right
	eventually "an empty queue" idle
	right

	# An upgrade: the new program is put in place, and the old one ends in order.
	lintel migrate plan --config "$dir/server.yml" | grep -q 'nothing is missing'
	kill -TERM "$server"
	wait "$server"
	serve
	lintel audit verify --database "$address"
	lintel doctor database --database "$address" | grep -q '^writing   works'
	right
	kill -TERM "$server"
	wait "$server"
	echo "drill: $1: backed up, lost, restored, restarted; three pull requests have their one right check"
}

right() {
	holds 1 success 0 && holds 2 failure 1 && holds 3 failure 1
}

idle() { lintel status --database "$address" --format json | tr -d ' \n' | grep -q '"waiting_for_a_verdict":{"changes":0,'; }

go build -o "$work/fakehub" ./cmd/fakehub
for engine in "${engines[@]}"; do drill "$engine"; done
