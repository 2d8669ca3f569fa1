package audit

import (
	"io"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rhysd/actionlint"
	"golang.org/x/tools/txtar"
)

// TestLintSaysWhatTheLinterSays: of all workflows of the fixtures, lint finds what actionlint's own Linter finds, but for
// the rules whose findings nobody reads.
func TestLintSaysWhatTheLinterSays(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{WorkingDir: "/", Color: actionlint.ColorOptionKindNever})
	if err != nil {
		t.Fatal(err)
	}
	read, found := 0, 0
	for _, name := range files {
		fixtures, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range fixtures.Files {
			want, err := linter.Lint(workflowPath, f.Data, nil)
			if err != nil {
				continue
			}
			want = slices.DeleteFunc(want, func(e *actionlint.Error) bool { return e.Kind == "action" || e.Kind == "runner-label" })
			got, err := lint(f.Data)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, f.Name, err)
			}
			if !slices.EqualFunc(got, want, func(a, b *actionlint.Error) bool {
				return a.Kind == b.Kind && a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
			}) {
				t.Errorf("%s: %s: %v, the linter: %v", name, f.Name, got, want)
			}
			read++
			found += len(got)
		}
	}
	if read < 50 || found < 50 {
		t.Errorf("%d files, %d findings: the test has lost its cases", read, found)
	}
	t.Logf("%d files, %d findings", read, found)
}
