//race:unwatched
package installed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put writes a program or file below a folder and gives its name.
func put(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	return path
}

// TestBelongings: only what is known to belong to a program is shown with it.
func TestBelongings(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	put(t, home, "venv/pyvenv.cfg", "")
	put(t, home, "go/VERSION", "go1.26")
	put(t, home, "go/src/runtime/proc.go", "")
	put(t, home, "python/lib/python3.12/os.py", "")
	for program, want := range map[string]string{
		"bin/tool":                             "bin/tool",
		"venv/bin/ruff":                        "venv",
		"go/bin/gofmt":                         "go",
		"python/bin/python3":                   "python/bin/python3 python/lib",
		"n/node_modules/eslint/bin/eslint.js":  "n/node_modules",
		"n/node_modules/a/node_modules/b/b.js": "n/node_modules",
	} {
		got := strings.ReplaceAll(strings.Join(belongings(filepath.Join(home, program)), " "), home+"/", "")
		if got != want {
			t.Errorf("%s: %s, want %s", program, got, want)
		}
	}
}

// TestInterpreter: the first line of a script names what else it needs.
func TestInterpreter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"#!/usr/bin/env node\n":              "node",
		"#!/usr/bin/env -S A=1 python3 -I\n": "python3",
		"#!/opt/venv/bin/python -E\n":        "/opt/venv/bin/python",
		"#!\n":                               "",
		"#!/usr/bin/env\n":                   "",
		"\x7fELF\n":                          "",
		"#!" + strings.Repeat("x", 600):      "",
	} {
		if got := interpreter(put(t, t.TempDir(), "x", text)); got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
}

// TestLocate: what cannot be shown is said before anything runs.
func TestLocate(t *testing.T) {
	folder, err := os.MkdirTemp("/tmp", "lintel-places-") //nolint:usetesting // the place itself is what is tested
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	t.Setenv("PATH", folder)
	if _, err := Locate("lintel-tool"); err == nil || !strings.Contains(err.Error(), "it is not installed here") {
		t.Error(err)
	}
	put(t, folder, "lintel-tool", "#!/usr/bin/env lintel-interpreter\n")
	if _, err := Locate("lintel-tool"); err == nil || !strings.Contains(err.Error(), `needs "lintel-interpreter": it is not installed`) {
		t.Error(err)
	}
	put(t, folder, "lintel-tool", "")
	if _, err := Locate("lintel-tool"); err == nil || !strings.Contains(err.Error(), "every sandbox has a /tmp of its own") {
		t.Error(err)
	}
}

// TestGo: Go works offline, on the modules that are here.
func TestGo(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"the cache's own variable": {"GOMODCACHE": "/usr/bin"},
		"no such folder":           {"GOPATH": "/nonexistent"},
	} {
		p := Place{Env: map[string]string{}}
		p.addGo(func(variable string) string { return env[variable] })
		want := env["GOMODCACHE"]
		if p.Env["GOPROXY"] != "off" || p.Env["GOTOOLCHAIN"] != "local" || p.Env["GOMODCACHE"] != want || len(p.Shown) > 0 != (want != "") {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
