package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
)

// Rule overrides its family for one rule. The key in Settings.Rules is the rule's id, "commits/header".
type Rule struct {
	// Mode is empty when not given.
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	// Severity is empty when not given.
	Severity finding.Severity `json:"severity,omitempty" jsonschema:"enum=error,enum=warning,enum=notice"`
	// Demote is "off" for a rule that keeps its power to block, whatever people make of it; empty when not given.
	Demote string `json:"demote,omitempty" jsonschema:"enum=off"`
}

var ruleKeys = slices.Concat([]key{
	{"rules", "Settings of single rules, by the rule's id. They go before those of the family, except that a family " +
		"which is `off` stays off.", ""},
	{"rules.*.mode", "Mode of this rule.", "commits/header: {mode: shadow}"},
	{"rules.*.severity", "Severity of this rule's findings. Only an `error` can block.", "size/binary-added: {severity: notice}"},
	{"rules.*.demote", "`off` keeps this rule's power to block, and undoes its demotion.", "commits/header: {demote: off}"},
}, rolloutKeys("rules.*", "commits/header: "))

func ruleProblems(doc *document.Document, known []string) []document.Problem {
	rules, _ := doc.Value("rules").(map[string]any)
	if known == nil {
		return nil
	}
	known = slices.DeleteFunc(slices.Clone(known), func(id string) bool { return strings.HasPrefix(id, family.Gate+"/") })
	var problems []document.Problem
	for id := range rules {
		of, _, ok := strings.Cut(id, "/")
		if of == family.Gate {
			problems = append(problems,
				doc.KeyProblem(
					fmt.Sprintf("%q cannot be set: the rules of %s say whether the check itself can be trusted and are always on",
						clip(id), family.Gate), "rules", id))
			continue
		}
		if slices.Contains(known, id) {
			continue
		}
		message := "there is no rule " + strconv.Quote(clip(id))
		near := document.Nearest(id, known)
		if !ok {
			// The name alone, or a name that only one family has.
			near = ""
			for _, k := range known {
				if _, name, _ := strings.Cut(k, "/"); name == id {
					near = k
					break
				}
			}
		}
		switch {
		case ok && slices.Contains(laterKeys, of):
			message = fmt.Sprintf("this version of Lintel does not have the rules of %s yet; remove it until you upgrade", of)
		case near != "":
			message += fmt.Sprintf("; did you mean %q?", near)
		case !ok:
			message += "; a rule is written as family/name"
		default:
			message += "; docs/rules lists all rules"
		}
		problems = append(problems, doc.KeyProblem(message, "rules", id))
	}
	return problems
}
