// Package contract is the verdict as "lintel check" publishes it, and the JSON Schema of that. The other formats are
// written from it.
//
// Callers may rely on: all text of a verdict is untrusted; whoever writes it escapes it.
package contract

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/render/plain"
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

// Unmeasured reports whether nothing of the family was looked at, for want of input.
func (f Family) Unmeasured() bool { return f.Conclusion == Abstained && f.Reason != "" }

// Abstained is the conclusion of a family that could not be judged, as a whole or in part.
const Abstained = "abstained"

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

// Unjudged is a rule that abstained, and why.
type Unjudged struct {
	Rule   string `json:"rule"`
	Family string `json:"family"`
	Reason string `json:"reason"`
}

// Shown are the findings that people see.
func (v Verdict) Shown() []Finding {
	return slices.DeleteFunc(slices.Clone(v.Findings), func(f Finding) bool { return f.Mode == string(finding.Shadow) })
}

// Level is how a finding counts here and now: an error that does not block, because its rule is in mode warn, is a warning.
func (f Finding) Level() string {
	switch {
	case f.Blocking:
		return string(finding.Error)
	case f.Severity == string(finding.Notice):
		return string(finding.Notice)
	}
	return string(finding.Warning)
}

// Unmeasured are lines such as "coverage, lint: no report was handed in"; a reason that names its own family is the same for both.
func (v Verdict) Unmeasured() []string {
	var reasons []string
	names := map[string][]string{}
	whole := map[string]string{}
	for _, f := range v.Families {
		if !f.Unmeasured() {
			continue
		}
		reason := strings.Join(strings.Fields(strings.ReplaceAll(f.Reason, f.Name, "")), " ")
		if names[reason] == nil {
			reasons, whole[reason] = append(reasons, reason), f.Reason
		}
		names[reason] = append(names[reason], plain.Line(f.Name))
	}
	var out []string
	for _, reason := range reasons {
		text := reason
		if len(names[reason]) == 1 {
			text = whole[reason]
		}
		out = append(out, strings.Join(names[reason], ", ")+": "+plain.Line(text))
	}
	return out
}
