// Package render writes a verdict for people and for programs: text, JSON, SARIF, rdjsonl, GitHub's workflow commands and Markdown.
// It is pure: it imports words alone, and the caller gives the writer.
//
// Callers may rely on this:
//   - equal verdicts give equal bytes, findings in the order they came;
//   - all text of a verdict is untrusted. Control characters, escape sequences, line ends and characters that turn the direction of text
//     cannot reach a terminal or begin a workflow command;
//   - JSON is the published contract (docs/check.schema.json) and lists every finding; the other formats leave out those in shadow.
package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/finding"
)

// SchemaVersion is the version of the JSON contract. It is raised when a field changes its meaning or goes. docs/ci.md
// says what changed from one to the next.
const SchemaVersion = 2

// Nothing is the conclusion about a change without commits: there was nothing to judge, which is neither a pass nor a refusal.
const Nothing = "nothing"

// Verdict is the JSON contract of "lintel check --format json".
type Verdict struct {
	Schema     int    `json:"schema" jsonschema:"enum=2"`
	Conclusion string `json:"conclusion" jsonschema:"enum=success,enum=failure,enum=nothing"`
	// Reason says why there was nothing to judge, in one line of plain text; empty for the other conclusions.
	Reason string `json:"reason,omitempty"`
	// Base and Head are commit ids. Base is where the rules were read; the diff starts at its merge base with Head.
	Base     string    `json:"base"`
	Head     string    `json:"head"`
	Families []Family  `json:"families"`
	Findings []Finding `json:"findings"`
	// Abstained are the rules that could not be judged and do not block, those in shadow left out.
	Abstained []Unjudged `json:"abstained"`
	// Incomplete are the facts that could not be read.
	Incomplete []Gap `json:"incomplete"`
	// Policy and Settings are "sha256:hex".
	Policy   string `json:"policy"`
	Settings string `json:"settings"`
}

// Family is one family's conclusion.
type Family struct {
	Name       string `json:"name"`
	Conclusion string `json:"conclusion" jsonschema:"enum=success,enum=failure,enum=abstained,enum=off"`
	// Reason is set when the family abstained as a whole: nothing of it was measured.
	Reason string `json:"reason,omitempty"`
}

// unmeasured reports whether nothing of the family was looked at, for want of input.
func (f Family) unmeasured() bool { return f.Conclusion == abstained && f.Reason != "" }

const abstained = "abstained"

// Finding is one finding as the contract has it.
type Finding struct {
	Rule        string `json:"rule"`
	Family      string `json:"family"`
	Severity    string `json:"severity" jsonschema:"enum=error,enum=warning,enum=notice"`
	Mode        string `json:"mode" jsonschema:"enum=enforce,enum=warn,enum=shadow"`
	Blocking    bool   `json:"blocking"`
	Path        string `json:"path"`
	Line        int    `json:"line" jsonschema:"minimum=0"`
	EndLine     int    `json:"end_line" jsonschema:"minimum=0"`
	Title       string `json:"title"`
	Message     string `json:"message"`
	Remedy      string `json:"remedy"`
	Docs        string `json:"docs"`
	Fingerprint string `json:"fingerprint"`
	// Source is set for what another tool found, Suggestion when a correction applies exactly.
	Source     *Source     `json:"source,omitempty"`
	Suggestion *Suggestion `json:"suggestion,omitempty"`
}

// Source is the tool that found it.
type Source struct {
	Tool string `json:"tool"`
	Rule string `json:"rule"`
	Help string `json:"help"`
}

// Suggestion is a correction of whole lines.
type Suggestion struct {
	Line    int    `json:"line" jsonschema:"minimum=1"`
	EndLine int    `json:"end_line" jsonschema:"minimum=1"`
	Text    string `json:"text"`
}

// Gap is a fact that could not be read.
type Gap struct {
	Fact   string `json:"fact"`
	Reason string `json:"reason"`
	Path   string `json:"path"`
}

// Findings turns findings into those of the contract.
func Findings(all []finding.Finding) []Finding {
	out := make([]Finding, 0, len(all))
	for _, f := range all {
		g := Finding{Rule: f.Rule, Family: f.Family, Severity: string(f.Severity), Mode: string(f.Mode), Blocking: f.Blocking, Path: f.Path,
			Line: f.Line, EndLine: f.EndLine, Title: f.Title, Message: f.Message, Remedy: f.Remedy, Docs: f.Docs,
			Fingerprint: string(f.Fingerprint)}
		if f.Source != nil {
			g.Source = &Source{f.Source.Tool, f.Source.Rule, f.Source.Help}
		}
		if f.Suggestion != nil {
			g.Suggestion = &Suggestion{f.Suggestion.Line, f.Suggestion.EndLine, f.Suggestion.Text}
		}
		out = append(out, g)
	}
	return out
}

// Format is a way to write a verdict.
type Format string

// The formats.
const (
	Text    Format = "text"
	JSON    Format = "json"
	SARIF   Format = "sarif"
	RDJSONL Format = "rdjsonl"
	GitHub  Format = "github"
	// Markdown is a summary for people, bounded, for the page of a CI job.
	Markdown Format = "markdown"
)

// Formats are all formats, in the order of the help text.
func Formats() []Format { return []Format{Text, JSON, SARIF, RDJSONL, GitHub, Markdown} }

// ParseFormat reads a format. The error names all.
func ParseFormat(s string) (Format, error) {
	if f := Format(s); slices.Contains(Formats(), f) {
		return f, nil
	}
	return "", fmt.Errorf("format %q is not one of text, json, sarif, rdjsonl, github, markdown", s)
}

// Options bear on single formats.
type Options struct {
	// Color lets Text use the terminal's colours.
	Color bool
	// Version is that of the program, for SARIF; empty leaves it out.
	Version string
	// Rules are those that can speak, for SARIF: what a rule says in general is not in its findings.
	Rules []Rule
	// At is where findings about the whole change are shown by tools that show none without a place; without it they
	// stand on the settings file.
	At Place
}

// Rule is what SARIF says of a rule, whatever it found. Plain text.
type Rule struct {
	ID, Title, Description, Remedy, Docs string
}

// Place is a line of a file at the head.
type Place struct {
	Path string
	Line int
}

// place is where a finding is shown, and whether it is about the whole change.
func (o Options) place(f Finding) (at Place, whole bool) {
	switch {
	case f.Path != "":
		return Place{f.Path, f.Line}, false
	case o.At.Path != "":
		return Place{o.At.Path, max(o.At.Line, 1)}, true
	}
	return Place{controls.SettingsPath, 1}, true
}

// aboutWhole leads the message of a finding that stands at a line for want of another place.
func aboutWhole(whole bool, message string) string {
	if whole {
		return "About the whole change, not about this line: " + message
	}
	return message
}

// Unjudged is a rule that abstained, and why.
type Unjudged struct {
	Rule   string `json:"rule"`
	Family string `json:"family"`
	Reason string `json:"reason"`
}

// Write writes the verdict. The error is the writer's.
func Write(w io.Writer, format Format, v Verdict, o Options) error {
	var b strings.Builder
	switch format {
	case Text:
		var text strings.Builder
		writeText(&text, v, o)
		for l := range strings.Lines(text.String()) {
			b.WriteString(inert(l))
		}
	case Markdown:
		writeMarkdown(&b, v)
	case GitHub:
		writeGitHub(&b, v, o)
	case JSON, SARIF, RDJSONL:
		if err := writeData(&b, format, v, o); err != nil {
			return err
		}
	default:
		return fmt.Errorf("write verdict: format %q is not known", format)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write verdict: %w", err)
	}
	return nil
}

// shown are the findings that people see.
func shown(v Verdict) []Finding {
	return slices.DeleteFunc(slices.Clone(v.Findings), func(f Finding) bool { return f.Mode == string(finding.Shadow) })
}

// level is how a finding counts here and now: an error that does not block, because its rule is in mode warn, is a warning.
func level(f Finding) string {
	switch {
	case f.Blocking:
		return string(finding.Error)
	case f.Severity == string(finding.Notice):
		return string(finding.Notice)
	}
	return string(finding.Warning)
}
