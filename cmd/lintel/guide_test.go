package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// block is one block of commands of a guide.
type block struct {
	commands string
	// why it is not run by a test, as its comment says: <!-- not run: it needs a server -->.
	why string
}

// blocks are the blocks of a guide in a language, in order.
func blocks(text, language string) (all []block) {
	const mark, end = "<!-- not run: ", " -->"
	why, inside := "", false
	var b strings.Builder
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case !inside && strings.HasPrefix(trimmed, mark):
			why = strings.TrimSuffix(strings.TrimPrefix(trimmed, mark), end)
		case !inside && trimmed == "```"+language:
			inside = true
		case inside && trimmed == "```":
			all = append(all, block{b.String(), why})
			b.Reset()
			inside, why = false, ""
		case inside:
			b.WriteString(line)
		case trimmed != "":
			why = ""
		}
	}
	return all
}

// guide runs one block of docs/guides/NAME.md as it stands there, in the script's current folder: "guide NAME N". With
// "guide NAME N FILE" it writes the block N of YAML, or of what FILE ends in, to a file. "guide NAME -" ends a guide:
// it fails when a block that can be run was not.
func guide(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: guide NAME N [FILE]")
	}
	text, err := os.ReadFile(filepath.Join(ts.Getenv("DOCS"), "guides", args[0]+".md"))
	ts.Check(err)
	language := "sh"
	if len(args) == 3 {
		language = "yaml"
		if ext := filepath.Ext(args[2]); ext == ".groovy" || ext == ".rego" {
			language = ext[1:]
		}
	}
	all := blocks(string(text), language)
	done := ts.Getenv("GUIDED")
	if args[1] == "-" {
		for i, b := range all {
			if b.why == "" && !strings.Contains(done, fmt.Sprintf(" %s/%d ", args[0], i+1)) {
				ts.Fatalf("block %d of %s.md was not run:\n%s", i+1, args[0], b.commands)
			}
		}
		return
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 1 || n > len(all) {
		ts.Fatalf("%s.md has %d blocks of commands", args[0], len(all))
	}
	if len(args) == 3 {
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(all[n-1].commands), 0o600))
		return
	}
	if why := all[n-1].why; why != "" {
		ts.Fatalf("block %d of %s.md is not for running: %s", n, args[0], why)
	}
	ts.Setenv("GUIDED", fmt.Sprintf("%s %s/%d ", done, args[0], n))
	err = ts.Exec("bash", "-euo", "pipefail", "-c", all[n-1].commands)
	if failed := err != nil; failed != neg {
		ts.Fatalf("block %d of %s.md: %v", n, args[0], err)
	}
}

// TestEveryGuideIsRun: a guide whose commands nobody runs rots.
func TestEveryGuideIsRun(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("testdata/script/guides.txtar")
	if err != nil {
		t.Fatal(err)
	}
	guides, err := filepath.Glob("../../docs/guides/*.md")
	if err != nil || len(guides) == 0 {
		t.Fatalf("%d guides: %v", len(guides), err)
	}
	for _, path := range guides {
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		if !strings.Contains(string(script), "\nguide "+name+" -\n") {
			t.Errorf("guides.txtar does not run docs/guides/%s.md to its end", name)
		}
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	text := "a\n```sh\none\ntwo\n```\n<!-- not run: a reason -->\n```sh\nthree\n```\n```text\nno\n```\n" +
		"<!-- not run: x -->\nwords\n\n```sh\nfour\n```\n"
	got := blocks(text, "sh")
	want := []block{{"one\ntwo\n", ""}, {"three\n", "a reason"}, {"four\n", ""}}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
