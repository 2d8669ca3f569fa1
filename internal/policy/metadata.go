package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

// docsRoot is where the generated pages of the rules can be read; docs/rules holds them.
const docsRoot = "https://github.com/lintel-review/lintel/blob/main/docs/rules/"

// Queue says what a rule does for a merge group.
type Queue string

// The ways of a rule with a merge group.
const (
	// Recheck judges the group anew.
	Recheck Queue = "recheck"
	// Carry takes what was found on the change's own head.
	Carry Queue = "carry"
	// Skip does not judge the group.
	Skip Queue = "skip"
)

// Rule is what the metadata of a rule says.
type Rule struct {
	// ID is "family/name".
	ID     string `json:"id"`
	Family string `json:"family"`
	// Title is the problem in one line, Description why it matters, Remedy what to do in general. Plain text.
	Title       string `json:"title"`
	Description string `json:"description"`
	Remedy      string `json:"remedy"`
	// Docs is an absolute link to the rule's section of its page.
	Docs string `json:"docs"`
	// Passes says in the positive what holds when the rule has nothing to object: "Subject has no full stop". Empty falls back on Title.
	Passes   string           `json:"passes,omitempty"`
	Severity finding.Severity `json:"severity"`
	// Mode is the rule's own default.
	Mode finding.Mode `json:"mode"`
	// Reads names the facts that the rule depends on.
	Reads      []string `json:"reads"`
	MergeQueue Queue    `json:"merge_queue"`
	// QueueWhy says why a merge group is judged again, or not at all: "because the title can be edited". It is for
	// those who set up a queue, not for authors.
	QueueWhy string `json:"queue_why,omitempty"`
	// Off says when a team is right to switch the rule off.
	Off string `json:"off,omitempty"`
	// Missing says what the rule does when its input is missing.
	Missing string `json:"missing"`
	// Options are the settings that steer it, "commits.header_max".
	Options  []string `json:"options"`
	Examples Examples `json:"examples"`
	// Measured is what was measured of the rule on merged changes; nil when nobody tried.
	Measured *Measured `json:"measured,omitempty"`
	// Override says who may let a change merge although the rule refuses: "never" is nobody, "two" takes two people;
	// empty leaves it to the settings.
	Override string `json:"override,omitempty"`
	// Security is true for a rule that is never demoted, whatever people make of it.
	Security bool `json:"security,omitempty"`
	// StandsIn is true for the rule that speaks for its family when the family's analysis failed; at most one of a family.
	StandsIn bool `json:"stands_in,omitempty"`
	// File is relative to the policies' root; Line is that of the rule.
	File string `json:"file"`
	Line int    `json:"line"`
}

// Examples are inputs that pass and inputs that do not, for the rule's page.
type Examples struct {
	Good []string `json:"good"`
	Bad  []string `json:"bad"`
}

// Name is the part of the id after the family.
func (r Rule) Name() string {
	_, name, _ := strings.Cut(r.ID, "/")
	return name
}

// custom is the custom part of a rule's METADATA block.
type custom struct {
	ID         string           `json:"id"`
	Severity   finding.Severity `json:"severity"`
	Mode       finding.Mode     `json:"mode"`
	Remedy     string           `json:"remedy"`
	Reads      []string         `json:"reads"`
	MergeQueue Queue            `json:"merge_queue"`
	Missing    string           `json:"missing"`
	Options    []string         `json:"options"`
	Examples   Examples         `json:"examples"`
	Passes     string           `json:"passes"`
	Measured   *Measured        `json:"measured"`
	StandsIn   bool             `json:"stands_in"`
	Override   string           `json:"override"`
	Security   bool             `json:"security"`
	Off        string           `json:"off"`
}

// queueWhy is the sentence of a description that is about merge queues alone.
var queueWhy = lazyregexp.New(`\s*A merge group is (?:judged again|not judged), (because [^.]+)\.`)

// readMetadata fills the rules and families, and notes every problem that Lint reports.
func (e *Engine) readMetadata(sources []source) {
	own := policyErrorRule()
	e.rules, e.byID[own.ID] = append(e.rules, own), own
	families := map[string]Family{GateFamily: {Name: GateFamily, Title: gateTitle, Description: gateDescription}}
	for _, s := range sources {
		if s.family() == libFamily {
			e.lintLib(s)
			continue
		}
		f := families[s.family()]
		f.Name = s.family()
		for _, a := range s.module.Annotations {
			if a.Scope == "package" {
				f.Title, f.Description = oneLine(a.Title), strings.TrimSpace(a.Description)
			}
		}
		families[f.Name] = f
		for _, r := range s.module.Rules {
			if named(r, denyName) {
				e.addRule(s, r)
			}
		}
	}
	for _, f := range families {
		e.families = append(e.families, f)
	}
	sorting.By(e.families, func(a, b Family) int { return strings.Compare(a.Name, b.Name) })
	sorting.By(e.rules, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	e.lintFamilies(sources)
}

// addRule reads one deny. A block that holds nothing but the id of a rule of the same package is a further clause of that rule.
func (e *Engine) addRule(s source, r *ast.Rule) {
	at := Problem{File: s.path, Line: r.Location.Row}
	a := annotation(r)
	if a == nil {
		e.problem(at, "a deny without a METADATA block; give it title, description and custom.id, severity, mode, "+
			"remedy, reads, merge_queue and missing")
		return
	}
	c, err := readCustom(a)
	if err != nil {
		e.problem(at, "the METADATA's custom part cannot be read: %v", err)
		return
	}
	at.Rule = c.ID
	first, seen := e.byID[c.ID]
	if seen && first.Family == s.family() && len(a.Custom) == 1 && a.Title == "" && a.Description == "" {
		return
	}
	if seen {
		e.problem(at, "the id is taken by %s:%d; a further clause of that rule has custom.id alone in its METADATA, "+
			"another rule needs another id", first.File, first.Line)
		return
	}
	rule := Rule{
		ID: c.ID, Family: s.family(), Title: oneLine(a.Title), Description: strings.TrimSpace(a.Description),
		Remedy:   strings.TrimSpace(c.Remedy),
		Severity: c.Severity, Mode: c.Mode, Reads: c.Reads, MergeQueue: c.MergeQueue, Missing: strings.TrimSpace(c.Missing),
		Options:  c.Options,
		Examples: c.Examples, Passes: strings.TrimSpace(c.Passes), Measured: c.Measured, Off: strings.TrimSpace(c.Off),
		StandsIn: c.StandsIn, Override: c.Override, Security: c.Security, File: s.path, Line: r.Location.Row,
	}
	if why := queueWhy.FindStringSubmatchIndex(rule.Description); why != nil {
		rule.QueueWhy = oneLine(rule.Description[why[2]:why[3]])
		rule.Description = strings.TrimSpace(rule.Description[:why[0]] + rule.Description[why[1]:])
	}
	rule.Docs = docsRoot + rule.Family + ".md#" + rule.Name()
	e.lintRule(at, r, rule)
	if rule.ID == "" {
		return
	}
	e.rules = append(e.rules, rule)
	e.byID[rule.ID] = rule
}

// annotation is the METADATA block right above the rule, or nil.
func annotation(r *ast.Rule) *ast.Annotations {
	for _, a := range slices.Backward(r.Annotations) {
		if a.Scope == "rule" {
			return a
		}
	}
	return nil
}

func readCustom(a *ast.Annotations) (custom, error) {
	b, err := json.Marshal(a.Custom)
	if err != nil {
		return custom{}, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var c custom
	if err := dec.Decode(&c); err != nil {
		return custom{}, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return c, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
