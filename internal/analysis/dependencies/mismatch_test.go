package dependencies

import (
	"fmt"
	"strings"
	"testing"
)

func TestMismatches(t *testing.T) {
	lock := npm("a", "a 1.0.0")
	for name, tc := range map[string]struct {
		base, head files
		want       string
	}{
		"not locked": {
			files{"package.json": `{"dependencies": {"a": "1"}}`, "package-lock.json": lock},
			files{"package.json": `{"dependencies": {"a": "1", "b": "^2"}}`, "package-lock.json": lock},
			"package.json:1 b ^2 package-lock.json ",
		},
		"locked too old": {
			files{"package.json": `{"dependencies": {"a": "^1.0.0"}}`, "package-lock.json": lock},
			files{"package.json": `{"dependencies": {"a": "^1.1.0"}}`, "package-lock.json": lock},
			"package.json:1 a ^1.1.0 package-lock.json 1.0.0",
		},
		"lost by the lock file": {
			files{"package.json": `{"dependencies": {"a": "1"}}`, "package-lock.json": lock},
			files{"package.json": `{"dependencies": {"a": "1"}}`, "package-lock.json": npm("")},
			"package.json:1 a 1 package-lock.json ",
		},
		"it was so before": {
			files{"package.json": `{"dependencies": {"a": "1", "b": "^2"}}`, "package-lock.json": lock},
			files{"package.json": `{"dependencies": {"a": "1", "b": "^2"}}`, "package-lock.json": npm("a", "a 1.0.1")},
			"",
		},
		"peers and the project's own": {
			files{"package.json": `{}`, "package-lock.json": lock},
			files{"package.json": `{"peerDependencies": {"b": "2"}, "dependencies": {"c": "workspace:*"}}`, "package-lock.json": lock},
			"",
		},
		"asked for by a condition": {
			files{"Gemfile": "", "Gemfile.lock": ""},
			files{"Gemfile": "gem \"a\" if ENV[\"A\"]\ngem \"b\"\n", "Gemfile.lock": ""},
			"Gemfile:2 b  Gemfile.lock ",
		},
		"stood for by another": {
			files{"composer.json": "{}", "composer.lock": "{}"},
			files{"composer.json": `{"require": {"a/part": "^1", "b/b": "^1"}}`, "composer.lock": `{"packages": [
				{"name": "a/all", "version": "v1.2.0", "replace": {"a/part": "self.version"}}]}`},
			"composer.json:1 b/b ^1 composer.lock ",
		},
		"no lock file": {
			files{"package.json": `{}`},
			files{"package.json": `{"dependencies": {"b": "2"}}`},
			"",
		},
		"go.sum": {
			files{"go.mod": "module m\n", "go.sum": ""},
			files{"go.mod": "module m\nrequire example.org/a v1.0.0\n", "go.sum": "example.org/a v0.9.0 h1:x=\n"},
			"go.mod:2 example.org/a v1.0.0 go.sum ",
		},
		"a leftover in a member of a workspace": {
			files{"m/Cargo.toml": "[package]\nedition.workspace = true\n", "m/Cargo.lock": ""},
			files{
				"m/Cargo.toml": "[package]\nedition.workspace = true\n[dependencies]\na = \"2\"\n",
				"m/Cargo.lock": cargoOf("b", "1.0.0"),
			},
			"",
		},
		"a root that takes over from itself": {
			files{"m/Cargo.toml": "[workspace]\n[package]\nedition.workspace = true\n", "m/Cargo.lock": ""},
			files{
				"m/Cargo.toml": "[workspace]\n[package]\nedition.workspace = true\n[dependencies]\na = \"2\"\n",
				"m/Cargo.lock": cargoOf("b", "1.0.0"),
			},
			"m/Cargo.toml:5 a 2 m/Cargo.lock ",
		},
		"a module that each build replaces": {
			files{"go.mod": "module m\n", "go.sum": ""},
			files{"go.mod": "module m\nrequire example.org/a v0.0.0-00010101000000-000000000000\n", "go.sum": ""},
			"",
		},
		"a build of the version": {
			files{"Cargo.toml": "[dependencies]\n", "Cargo.lock": ""},
			files{"Cargo.toml": "[dependencies]\ncurl-sys = \"=0.4.83\"\n", "Cargo.lock": cargoOf("curl-sys", "0.4.83+curl-8.15.0")},
			"",
		},
		"a version that only begins so": {
			files{"Cargo.toml": "[dependencies]\n", "Cargo.lock": ""},
			files{"Cargo.toml": "[dependencies]\ncurl-sys = \"=0.4.8\"\n", "Cargo.lock": cargoOf("curl-sys", "0.4.83")},
			"Cargo.toml:2 curl-sys =0.4.8 Cargo.lock 0.4.83",
		},
		"a member of the workspace": {
			files{"pyproject.toml": "[project]\ndependencies = []\n", "uv.lock": uvOwn},
			files{"pyproject.toml": "[project]\ndependencies = [\"own==2.0\"]\n", "uv.lock": uvOwn},
			"",
		},
	} {
		f := analyse(t, tc.base, tc.head)
		got := []string{}
		for _, m := range f.Mismatches {
			got = append(got, fmt.Sprintf("%s:%d %s %s %s %s", m.Path, m.Line, m.Name, m.Requirement, m.Lock, m.Locked))
		}
		if strings.Join(got, "; ") != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func pomOf(version string) string {
	return "<project><dependencies><dependency><groupId>g</groupId><artifactId>x</artifactId><version>" + version +
		"</version></dependency></dependencies></project>"
}

// cargoOf is a Cargo.lock of one package.
func cargoOf(name, version string) string {
	return fmt.Sprintf(
		"[[package]]\nname = %q\nversion = %q\nsource = \"registry+https://github.com/x\"\n",
		name,
		version,
	)
}

const uvOwn = "[[package]]\nname = \"own\"\nversion = \"2.0\"\nsource = { editable = \"own\" }\n"
