package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/text"
)

// The gate's own title and description, for policies that bring no rules of the gate.
const (
	gateTitle       = "The evaluation itself"
	gateDescription = "Rules about whether a change could be judged at all."
)

// policyErrorRule is the one rule that is not written in Rego: it speaks when Rego fails.
func policyErrorRule() Rule {
	return Rule{
		ID: PolicyErrorRule, Family: GateFamily,
		Title: "A policy failed and could not judge this change",
		Description: "A rule stopped with an error, or gave something that is not a finding. What it would have said is not known, " +
			"so the change is not let through on its word. The fault is in the policy, not in the change.",
		Remedy: "Tell whoever runs Lintel. They can correct the policy, or switch the family to warn until it is " +
			"corrected, and then press Re-check.",
		Docs:       docsRoot + GateFamily + ".md#policy-error",
		Passes:     "Every policy gave an answer",
		Severity:   finding.Error,
		Mode:       finding.Enforce,
		Reads:      []string{"state"},
		MergeQueue: Recheck,
		Missing:    "It reads no facts. Missing input is each rule's own business.",
		Options:    []string{},
		Examples: Examples{
			Good: []string{"Every rule ends with findings or without."},
			Bad:  []string{"size/size.rego:40 divides by zero."},
		},
	}
}

// brokenFamilies are those whose rules cannot be trusted for this change.
func (e *Engine) brokenFamilies(troubles []trouble) []string {
	var out []string
	for _, t := range troubles {
		for _, f := range e.families {
			if t.family == "" || t.family == f.Name {
				out = append(out, f.Name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// policyErrors turns troubles into findings, each once.
func (e *Engine) policyErrors(troubles []trouble, stand map[string]standing) []finding.Finding {
	rule := e.byID[PolicyErrorRule]
	var out []finding.Finding
	for _, t := range troubles {
		who := "All rules"
		if t.family != "" {
			who = "The rules of the family " + t.family
		}
		where := ""
		if t.file != "" {
			where = fmt.Sprintf(" in policies/%s:%d", t.file, t.line)
		}
		f := finding.Finding{
			Rule: rule.ID, Family: rule.Family, Title: rule.Title, Docs: rule.Docs, Remedy: rule.Remedy,
			Message: fmt.Sprintf("%s could not be judged in full, because a policy failed%s: %s.", who, where,
				strings.TrimRight(text.ClipBytes(t.message, 500), ".")),
			Subject: t.family + " " + t.file + " " + text.ClipBytes(t.message, 500),
		}
		weigh(&f, stand[rule.ID])
		if !slices.ContainsFunc(out, func(x finding.Finding) bool { return x.Message == f.Message }) {
			out = append(out, f)
		}
	}
	return out
}

func compareAbstentions(a, b Abstention) int {
	if c := compareFamilies(a.Family, b.Family); c != 0 {
		return c
	}
	return strings.Compare(a.Rule+"\x00"+a.Reason, b.Rule+"\x00"+b.Reason)
}
