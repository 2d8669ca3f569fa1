package wrapper

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// TestMarksAreFoundHoweverTheStreamIsCut tries what an attacker would.
//
// Attack by the code that a check runs on: Links, pipes and huge files as a report; forged marks in the output:
// the report is read with the tool's rights and bounded. Also `internal/sandbox/wrapper/wrapper_test.go`
// `TestStreamsStayBounded`.
func TestMarksAreFoundHoweverTheStreamIsCut(t *testing.T) {
	const all = "\nm1 began\nhello\nm1 nonsense\nm1\n\nm1 ended 3 no yes\n<report>\nm1 ended 0 no no\n"
	for size := 1; size < len(all); size++ {
		meter := newMeter(1000, func() {})
		tool, report := newStream(meter, 0, 1000), newStream(meter, 1000, 0)
		m := newMarks("m1", report, tool)
		for rest := []byte(all); len(rest) > 0; {
			n := min(size, len(rest))
			if _, err := m.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		m.close()
		if want := (reported{Began: true, Ended: true, Status: 3, HasReport: true}); m.reported != want {
			t.Fatalf("cut at %d: %+v", size, m.reported)
		}
		if got := string(report.beginning()); got != "<report>\nm1 ended 0 no no\n" {
			t.Fatalf("cut at %d: report %q", size, got)
		}
		if got := string(tool.end()); got != "hello\nm1 nonsense\nm1\n" {
			t.Fatalf("cut at %d: output %q", size, got)
		}
	}
}

func TestStreamsStayBounded(t *testing.T) {
	over := 0
	meter := newMeter(1<<20, func() { over++ })
	s := newStream(meter, 100, 50)
	block := bytes.Repeat([]byte("0123456789"), 1000)
	for range 1000 {
		if n, err := s.Write(block); n != len(block) || err != nil {
			t.Fatal(n, err)
		}
	}
	if over != 1 || !meter.exceeded() {
		t.Errorf("the meter called %d times", over)
	}
	if len(s.beginning()) != 100 || len(s.end()) != 50 || cap(s.tail) > 1000 {
		t.Errorf("head %d, tail %d in %d", len(s.beginning()), len(s.end()), cap(s.tail))
	}
	if !strings.HasPrefix(string(s.beginning()), "0123") {
		t.Errorf("head %q", s.beginning())
	}
}

// TestAShellReadsItsInput has a shell of this machine read what a waiting one reads, up to the script: every word and every
// variable arrives as it is.
//
// Attack by the code that a check runs on: Names of files and settings with line breaks, quotes and shell syntax, where a
// container waits for its job: every word is quoted.
func TestAShellReadsItsInput(t *testing.T) {
	t.Parallel()
	argv := []string{"-n", "it's", "a\n}\nexit 3\n{\n", "$(exit 4)", "`exit 5`", "", `\`, "!", "ü\xff", "'", "''"}
	job := sandbox.Job{Argv: argv, Report: "out/a b", Env: map[string]string{"A": "it's $HOME\n`id`", "PATH": "/nowhere"}}
	text, ok := Input(job, "MARK", "")
	before, _, found := strings.Cut(text, marksOnStdout)
	if !ok || !found || !strings.HasSuffix(text, script+"\n}\n") {
		t.Fatalf("%v:\n%s", ok, text)
	}
	c := exec.CommandContext(t.Context(), Waiting()[0], Waiting()[1:]...)
	c.Stdin = strings.NewReader(before + "printf '%s\\0' \"$@\" \"$A\" \"$PATH\"\nexit 0\n}\necho more\n")
	got, err := c.Output()
	want := slices.Concat([]string{"MARK", "out/a b", "0", "0", "0"}, argv, []string{job.Env["A"], job.Env["PATH"], ""})
	if all := strings.Split(string(got), "\x00"); err != nil || !slices.Equal(all, want) {
		t.Errorf("%q, %v, want %q", all, err, want)
	}
	for _, name := range []string{"IFS", "a.b", "1", "a b", "A\n", ""} {
		if _, ok := Input(sandbox.Job{Argv: []string{"x"}, Env: map[string]string{name: ""}}, "MARK", ""); ok {
			t.Errorf("a shell is told to set %q", name)
		}
	}
}

// TestAShellThatSeesNoTree ends before it runs anything, and says nothing.
func TestAShellThatSeesNoTree(t *testing.T) {
	t.Parallel()
	text, ok := Input(sandbox.Job{Argv: []string{"x"}}, "MARK", "a $(echo b) 'c'")
	before, _, found := strings.Cut(text, "set --")
	if !ok || !found || !strings.Contains(before, sandbox.TreeFolder) {
		t.Fatalf("%v:\n%s", ok, text)
	}
	folder := t.TempDir()
	name := filepath.Join(folder, "a $(echo b) 'c'")
	for _, c := range []struct {
		make func() error
		said string
	}{
		{func() error { return nil }, ""},
		{func() error { return os.Symlink("nowhere", name) }, "ran\n"},
		{func() error { return errors.Join(os.Remove(name), os.WriteFile(name, nil, 0o600)) }, "ran\n"},
	} {
		if err := c.make(); err != nil {
			t.Fatal(err)
		}
		shell := exec.CommandContext(t.Context(), Waiting()[0], Waiting()[1:]...)
		shell.Stdin = strings.NewReader(strings.ReplaceAll(before, sandbox.TreeFolder, folder) + "echo ran\n}\n")
		if got, err := shell.Output(); string(got) != c.said || (err == nil) != (c.said != "") {
			t.Errorf("it said %q, %v, want %q", got, err, c.said)
		}
	}
}
