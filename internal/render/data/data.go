// Package data writes a verdict for programs: the published JSON, SARIF, rdjsonl, GitHub's workflow commands, and GitLab's
// report of code quality.
//
// Callers may rely on: equal verdicts give equal bytes, findings in the order they came; no text of a change can begin a
// workflow command or leave its place.
package data

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/render/plain"
)

// home is where people find the program that made a report.
const home = "https://github.com/lintel-review/lintel"

// Options bear on single formats.
type Options struct {
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
func (o Options) place(f contract.Finding) (at Place, whole bool) {
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

// JSON is the contract itself. It lists every finding; the other formats leave out those in shadow.
func JSON(v contract.Verdict) (string, error) {
	v.Families, v.Findings, v.Abstained, v.Incomplete = some(v.Families), some(v.Findings), some(v.Abstained), some(v.Incomplete)
	return encode(v, "  ")
}

// SARIF is a log for code scanning.
func SARIF(v contract.Verdict, o Options) (string, error) { return encode(sarif(v, o), "  ") }

// RDJSONL is a diagnostic a line, for reviewdog.
func RDJSONL(v contract.Verdict, o Options) (string, error) {
	var b strings.Builder
	for _, f := range v.Shown() {
		l, err := encode(diagnostic(f, o), "")
		if err != nil {
			return "", err
		}
		b.WriteString(l)
	}
	return b.String(), nil
}

// some is never nil, so that JSON has a list and not null.
func some[T []E, E any](list T) T {
	if list == nil {
		return T{}
	}
	return list
}

func encode(v any, indent string) (string, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return "", fmt.Errorf("write verdict as JSON: %w", err)
	}
	return string(plain.InertJSON(buf.Bytes())), nil
}

// The Reviewdog Diagnostic Format, one diagnostic a line (reviewdog, proto/rdf/reviewdog.proto).
type (
	rdDiagnostic struct {
		Message  string     `json:"message"`
		Location rdLocation `json:"location"`
		Severity string     `json:"severity"`
		Source   rdSource   `json:"source"`
		Code     rdCode     `json:"code"`
		// Suggestions without columns replace whole lines.
		Suggestions []rdSuggestion `json:"suggestions,omitempty"`
	}
	rdSuggestion struct {
		Range rdRange `json:"range"`
		Text  string  `json:"text"`
	}
	rdLocation struct {
		Path  string   `json:"path"`
		Range *rdRange `json:"range,omitempty"`
	}
	rdRange struct {
		Start rdPosition `json:"start"`
		End   rdPosition `json:"end"`
	}
	rdPosition struct {
		Line int `json:"line"`
	}
	rdSource struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	rdCode struct {
		Value string `json:"value"`
		URL   string `json:"url,omitempty"`
	}
)

func diagnostic(f contract.Finding, o Options) rdDiagnostic {
	at, whole := o.place(f)
	d := rdDiagnostic{
		Message:  aboutWhole(whole, message(f)),
		Location: rdLocation{Path: at.Path},
		Severity: map[string]string{"error": "ERROR", "warning": "WARNING", "notice": "INFO"}[f.Level()],
		Source:   rdSource{Name: "lintel", URL: home},
		Code:     rdCode{Value: f.Rule, URL: f.Docs},
	}
	if at.Line > 0 {
		d.Location.Range = &rdRange{Start: rdPosition{at.Line}, End: rdPosition{max(at.Line, f.EndLine)}}
	}
	if s := f.Suggestion; s != nil {
		d.Suggestions = []rdSuggestion{
			{Range: rdRange{Start: rdPosition{s.Line}, End: rdPosition{s.EndLine}}, Text: strings.TrimSuffix(s.Text, "\n")},
		}
	}
	return d
}

// message is title, message, remedy and the address of the tool's own page as one plain text of several lines.
func message(f contract.Finding) string {
	all := []string{plain.Line(f.Title)}
	parts := []string{f.Message, f.Remedy}
	if f.Source != nil {
		parts = append(parts, f.Source.Help)
	}
	for _, part := range parts {
		if strings.TrimSpace(part) != "" && part != f.Title {
			all = append(all, strings.Join(plain.Lines(part), "\n"))
		}
	}
	return strings.Join(all, "\n")
}
