package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Limits of one lint report. What is beyond MaxFindings and MaxLintText is counted, and not kept.
const (
	MaxFindings = 25_000
	// MaxLintText is the most bytes of all texts of the findings that are kept.
	MaxLintText = 32 << 20
	// maxTools and MaxRules are the most tools, and the most rules of which the rest is counted apart.
	maxTools = 50
	MaxRules = 1_000

	maxMessage = 2_000
	maxRule    = 200
	maxSource  = 1_000
	// maxFix is the most bytes of the texts of one fix, maxEdits the most edits of it.
	maxFix   = 8_000
	maxEdits = 50
)

// Unnamed is the tool of a report that names none.
const Unnamed = "linter"

// Lint is what one report says: the findings of one tool or, as SARIF has it, of several.
type Lint struct {
	// Tools are those that ran, in the order of the report, also when they found nothing.
	Tools []LintTool `json:"tools"`
	// Findings are in the order of the report.
	Findings []LintFinding `json:"findings"`
	// More counts the findings beyond the limits, and Rest has them by tool and rule, most first; those of too many
	// rules are in More alone.
	More int         `json:"more"`
	Rest []RuleCount `json:"rest"`
	// Unresolved are the names that no file of the repository could be found for, sorted, at most MaxNotes;
	// UnresolvedMore counts the others and Unplaced the findings that had such names. They are not in Findings.
	Unresolved     []string `json:"unresolved"`
	UnresolvedMore int      `json:"unresolved_more"`
	Unplaced       int      `json:"unplaced"`
	// Skipped counts the entries that could not be read and may have been findings.
	Skipped int `json:"skipped"`
	// Notes are what the parser left out, in the order of the report.
	Notes []string `json:"notes"`
}

// LintTool is a tool that ran.
type LintTool struct {
	Name string `json:"name"`
	// Failed is true when the tool itself failed, so that no findings prove nothing; FailedWhy is what it said.
	Failed    bool   `json:"failed"`
	FailedWhy string `json:"failed_why"`
}

// RuleCount is how many findings a tool's rule has.
type RuleCount struct {
	Tool     string   `json:"tool"`
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Count    int      `json:"count"`
}

// Severity is how bad a linter calls a finding.
type Severity string

// The severities of linters, worst first.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Notice  Severity = "notice"
)

// Unit is what a tool's columns count.
type Unit string

// The units of columns.
const (
	Characters Unit = "characters"
	UTF16      Unit = "utf16"
	Bytes      Unit = "bytes"
)

// LintFinding is one finding. Lines and columns count from 1; 0 is not known. EndLine is included, EndColumn is not.
type LintFinding struct {
	Tool     string   `json:"tool"`
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Path is empty for a finding about no file.
	Path      string `json:"path"`
	Line      int    `json:"line"`
	EndLine   int    `json:"end_line"`
	Column    int    `json:"column"`
	EndColumn int    `json:"end_column"`
	// Unit is that of the columns, those of Fix included.
	Unit    Unit   `json:"unit"`
	Message string `json:"message"`
	// Help is a link to the rule's page, as the report gives it; empty when there is none.
	Help string `json:"help"`
	// Source is the text of Line as the tool saw it; empty when the report does not have it.
	Source string `json:"source"`
	// Blind is true when the tool could not read the file, so that it says nothing of the rest of it.
	Blind bool `json:"blind,omitempty"`
	// Fix is a correction, all edits together; empty when the tool offers none or one that is not safe.
	Fix []Edit `json:"fix,omitempty"`
}

// String is short: "a.js:3:1-4:2 error eslint semi: missing".
func (f LintFinding) String() string {
	var b strings.Builder
	b.WriteString(f.Path)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
		if f.Column > 0 {
			fmt.Fprintf(&b, ":%d", f.Column)
		}
	}
	if f.EndLine > f.Line || f.EndColumn > 0 {
		fmt.Fprintf(&b, "-%d", f.EndLine)
		if f.EndColumn > 0 {
			fmt.Fprintf(&b, ":%d", f.EndColumn)
		}
	}
	fmt.Fprintf(&b, " %s %s %s: %s", f.Severity, f.Tool, f.Rule, f.Message)
	for _, e := range f.Fix {
		fmt.Fprintf(&b, " [%d:%d-%d:%d %q]", e.Line, e.Column, e.EndLine, e.EndColumn, e.Text)
	}
	return b.String()
}

// Edit replaces what stands between two places by Text. Without a Column it replaces the whole lines Line to EndLine,
// both included, and Text ends with a newline unless it is empty; an EndLine that is one less than Line puts Text
// before Line. With a Column but no EndColumn it goes to the end of EndLine.
type Edit struct {
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
	Text      string `json:"text"`
	// Was is what the tool replaces, when the report says it; nil when not.
	Was *string `json:"was,omitempty"`
}

// Suggestion replaces the lines Line to EndLine, both included, by Text, which ends with a newline unless it is empty.
type Suggestion struct {
	Line    int    `json:"line"`
	EndLine int    `json:"end_line"`
	Text    string `json:"text"`
}

// LintCollector takes what a lint parser reads and keeps it within the limits.
type LintCollector struct {
	out   Lint
	size  int
	rest  map[RuleCount]int
	notes int
	// tool and severity stand for those that findings do not have.
	assumed  string
	severity Severity
}

// NewLintCollector makes an empty one.
func NewLintCollector() *LintCollector { return &LintCollector{rest: map[RuleCount]int{}} }

// Assume names the tool and the severity of findings that have none, those before included. What is empty is left as it was.
func (c *LintCollector) Assume(tool string, severity Severity) {
	c.assumed, c.severity = cmp.Or(cut(strings.TrimSpace(tool), maxRule), c.assumed), cmp.Or(severity, c.severity)
}

// Skip counts an entry that could not be read.
func (c *LintCollector) Skip() { c.out.Skipped++ }

// Full reports whether nothing more is kept.
func (c *LintCollector) Full() bool {
	return len(c.out.Findings) == MaxFindings || c.size >= MaxLintText
}

// Count counts findings that are beyond the limits.
func (c *LintCollector) Count(tool, rule string, severity Severity, n int) {
	c.out.More += n
	key := RuleCount{Tool: cut(tool, maxRule), Rule: cut(strings.TrimSpace(rule), maxRule), Severity: severity}
	if _, known := c.rest[key]; known || len(c.rest) < MaxRules {
		c.rest[key] += n
	}
}

// Tool says that a tool ran.
func (c *LintCollector) Tool(name string) error {
	_, err := c.tool(name)
	return err
}

// Fail says that a tool ran and failed, and why. The first reason is kept.
func (c *LintCollector) Fail(name, why string) error {
	t, err := c.tool(name)
	if err == nil && !t.Failed {
		t.Failed, t.FailedWhy = true, cut(cmp.Or(strings.TrimSpace(why), "the report does not say why"), maxMessage)
	}
	return err
}

func (c *LintCollector) tool(name string) (*LintTool, error) {
	if name = cut(strings.TrimSpace(name), maxRule); name == "" {
		return nil, errors.New("a tool without a name")
	}
	for i := range c.out.Tools {
		if c.out.Tools[i].Name == name {
			return &c.out.Tools[i], nil
		}
	}
	if len(c.out.Tools) == maxTools {
		return nil, fmt.Errorf("more than %d tools", maxTools)
	}
	c.out.Tools = append(c.out.Tools, LintTool{Name: name})
	return &c.out.Tools[len(c.out.Tools)-1], nil
}

// Add takes a finding. Texts are cut to their limits; what has no place in a file, as a negative line, is an error. A
// fix that is too large is left out.
func (c *LintCollector) Add(f LintFinding) error {
	if err := place(f.Line, f.Column, f.EndLine, f.EndColumn); err != nil {
		return err
	}
	if len(f.Path) > MaxName {
		return fmt.Errorf("a file name of %d bytes; at most %d are read", len(f.Path), MaxName)
	}
	if strings.ContainsAny(f.Path, "\x00\n\r") {
		return fmt.Errorf("the file name %q has a line end or NUL in it", text.ClipBytes(f.Path, maxQuoted))
	}
	f.Tool, f.Rule, f.Unit = cut(strings.TrimSpace(f.Tool), maxRule), cut(strings.TrimSpace(f.Rule), maxRule), cmp.Or(f.Unit, Characters)
	if f.Tool != "" {
		if err := c.Tool(f.Tool); err != nil {
			return err
		}
	}
	f.Message, f.Help, f.Source = cut(strings.TrimSpace(f.Message), maxMessage), cut(strings.TrimSpace(f.Help), maxSource),
		cut(f.Source, maxSource)
	if f.EndLine < f.Line || f.Line == 0 {
		f.EndLine, f.EndColumn = f.Line, 0
	}
	fix, texts := 0, len(f.Path)+len(f.Message)+len(f.Help)+len(f.Source)+len(f.Rule)
	for _, e := range f.Fix {
		fix += len(e.Text)
		if e.Was != nil {
			fix += len(*e.Was)
		}
		if e.Line < 1 || e.EndLine < e.Line-1 || place(e.Line, e.Column, e.EndLine, e.EndColumn) != nil {
			fix = maxFix + 1
		}
	}
	if fix > maxFix || len(f.Fix) > maxEdits {
		f.Fix, fix = nil, 0
		c.Note("fixes that are too large or have no place were left out")
	}
	if len(c.out.Findings) == MaxFindings || c.size+texts+fix > MaxLintText {
		c.Count(f.Tool, f.Rule, f.Severity, 1)
		return nil
	}
	c.size += texts + fix
	c.out.Findings = append(c.out.Findings, f)
	return nil
}

// Note keeps a sentence on what was left out.
func (c *LintCollector) Note(format string, args ...any) {
	text := cut(fmt.Sprintf(format, args...), 300)
	switch {
	case slices.Contains(c.out.Notes, text):
	case len(c.out.Notes) == MaxNotes:
		c.notes++
	default:
		c.out.Notes = append(c.out.Notes, text)
	}
}

// Finish gives what was collected. The names are those of the report.
func (c *LintCollector) Finish() Lint {
	unnamed := len(c.out.Tools) == 0 && c.assumed != ""
	for i := range c.out.Findings {
		f := &c.out.Findings[i]
		unnamed = unnamed || f.Tool == ""
		f.Tool, f.Severity = cmp.Or(f.Tool, c.assumed, Unnamed), cmp.Or(f.Severity, c.severity, Warning)
	}
	if name := cmp.Or(c.assumed, Unnamed); unnamed && !slices.ContainsFunc(c.out.Tools, func(t LintTool) bool { return t.Name == name }) {
		c.out.Tools = append(c.out.Tools, LintTool{Name: name})
	}
	out := c.out
	out.Tools, out.Findings, out.Notes = append([]LintTool{}, out.Tools...), append([]LintFinding{}, out.Findings...),
		append([]string{}, out.Notes...)
	out.Rest, out.Unresolved = []RuleCount{}, []string{}
	if c.notes > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("and %d notes more", c.notes))
	}
	for key, n := range c.rest {
		key.Tool, key.Severity, key.Count = cmp.Or(key.Tool, c.assumed, Unnamed), cmp.Or(key.Severity, c.severity, Warning), n
		out.Rest = append(out.Rest, key)
	}
	sorting.By(out.Rest, func(a, b RuleCount) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Tool, b.Tool), strings.Compare(a.Rule, b.Rule),
			strings.Compare(string(a.Severity), string(b.Severity)))
	})
	return out
}

// place refuses numbers that no file has.
func place(numbers ...int) error {
	for _, n := range numbers {
		if n < 0 || n > MaxLine {
			return fmt.Errorf("the line or column %d is not between 0 and %d", n, MaxLine)
		}
	}
	return nil
}

// cut makes text valid UTF-8 and at most limit bytes long. It copies, so that a report's buffer is not kept for a few bytes of it.
func cut(text string, limit int) string {
	if len(text) > limit {
		text = text[:limit] + "…"
	}
	return strings.Clone(strings.ToValidUTF8(text, "\uFFFD"))
}
