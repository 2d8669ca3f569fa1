package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestManual writes the pages of a release. Every command has one, every flag is on it, and no line of a help is taken
// for a request of roff.
func TestManual(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man")
	var out, errOut bytes.Buffer
	if status := Run(t.Context(), []string{manualWord, dir}, strings.NewReader(""), &out, &errOut); status != Passed {
		t.Fatalf("status %d: %s", status, errOut.String())
	}
	request := regexp.MustCompile(`^\.(TH|SH|TP|PP|RS 4|RE|nf|fi|B|I|BR)[ \n]`)
	for _, leaf := range testParser(t).Model.Leaves(true) {
		name := strings.ReplaceAll(leaf.FullPath(), " ", "-") + ".1"
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		text := string(content)
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, ".") && !request.MatchString(line) || strings.HasPrefix(line, "'") {
				t.Errorf("%s has the line %q, which roff would take for a request", name, line)
			}
		}
		for _, f := range leaf.Flags {
			if !strings.Contains(text, roff("--"+f.Name)) {
				t.Errorf("%s does not have --%s", name, f.Name)
			}
		}
		if !strings.Contains(text, ".SH EXAMPLES\n.PP\n.RS 4\n.nf\n") || !strings.Contains(text, "\n.fi\n.RE\n") {
			t.Errorf("%s has no examples", name)
		}
	}
	index, err := os.ReadFile(filepath.Join(dir, "lintel.1"))
	if err != nil || !strings.Contains(string(index), ".TP\n.B check\nJudge the commits") {
		t.Errorf("lintel.1 does not list the commands: %v", err)
	}
}

func TestManualKeepsTextAsText(t *testing.T) {
	t.Parallel()
	p := &page{}
	p.prose("It says \\fB-x.\n'quoted'\n\nExamples:\n\n    .so /etc/passwd\n\n    # two\n    lintel x\n\nExit status: 0 passes.")
	want := "It says \\efB\\-x.\n\\&'quoted'\n.SH EXAMPLES\n.PP\n.RS 4\n.nf\n\\&.so /etc/passwd\n\n# two\nlintel x\n.fi\n.RE\n" +
		".SH EXIT STATUS\n0 passes.\n"
	if d := cmp.Diff(want, p.String()); d != "" {
		t.Error(d)
	}
}
