package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
)

// home is where people find the program that made a report.
const home = "https://github.com/lintel-review/lintel"

// Schema gives the JSON Schema of a Verdict, as published in docs/check.schema.json.
func Schema() ([]byte, error) {
	return document.ReflectOutput(Verdict{}, home+"/raw/main/docs/check.schema.json", "Output of lintel check --format json",
		map[string]string{
			"schema": "The version of this contract.",
			"conclusion": "success and nothing exit with status 0, failure with 1. nothing: the change has no " +
				"commits, so no rule was asked and no family is listed. Without a verdict (status 2) nothing is written.",
			"reason": "Why there was nothing to judge, one line of plain text; there for the conclusion nothing alone.",
			"base": "The commit that settings, CODEOWNERS and policies were read at. The diff starts at " +
				"its merge base with head.",
			"head":            "The commit that was judged.",
			"families":        "The rule families, each with its own conclusion.",
			"families.*.name": "The family, the first part of its rules' names.",
			"families.*.conclusion": "failure when one of its findings blocks; abstained when nothing blocks but some rule " +
				"could not be judged; off when no rule is on.",
			"families.*.reason": "Only when it abstained as a whole: nothing of it was measured, and why. A family " +
				"that was judged in part has none.",
			"abstained":          "The rules that could not be judged and do not block. What they would have said is not known.",
			"abstained.*.reason": "What was missing, plain text.",
			"findings": "What the rules say, grouped by family and sorted by place. Those in mode shadow are " +
				"listed here and in no other format.",
			"findings.*.rule":     "family/name.",
			"findings.*.severity": "How bad it is by itself.",
			"findings.*.mode":     "How far the rule is rolled out: only enforce can block.",
			"findings.*.blocking": "Whether this finding alone makes the conclusion a failure.",
			"findings.*.path": "From the repository's root, with forward slashes; empty for the change as a whole. " +
				"Bytes that are not UTF-8 are written as \\xNN.",
			"findings.*.line":        "Line of the head, from 1; 0 is the whole file.",
			"findings.*.end_line":    "Last line of the head; 0 is the whole file.",
			"findings.*.title":       "The rule's name of the problem, one line of plain text.",
			"findings.*.message":     "What is wrong here, plain text. Parts of it may come from the change: escape it before you show it.",
			"findings.*.remedy":      "What to do next, plain text.",
			"findings.*.docs":        "The rule's page.",
			"findings.*.fingerprint": "sha256:hex, stays the same when lines move.",
			"findings.*.source":      "The tool whose report the finding comes from; not there for Lintel's own findings.",
			"findings.*.source.help": "The page of the tool's rule, at a known site; empty when there is none.",
			"findings.*.suggestion": "A correction that applies exactly to the head: the lines line to end_line become " +
				"text, which ends with a newline unless it is empty.",
			"incomplete":        "Facts that could not be read. When an enforced rule needs one, the conclusion is failure.",
			"incomplete.*.fact": "The fact's name, like diff.lines.",
			"incomplete.*.path": "The file, team or commit it is about; empty for all.",
			"policy":            "sha256:hex of the policies.",
			"settings":          "sha256:hex of the settings in force.",
		})
}

// writeData writes the formats that are JSON.
func writeData(b *strings.Builder, format Format, v Verdict, o Options) error {
	if format == RDJSONL {
		for _, f := range shown(v) {
			if err := encode(b, diagnostic(f, o), ""); err != nil {
				return err
			}
		}
		return nil
	}
	if format == SARIF {
		return encode(b, sarif(v, o), "  ")
	}
	v.Families, v.Findings, v.Abstained, v.Incomplete = some(v.Families), some(v.Findings), some(v.Abstained), some(v.Incomplete)
	return encode(b, v, "  ")
}

// some is never nil, so that JSON has a list and not null.
func some[T []E, E any](list T) T {
	if list == nil {
		return T{}
	}
	return list
}

func encode(b *strings.Builder, v any, indent string) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write verdict as JSON: %w", err)
	}
	// The same value, written so that no CI runner takes a part of it for a command when it is printed.
	b.Write(logCommand.ReplaceAllFunc(buf.Bytes(), func(s []byte) []byte { return append([]byte(`#\u0023`), s[2:]...) }))
	return nil
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

func diagnostic(f Finding, o Options) rdDiagnostic {
	at, whole := o.place(f)
	d := rdDiagnostic{
		Message:  aboutWhole(whole, message(f)),
		Location: rdLocation{Path: at.Path},
		Severity: map[string]string{"error": "ERROR", "warning": "WARNING", "notice": "INFO"}[level(f)],
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
func message(f Finding) string {
	all := []string{line(f.Title)}
	parts := []string{f.Message, f.Remedy}
	if f.Source != nil {
		parts = append(parts, f.Source.Help)
	}
	for _, part := range parts {
		if strings.TrimSpace(part) != "" && part != f.Title {
			all = append(all, strings.Join(lines(part), "\n"))
		}
	}
	return strings.Join(all, "\n")
}
