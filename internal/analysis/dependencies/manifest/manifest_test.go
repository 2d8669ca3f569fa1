package manifest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told writes a package as the tests expect it: only what is set.
func told(p Package) string {
	s := p.Name + "@" + p.Version
	for _, f := range []struct {
		yes  bool
		text string
	}{
		{p.Direct, "direct"},
		{p.Scope != "", p.Scope},
		{p.Maybe, "maybe"},
		{p.Requirement != "" && p.Requirement != p.Version, "wants " + p.Requirement},
		{p.Source != "", p.Source},
		{p.Location != "" && p.Source != "", p.Location},
		{p.Host != "", "at " + p.Host},
		{len(p.Sums) > 0, fmt.Sprint(p.Sums)},
		{p.Script, "script"},
		{p.Licence != "", p.Licence},
		{len(p.Needs) > 0, "needs " + strings.Join(p.Needs, " ")},
		{len(p.Replaces) > 0, "replaces " + strings.Join(p.Replaces, " ")},
		{p.Line > 0, fmt.Sprintf("line %d", p.Line)},
	} {
		if f.yes {
			s += ", " + f.text
		}
	}
	return s
}

func read(t *testing.T, path, content string) (Set, error) {
	t.Helper()
	f, ok := Identify(path)
	if !ok {
		t.Fatalf("%s is no manifest", path)
	}
	return Read(f, path, []byte(content))
}

// samples are small files of every format as their tools write them, and what is read of them.
func TestFormats(t *testing.T) {
	for _, tc := range samples {
		t.Run(tc.path, func(t *testing.T) {
			set, err := read(t, tc.path, tc.content)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, p := range set.Packages {
				got = append(got, told(p))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Every format of the table has a sample.
func TestEveryFormatHasASample(t *testing.T) {
	seen := map[string]bool{}
	for _, tc := range samples {
		f, _ := Identify(tc.path)
		seen[f.Name] = true
	}
	for name, f := range named {
		if !seen[f.Name] && !slices.Contains([]string{
			"npm-shrinkwrap.json", "pdm.lock", "build.gradle.kts", "Containerfile", "Directory.Packages.props", "packages.config",
		}, name) { // those are read as another one is
			t.Errorf("%s has no sample", name)
		}
	}
}

func TestIdentify(t *testing.T) {
	for path, want := range map[string]string{
		"a/b/package.json": "package.json", "requirements/base.txt": "requirements.txt", "dev-requirements.txt": "requirements.txt",
		"src/Shop.csproj": "project file", "Dockerfile.dev": "Dockerfile", "build/app.Dockerfile": "Dockerfile",
		"notes.txt": "", "package.json.md": "", "go.mod.go": "", "Cargo.toml": "Cargo.toml",
	} {
		if f, _ := Identify(path); f.Name != want {
			t.Errorf("%s: %q, want %q", path, f.Name, want)
		}
	}
}

// A file that cannot be read whole is an error that names the place, and never a smaller set.
func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct{ path, content, want string }{
		"UTF-16":              {"package.json", "\xff\xfe{\x00}\x00", "UTF-16"},
		"Latin-1":             {"requirements.txt", "flask==1 # \xe9", "not UTF-8"},
		"zero byte":           {"go.sum", "a\x00b", "zero byte"},
		"a merge":             {"yarn.lock", "a@1:\n<<<<<<< HEAD\n", "line 2 is a mark of a merge"},
		"broken JSON":         {"package-lock.json", `{"packages": {"node_modules/a": {`, "byte"},
		"a list":              {"package.json", `[]`, "want an object"},
		"half a JSON":         {"composer.lock", `{"packages": [{"name": "a/b"`, "byte"},
		"broken TOML":         {"Cargo.lock", "[[package]]\nname = \"a\nversion = 1", "line 2"},
		"broken go.mod":       {"go.mod", "module a\nrequire b", "line 2"},
		"broken go.sum":       {"go.sum", "a v1 h1:x\nb v1\n", "line 2"},
		"broken yarn.lock":    {"yarn.lock", "a@1\n", "line 1"},
		"no version":          {"yarn.lock", "a@1:\n  resolved \"x\"\n", "no version"},
		"anchors":             {"pnpm-lock.yaml", "packages: &a\n  b@1.0.0: *a\n", "line 1"},
		"deep YAML":           {"pnpm-lock.yaml", deep(60), "levels"},
		"broken XML":          {"pom.xml", "<project><dependencies>", "unexpected EOF"},
		"another encoding":    {"a.csproj", `<?xml version="1.0" encoding="latin1"?><Project/>`, "encoding"},
		"deep XML":            {"pom.xml", strings.Repeat("<a>", 100), "inside each other"},
		"broken gradle lock":  {"gradle.lockfile", "nothing", "line 1"},
		"broken mix.lock":     {"mix.lock", "%{\n  1,\n}", "line 2"},
		"another thing":       {"bun.lock", "{", "no JSON"},
		"FROM without image":  {"Dockerfile", "FROM --platform=x\n", "line 1"},
		"too large":           {"package.json", strings.Repeat(" ", MaxBytes+1), "bytes"},
		"text for a section":  {"package.json", `{"dependencies": "lodash"}`, "want an object"},
		"number for versions": {"Pipfile.lock", `{"default": {"a": {"version": 1}}}`, "byte"},
	} {
		if _, err := read(t, tc.path, tc.content); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func deep(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
	}
	return b.String()
}

// A name that is given twice leaves doubt, and is noted.
func TestTwice(t *testing.T) {
	for path, content := range map[string]string{
		"package.json":      `{"dependencies": {"a": "1", "a": "2"}}`,
		"package-lock.json": `{"packages": {"node_modules/a": {"version": "1"}, "node_modules/a": {"version": "2"}}}`,
		"yarn.lock":         "a@1:\n  version \"1\"\na@1:\n  version \"2\"\n",
		"pnpm-lock.yaml":    "a: 1\n---\npackages:\n  a@1.0.0:\n    x: y\n  a@1.0.0:\n    x: z\n",
		"Pipfile.lock":      `{"default": {"a": {"version": "==1"}, "a": {"version": "==2"}}}`,
		"composer.json":     `{"require": {"a/b": "1", "a/b": "2"}}`,
	} {
		set, err := read(t, path, content)
		if err != nil || len(set.Notes) != 1 || !strings.Contains(set.Notes[0], "twice") {
			t.Errorf("%s: %v, %v", path, set.Notes, err)
		}
	}
}

// A package of both documents of pnpm's lock file is one package, unless they disagree.
func TestTwoDocuments(t *testing.T) {
	const document = "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha512-x}\n"
	set, err := read(t, "pnpm-lock.yaml", document+"---\n"+document)
	if err != nil || len(set.Packages) != 1 || len(set.Notes) != 0 {
		t.Errorf("the same: %+v, %v", set, err)
	}
	other := strings.Replace(document, "sha512-x", "sha512-y", 1)
	set, err = read(t, "pnpm-lock.yaml", document+"---\n"+other)
	if err != nil || len(set.Notes) != 1 || !strings.Contains(set.Notes[0], "differ") {
		t.Errorf("another checksum: %+v, %v", set.Notes, err)
	}
}

// Packages that need each other in a circle are packages as others are.
func TestCycles(t *testing.T) {
	set, err := read(t, "Cargo.lock", "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://x\"\n"+
		"dependencies = [\"b\"]\n\n[[package]]\n"+
		"name = \"b\"\nversion = \"1.0.0\"\nsource = \"registry+https://x\"\ndependencies = [\"a\"]\n")
	if err != nil || len(set.Packages) != 2 {
		t.Errorf("%+v, %v", set.Packages, err)
	}
	if _, err := read(t, "pom.xml", "<project><properties><a>${b}</a><b>${a}</b></properties>"+
		"<dependencies><dependency><groupId>g</groupId>"+
		"<artifactId>x</artifactId><version>${a}</version></dependency></dependencies></project>"); err != nil {
		t.Error(err)
	}
}

// large is a lock file of many packages.
func large(path string, n int) []byte {
	var b strings.Builder
	switch path {
	case "package-lock.json":
		b.WriteString(`{"lockfileVersion": 3, "packages": {"": {"dependencies": {"p1": "1"}}`)
		for i := range n {
			fmt.Fprintf(&b, ",\n\"node_modules/p%d\": {\"version\": \"1.0.%d\", "+
				"\"resolved\": \"https://registry.example/p/-/p-1.tgz\", "+
				"\"integrity\": \"sha512-abc%d\", \"dependencies\": {\"p%d\": \"1\"}}", i, i, i, (i+1)%n)
		}
		b.WriteString("}}")
	case "yarn.lock":
		for i := range n {
			fmt.Fprintf(&b, "p%d@^1:\n  version \"1.0.%d\"\n  resolved \"https://yarn.example/p/-/p-1.tgz#x\"\n\n", i, i)
		}
	case "pnpm-lock.yaml":
		b.WriteString("packages:\n")
		for i := range n {
			fmt.Fprintf(&b, "  p%d@1.0.%d:\n    resolution: {integrity: sha512-abc}\n\n", i, i)
		}
	case "Cargo.lock":
		for i := range n {
			fmt.Fprintf(&b, "[[package]]\nname = \"p%d\"\nversion = \"1.0.%d\"\n"+
				"source = \"registry+https://github.com/x\"\nchecksum = \"abc\"\n\n", i, i)
		}
	case "go.sum":
		for i := range n {
			fmt.Fprintf(&b, "example.org/p%d v1.0.%d h1:abc=\n", i, i)
		}
	}
	return []byte(b.String())
}

func TestLargeLockFiles(t *testing.T) {
	for _, path := range []string{"yarn.lock", "pnpm-lock.yaml", "go.sum"} {
		f, _ := Identify(path)
		set, err := Read(f, path, large(path, 100_000))
		if err != nil || len(set.Packages) != 100_000 {
			t.Errorf("%s: %d packages, %v", path, len(set.Packages), err)
		}
	}
	f, _ := Identify("go.sum")
	if _, err := Read(f, "go.sum", large("go.sum", maxPackages+1)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("%v", err)
	}
}

func BenchmarkRead(b *testing.B) {
	for _, path := range []string{"package-lock.json", "yarn.lock", "pnpm-lock.yaml", "Cargo.lock", "go.sum"} {
		f, _ := Identify(path)
		content := large(path, 2000)
		b.Run(path, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				if _, err := Read(f, path, content); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzRead holds every reader to its promises, whatever a file holds.
func FuzzRead(f *testing.F) {
	for _, tc := range samples {
		f.Add(tc.path, tc.content)
	}
	f.Add("Cargo.toml", "[dependenCies.'']")
	f.Fuzz(func(t *testing.T, path, content string) {
		format, ok := Identify(path)
		if !ok {
			return
		}
		set, err := Read(format, path, []byte(content))
		if err != nil && len(set.Packages) > 0 {
			t.Error("an error with a set")
		}
		again, _ := Read(format, path, []byte(content))
		if diff := cmp.Diff(set.Packages, again.Packages); diff != "" {
			t.Errorf("two readings differ: %s", diff)
		}
		for _, p := range set.Packages {
			if p.Name == "" || p.Line > strings.Count(content, "\n")+1 {
				t.Errorf("%+v", p)
			}
		}
	})
}
