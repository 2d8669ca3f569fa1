#!/usr/bin/env bash
# Builds the static site of docs/ with VitePress, pinned in tools/site with its SHA-512 sums, into .cache/site/out: "make site".
# A link between pages that leads nowhere ends the build. SITE_BASE is the path below which the site is served (default /).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
pins=$root/tools/site
there=$root/.cache/site

command -v npm >/dev/null || { echo "site: npm is not installed; install Node.js 20 or later" >&2; exit 1; }
mkdir -p "$there"
if ! cmp -s "$pins/package-lock.json" "$there/package-lock.json"; then
	rm -rf "$there/node_modules"
	cp "$pins/package.json" "$pins/package-lock.json" "$pins/.npmrc" "$there/"
	(cd "$there" && npm ci --silent) >&2 || { rm -f "$there/package-lock.json"; exit 1; }
fi
node "$pins/prepare.mjs" "$root" "$there/src"
mkdir -p "$there/src/.vitepress/theme"
cp "$pins/config.mjs" "$there/src/.vitepress/config.mjs"
cp "$pins/style.css" "$there/src/.vitepress/theme/style.css"
printf "import Theme from 'vitepress/theme-without-fonts'\nimport './style.css'\nexport default Theme\n" >"$there/src/.vitepress/theme/index.mjs"
rm -rf "$there/out"
# A page that cannot be rendered is printed, and does not change the exit status.
(cd "$there" && node_modules/.bin/vitepress build src --outDir "$there/out") 2>&1 | tee "$there/log"
! grep -q 'Error' "$there/log" || { echo "site: a page could not be rendered" >&2; exit 1; }

# Every reader's browser asks this site alone.
foreign=$(grep -rhoE '<(script|link|img|iframe)[^>]+(src|href)="(https?:)?//[^"]+' "$there/out" --include='*.html' | grep -v 'rel="canonical"' || true)
if [[ -n $foreign ]]; then
	echo "site: pages load from elsewhere:" >&2
	sort -u <<<"$foreign" >&2
	exit 1
fi
echo "site: $(find "$there/out" -name '*.html' | wc -l) pages in ${there#"$root"/}/out"
