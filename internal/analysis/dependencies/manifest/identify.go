package manifest

import (
	"path"
	"strings"
)

// named are the files that are known by their whole name.
var named = map[string]Format{
	"go.mod":                   {"go.mod", "Go", Both, readGoMod},
	"go.sum":                   {"go.sum", "Go", Sums, readGoSum},
	"go.work":                  {"go.work", "Go", Lock, readGoWork},
	"go.work.sum":              {"go.work.sum", "Go", Sums, readGoSum},
	"package.json":             {"package.json", "npm", Manifest, readPackageJSON},
	"package-lock.json":        {"package-lock.json", "npm", Lock, readPackageLock},
	"npm-shrinkwrap.json":      {"npm-shrinkwrap.json", "npm", Lock, readPackageLock},
	"yarn.lock":                {"yarn.lock", "npm", Lock, readYarn},
	"pnpm-lock.yaml":           {"pnpm-lock.yaml", "npm", Lock, readPnpm},
	"bun.lock":                 {"bun.lock", "npm", Lock, readBun},
	"pyproject.toml":           {"pyproject.toml", "PyPI", Manifest, readPyproject},
	"poetry.lock":              {"poetry.lock", "PyPI", Lock, readPythonLock},
	"uv.lock":                  {"uv.lock", "PyPI", Lock, readPythonLock},
	"pdm.lock":                 {"pdm.lock", "PyPI", Lock, readPythonLock},
	"Pipfile":                  {"Pipfile", "PyPI", Manifest, readPipfile},
	"Pipfile.lock":             {"Pipfile.lock", "PyPI", Lock, readPipfileLock},
	"Cargo.toml":               {"Cargo.toml", "crates.io", Manifest, readCargoToml},
	"Cargo.lock":               {"Cargo.lock", "crates.io", Lock, readCargoLock},
	"Gemfile":                  {"Gemfile", "RubyGems", Manifest, readGemfile},
	"Gemfile.lock":             {"Gemfile.lock", "RubyGems", Lock, readGemfileLock},
	"composer.json":            {"composer.json", "Packagist", Manifest, readComposer},
	"composer.lock":            {"composer.lock", "Packagist", Lock, readComposerLock},
	"pom.xml":                  {"pom.xml", "Maven", Manifest, readPom},
	"build.gradle":             {"build.gradle", "Maven", Manifest, readGradle},
	"build.gradle.kts":         {"build.gradle.kts", "Maven", Manifest, readGradle},
	"gradle.lockfile":          {"gradle.lockfile", "Maven", Lock, readGradleLock},
	"libs.versions.toml":       {"libs.versions.toml", "Maven", Manifest, readVersionCatalog},
	"packages.lock.json":       {"packages.lock.json", "NuGet", Lock, readNuGetLock},
	"Directory.Packages.props": {"Directory.Packages.props", "NuGet", Manifest, readProject},
	"packages.config":          {"packages.config", "NuGet", Manifest, readProject},
	"pubspec.yaml":             {"pubspec.yaml", "Pub", Manifest, readPubspec},
	"pubspec.lock":             {"pubspec.lock", "Pub", Lock, readPubspecLock},
	"mix.lock":                 {"mix.lock", "Hex", Lock, readMixLock},
	"Dockerfile":               {"Dockerfile", "Docker", Manifest, readDockerfile},
	"Containerfile":            {"Containerfile", "Docker", Manifest, readDockerfile},
}

// Identify says which format a path has by its name.
func Identify(name string) (Format, bool) {
	base := path.Base(name)
	if f, ok := named[base]; ok {
		return f, true
	}
	lower := strings.ToLower(base)
	switch {
	case isWorkflow(name):
		return Format{"workflow", "GitHub Actions", Manifest, readUses}, true
	case strings.HasSuffix(lower, ".csproj"), strings.HasSuffix(lower, ".fsproj"), strings.HasSuffix(lower, ".vbproj"):
		return Format{"project file", "NuGet", Manifest, readProject}, true
	case strings.HasPrefix(base, "Dockerfile."), strings.HasSuffix(base, ".Dockerfile"), strings.HasSuffix(base, ".dockerfile"):
		return Format{"Dockerfile", "Docker", Manifest, readDockerfile}, true
	case strings.HasSuffix(lower, "constraints.txt"): // limits what is asked for elsewhere, and asks for nothing
	case strings.HasSuffix(lower, ".txt") && (strings.Contains(lower, "requirements") ||
		path.Base(path.Dir(name)) == "requirements"):
		return Format{"requirements.txt", "PyPI", Manifest, readRequirements}, true
	}
	return Format{}, false
}

// Beside are the names of the files of the same folder that say the rest of what a file says: the lock files of a
// manifest, the manifest of a lock file.
func Beside(f Format) []string {
	switch f.Name {
	case "package.json":
		return []string{"package-lock.json", "yarn.lock", "pnpm-lock.yaml"}
	case "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock":
		return []string{"package.json"}
	case "pyproject.toml":
		return []string{"uv.lock", "poetry.lock"}
	case "poetry.lock", "uv.lock", "pdm.lock":
		return []string{"pyproject.toml"}
	case "Pipfile":
		return []string{"Pipfile.lock"}
	case "Pipfile.lock":
		return []string{"Pipfile"}
	case "Cargo.toml":
		return []string{"Cargo.lock"}
	case "Gemfile":
		return []string{"Gemfile.lock"}
	case "composer.json":
		return []string{"composer.lock"}
	case "composer.lock":
		return []string{"composer.json"}
	case "go.mod":
		return []string{"go.sum"}
	}
	return nil
}
