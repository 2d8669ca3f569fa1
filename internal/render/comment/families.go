package comment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/markdown"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/text"
)

const passWord = "passes"

// outcomeWords say how a family stands.
var outcomeWords = map[policy.Outcome]string{
	policy.FamilySuccess:    passWord,
	policy.FamilyFailure:    "**refused**",
	policy.FamilyAbstained:  "partly judged",
	policy.FamilyUnmeasured: "not measured",
	policy.FamilyWaiting:    "waits for reports of CI",
	policy.FamilyOff:        "off",
}

// families is the table of the check. A family that has something to say has a row of its own; those that pass share
// one, and so do those that were not measured and those that are off.
func (v Verdict) families() string {
	d, md := v.Decision, v.dialect()
	var rows []string
	together := map[string][]string{}
	for _, f := range d.Families {
		name, word := md.Cell(f.Name), outcomeWords[f.Conclusion]
		switch n := len(v.inFamily(f.Name, false)); {
		case n > 0 && f.Conclusion != policy.FamilyFailure:
			rows = append(rows, fmt.Sprintf("| %s | %s, %s |\n", name, word, text.Count(n, "remark")))
		case f.Conclusion == policy.FamilySuccess, f.Conclusion == policy.FamilyUnmeasured, f.Conclusion == policy.FamilyOff:
			together[word] = append(together[word], name)
		default:
			rows = append(rows, fmt.Sprintf("| %s | %s |\n", name, word))
		}
	}
	for _, word := range []string{passWord, "not measured", "off"} {
		if names := together[word]; len(names) > 0 {
			row := word
			if word == passWord && len(names) > 1 {
				row = "pass"
			}
			rows = append(rows, fmt.Sprintf("| %s | %s |\n", strings.Join(names, ", "), row))
		}
	}
	return "| Rules | Verdict |\n|---|---|\n" + strings.Join(rows, "")
}

// inFamily are the visible findings of a family that block, or those that do not.
func (v Verdict) inFamily(name string, blocking bool) []finding.Finding {
	return slices.DeleteFunc(v.Decision.Visible(), func(f finding.Finding) bool { return f.Family != name || f.Blocking != blocking })
}

// FamilyProblemsTitle is the title of a family's own check that does not pass.
func (v Verdict) FamilyProblemsTitle(name string) string {
	return problemsTitle(len(v.inFamily(name, true)))
}

// FamilyPassTitle is the title of a family's own check that passes.
func (v Verdict) FamilyPassTitle(f policy.FamilyVerdict) string {
	switch n := len(v.inFamily(f.Name, false)); {
	case f.Conclusion == policy.FamilyUnmeasured:
		return "Not measured"
	case f.Conclusion == policy.FamilyAbstained:
		return "Partly judged"
	case n > 0:
		return "Passes, with " + text.Count(n, "remark")
	}
	return "Passes"
}

// FamilySummary is the summary of a family's own check.
func (v Verdict) FamilySummary(f policy.FamilyVerdict) string {
	md := v.dialect()
	own := slices.DeleteFunc(v.Decision.Visible(), func(x finding.Finding) bool { return x.Family != f.Name })
	s := markdown.Truncate(v.findings(own, 1), md.MaxBody)
	switch {
	case f.Conclusion == policy.FamilyUnmeasured:
		s += "Nothing was measured, so these rules say nothing. " + md.Text(markdown.Plain(f.Reason, maxReason))
	case s == "":
		s = "These rules have no objection."
	}
	return v.gateNote() + s
}

// FamilyText is the second field of a family's own check.
func (v Verdict) FamilyText(f policy.FamilyVerdict) string {
	if f.Name == family.Coverage {
		return v.coverage()
	}
	if f.Name == family.Dependencies {
		return v.dependencies()
	}
	return ""
}

// owners are the names that our own messages may call whole: those of the CODEOWNERS file that holds, and the logins of
// those who may approve. Written as code they call nobody. Whoever is not among them is text of others.
func (v Verdict) owners() map[string]bool {
	own := map[string]bool{}
	if v.Facts == nil {
		return own
	}
	o := v.Facts.Ownership
	for _, g := range o.Groups {
		for _, o := range g.Owners {
			own[o.Name] = true
		}
		for _, login := range g.Candidates {
			own["@"+login] = true
		}
	}
	for _, o := range o.Ineligible {
		own[o.Name] = true
	}
	for _, login := range o.Unblock.People {
		own["@"+login] = true
	}
	return own
}
