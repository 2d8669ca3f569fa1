//race:unwatched
package completion

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBashCompletion lets bash itself complete, with a program of the name that answers what the real one was asked.
func TestBashCompletion(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("bash is needed: ", err)
	}
	dir := t.TempDir()
	program := "#!/bin/sh\nshift\nprintf 'asked %s\\tabout it\\n' \"$*\"\n[ \"$2\" != --settings ] || echo :files\n"
	if err := os.WriteFile(filepath.Join(dir, "lintel"), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "set a.yml"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	script := bash + `
COMP_WORDS=(lintel check --format = js); COMP_CWORD=4; _lintel; printf '[%s]\n' "${COMPREPLY[@]}"
COMP_WORDS=(lintel check --settings set); COMP_CWORD=3; _lintel; printf '[%s]\n' "${COMPREPLY[@]}"
COMP_WORDS=(lintel ''); COMP_CWORD=1; _lintel; printf '[%s]\n' "${COMPREPLY[@]}"
`
	run := exec.CommandContext(t.Context(), shell, "--norc", "-c", script)
	run.Dir, run.Env = dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("bash: %v\n%s", err, out)
	}
	want := "[asked check --format = js]\n[asked check --settings set]\n[set a.yml]\n[asked ]\n"
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("bash saw (-want +got):\n%s", diff)
	}
}
