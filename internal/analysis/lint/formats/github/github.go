// Package github reads the workflow commands by which programs annotate files on GitHub Actions: "::error file=a.go,line=3::text".
// The format is that of GitHub's page on workflow commands; a log that has other lines between them is read too.
//
// Callers may rely on: a title like "Ruff (F401)" names tool and rule, and nothing else does; what stands between ::stop-commands:: and its end is no
// command.
package github

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/report"
)

var (
	command  = regexp.MustCompile(`^\s*::(error|warning|notice)(?: ([^:]*))?::(.*)$`)
	stop     = regexp.MustCompile(`^\s*::stop-commands::(.+)$`)
	named    = regexp.MustCompile(`^([A-Za-z][\w.@/-]*(?: [\w.-]+)?) \(([^()]{1,200})\)$`)
	unescape = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
)

var severities = map[string]report.Severity{"error": report.Error, "warning": report.Warning, "notice": report.Notice}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	c.Assume("github", "")
	stopped := ""
	return report.EachLine(r, func(line []byte) error {
		if len(line) < 2 || !strings.Contains(string(line[:min(len(line), 100)]), "::") {
			return nil
		}
		text := string(line)
		if stopped != "" {
			if strings.TrimSpace(text) == "::"+stopped+"::" {
				stopped = ""
			}
			return nil
		}
		if m := stop.FindStringSubmatch(text); m != nil {
			stopped = strings.TrimSpace(m[1])
			return nil
		}
		m := command.FindStringSubmatch(text)
		if m == nil {
			return nil
		}
		return add(c, severities[m[1]], m[2], m[3])
	})
}

func add(c *report.LintCollector, severity report.Severity, properties, message string) error {
	f := report.LintFinding{Severity: severity, Message: unescape.Replace(message)}
	for _, p := range strings.Split(properties, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		value = unescape.Replace(value)
		var err error
		switch name {
		case "file":
			f.Path = value
		case "line":
			f.Line, err = number(value)
		case "endLine":
			f.EndLine, err = number(value)
		case "col":
			f.Column, err = number(value)
		case "endColumn":
			f.EndColumn, err = number(value)
		case "title":
			if m := named.FindStringSubmatch(value); m != nil {
				f.Tool, f.Rule = strings.ToLower(m[1]), m[2]
			} else if value != "" && f.Message != value {
				f.Message = value + ": " + f.Message
			}
		}
		if err != nil {
			return err
		}
	}
	return c.Add(f)
}

// number is 0 for what is not given.
func number(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > report.MaxLine {
		return 0, fmt.Errorf("the line or column %.40q is not between 0 and %d", text, report.MaxLine)
	}
	return n, nil
}
