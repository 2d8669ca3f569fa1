package cli

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/terminal"
)

var update = flag.Bool("update", false, "write docs/cli.md anew")

const docsPath = "../../docs/cli.md"

const docsHead = `<!-- Written from the help of the commands by "make generate". Edit internal/command, not this file. -->

# The command line

Every command has ` + "`--help`" + ` with examples; this page is that help.

| status | means |
|---|---|
| 0 | it passes: nothing blocks, all tests pass, the file is valid |
| 1 | it is refused, and the output says why |
| 2 | there is no answer: the command was used wrongly, or something that it needs is not there; the error stream says what, where, and what to do |

Output is what was asked for and nothing else; remarks, such as that uncommitted work is ignored, go to the error stream. Text is coloured on a terminal
alone; ` + "`NO_COLOR`" + ` and ` + "`TERM=dumb`" + ` switch that off. There it is fitted to the terminal's width,
anywhere to that of ` + "`COLUMNS`" + `.
Ctrl-C ends the work in good order, a second one at once.

The output of ` + "`lintel check --format json`" + ` is a contract: [check.schema.json](check.schema.json). So are the facts of ` +
	"`--facts`" + `:
[facts.schema.json](facts.schema.json). Within a version, fields may be added to the facts and to nothing else.
`

// TestPublishedCommandLine holds docs/cli.md to the help of every command.
func TestPublishedCommandLine(t *testing.T) {
	var b strings.Builder
	b.WriteString(docsHead)
	for _, path := range leaves(t) {
		b.WriteString("\n## lintel " + path + "\n\n```text\n" + help(t, strings.Fields(path)...) + "```\n")
	}
	if *update {
		if err := os.WriteFile(docsPath, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("docs/cli.md is not what the commands say; run make generate (-want +got):\n%s", diff)
	}
}

// TestHelp: every command says what it is for, shows how it is used, and says what each flag does; one that can refuse
// says what its status means.
func TestHelp(t *testing.T) {
	parser := testParser(t)
	if len(parser.Model.Leaves(false)) < 5 {
		t.Fatal("there are hardly any commands, so nothing was tested")
	}
	for _, leaf := range parser.Model.Leaves(false) {
		path := strings.TrimPrefix(leaf.FullPath(), "lintel ")
		text := help(t, strings.Fields(path)...)
		if leaf.Help == "" || !strings.HasSuffix(leaf.Help, ".") {
			t.Errorf("lintel %s: the help is %q, want a sentence", path, leaf.Help)
		}
		if !strings.Contains(text, "Examples:\n\n    ") || !strings.Contains(text, "    lintel "+path) {
			t.Errorf("lintel %s --help has no example of itself:\n%s", path, text)
		}
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 100 {
				t.Errorf("lintel %s --help has a line of %d characters, more than 100:\n%s", path, n, line)
			}
		}
		if strings.Contains(text, "=STRING") || strings.Contains(text, "=INT") {
			t.Errorf("lintel %s --help names a value by its type in the program:\n%s", path, text)
		}
		for _, flag := range leaf.Flags {
			if flag.Help == "" || !strings.HasSuffix(flag.Help, ".") {
				t.Errorf("lintel %s: the help of --%s is %q, want a sentence", path, flag.Name, flag.Help)
			}
		}
		for _, positional := range leaf.Positional {
			if positional.Help == "" || !strings.HasSuffix(positional.Help, ".") {
				t.Errorf("lintel %s: the help of %s is %q, want a sentence", path, positional.Name, positional.Help)
			}
		}
	}
}

func testParser(t *testing.T) *kong.Kong {
	t.Helper()
	parser, err := newParser(terminal.Terminal{Out: new(bytes.Buffer), Err: new(bytes.Buffer)}, &commands{})
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

// leaves are the commands that do something, "policy test", in the order of the help.
func leaves(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, leaf := range testParser(t).Model.Leaves(true) {
		path := strings.TrimPrefix(leaf.FullPath(), "lintel ")
		out = append(out, path)
	}
	return out
}

func help(t *testing.T, args ...string) string {
	t.Helper()
	t.Setenv("COLUMNS", "100")
	var out, errOut bytes.Buffer
	if status := Run(t.Context(), append(args, "--help"), strings.NewReader(""), &out, &errOut); status != Passed || errOut.Len() > 0 {
		t.Fatalf("lintel %s --help: status %d, %s", strings.Join(args, " "), status, errOut.String())
	}
	return out.String()
}
