package language

import (
	"path"
	"strings"
)

// byName knows lock files, snapshots and generated code by their name alone.
func byName(file string) Kind {
	base := path.Base(file)
	lower := strings.ToLower(base)
	switch {
	case lockFiles[base], locked(lower), within(file, "esy.lock"), within(file, "dune.lock"):
		return Lock
	case hasSuffix(lower, snapshotSuffixes), within(file, "__snapshots__"), within(file, "__image_snapshots__"),
		strings.Contains(lower, ".approved."), strings.Contains(lower, ".verified."), strings.Contains(lower, "_golden."), strings.Contains(lower, ".golden."):
		return Snapshot
	case hasSuffix(lower, generatedSuffixes), strings.HasPrefix(lower, "zz_generated"), strings.Contains(lower, ".generated."),
		strings.HasPrefix(lower, "mock_") && strings.HasSuffix(lower, ".go"), within(file, "__generated__"):
		return Generated
	}
	return Source
}

// locked knows lock files by the form of their names, in lower case. "x.lock" is one whatever tool x is; "lock.go" and "yarn.lock.ts" are not.
func locked(base string) bool {
	stem, ext, _ := cutLast(base, ".")
	switch ext {
	case "lock", "lockb", "lockfile", "locked":
		return stem != ""
	case "json", "yml", "yaml", "toml", "hcl", "txt":
		return strings.HasSuffix(stem, ".lock") || strings.HasSuffix(stem, "-lock") || strings.HasPrefix(stem, "pylock.") || strings.HasSuffix(stem, ".lock.dev")
	}
	return false
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func hasSuffix(name string, suffixes []string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// within reports whether one of the file's folders has this name.
func within(file, folder string) bool {
	return strings.HasPrefix(file, folder+"/") || strings.Contains(file, "/"+folder+"/")
}

// lockFiles are written by package managers and have no form of name in common with others. Their names are taken from the tools' own documentation.
var lockFiles = set(
	"go.sum", "go.work.sum",
	"npm-shrinkwrap.json", "shrinkwrap.yaml", ".package-lock.json", ".pnp.cjs", ".pnp.js", ".pnp.loader.mjs",
	"Cartfile.resolved", "Package.resolved", ".package.resolved",
	"Cargo.toml.orig", "Manifest.toml", "JuliaManifest.toml",
	"pylock.toml", "cabal.project.freeze", "cpanfile.snapshot", "dub.selections.json", "lake-manifest.json",
	"maven_install.json", "rules_jvm_external_install.json", "verification-metadata.xml", "verification-keyring.keys", "versions.props.lock",
	"symfony.lock", "elm-packages.lock", "deps.edn.lock", "nix-sources.json", "sources.json.lock", "npins.json",
)

var snapshotSuffixes = []string{".snap", ".snapshot", ".ambr", ".golden"}

var generatedSuffixes = []string{
	".pb.go", ".pb.gw.go", ".connect.go", "_pb2.py", "_pb2_grpc.py", "_pb2.pyi", "_pb.js", "_pb.ts", "_pb.d.ts", "_pb.rb", ".pb.h", ".pb.cc", ".pb.swift", ".pb.dart", ".pbenum.dart",
	".g.dart", ".freezed.dart", ".g.cs", ".g.i.cs", ".designer.cs", ".designer.vb",
	"_generated.go", "_gen.go", ".gen.go", ".gen.ts",
	".spdx.json", ".spdx", ".cdx.json", ".cyclonedx.json",
	".min.js", ".min.css", ".min.mjs", ".js.map", ".css.map", ".mjs.map",
}

// ownFolders are folders that linguist calls vendored though people write what is in them.
var ownFolders = set(
	".github", ".gitlab", ".vscode", ".teamcity", ".obsidian", "testdata", "fixtures", "cache", "env", "debian", "docs", "doc",
	"admin_media", "extdata", "puphpet", "Sparkle",
)

// ownFiles are files that linguist calls vendored though people write them.
var ownFiles = set(
	"Jenkinsfile", "Vagrantfile", "fabfile.py", "configure", "waf", "rebar", "activator", "run.n", "proguard.pro", "proguard-rules.pro",
	".gitattributes", ".gitignore", ".gitmodules", ".gitpod.Dockerfile", ".osx", ".indent.pro", ".sublime-project",
)

var webExtensions = set(".js", ".mjs", ".cjs", ".css", ".less", ".scss", ".sass", ".styl", ".ts", ".tsx", ".jsx")

func set(names ...string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, n := range names {
		out[n] = true
	}
	return out
}
