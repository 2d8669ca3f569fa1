package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCompletion: what may follow, for the words in front of the cursor; the last one is what has been typed of it.
func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		words string
		want  []string
	}{
		{"che", []string{"check"}},
		{"owners ", []string{"of", "lint", ":files"}},
		{"owners of a ", []string{":files"}},
		{"owners a ", []string{":files"}},
		{"report u", []string{"upload"}},
		{"report upload --k", []string{"--kind"}},
		{"report upload --kind ", []string{"coverage", "lint"}},
		{"report upload --kind=c", []string{"--kind=coverage"}},
		{"report upload --kind = c", []string{"coverage"}},
		{"report upload --kind =", []string{"coverage", "lint"}},
		{"report upload --kind lint ", []string{":files"}},
		{"check --format ", []string{"text", "json", "sarif", "rdjsonl", "github", "markdown"}},
		{"check --format json --q", []string{"--quiet"}},
		{"check --q", []string{"--quiet"}},
		{"check --settings ", []string{":files"}},
		{"check --repo ", []string{":folders"}},
		{"check --title ", nil},
		{"check ", nil},
		{"eval --mode rec", []string{"record"}},
		{"policy test --verb", []string{"--verbose"}},
		{"policy test -v ", []string{":folders"}},
		{"explain size/too-l", []string{"size/too-large"}},
		{"explain own", []string{"ownership"}},
		{"completion ", []string{"bash", "zsh", "fish"}},
		{"nonsense ", nil},
		{"check --nonsense=", nil},
		{"owners -- --", nil},
	} {
		t.Run(c.words, func(t *testing.T) {
			var out, errOut bytes.Buffer
			args := append([]string{completeWord}, strings.Split(c.words, " ")...)
			if status := Run(t.Context(), args, strings.NewReader(""), &out, &errOut); status != Passed || errOut.Len() > 0 {
				t.Fatalf("status %d, %s", status, errOut.String())
			}
			var got []string
			for line := range strings.Lines(out.String()) {
				word, about, told := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				if told && about == "" {
					t.Errorf("%q says nothing about itself", word)
				}
				if c.words == "explain own" && word != "ownership" {
					continue // the rules of the family, which may grow
				}
				got = append(got, word)
			}
			if c.words == "owners -- --" {
				c.want = []string{":files"}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBashCompletion lets bash itself complete, with a program of the name that answers what the real one was asked.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
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
	script := bashCompletion + `
COMP_WORDS=(lintel check --format = js); COMP_CWORD=4; _lintel; printf '[%s]\n' "${COMPREPLY[@]}"
COMP_WORDS=(lintel check --settings set); COMP_CWORD=3; _lintel; printf '[%s]\n' "${COMPREPLY[@]}"
COMP_WORDS=(lintel ''); COMP_CWORD=1; _lintel; printf '[%s]\n' "${COMPREPLY[@]}"
`
	run := exec.CommandContext(t.Context(), bash, "--norc", "-c", script)
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
