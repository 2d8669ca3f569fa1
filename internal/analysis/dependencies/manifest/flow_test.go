package manifest

import (
	"strings"
	"testing"
)

// TestLayouts shows that a lock file says the same however a formatter lays it out.
func TestLayouts(t *testing.T) {
	const want = "@a/b@1.1.0, direct, dev, map[sha512:abc], needs react | react@18.2.0, direct, map[sha512:def] | " +
		"x@1.0.0, git, https://codeload.example.org/a/x, at codeload.example.org"
	for name, content := range map[string]string{
		"pnpm's": `lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      react:
        specifier: ^18
        version: 18.2.0
    devDependencies:
      '@a/b':
        specifier: ^1
        version: 1.1.0(react@18.2.0)
packages:
  '@a/b@1.1.0':
    resolution: {integrity: sha512-abc}
    engines: {node: '>=6, <7'}
  react@18.2.0:
    resolution: {integrity: sha512-def}
  x@1.0.0:
    resolution: {tarball: https://codeload.example.org/a/x}
snapshots:
  ? '@a/b@1.1.0(react@18.2.0)'
  : dependencies:
      react: 18.2.0
    transitivePeerDependencies:
      - a
      - "b"
`,
		"another indentation and quotes": `"lockfileVersion": "9.0"
importers:
    .:
        dependencies:
            "react":
                "specifier": "^18"
                "version": "18.2.0" # here
        devDependencies:
            "@a/b": { "specifier":"^1", "version":"1.1.0(react@18.2.0)" }
packages:
    "@a/b@1.1.0":
        resolution:
            {
                integrity: sha512-abc, # {
            }
        engines: { node: ">=6, \"<7" }
        deprecated: It's a text
            that goes on, over lines
        cpu:
            [
                x64,
            ]
    react@18.2.0:
        resolution:
            integrity:
                sha512-def
        deprecated:
            "a: text {
            - over: lines"
    ? x@1.0.0
    :   resolution:
            { tarball: 'https://codeload.example.org/a/x' }
        deprecated: >-
            no:
              key
snapshots:
    "@a/b@1.1.0(react@18.2.0)":
        dependencies:
            react: "18.2.0"
`,
		"brackets": `{"lockfileVersion": "9.0", "importers": {".": {
"dependencies": {"react": {"specifier": "^18", "version": "18.2.0"}},
"devDependencies": {"@a/b": {"specifier": "^1", "version": "1.1.0(react@18.2.0)"}}}},
"packages": {
  "@a/b@1.1.0": {"resolution": {"integrity": "sha512-abc"}, "os": ["a", {b: ["]"]}]},
  "react@18.2.0": {"resolution": {"integrity": "sha512-def"}},
  x@1.0.0: {resolution: {tarball: https://codeload.example.org/a/x}}},
"snapshots": {"@a/b@1.1.0(react@18.2.0)": {"dependencies": {"react": "18.2.0"}}}}
`,
	} {
		set, err := read(t, "pnpm-lock.yaml", content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, p := range set.Packages {
			if at := strings.Split(content, "\n")[p.Line-1]; !strings.Contains(at, p.Name) {
				t.Errorf("%s: %s is not on line %d", name, p.Name, p.Line)
			}
			p.Line = 0
			got = append(got, told(p))
		}
		if all := strings.Join(got, " | "); all != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, all, want)
		}
	}
}

// TestBadLayouts shows that what pnpm would read otherwise, or not at all, is an error.
func TestBadLayouts(t *testing.T) {
	for _, content := range []string{
		"packages: {a@1.0.0: *x}\n",
		"packages: {a@1.0.0: &x {}}\n",
		"packages: {<<: *x}\n",
		"packages: {a@1.0.0: {}\n",
		"packages: {a@1.0.0: {}} b\n",
		"packages: {a: b]}\n",
		"packages: {a: {b: c} d: e}\n",
		"packages: {\"a: b}\n",
		"packages: 'a\n",
		"packages: 'a'\n  b\n",
		"packages:\n  ? a@1.0.0\n",
		"packages:\n  ? a@1.0.0\n  b: c\n",
		"packages:\n  - x\n  ? b\n",
		"packages:\n  ? {a: b}\n  : c\n",
		"packages:\n  ? 'a' b\n  : c\n",
		"packages:\n  ? a@1.0.0\n  :b\n",
		"{packages: {}\n",
		"packages:\n  *x : y\n",
		"packages: " + strings.Repeat("{a: ", 60) + strings.Repeat("}", 60) + "\n",
		"packages: {a: [}\n",
	} {
		if set, err := read(t, "pnpm-lock.yaml", content); err == nil {
			t.Errorf("%q: %+v", content, set.Packages)
		}
	}
}
