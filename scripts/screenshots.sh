#!/usr/bin/env bash
# Makes the pictures of the documents from the real pages, in light and in dark: starts the demo, lets headless Chromium look at
# it, and writes docs/images. Needs Chromium (Debian: apt-get install chromium) and Go. Run it after the pages change; the
# pictures are committed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
	echo "screenshots: no Chromium on the search path (Debian: apt-get install chromium)" >&2
	exit 1
}
work=$(mktemp -d)
demo=
trap '[[ -z $demo ]] || kill "$demo" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

go build -o "$work/lintel" ./cmd/lintel
: >"$work/story"
"$work/lintel" demo --history >"$work/story" 2>&1 &
demo=$!
until grep -q 'Serving until' "$work/story"; do
	((SECONDS < 600)) || { echo "screenshots: the demo did not come to its end in ten minutes:" >&2; cat "$work/story" >&2; exit 1; }
	kill -0 "$demo" 2>/dev/null || { cat "$work/story" >&2; exit 1; }
	sleep 0.1
done

# shoot NAME HEIGHT URL makes NAME.png in light and NAME-dark.png in dark.
shoot() {
	local scheme suffix
	for scheme in light dark; do
		suffix='' preferred=1
		[[ $scheme == light ]] || { suffix=-dark preferred=0; }
		"$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
			--disable-component-update --disable-sync --run-all-compositor-stages-before-draw --virtual-time-budget=2000 \
			--hide-scrollbars --force-device-scale-factor=1 --blink-settings=preferredColorScheme=$preferred \
			--user-data-dir="$work/profile-$scheme" --window-size="1100,$2" --screenshot="$work/$1.png" "$3" >/dev/null 2>&1
		[[ -s $work/$1.png ]] || { echo "screenshots: Chromium made no picture of $3" >&2; exit 1; }
		mkdir -p docs/images
		mv "$work/$1.png" "docs/images/$1$suffix.png"
		echo "docs/images/$1$suffix.png"
	done
}

pull=$(grep -o 'http://[^ ]*/acme/shop/pull/' "$work/story" | head -n 1)
page=$(grep -o 'http://[^ ]*/pr/github/acme/shop/5?c=[A-Za-z0-9._-]*' "$work/story" | head -n 1)
shoot pull-request 1110 "${pull}5"
shoot verdict 1250 "$page"
figures=$(grep -o 'http://[^ ]*/flow?[^ ]*' "$work/story" | head -n 1)
shoot flow 1500 "${figures%%\?*}"

# The operators' list of many repositories is that of the gallery, which axe looks at, too.
LINTEL_GALLERY="$work" go test -count=1 -run '^TestGallery$' ./internal/web >/dev/null
shoot repositories 900 "file://$work/repositories-shown.html"
