package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/text"
)

// Bounds of what policies may say. More is cut, and for findings a policy error says so.
const (
	maxText     = 8 << 10
	maxFindings = 5_000
)

// PolicyErrorRule is the rule whose findings say that a policy itself failed.
const PolicyErrorRule = "gate/policy-error"

// trouble is one reason to distrust the policies' answer.
type trouble struct {
	// family is the one that could not be judged; empty when it is not known, which concerns all.
	family string
	// file and line are those of the policy.
	file    string
	line    int
	message string
}

// answer is what one evaluation said, checked.
type answer struct {
	findings  []finding.Finding
	abstained []Abstention
	troubles  []trouble
}

// read checks the result's shape. Whatever is not exactly a finding of a rule that was asked becomes a trouble, never silence.
func (e *Engine) read(families map[string]any, stand map[string]standing, asked map[string]bool) answer {
	var a answer
	for _, family := range slices.Sorted(maps.Keys(families)) {
		parts, _ := families[family].(map[string]any)
		denials, _ := parts[denyName].([]any)
		if room := maxFindings - len(a.findings); len(denials) > room {
			a.troubles = append(a.troubles,
				trouble{family: family, message: fmt.Sprintf("the policies gave more than %d findings; the rest is left out", maxFindings)})
			denials = denials[:max(room, 0)]
		}
		for _, raw := range denials {
			f, err := e.readFinding(raw, family, stand, asked)
			if err != nil {
				a.troubles = append(a.troubles, trouble{family: family, message: "a deny gave what is no finding: " + err.Error()})
				continue
			}
			a.findings = append(a.findings, f)
		}
		abstentions, _ := parts[abstainName].([]any)
		for _, raw := range abstentions {
			x, err := e.readAbstention(raw, family, stand)
			switch {
			case err != nil:
				a.troubles = append(a.troubles, trouble{family: family, message: "an abstain gave what is no abstention: " + err.Error()})
			case asked[x.Rule]:
				a.abstained = append(a.abstained, x)
			}
		}
	}
	return a
}

func (e *Engine) readFinding(raw any, family string, stand map[string]standing, asked map[string]bool) (finding.Finding, error) {
	o, ok := raw.(map[string]any)
	if !ok {
		return finding.Finding{}, fmt.Errorf("it is %s, not an object", kind(raw))
	}
	if err := keys(o, "rule", "path", "line", "end_line", "message", "remedy", "subject", "source", "suggestion"); err != nil {
		return finding.Finding{}, err
	}
	id, err := member(o, "rule", true)
	if err != nil {
		return finding.Finding{}, err
	}
	rule, err := e.ruleOf(id, family)
	if err != nil {
		return finding.Finding{}, err
	}
	if !asked[id] {
		return finding.Finding{}, fmt.Errorf("rule %s was not asked; its id is not that of the deny's METADATA", id)
	}
	f := finding.Finding{Rule: id, Family: family, Title: rule.Title, Docs: rule.Docs}
	var errs [8]error
	f.Message, errs[0] = member(o, "message", true)
	f.Remedy, errs[1] = member(o, "remedy", false)
	f.Path, errs[2] = member(o, "path", false)
	f.Subject, errs[3] = member(o, "subject", false)
	f.Line, errs[4] = number(o, "line")
	f.EndLine, errs[5] = number(o, "end_line")
	f.Source, errs[6] = sourceOf(o)
	f.Suggestion, errs[7] = suggestionOf(o)
	for _, err := range errs {
		if err != nil {
			return finding.Finding{}, fmt.Errorf("rule %s: %w", id, err)
		}
	}
	if f.Remedy == "" {
		f.Remedy = rule.Remedy
	}
	f.EndLine = max(f.Line, f.EndLine)
	weigh(&f, stand[id])
	return f, nil
}

// speak says what the rules themselves say of every change in the words of its forge, and names the settings file that is
// at fault or at hand. What a rule made of facts it says in those words already, and it may quote.
func (e *Engine) speak(findings []finding.Finding, words change.Words, file string) {
	for i := range findings {
		f := &findings[i]
		f.Title = words.Say(f.Title)
		if f.Remedy == e.byID[f.Rule].Remedy {
			f.Remedy = words.Say(f.Remedy)
		}
		if file != "" && file != settings.Path {
			f.Remedy = strings.ReplaceAll(f.Remedy, settings.Path, file)
		}
	}
}

// sourceOf reads the tool that a finding comes from; nil and null are none.
func sourceOf(o map[string]any) (*finding.Source, error) {
	v := o["source"]
	if v == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("source is %s, not an object", kind(v))
	}
	var s finding.Source
	var errs [4]error
	s.Tool, errs[0] = member(m, "tool", true)
	s.Rule, errs[1] = member(m, "rule", false)
	s.Help, errs[2] = member(m, "help", false)
	errs[3] = keys(m, "tool", "rule", "help")
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	return &s, nil
}

// suggestionOf reads what a finding's lines could be instead; nil and null are none.
func suggestionOf(o map[string]any) (*finding.Suggestion, error) {
	v := o["suggestion"]
	if v == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("suggestion is %s, not an object", kind(v))
	}
	var s finding.Suggestion
	var errs [5]error
	s.Line, errs[0] = number(m, "line")
	s.EndLine, errs[1] = number(m, "end_line")
	s.Text, errs[2] = member(m, "text", false)
	errs[3] = keys(m, "line", "end_line", "text")
	if full, _ := m["text"].(string); len(full) > maxText || s.Line < 1 || s.EndLine < s.Line {
		errs[4] = errors.New("it has no lines, or its text is too long")
	}
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("suggestion: %w", err)
	}
	return &s, nil
}

// weigh sets what the settings say of a rule.
func weigh(f *finding.Finding, s standing) {
	f.Mode, f.Severity = s.mode, s.severity
	f.Blocking = s.mode == finding.Enforce && s.severity == finding.Error
}

func (e *Engine) readAbstention(raw any, family string, stand map[string]standing) (Abstention, error) {
	o, ok := raw.(map[string]any)
	if !ok {
		return Abstention{}, fmt.Errorf("it is %s, not an object", kind(raw))
	}
	if err := keys(o, "rule", "reason"); err != nil {
		return Abstention{}, err
	}
	id, err := member(o, "rule", true)
	if err != nil {
		return Abstention{}, err
	}
	if _, err := e.ruleOf(id, family); err != nil {
		return Abstention{}, err
	}
	reason, err := member(o, "reason", true)
	if err != nil {
		return Abstention{}, fmt.Errorf("rule %s: %w", id, err)
	}
	return Abstention{Rule: id, Family: family, Mode: stand[id].mode, Reason: reason}, nil
}

func (e *Engine) ruleOf(id, family string) (Rule, error) {
	rule, ok := e.byID[id]
	if !ok {
		return Rule{}, fmt.Errorf("there is no rule %q", text.ClipBytes(id, 100))
	}
	if rule.Family != family {
		return Rule{}, fmt.Errorf("rule %s is of another family", id)
	}
	return rule, nil
}

func keys(o map[string]any, known ...string) error {
	for _, k := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(known, k) {
			return fmt.Errorf("it has a member %q; known are %s", text.ClipBytes(k, 100), strings.Join(known, ", "))
		}
	}
	return nil
}

func member(o map[string]any, key string, required bool) (string, error) {
	v, ok := o[key]
	if !ok && !required {
		return "", nil
	}
	s, isText := v.(string)
	if !isText {
		return "", fmt.Errorf("%s is %s, not text", key, kind(v))
	}
	if required && strings.TrimSpace(s) == "" {
		return "", fmt.Errorf("%s is empty", key)
	}
	return text.ClipBytes(s, maxText), nil
}

func number(o map[string]any, key string) (int, error) {
	v, ok := o[key]
	if !ok {
		return 0, nil
	}
	n, isNumber := v.(json.Number)
	if !isNumber {
		return 0, fmt.Errorf("%s is %s, not a number", key, kind(v))
	}
	i, err := n.Int64()
	if err != nil || i < 0 || i > 1<<31-1 {
		return 0, fmt.Errorf("%s is %s, not a line number", key, text.ClipBytes(n.String(), 40))
	}
	return int(i), nil
}

// kind names the type of a result's member.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "missing or null"
	case string:
		return "text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	}
	return "an object"
}
