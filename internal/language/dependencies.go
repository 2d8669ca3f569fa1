package language

import (
	"path"
	"strings"
)

// LockFile reports whether a file is one that a package manager writes, by its own name alone: a folder's name and
// .gitattributes have no say, and what an interpreter would run (.pnp.cjs) is none. Whoever lets such files off asks
// for no more than the name, so the name must leave no doubt.
func LockFile(file string) bool {
	base := path.Base(file)
	if hasSuffix(strings.ToLower(base), []string{".cjs", ".mjs", ".js", ".orig"}) {
		return false
	}
	return lockFiles[base] || locked(strings.ToLower(base))
}

// Manifest reports whether a file says which packages a project wants, by its name. Some of them are programs
// (build.gradle, setup.py). Container files and CI workflows are none: they name images and actions, and say what is
// run.
func Manifest(file string) bool {
	base := path.Base(file)
	lower := strings.ToLower(base)
	switch ext := path.Ext(lower); {
	case manifests[base], manifestExtensions[ext] && len(lower) > len(ext):
		return true
	case ext == ".txt" || ext == ".in":
		// pip's by any stage: requirements.txt, requirements-dev.txt, dev-requirements.in, constraints.txt, requirements/test.txt.
		stem := strings.TrimSuffix(lower, ext)
		return strings.HasPrefix(stem, "requirements") || strings.HasSuffix(stem, "requirements") || stem == "constraints" ||
			path.Base(path.Dir(file)) == "requirements"
	case ext == ".toml":
		return strings.HasSuffix(lower, ".versions.toml")
	}
	return false
}

// manifests are the names that the package managers' own documentation gives.
var manifests = set(
	"go.mod", "go.work", "package.json", "pnpm-workspace.yaml", "bower.json", "deno.json", "deno.jsonc", "jsr.json", "Cargo.toml",
	"pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "environment.yml", "environment.yaml", "conanfile.txt", "conanfile.py",
	"vcpkg.json",
	"pom.xml", "build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradle.properties", "build.sbt",
	"project.clj", "deps.edn", "ivy.xml",
	"Gemfile", "gems.rb", "composer.json", "cpanfile", "mix.exs", "rebar.config", "pubspec.yaml", "Package.swift", "Podfile",
	"Cartfile", "Cartfile.private",
	"packages.config", "Directory.Packages.props", "Directory.Build.props", "global.json", "dotnet-tools.json", "paket.dependencies",
	"Chart.yaml", "flake.nix", "MODULE.bazel", "Project.toml", "JuliaProject.toml", "DESCRIPTION", "package.yaml", "dune-project",
	"dub.json", "shard.yml", "elm.json",
	"gradle-wrapper.properties", "maven-wrapper.properties", ".pre-commit-config.yaml",
)

// manifestExtensions are the forms of names that projects choose themselves.
var manifestExtensions = set(".csproj", ".fsproj", ".vbproj", ".gemspec", ".podspec", ".cabal", ".nuspec", ".opam")
