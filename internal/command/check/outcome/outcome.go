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
	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/render/comment"
)

// Of is a decision as the published contract has it.
func Of(d policy.Decision) render.Verdict {
	v := render.Verdict{
		Schema: render.SchemaVersion, Conclusion: string(d.Conclusion), Base: d.Base, Head: d.Head,
		Families: []render.Family{}, Findings: render.Findings(d.Findings), Abstained: []render.Unjudged{}, Incomplete: []render.Gap{},
		Policy: d.Policy, Settings: d.Settings,
	}
	for _, f := range d.Families {
		conclusion := f.Conclusion
		if conclusion == policy.FamilyUnmeasured {
			// The contract has one word for both; the reason tells them apart.
			conclusion = policy.FamilyAbstained
		}
		v.Families = append(v.Families, render.Family{Name: f.Name, Conclusion: string(conclusion), Reason: f.Reason})
	}
	for _, a := range d.Abstained {
		if a.Mode != finding.Shadow {
			v.Abstained = append(v.Abstained, render.Unjudged{Rule: a.Rule, Family: a.Family, Reason: a.Reason})
		}
	}
	for _, g := range d.Incomplete {
		v.Incomplete = append(v.Incomplete, render.Gap{Fact: g.Fact, Reason: g.Reason, Path: g.Path})
	}
	return v
}

// Unrelated is the verdict about a change that has no commit in common with its base: the server's own, word for
// word. No rule was asked, as there is no difference to judge, and no setting lets it pass.
func Unrelated(r local.Reading, u *change.Unrelated) render.Verdict {
	title, what, remedy := comment.NoCommonHistory(cmp.Or(r.Snapshot.Base.Ref, r.Base, change.Short(u.Base)), r.Snapshot.Base.Ref != "")
	found := []finding.Finding{
		{Rule: "gate/common-history", Family: "gate", Severity: finding.Error, Mode: finding.Enforce, Blocking: true, Title: title,
			Message: what, Remedy: remedy,
			Docs: "https://github.com/lintel-review/lintel/blob/main/docs/how-it-decides.md"}}
	finding.Mark(found)
	return render.Verdict{Schema: render.SchemaVersion, Conclusion: string(effect.Failure), Base: r.Snapshot.Base.SHA,
		Head:     r.Snapshot.Head.SHA,
		Families: []render.Family{{Name: "gate", Conclusion: string(policy.FamilyFailure)}}, Findings: render.Findings(found),
		Abstained: []render.Unjudged{}, Incomplete: []render.Gap{}}
}

// Nothing is the verdict about a change without commits: no rule judged it, whatever the rules would say of an empty difference.
func Nothing(d policy.Decision, r local.Reading) render.Verdict {
	return render.Verdict{
		Schema: render.SchemaVersion, Conclusion: render.Nothing,
		Reason: fmt.Sprintf("no commits to judge: %s is already in %s", r.Head, r.Base),
		Base:   d.Base, Head: d.Head, Families: []render.Family{}, Findings: []render.Finding{}, Incomplete: []render.Gap{},
		Policy: d.Policy, Settings: d.Settings,
	}
}

// Explained is what reports need beside the verdict: what each rule says in general, and a line of the change for what
// has no place of its own.
func Explained(engine *policy.Engine, s *change.Snapshot) render.Options {
	var o render.Options
	for _, r := range engine.Rules() {
		o.Rules = append(o.Rules, render.Rule{ID: r.ID, Title: r.Title, Description: r.Description, Remedy: r.Remedy, Docs: r.Docs})
	}
	for _, f := range s.Files {
		if f.Status == diff.Removed {
			continue
		}
		if added := f.Added(); len(added) > 0 {
			o.At = render.Place{Path: f.Path, Line: added[0]}
			return o
		}
		if o.At.Path == "" {
			o.At = render.Place{Path: f.Path, Line: 1}
		}
	}
	return o
}
