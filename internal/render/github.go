package render

import (
	"fmt"
	"slices"
	"strings"
)

// writeGitHub writes workflow commands (docs.github.com, "Workflow commands for GitHub Actions", "Setting an error message").
// Every line begins with a command of ours, so nothing in a verdict can begin one: the runner looks for "::" at the start of a line,
// and line ends are escaped as the runner's own toolkit does it. The toolkit's source is where the escapes come from; the page does not list them.
func writeGitHub(b *strings.Builder, v Verdict) {
	if v.Conclusion == Nothing {
		fmt.Fprintf(b, "::notice title=lintel::%s\n", data(line(v.Reason)))
		return
	}
	all := shown(v)
	// A step shows its first ten annotations of a level, and the first of all on top: what blocks comes first.
	slices.SortStableFunc(all, func(a, b Finding) int { return slices.Index(levels, level(a)) - slices.Index(levels, level(b)) })
	for _, f := range all {
		var properties []string
		if f.Path != "" {
			properties = append(properties, "file="+property(line(f.Path)))
			if f.Line > 0 {
				properties = append(properties, fmt.Sprintf("line=%d", f.Line), fmt.Sprintf("endLine=%d", max(f.Line, f.EndLine)))
			}
		}
		properties = append(properties, "title="+property(line(f.Title)+" ("+line(f.Rule)+")"))
		var message []string
		for _, part := range []string{f.Message, f.Remedy} {
			if strings.TrimSpace(part) != "" {
				message = append(message, lines(part)...)
			}
		}
		if f.Source != nil && f.Source.Help != "" {
			message = append(message, line(f.Source.Help))
		}
		if f.Docs != "" {
			message = append(message, line(f.Docs))
		}
		fmt.Fprintf(b, "::%s %s::%s\n", level(f), strings.Join(properties, ","), data(strings.Join(message, "\n")))
	}
	command := "warning"
	if v.Conclusion != "success" {
		command = "error"
	}
	for _, g := range v.Incomplete {
		about := ""
		if g.Path != "" {
			about = " of " + line(g.Path)
		}
		fmt.Fprintf(b, "::%s title=Not read::%s\n", command, data(line(g.Fact)+about+": "+line(g.Reason)))
	}
	if b.Len() == 0 {
		if command == "warning" {
			command = "notice"
		}
		fmt.Fprintf(b, "::%s title=lintel::conclusion: %s\n", command, data(line(v.Conclusion)))
	}
}

var levels = []string{"error", "warning", "notice"}

var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func data(s string) string     { return escapeData.Replace(s) }
func property(s string) string { return escapeProperty.Replace(s) }
