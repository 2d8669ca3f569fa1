package language

import "testing"

// TestDependencyFiles: what a waiver of owners rests on is the file's own name, whatever folder it hides in and
// whatever it is made to look like.
func TestDependencyFiles(t *testing.T) {
	const lock, manifest, neither = "lock", "manifest", ""
	for file, want := range map[string]string{
		"package-lock.json": lock, "web/yarn.lock": lock, "go.sum": lock, "a/go.work.sum": lock, "Cargo.lock": lock,
		"poetry.lock": lock, "pnpm-lock.yaml": lock,
		"gems.locked": lock, "bun.lockb": lock, "packages.lock.json": lock, "gradle.lockfile": lock, "pylock.toml": lock,
		"pylock.dev.toml": lock, ".terraform.lock.hcl": lock,
		"Package.resolved": lock, "flake.lock": lock, "mix.lock": lock, "composer.lock": lock, "deno.lock": lock,
		"npm-shrinkwrap.json": lock, "uv.lock": lock,
		"go.mod": manifest, "a/b/package.json": manifest, "pom.xml": manifest, "x/build.gradle.kts": manifest,
		"gradle/libs.versions.toml": manifest,
		"requirements.txt":          manifest, "requirements-dev.txt": manifest, "dev-requirements.in": manifest,
		"requirements/test.txt": manifest, "App.csproj": manifest,
		"lib.gemspec": manifest, "Gemfile": manifest, "pyproject.toml": manifest, "Chart.yaml": manifest,
		// Names that only look like them.
		"package-lock.json/evil.js": neither, "esy.lock/evil.js": neither, "x.lock/run.sh": neither, "yarn.lock.ts": neither,
		"lock.go": neither, "package-lock.json ": neither,
		"package-lock.json\n": neither, "PACKAGE.JSON": neither, "package.json.js": neither, "go.mod.go": neither, ".lock": neither,
		".csproj": neither, ".pnp.cjs": neither,
		"Cargo.toml.orig": neither, "Dockerfile": neither, ".github/workflows/ci.yml": neither, "setup.sh": neither,
		"src/requirements.go": neither, "раckage.json": neither,
		"package\u200b.json": neither, "package-lock.json\u202e": neither, "go.sum/": lock, "": neither, "notes.txt": neither,
		"tsconfig.json": neither,
	} {
		got := neither
		switch {
		case LockFile(file):
			got = lock
		case Manifest(file):
			got = manifest
		}
		if got != want {
			t.Errorf("%q is %q, want %q", file, got, want)
		}
	}
}
