// Package github reads the workflow commands by which programs annotate files on GitHub Actions, "::error
// file=a.go,line=3::text", and those of Azure Pipelines, "##vso[task.logissue
// type=error;sourcepath=a.go;linenumber=3]text". The formats are those of the services' pages on such commands; a log
// that has other lines between them is read too.
//
// Callers may rely on: commands are read as GitHub's own runner reads them; text of which no line is an annotation is
// refused unless it says that all is well, and no text at all is what tools write when they find nothing; a title like
// "Ruff (F401)" names tool and rule, and nothing else does; what stands between ::stop-commands:: and its end is no
// command.
package github

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report"
)

var (
	named = lazyregexp.New(`^([A-Za-z][\w.@/-]*(?: [\w.-]+)?) \(([^()]{1,200})\)$`)
	// What a message escapes, and what a property does.
	unescape         = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%")
	unescapeProperty = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	// well is how tools say on a log that they found nothing.
	well = lazyregexp.New(
		`(?im)^\W*(?:all checks passed|success: no issues found|found 0 |0 (?:errors|issues|problems|warnings)\b|no ` +
			`(?:issues|errors|problems|warnings)(?: were)? (?:found|detected))`)
)

var severities = map[string]report.Severity{"error": report.Error, "warning": report.Warning, "notice": report.Notice}

// Read reads a report.
func Read(r io.Reader, c *report.LintCollector) error {
	c.Assume("github", "")
	stopped, first := "", ""
	found, clean := false, false
	err := report.EachLine(r, func(line []byte) error {
		text := strings.TrimSpace(string(line))
		command, properties, message, ok := parse(text)
		if !ok {
			command, properties, message, ok = azure(text)
		}
		switch {
		case stopped != "":
			if text == "::"+stopped+"::" {
				stopped = ""
			}
		case ok && command == "stop-commands":
			stopped = strings.TrimSpace(message)
		case ok && severities[command] != "":
			found = true
			return add(c, severities[command], properties, message)
		case text != "":
			if first == "" {
				first = text
			}
			clean = clean || well.MatchString(text)
		}
		return nil
	})
	if err == nil && !found && !clean && first != "" {
		err = fmt.Errorf(
			"there is no annotation (::error file=...::text) in it, and it does not say that all is well; it begins with %.100q", first)
	}
	return err
}

// parse splits a command as GitHub's runner does: the name and the properties end at the first "::" behind them,
// properties are split at commas, and each at its first "=". Names of commands and of properties compare without regard
// to case.
func parse(text string) (command string, properties map[string]string, message string, ok bool) {
	rest, ok := strings.CutPrefix(text, "::")
	if !ok {
		return "", nil, "", false
	}
	head, message, ok := strings.Cut(rest, "::")
	if !ok {
		return "", nil, "", false
	}
	command, list, _ := strings.Cut(head, " ")
	properties = map[string]string{}
	for _, p := range strings.Split(strings.TrimSpace(list), ",") {
		if name, value, ok := strings.Cut(p, "="); ok {
			properties[strings.ToLower(strings.TrimSpace(name))] = unescapeProperty.Replace(value)
		}
	}
	return strings.ToLower(command), properties, message, true
}

var (
	logged        = lazyregexp.New(`(?i)^##vso\[task\.logissue ([^\]]*)\](.*)$`)
	unescapeAzure = strings.NewReplacer("%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]", "%AZP25", "%25")
	// azureNames are Azure's names of GitHub's properties.
	azureNames = map[string]string{"sourcepath": "file", "linenumber": "line", "columnnumber": "col", "code": "code", "type": "type"}
)

// azure splits a command of Azure Pipelines: properties end at the first "]" and are split at semicolons.
func azure(text string) (command string, properties map[string]string, message string, ok bool) {
	m := logged.FindStringSubmatch(text)
	if m == nil {
		return "", nil, "", false
	}
	properties = map[string]string{}
	for p := range strings.SplitSeq(m[1], ";") {
		name, value, _ := strings.Cut(p, "=")
		if as := azureNames[strings.ToLower(strings.TrimSpace(name))]; as != "" {
			properties[as] = unescapeProperty.Replace(unescapeAzure.Replace(strings.TrimSpace(value)))
		}
	}
	return strings.ToLower(properties["type"]), properties, unescapeAzure.Replace(m[2]), true
}

func add(c *report.LintCollector, severity report.Severity, properties map[string]string, message string) error {
	f := report.LintFinding{Severity: severity, Message: unescape.Replace(message), Path: properties["file"], Rule: properties["code"]}
	for name, into := range map[string]*int{"line": &f.Line, "endline": &f.EndLine, "col": &f.Column, "endcolumn": &f.EndColumn} {
		n, err := number(strings.TrimSpace(properties[name]))
		if err != nil {
			return err
		}
		*into = n
	}
	if value := properties["title"]; value != "" {
		if m := named.FindStringSubmatch(value); m != nil {
			f.Tool, f.Rule = strings.ToLower(m[1]), m[2]
		} else if f.Message != value {
			f.Message = value + ": " + f.Message
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
