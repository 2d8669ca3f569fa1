package data

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/render/plain"
	"github.com/lintel-review/lintel/internal/text"
)

// maxAnnotations is how many annotations of one level GitHub shows of a step; it drops the others without a word.
// https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations has it for errors and warnings;
// notices are held to the same.
const maxAnnotations = 10

// annotation is one workflow command to be.
type annotation struct {
	level      string
	properties []string
	message    string
	// brief is the same in one line, for the log.
	brief string
}

// GitHub writes workflow commands (docs.github.com, "Workflow commands for GitHub Actions", "Setting an error
// message"). Every line begins with a command of ours, or with a word of ours in the log behind them, so nothing in a
// verdict can begin one: the runner looks for "::" at the start of a line, and line ends are escaped as the runner's
// own toolkit does it. The toolkit's source is where the escapes come from; the page does not list them. What would be
// one annotation of a level too many is summed up in the last that is shown, and stands in the log below.
func GitHub(v contract.Verdict, o Options) string {
	var b strings.Builder
	writeGitHub(&b, v, o)
	return b.String()
}

func writeGitHub(b *strings.Builder, v contract.Verdict, o Options) {
	if v.Conclusion == contract.Nothing {
		fmt.Fprintf(b, "::notice title=lintel::%s\n", value(plain.Line(v.Reason)))
		return
	}
	all := annotations(v, o)
	var rest []annotation
	for _, level := range levels {
		own := slices.DeleteFunc(slices.Clone(all), func(a annotation) bool { return a.level != level })
		if len(own) > maxAnnotations {
			left := own[maxAnnotations-1:]
			rest = append(rest, left...)
			own = append(slices.Clip(own[:maxAnnotations-1]),
				annotation{level: level, properties: []string{"title=" + property(text.Count(len(left), "more "+level))},
					message: "GitHub shows ten annotations of a kind; the log of this step lists all."})
		}
		for _, a := range own {
			fmt.Fprintf(b, "::%s %s::%s\n", a.level, strings.Join(a.properties, ","), value(a.message))
		}
	}
	if len(all) == 0 {
		command := "notice"
		if v.Conclusion != "success" {
			command = "error"
		}
		fmt.Fprintf(b, "::%s title=lintel::conclusion: %s\n", command, value(plain.Line(v.Conclusion)))
	}
	for _, a := range rest {
		// No command, so that the runner counts none.
		b.WriteString(plain.Inert(a.level + ": " + a.brief + "\n"))
	}
	for _, u := range v.Unmeasured() {
		b.WriteString(plain.Inert("not measured: " + u + "\n"))
	}
}

// annotations are those of findings, what blocks first, then those of facts that could not be read.
func annotations(v contract.Verdict, o Options) []annotation {
	var all []annotation
	for _, f := range v.Shown() {
		at, whole := o.place(f)
		a := annotation{level: f.Level(), properties: []string{"file=" + property(plain.Line(at.Path))}}
		if at.Line > 0 {
			a.properties = append(a.properties, fmt.Sprintf("line=%d", at.Line), fmt.Sprintf("endLine=%d", max(at.Line, f.EndLine)))
		}
		title := plain.Line(f.Title) + " (" + plain.Line(f.Rule) + ")"
		a.properties = append(a.properties, "title="+property(title))
		var message []string
		for _, part := range []string{aboutWhole(whole, f.Message), f.Remedy} {
			if strings.TrimSpace(part) != "" {
				message = append(message, plain.Lines(part)...)
			}
		}
		if f.Source != nil && f.Source.Help != "" {
			message = append(message, plain.Line(f.Source.Help))
		}
		if f.Docs != "" {
			message = append(message, plain.Line(f.Docs))
		}
		a.message, a.brief = strings.Join(message, "\n"), title
		if !whole {
			a.brief = fmt.Sprintf("%s:%d: %s", plain.Line(f.Path), max(f.Line, 1), title)
		}
		all = append(all, a)
	}
	for _, g := range v.Incomplete {
		a := annotation{level: "warning", properties: []string{"title=Not read"}, message: plain.Line(g.Fact) + ": " + plain.Line(g.Reason)}
		if g.Path != "" {
			a.message = plain.Line(g.Fact) + " of " + plain.Line(g.Path) + ": " + plain.Line(g.Reason)
		}
		if v.Conclusion != "success" {
			a.level = "error"
		}
		a.brief = "not read: " + a.message
		all = append(all, a)
	}
	return all
}

// levels are in the order of weight: what blocks comes first, as GitHub shows the first of all on top.
var levels = []string{"error", "warning", "notice"}

var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func value(s string) string    { return escapeData.Replace(s) }
func property(s string) string { return escapeProperty.Replace(s) }
