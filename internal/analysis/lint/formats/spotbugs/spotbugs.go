// Package spotbugs reads the XML of SpotBugs and of find-sec-bugs (-xml, -xml:withMessages).
//
// Callers may rely on: priority 1 is an error, 2 a warning, 3 and below a notice; the place is the bug's own line, else
// that of its class; a source's name is joined to the project's source folder when the report knows one for certain; an
// error that SpotBugs lists means that it failed.
package spotbugs

import (
	"cmp"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/xmlscan"
)

const (
	tool = "spotbugs"
	// maxSources is the most source folders, or files, of a project that are kept.
	maxSources = 20_000
)

// bug is one that is being read.
type bug struct {
	kind, priority string
	short, long    string
	// own is the bug's own line, class that of its class.
	own, class *line
	// primary is true when own is the one that SpotBugs calls so.
	primary bool
}

type line struct {
	name     string
	from, to int
}

type reader struct {
	c       *report.LintCollector
	open    *bug
	sources []string
}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	if err := c.Tool(tool); err != nil {
		return err
	}
	p := &reader{c: c}
	return xmlscan.Walk(r, "BugCollection", p.start, p.end)
}

func (p *reader) start(s *xmlscan.Scanner) error {
	switch s.Name() {
	case "BugInstance":
		text, err := s.Attrs("type", "priority")
		if err != nil {
			return err
		}
		if text[0] == "" {
			return errors.New("a bug without a type")
		}
		p.open = &bug{kind: text[0], priority: text[1]}
	case "SourceLine":
		if p.open != nil {
			return p.place(s)
		}
	case "Errors":
		text, _, err := s.Attr("errors")
		if err != nil {
			return err
		}
		if text != "" && text != "0" {
			return p.c.Fail(tool, "it lists "+text+" errors of its own, so it did not look at everything")
		}
	}
	return nil
}

func (p *reader) place(s *xmlscan.Scanner) error {
	text, err := s.Attrs("sourcepath", "start", "end", "primary")
	if err != nil {
		return err
	}
	l := &line{name: text[0]}
	for i, into := range []*int{&l.from, &l.to} {
		if text[i+1] == "" || strings.HasPrefix(text[i+1], "-") {
			continue // code without a line
		}
		if *into, err = report.LineNumber(text[i+1]); err != nil {
			return err
		}
	}
	switch s.Parent() {
	case "BugInstance":
		if p.open.own == nil || text[3] == "true" && !p.open.primary {
			p.open.own, p.open.primary = l, text[3] == "true"
		}
	case "Class":
		p.open.class = cmp.Or(p.open.class, l)
	}
	return nil
}

func (p *reader) end(s *xmlscan.Scanner) error {
	name := s.Name()
	switch {
	case name == "SrcDir" && len(p.sources) < maxSources, name == "ShortMessage" && p.open != nil, name == "LongMessage" && p.open != nil:
		text, err := s.Text()
		if err != nil {
			return err
		}
		switch text = strings.TrimSpace(text); name {
		case "SrcDir":
			p.sources = append(p.sources, strings.ReplaceAll(text, `\`, "/"))
		case "ShortMessage":
			p.open.short = text
		default:
			p.open.long = text
		}
	case name == "BugInstance" && p.open != nil:
		b := p.open
		p.open = nil
		return p.add(b)
	}
	return nil
}

func (p *reader) add(b *bug) error {
	f := report.LintFinding{Tool: tool, Rule: b.kind, Severity: report.Notice, Message: cmp.Or(b.long, b.short, b.kind)}
	switch b.priority {
	case "1":
		f.Severity = report.Error
	case "2":
		f.Severity = report.Warning
	}
	at := cmp.Or(b.own, b.class)
	if at != nil {
		f.Path = p.file(at.name)
		if b.own != nil {
			f.Line, f.EndLine = at.from, at.to
		}
	}
	return p.c.Add(f)
}

// file joins a name such as com/acme/A.java to the folder of the sources.
func (p *reader) file(name string) string {
	if name == "" {
		return ""
	}
	for _, s := range p.sources {
		if strings.HasSuffix(s, "/"+name) {
			return s // builds list the files themselves
		}
	}
	if len(p.sources) == 1 && path.Ext(p.sources[0]) == "" {
		return path.Join(p.sources[0], name)
	}
	return name
}
