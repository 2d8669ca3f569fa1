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
	case lockFiles[base], strings.HasPrefix(lower, "pylock.") && strings.HasSuffix(lower, ".toml"):
		return Lock
	case hasSuffix(lower, snapshotSuffixes), within(file, "__snapshots__"), within(file, "__image_snapshots__"),
		strings.Contains(lower, ".approved."), strings.Contains(lower, ".verified."):
		return Snapshot
	case hasSuffix(lower, generatedSuffixes), strings.HasPrefix(lower, "zz_generated"), strings.Contains(lower, ".generated."),
		strings.HasPrefix(lower, "mock_") && strings.HasSuffix(lower, ".go"), within(file, "__generated__"):
		return Generated
	}
	return Source
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

// lockFiles are written by package managers. Their names are taken from the tools' own documentation.
var lockFiles = set(
	"go.sum", "go.work.sum", "Gopkg.lock", "glide.lock",
	"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "deno.lock",
	"Gemfile.lock", "Podfile.lock", "Cartfile.resolved", "Package.resolved", "Berksfile.lock", "Puppetfile.lock",
	"Cargo.lock", "composer.lock", "symfony.lock",
	"poetry.lock", "pdm.lock", "uv.lock", "Pipfile.lock", "pixi.lock", "pylock.toml", "conda-lock.yml",
	"mix.lock", "rebar.lock", "pubspec.lock", "shard.lock", "renv.lock", "stack.yaml.lock", "cabal.project.freeze", "cpanfile.snapshot",
	"packages.lock.json", "paket.lock", "gradle.lockfile", "buildscript-gradle.lockfile",
	"flake.lock", "devbox.lock", "Chart.lock", "requirements.lock", ".terraform.lock.hcl", "MODULE.bazel.lock", "esy.lock", "buf.lock",
)

var snapshotSuffixes = []string{".snap", ".snapshot", ".ambr", ".golden"}

var generatedSuffixes = []string{
	".pb.go", ".pb.gw.go", ".connect.go", "_pb2.py", "_pb2_grpc.py", "_pb2.pyi", "_pb.js", "_pb.ts", "_pb.d.ts", "_pb.rb", ".pb.h", ".pb.cc", ".pb.swift", ".pb.dart", ".pbenum.dart",
	".g.dart", ".freezed.dart", ".g.cs", ".g.i.cs", ".designer.cs", ".designer.vb",
	"_generated.go", "_gen.go", ".gen.go", ".gen.ts",
	".min.js", ".min.css", ".min.mjs", ".js.map", ".css.map", ".mjs.map",
}

// ownFolders are folders that go-enry calls vendored though people write what is in them.
var ownFolders = set(
	".github", ".gitlab", ".vscode", ".teamcity", ".obsidian", "testdata", "fixtures", "cache", "env", "debian", "docs", "doc",
	"admin_media", "extdata", "puphpet", "Sparkle",
)

// ownFiles are files that go-enry calls vendored though people write them.
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
