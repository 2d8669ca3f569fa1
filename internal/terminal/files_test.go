package terminal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/usage"
)

func TestWriteFileReplacesTheWholeFile(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "report.json"), filepath.Join(dir, "latest.json")
	if err := os.WriteFile(file, []byte("an older and longer report"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != "new" {
		t.Errorf("the file behind the link holds %q, %v", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is no link any more: %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v; want the old one", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("temporary files were left behind: %v, %v", left, err)
	}
}

func TestErrorsOfFilesSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, []byte("12345\xff"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, missing := ReadFile(t.Context(), "--settings", filepath.Join(dir, "none"), 10)
	_, folder := ReadFile(t.Context(), "--settings", dir, 10)
	_, tooLarge := ReadFile(t.Context(), "--settings", large, 5)
	_, binary := Terminal{}.ReadText(t.Context(), "--body-file", large, 10)
	_, input := Terminal{In: strings.NewReader("123456")}.ReadText(t.Context(), "--body-file", "-", 5)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a missing file":  {missing, `--settings: "` + filepath.Join(dir, "none") + `" cannot be read: no such file or directory`},
		"a folder":        {folder, "it is a folder"},
		"a large file":    {tooLarge, "it is larger than 5 bytes"},
		"a binary file":   {binary, "it is not UTF-8 text"},
		"long input":      {input, `--body-file: "standard input" cannot be read: it is larger than 5 bytes`},
		"a missing place": {WriteFile(filepath.Join(dir, "none", "report"), nil), "cannot be written: no such file or directory"},
	} {
		if _, ok := errors.AsType[*usage.Error](c.err); !ok || !strings.Contains(c.err.Error(), c.want) ||
			!strings.Contains(c.err.Error(), "to fix it: ") {
			t.Errorf("%s: %v, want a usage error with %q", name, c.err, c.want)
		}
	}
}

func TestAPipeThatNobodyWritesToEndsWithTheContext(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Terminal{In: read}).ReadText(ctx, "--body-file", "-", 10); !errors.Is(err, context.Canceled) {
		t.Errorf("it gave %v, want the context's error", err)
	}
}

func TestOnlyATerminalGetsColourAndProgress(t *testing.T) {
	var out, errOut strings.Builder
	term := New(nil, &out, &errOut)
	term.Progress("changes judged", 2)(1)
	term.Notef("%d left", 1)
	if term.Colour || errOut.String() != "lintel: 1 left\n" {
		t.Errorf("colour %v, error stream %q", term.Colour, errOut.String())
	}
}
