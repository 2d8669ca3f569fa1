// Package outcome says how a check ended, as the published contract of reports has it.
package outcome

import (
	"cmp"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/render/data"
)

// Of is a decision as the published contract has it.
func Of(d policy.Decision) contract.Verdict {
	v := contract.Verdict{
		Schema: contract.SchemaVersion, Conclusion: string(d.Conclusion), Base: d.Base, Head: d.Head,
		Families: []contract.Family{}, Findings: contract.Findings(d.Findings),
		Abstained: []contract.Unjudged{}, Incomplete: []contract.Gap{},
		Policy: d.Policy, Settings: d.Settings,
	}
	for _, f := range d.Families {
		conclusion := f.Conclusion
		if conclusion == policy.FamilyUnmeasured {
			// The contract has one word for both; the reason tells them apart.
			conclusion = policy.FamilyAbstained
		}
		v.Families = append(v.Families, contract.Family{Name: f.Name, Conclusion: string(conclusion), Reason: f.Reason})
	}
	for _, a := range d.Abstained {
		if a.Mode != finding.Shadow {
			v.Abstained = append(v.Abstained, contract.Unjudged{Rule: a.Rule, Family: a.Family, Reason: a.Reason})
		}
	}
	for _, g := range d.Incomplete {
		v.Incomplete = append(v.Incomplete, contract.Gap{Fact: g.Fact, Reason: g.Reason, Path: g.Path})
	}
	return v
}

// Unrelated is the verdict about a change that has no commit in common with its base: the server's own, word for
// word. No rule was asked, as there is no difference to judge, and no setting lets it pass.
func Unrelated(r local.Reading, u *change.Unrelated) contract.Verdict {
	title, what, remedy := comment.NoCommonHistory(cmp.Or(r.Snapshot.Base.Ref, r.Base, change.Short(u.Base)), r.Snapshot.Base.Ref != "")
	found := []finding.Finding{
		{Rule: "gate/common-history", Family: "gate", Severity: finding.Error, Mode: finding.Enforce, Blocking: true, Title: title,
			Message: what, Remedy: remedy,
			Docs: "https://github.com/lintel-review/lintel/blob/main/docs/how-it-decides.md"}}
	finding.Mark(found)
	return contract.Verdict{Schema: contract.SchemaVersion, Conclusion: string(effect.Failure), Base: r.Snapshot.Base.SHA,
		Head:     r.Snapshot.Head.SHA,
		Families: []contract.Family{{Name: "gate", Conclusion: string(policy.FamilyFailure)}}, Findings: contract.Findings(found),
		Abstained: []contract.Unjudged{}, Incomplete: []contract.Gap{}}
}

// Nothing is the verdict about a change without commits: no rule judged it, whatever the rules would say of an empty difference.
func Nothing(d policy.Decision, r local.Reading) contract.Verdict {
	return contract.Verdict{
		Schema: contract.SchemaVersion, Conclusion: contract.Nothing,
		Reason: fmt.Sprintf("no commits to judge: %s is already in %s", r.Head, r.Base),
		Base:   d.Base, Head: d.Head, Families: []contract.Family{}, Findings: []contract.Finding{}, Incomplete: []contract.Gap{},
		Policy: d.Policy, Settings: d.Settings,
	}
}

// Explained is what reports need beside the verdict: what each rule says in general, and a line of the change for what
// has no place of its own.
func Explained(engine *policy.Engine, s *change.Snapshot) data.Options {
	var o data.Options
	for _, r := range engine.Rules() {
		o.Rules = append(o.Rules, data.Rule{ID: r.ID, Title: r.Title, Description: r.Description, Remedy: r.Remedy, Docs: r.Docs})
	}
	for _, f := range s.Files {
		if f.Status == diff.Removed {
			continue
		}
		if added := f.Added(); len(added) > 0 {
			o.At = data.Place{Path: f.Path, Line: added[0]}
			return o
		}
		if o.At.Path == "" {
			o.At = data.Place{Path: f.Path, Line: 1}
		}
	}
	return o
}
