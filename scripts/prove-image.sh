#!/usr/bin/env bash
# Builds the Dockerfile and holds the image to what the documentation promises: user, size, no shell, a read-only root, no capabilities, an answer on
# /healthz, a refused forgery, a drain on SIGTERM. For developers; CI has no container runtime.
#
#   scripts/prove-image.sh                     docker or podman, base images from their registries
#   LOCAL_BASES=1 scripts/prove-image.sh       podman alone and no registry: the bases are made from this machine's Go, busybox (Debian: busybox-static)
#                                              and certificates, under the names that the Dockerfile uses, and removed afterwards
#
# Environment: ENGINE (docker or podman), IMAGE (default lintel:proof), KEEP=1 keeps the image.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
image=${IMAGE:-lintel:proof}
local_bases=${LOCAL_BASES:-}
engine=${ENGINE:-}
if [[ -z $engine ]]; then
	if [[ -n $local_bases ]] || ! command -v docker >/dev/null; then engine=podman; else engine=docker; fi
fi
work=$(mktemp -d)
name=lintel-proof-$$
bases=()
cleanup() {
	"$engine" rm -f "$name" >/dev/null 2>&1 || true
	"$engine" volume rm "$name" >/dev/null 2>&1 || true
	[[ -n ${KEEP:-} ]] || "$engine" rmi -f "$image" >/dev/null 2>&1 || true
	for base in "${bases[@]}"; do "$engine" rmi -f "$base" >/dev/null 2>&1 || true; done
	rm -rf "$work"
}
trap cleanup EXIT

fail() {
	echo "prove-image: $*" >&2
	"$engine" logs "$name" >&2 2>/dev/null || true
	exit 1
}
ok() { printf 'ok   %s\n' "$*"; }

version=v0.0.0-proof
commit=$(git -C "$root" rev-parse HEAD)
build=("$engine" build --build-arg "VERSION=$version" --build-arg "COMMIT=$commit" -t "$image" -f "$root/Dockerfile")

if [[ -n $local_bases ]]; then
	# runc and limits that need no privilege: the defaults of podman fail where CAP_SYS_RESOURCE is missing, and crun where cgroups are hybrid.
	export CONTAINERS_CONF=$work/containers.conf
	hard=$(ulimit -Hn)
	[[ $hard == unlimited ]] && hard=1048576
	cat >"$CONTAINERS_CONF" <<-CONF
		[containers]
		default_ulimits = ["nofile=$hard:$hard", "nproc=4096:4096"]
		[engine]
		runtime = "runc"
	CONF
	busybox=$(command -v busybox) || fail "busybox is not installed (Debian: apt-get install busybox-static)"
	certs=/etc/ssl/certs/ca-certificates.crt

	golang=$work/golang
	mkdir -p "$golang"/{bin,usr/local,tmp,root,etc}
	cp "$busybox" "$golang/bin/busybox"
	for tool in sh mkdir ls cat rm; do ln -s busybox "$golang/bin/$tool"; done
	cp -r "$(go env GOROOT)" "$golang/usr/local/go"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$golang/etc/passwd"
	cat >"$work/golang.dockerfile" <<-DOCKER
		FROM scratch
		COPY . /
		ENV PATH=/usr/local/go/bin:/bin GOTOOLCHAIN=local GOPATH=/go HOME=/root
	DOCKER
	static=$work/static
	mkdir -p "$static"/{etc/ssl/certs,tmp,home/nonroot}
	chmod 1777 "$static/tmp"
	printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$static/etc/passwd"
	printf 'root:x:0:\nnonroot:x:65532:\n' >"$static/etc/group"
	cp "$certs" "$static/etc/ssl/certs/"
	cat >"$work/static.dockerfile" <<-'DOCKER'
		FROM scratch
		COPY . /
		ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
		USER 65532:65532
	DOCKER
	bases=(docker.io/library/golang:1.26 gcr.io/distroless/static-debian12:nonroot)
	"$engine" build -q -t "${bases[0]}" -f "$work/golang.dockerfile" "$golang" >/dev/null
	"$engine" build -q -t "${bases[1]}" -f "$work/static.dockerfile" "$static" >/dev/null
	rm -rf "$golang" "$static"
	(cd "$root" && go mod download)
	# Build arguments and not --env: some versions write --env into the image.
	build+=(--pull=never --network=none --volume "$(go env GOMODCACHE)/cache/download:/modcache:ro" --build-arg GOPROXY=file:///modcache --build-arg GOSUMDB=off)
fi

start=$SECONDS
"${build[@]}" "$root" >"$work/build.log" 2>&1 || { tail -40 "$work/build.log" >&2; fail "the build failed"; }
ok "built in $((SECONDS - start)) s"

size=$("$engine" image inspect --format '{{.Size}}' "$image")
((size < 100 * 1024 * 1024)) || fail "the image has $size bytes, more than 100 MiB"
ok "size $((size / 1024 / 1024)) MiB"
user=$("$engine" image inspect --format '{{.Config.User}}' "$image")
[[ $user == 65532:65532 ]] || fail "the image runs as $user"
ok "runs as $user"

flags=(--read-only --cap-drop=all --security-opt no-new-privileges --network=none)
"$engine" run --rm "${flags[@]}" "$image" version >"$work/version" || fail "lintel version failed"
grep -q "^lintel $version\$" "$work/version" || fail "the version is not stamped: $(cat "$work/version")"
grep -q "^commit $commit" "$work/version" || fail "the commit is not stamped: $(cat "$work/version")"
ok "$(head -1 "$work/version"), without a network, a writable root or a capability"
if "$engine" run --rm "${flags[@]}" --entrypoint /bin/sh "$image" -c true >/dev/null 2>&1; then fail "there is a shell in the image"; fi
ok "no shell"

etc=$work/etc
mkdir -p "$etc"
openssl genrsa -traditional -out "$etc/private-key.pem" 2048 2>/dev/null
secret=$(openssl rand -hex 32)
printf '%s\n' "$secret" >"$etc/webhook-secret"
port=$((20000 + RANDOM % 20000))
cat >"$etc/server.yml" <<-YAML
	listen: 127.0.0.1:$port
	admin_listen: 127.0.0.1:$((port + 1))
	public_url: https://lintel.example.com
	github:
	  app_id: 1
	  private_key_file: /etc/lintel/private-key.pem
	  webhook_secret_file: /etc/lintel/webhook-secret
	  api_url: http://127.0.0.1:9
YAML
chmod -R a+rX "$etc"
chmod a+rx "$work"
"$engine" run -d --name "$name" --read-only --cap-drop=all --security-opt no-new-privileges --network=host --memory 256m --pids-limit 128 \
	-v "$etc:/etc/lintel:ro" -v "$name:/var/lib/lintel" "$image" >/dev/null || fail "the container did not start"
for _ in $(seq 100); do
	if curl -fsS "http://127.0.0.1:$port/healthz" >"$work/healthz" 2>/dev/null; then break; fi
	sleep 0.1
done
[[ $(cat "$work/healthz" 2>/dev/null) == ok ]] || fail "/healthz does not answer ok"
ok "/healthz answers with a read-only root, no capability, 256 MB and 128 processes"

post() { curl -s -o "$work/answer" -w '%{http_code}' -H 'Content-Type: application/json' -H 'X-GitHub-Event: ping' -H "X-GitHub-Delivery: $1" -H "X-Hub-Signature-256: sha256=$2" --data "$body" "http://127.0.0.1:$port/hooks/github"; }
body='{"zen":"Design for failure."}'
signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" -hex | sed 's/.* //')
[[ $(post 11111111-1111-1111-1111-111111111111 "$signature") == 202 ]] || fail "a signed delivery got $(cat "$work/answer")"
ok "a signed delivery is stored (202), so the data folder is writable by the user"
[[ $(post 22222222-2222-2222-2222-222222222222 "$(printf '%064d' 0)") == 401 ]] || fail "a forged delivery got $(cat "$work/answer")"
ok "a forged delivery gets 401"
rss=$(curl -fsS "http://127.0.0.1:$((port + 1))/metrics" | awk '$1 == "process_resident_memory_bytes" { printf "%d", $2 / 1024 / 1024 }')
ok "resident memory $rss MiB"

start=$SECONDS
"$engine" stop -t 60 "$name" >/dev/null
status=$("$engine" inspect --format '{{.State.ExitCode}}' "$name")
[[ $status == 0 ]] || fail "SIGTERM ended it with status $status"
ok "SIGTERM drains and ends with status 0 in $((SECONDS - start)) s"
