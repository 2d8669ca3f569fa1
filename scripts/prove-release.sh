#!/usr/bin/env bash
# Looks into what "make release-snapshot" left in a folder: prove-release.sh [FOLDER] (default: dist). Every archive and
# package is there with its checksum; the program in it is of its platform, static and stripped, and knows its commit;
# completions, manual pages, lists of modules and the Homebrew file are with it, and the latter names the archives' sums.
# Packages are installed into empty roots, where dpkg and rpm are at hand and root may do so, and the program runs there
# alone. What could not be looked at is printed. PLATFORMS="linux/amd64 darwin/arm64" looks for these archives alone.
set -euo pipefail
cd "${1:-dist}"
fail() {
	echo "prove-release: $*" >&2
	exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
left=()

if command -v sha256sum >/dev/null; then
	sha256sum --strict --quiet --check checksums.txt
else
	shasum -a 256 --strict --quiet --check checksums.txt
fi
extras=(LICENSE README.md CHANGELOG.md completions/lintel.bash completions/_lintel completions/lintel.fish man/lintel.1)
archives=0
for platform in ${PLATFORMS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64}; do
	os=${platform%/*} arch=${platform#*/}
	files=(lintel_*_"${os}_$arch".tar.gz)
	[[ $os != windows ]] || files=(lintel_*_"${os}_$arch".zip)
	[[ ${#files[@]} == 1 && -f ${files[0]} ]] || fail "there is no archive for $os on $arch"
	archive=${files[0]}
	here=$work/$os-$arch
	mkdir "$here"
	if [[ $os == windows ]]; then unzip -q "$archive" -d "$here"; else tar -xzf "$archive" -C "$here"; fi
	grep -qF "  $archive" checksums.txt || fail "$archive has no checksum"
	program=$here/lintel
	[[ $os != windows ]] || program=$program.exe
	noted=$(go version -m "$program")
	for want in "GOOS=$os" "GOARCH=$arch" CGO_ENABLED=0 -trimpath=true vcs.revision= 'path	github.com/lintel-review/lintel/cmd/lintel'; do
		grep -qF -- "$want" <<<"$noted" || fail "the program of $archive was not built with $want"
	done
	for extra in "${extras[@]}"; do
		[[ -s $here/$extra ]] || fail "$archive has no $extra"
	done
	for extra in completions man; do
		diff -r "$here/$extra" "$work/linux-amd64/$extra" >/dev/null || fail "$archive has another $extra than linux on amd64"
	done
	list=lintel_${archive#lintel_}
	list=${list%.tar.gz}
	list=${list%.zip}.cdx.json
	[[ -s $list ]] || fail "$archive has no list of modules"
	grep -q '"name": "github.com/open-policy-agent/opa"' "$list" || fail "$list does not list the modules"
	grep -qF "  $list" checksums.txt || fail "$list has no checksum"
	archives=$((archives + 1))
done

# The program says the same of itself wherever it lies, and needs nothing beside it.
mine=$work/$(go env GOOS)-$(go env GOARCH)/lintel
commit=$("$mine" version --format json | sed -n 's/.*"commit": "\([0-9a-f]\{40\}\)".*/\1/p')
[[ -n $commit ]] || fail "the program does not know its commit: $("$mine" version)"
if command -v file >/dev/null; then
	file "$work/linux-amd64/lintel" | grep -q 'statically linked.*stripped' || fail "the program is not static and stripped"
else
	left+=("whether it is static (file is not installed)")
fi

# A package goes into a root with nothing in it: the program runs there, and completions and pages are the archive's.
wanted=(usr/share/bash-completion/completions/lintel:completions/lintel.bash usr/share/zsh/vendor-completions/_lintel:completions/_lintel
	usr/share/fish/vendor_completions.d/lintel.fish:completions/lintel.fish usr/share/man/man1/lintel.1:man/lintel.1)
installed() { # installed KIND ROOT
	local said pair
	if [[ $(uname -m) == x86_64 ]]; then
		said=$(chroot "$2" /usr/bin/lintel version --format json) || fail "the program of the $1 does not run in an empty root"
		grep -qF "\"commit\": \"$commit\"" <<<"$said" || fail "the program of the $1 is of another commit: $said"
		chroot "$2" /usr/bin/lintel explain commits/header >/dev/null || fail "the program of the $1 needs more than itself"
	fi
	for pair in "${wanted[@]}"; do
		cmp "$2/${pair%%:*}" "$work/linux-amd64/${pair#*:}" || fail "the $1 has another ${pair#*:} than the archive"
	done
	for pair in server.example.yml systemd/lintel.service systemd/lintel-worker.service; do
		[[ -s $2/usr/share/doc/lintel/$pair ]] || fail "the $1 has no $pair"
	done
	[[ -z $(find "$2/usr" -type f -perm /022) ]] || fail "others may write what the $1 installs"
}
packages=0
for arch in amd64 arm64; do
	for kind in deb rpm; do
		files=(lintel_*_"linux_$arch.$kind")
		[[ -s ${files[0]} ]] || fail "there is no $kind for $arch"
		grep -qF "  ${files[0]}" checksums.txt || fail "${files[0]} has no checksum"
		packages=$((packages + 1))
	done
done
if [[ $(id -u) != 0 ]]; then
	left+=("whether the packages install (only root may)")
else
	if command -v dpkg >/dev/null; then
		mkdir -p "$work/deb/var/lib/dpkg"/{info,updates}
		touch "$work/deb/var/lib/dpkg"/{status,available}
		dpkg --root="$work/deb" --install "$(ls lintel_*_linux_amd64.deb)" >"$work/log" 2>&1 ||
			{ cat "$work/log" >&2; fail "dpkg refuses the deb"; }
		installed deb "$work/deb"
		dpkg --root="$work/deb" --remove lintel >"$work/log" 2>&1 ||
			{ cat "$work/log" >&2; fail "dpkg cannot remove the deb"; }
		[[ ! -e $work/deb/usr/bin/lintel ]] || fail "the deb leaves the program behind"
	else
		left+=("whether the deb installs (no dpkg)")
	fi
	if command -v rpm >/dev/null; then
		mkdir "$work/rpm"
		rpm --root "$work/rpm" --initdb
		rpm --root "$work/rpm" --install --nosignature "$PWD/$(ls lintel_*_linux_amd64.rpm)" >"$work/log" 2>&1 ||
			{ cat "$work/log" >&2; fail "rpm refuses the rpm"; }
		installed rpm "$work/rpm"
	else
		left+=("whether the rpm installs (no rpm)")
	fi
fi

# Homebrew downloads by the sums that its file has.
cask=homebrew/Casks/lintel.rb
[[ -s $cask ]] || fail "there is no file for Homebrew"
for archive in lintel_*_{darwin,linux}_*.tar.gz; do
	sum=$(sed -n "s/^\([0-9a-f]\{64\}\)  $archive\$/\1/p" checksums.txt)
	grep -qF "$sum" "$cask" || fail "$cask has another sum for $archive"
done
if command -v ruby >/dev/null; then
	ruby -c "$cask" >/dev/null || fail "$cask is no Ruby"
else
	left+=("whether $cask is Ruby (no ruby)")
fi

echo "prove-release: commit $commit: $archives archives, each with its list of modules, $packages packages, checksums, Homebrew"
for what in "${left[@]}"; do echo "prove-release: not looked at: $what"; done
