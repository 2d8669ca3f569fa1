package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/terminal"
)

// manualWord is the hidden argument by which a release writes its manual pages: "lintel __manual FOLDER".
const manualWord = "__manual"

// writeManual writes a page for the program and one for each command, lintel-check.1. Equal programs write equal pages.
func writeManual(parser *kong.Kong, args []string) error {
	if len(args) != 1 {
		return errors.New("name the folder for the pages")
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil {
		return terminal.Unwritable(args[0], err)
	}
	pages := map[string]string{"lintel.1": programPage(parser.Model)}
	for _, leaf := range parser.Model.Leaves(true) {
		pages[strings.ReplaceAll(leaf.FullPath(), " ", "-")+".1"] = commandPage(leaf)
	}
	for name, text := range pages {
		path := filepath.Join(args[0], name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // everybody reads a manual
			return terminal.Unwritable(path, err)
		}
	}
	return nil
}

// page is a manual page in the macros of man(7).
// https://man7.org/linux/man-pages/man7/man.7.html
type page struct{ strings.Builder }

func newPage(name, does string) *page {
	p := &page{}
	fmt.Fprintf(p, ".TH %s 1 \"\" \"lintel %s\" \"Lintel\"\n", strings.ToUpper(name), roff(build.Read().Version))
	fmt.Fprintf(p, ".SH NAME\n%s \\- %s\n", roff(name), roff(strings.TrimSuffix(does, ".")))
	return p
}

// roff writes text so that it stays text: no word of it is a request or an escape.
func roff(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			b.WriteString(`\&`)
		}
		b.WriteString(strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(line))
	}
	return b.String()
}

// prose writes the text below a command's summary. What is indented stays as it is; "Examples:" and "Exit status:" are
// sections of their own.
func (p *page) prose(text string) {
	as := false // within an example
	literal := func(on bool) {
		if on != as {
			p.WriteString(map[bool]string{true: ".PP\n.RS 4\n.nf\n", false: ".fi\n.RE\n"}[on])
			as = on
		}
	}
	blank := false
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		indented := strings.HasPrefix(line, "    ")
		status, isStatus := strings.CutPrefix(line, "Exit status: ")
		switch {
		case strings.TrimSpace(line) == "":
			blank = true
			continue
		case line == "Examples:":
			literal(false)
			p.WriteString(".SH EXAMPLES\n")
		case isStatus:
			literal(false)
			p.WriteString(".SH EXIT STATUS\n" + roff(status) + "\n")
		case indented && as && blank:
			p.WriteString("\n" + roff(line[4:]) + "\n")
		case indented:
			literal(true)
			p.WriteString(roff(line[4:]) + "\n")
		default:
			literal(false)
			if blank {
				p.WriteString(".PP\n")
			}
			p.WriteString(roff(line) + "\n")
		}
		blank = false
	}
	literal(false)
}

func programPage(app *kong.Application) string {
	p := newPage("lintel", "reviews pull requests and merge requests by rules")
	p.WriteString(".SH SYNOPSIS\n.B lintel\n.I command\n[flags]\n.SH DESCRIPTION\n")
	p.prose(app.Help)
	p.WriteString(".SH COMMANDS\n")
	for _, leaf := range app.Leaves(true) {
		name := strings.TrimPrefix(leaf.FullPath(), "lintel ")
		fmt.Fprintf(p, ".TP\n.B %s\n%s\n", roff(name), roff(leaf.Help))
	}
	return p.String()
}

func commandPage(leaf *kong.Node) string {
	p := newPage(strings.ReplaceAll(leaf.FullPath(), " ", "-"), leaf.Help)
	fmt.Fprintf(p, ".SH SYNOPSIS\n.B %s\n", roff("lintel "+leaf.Summary()))
	p.WriteString(".SH DESCRIPTION\n" + roff(leaf.Help) + "\n.PP\n")
	p.prose(leaf.Detail)
	if len(leaf.Positional) > 0 {
		p.WriteString(".SH ARGUMENTS\n")
	}
	for _, a := range leaf.Positional {
		fmt.Fprintf(p, ".TP\n.I %s\n%s\n", roff(a.Summary()), roff(a.Help))
	}
	p.WriteString(".SH OPTIONS\n")
	for _, group := range leaf.AllFlags(true) {
		for _, f := range group {
			fmt.Fprintf(p, ".TP\n.B %s\n%s\n", roff(f.String()), roff(f.Help))
		}
	}
	p.WriteString(".SH SEE ALSO\n.BR lintel (1)\n")
	return p.String()
}
