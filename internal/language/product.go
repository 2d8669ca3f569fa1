package language

import (
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/language/testfile"
)

// Product says what a binary file most likely is when a build, a packager or a tool made it: "a program", "an object
// file", "an archive" or "a local leftover". It is empty for what repositories commonly hold (pictures, fonts, sound,
// films, documents), for what tests read, for the wrappers of build tools, and for what its name does not tell.
// executable is the file's mode.
func Product(file string, executable bool) string {
	base := strings.ToLower(path.Base(file))
	if wrappers[base] {
		return ""
	}
	for folder := range strings.SplitSeq(path.Dir(file), "/") {
		if testfile.Input(folder) {
			return ""
		}
	}
	ext := path.Ext(base)
	switch kind := products[ext]; {
	case leftovers[base]:
		return "a local leftover"
	case kind != "":
		return kind
	case strings.Contains(base, ".so."):
		return "an object file"
	case executable && (ext == "" || ext == ".bin" || ext == ".run" || ext == ".out"):
		return "a program"
	}
	return ""
}

var wrappers = set("gradle-wrapper.jar", "maven-wrapper.jar", "sbt-launch.jar", "mill-assembly.jar", "leiningen.jar")

var leftovers = set(".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db", "core", ".coverage")

var products = kinds(map[string]string{
	"a program": ".exe .com .msi .app .dll .apk .aab .ipa .xpi .crx .appimage .elf",
	"an object file": ".o .obj .a .lib .so .dylib .pyc .pyo .pyd .class .beam .pdb .ilk .ko .gch .pch .dsym .rlib " +
		".rmeta .hi .cmi .cmo .cmx .elc",
	"an archive": ".zip .tar .gz .tgz .bz2 .tbz2 .xz .txz .zst .7z .rar .cab .jar .war .ear .aar .whl .egg .gem " +
		".nupkg .crate .deb .rpm .dmg .iso .img .vsix .phar .ova .vmdk .qcow2",
	"a local leftover": ".swp .swo .bak .orig .tmp .dump .dmp .hprof .core .sqlite .sqlite3 .sqlite-wal .sqlite-shm " +
		".db-wal .db-shm .pid .gcda .gcno .profraw .pstats .trace",
})

// kinds turns lists by kind into a table by extension.
func kinds(lists map[string]string) map[string]string {
	out := map[string]string{}
	for kind, list := range lists {
		for _, ext := range strings.Fields(list) {
			out[ext] = kind
		}
	}
	return out
}
