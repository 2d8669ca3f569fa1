package policy

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// DecisionVersion is that of the JSON form of a Decision.
const DecisionVersion = 1

// Decision is what the policies say of the facts, after modes and caps. It can be derived again from the facts,
// settings and policies of its digests.
type Decision struct {
	Schema     int               `json:"schema"`
	Conclusion effect.Conclusion `json:"conclusion"`
	// Base is the tip of the base branch that was read, Head the change's own head (not a merge group's).
	Base string `json:"base"`
	Head string `json:"head"`
	// Families are sorted by name, the gate first.
	Families []FamilyVerdict `json:"families"`
	// Findings are sorted by family, path, line and rule; those of rules in shadow are among them, with Blocking false.
	Findings []finding.Finding `json:"findings"`
	// Abstained are the rules that could not be judged and do not block.
	Abstained []Abstention `json:"abstained"`
	// Incomplete are the facts that could not be read.
	Incomplete []change.Gap `json:"incomplete"`
	// Waiting are the ids of the rules that read reports of CI while more of these may come, sorted. They were not
	// asked; Conclusion is Pending then, unless another rule refuses already, which no report can change.
	Waiting []string `json:"waiting,omitempty"`
	// Judged are the ids of all rules that were asked or carried, sorted: a rule in it without a finding has nothing to object.
	Judged []string `json:"judged"`
	// Overridden are the overrides that let findings pass which would block otherwise. The findings stay, with Blocking
	// false.
	Overridden []override.Override `json:"overridden,omitempty"`
	// Muted are the mutes that hide findings. These are among the findings as those in shadow are.
	Muted []override.Mute `json:"muted,omitempty"`
	// Gate is the operator's switch where it turned the verdict: the findings that it let pass stay, with Blocking false;
	// GatePassed says how many there are.
	Gate       *gateswitch.Switch `json:"gate,omitempty"`
	GatePassed int                `json:"gate_passed,omitempty"`
	// Cap is the operator's highest mode, empty when there is none.
	Cap finding.Mode `json:"cap,omitempty"`

	// The digests are "sha256:hex".
	Policy   string `json:"policy"`
	Settings string `json:"settings"`
	Facts    string `json:"facts"`
	// Engine is the evaluation engine with its version.
	Engine string `json:"engine"`

	// FactsJSON and SettingsJSON are the documents whose digests Facts and Settings are. They are no part of the JSON of
	// the decision, so a decision that was read back has none.
	FactsJSON    []byte `json:"-"`
	SettingsJSON []byte `json:"-"`
}

// Pending is the conclusion of a decision that waits for reports of CI. No check is ever concluded with it.
const Pending effect.Conclusion = "pending"

// Outcome is how a family ends.
type Outcome string

// The outcomes of a family. FamilyAbstained means that nothing blocks, but some rule that people see could not be
// judged; FamilyUnmeasured that none of them could, for want of input: nothing was found because nothing was looked at.
// FamilyWaiting means that nothing blocks so far, and some rule waits for reports of CI.
const (
	FamilySuccess    Outcome = "success"
	FamilyFailure    Outcome = "failure"
	FamilyAbstained  Outcome = "abstained"
	FamilyUnmeasured Outcome = "unmeasured"
	FamilyWaiting    Outcome = "waiting"
	FamilyOff        Outcome = "off"
)

// FamilyVerdict is one family's part of the decision.
type FamilyVerdict struct {
	Name       string  `json:"name"`
	Conclusion Outcome `json:"conclusion"`
	// Reason says what a family that is unmeasured lacks; empty for every other outcome.
	Reason string `json:"reason,omitempty"`
}

// Abstention is a rule that could not be judged, and why.
type Abstention struct {
	Rule   string       `json:"rule"`
	Family string       `json:"family"`
	Mode   finding.Mode `json:"mode"`
	Reason string       `json:"reason"`
}

// Visible gives the findings that people are shown: all but those in shadow.
func (d Decision) Visible() []finding.Finding {
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f finding.Finding) bool { return f.Mode == finding.Shadow })
}

// Blocking gives the findings that make the conclusion a failure.
func (d Decision) Blocking() []finding.Finding {
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f finding.Finding) bool { return !f.Blocking })
}

// Digest names the verdict as people see it: conclusion, families, visible findings and abstentions, what is missing,
// the operator's cap. No time, no shadow finding and no evidence digest is in it, so a new commit to the base or a
// policy's new comment does not make it another verdict.
func (d Decision) Digest() string {
	seen := struct {
		Conclusion effect.Conclusion
		Families   []FamilyVerdict
		Findings   []finding.Finding
		Abstained  []Abstention
		Incomplete []change.Gap
		Cap        finding.Mode
		Overridden []override.Override `json:",omitempty"`
		Gate       *gateswitch.Switch  `json:",omitempty"`
		Muted      []override.Mute     `json:",omitempty"`
	}{d.Conclusion, d.Families, d.Visible(), nil, d.Incomplete, d.Cap, d.Overridden, d.Gate, d.Muted}
	for _, a := range d.Abstained {
		if a.Mode != finding.Shadow {
			seen.Abstained = append(seen.Abstained, a)
		}
	}
	return text.DigestJSON(seen)
}

// arrange sorts findings as they are shown. Callers mark fingerprints after it.
func arrange(findings []finding.Finding) {
	sorting.StableBy(findings, func(a, b finding.Finding) int {
		if c := compareFamilies(a.Family, b.Family); c != 0 {
			return c
		}
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		for _, pair := range [][2]string{{a.Rule, b.Rule}, {a.Subject, b.Subject}, {a.Message, b.Message}, {a.Remedy, b.Remedy}} {
			if c := strings.Compare(pair[0], pair[1]); c != 0 {
				return c
			}
		}
		return a.EndLine - b.EndLine
	})
}

func compareFamilies(a, b string) int {
	if a != b && (a == GateFamily || b == GateFamily) {
		if a == GateFamily {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

// verdicts gives each family's outcome.
func (e *Engine) verdicts(d *Decision, stand map[string]standing, broken []string) []FamilyVerdict {
	out := []FamilyVerdict{}
	for _, f := range e.families {
		v := FamilyVerdict{Name: f.Name, Conclusion: FamilyOff}
		for _, r := range e.rules {
			if r.Family == f.Name && stand[r.ID].mode != finding.Off {
				v.Conclusion = FamilySuccess
			}
		}
		if slices.Contains(broken, f.Name) ||
			slices.ContainsFunc(d.Abstained, func(a Abstention) bool { return a.Family == f.Name && a.Mode != finding.Shadow }) {
			v.Conclusion = FamilyAbstained
		}
		if reason, ok := unmeasured(d, e.rules, f.Name, stand); ok && !slices.Contains(broken, f.Name) {
			v.Conclusion, v.Reason = FamilyUnmeasured, reason
		}
		// The gate is waited with, not for: its rules about reports only say what the waiting came to.
		if f.Name != GateFamily &&
			slices.ContainsFunc(d.Waiting,
				func(id string) bool { return e.byID[id].Family == f.Name && stand[id].mode != finding.Shadow }) {
			v.Conclusion, v.Reason = FamilyWaiting, ""
		}
		if slices.ContainsFunc(d.Findings, func(x finding.Finding) bool { return x.Family == f.Name && x.Blocking }) {
			v.Conclusion, v.Reason = FamilyFailure, ""
		}
		out = append(out, v)
	}
	sorting.By(out, func(a, b FamilyVerdict) int { return compareFamilies(a.Name, b.Name) })
	return out
}

// unmeasured reports whether every rule of the family that was asked and that people see abstained and none of them
// found anything, and why: the reason that most of them give, the first of these where several do.
func unmeasured(d *Decision, rules []Rule, family string, stand map[string]standing) (reason string, ok bool) {
	times := map[string]int{}
	for _, r := range rules {
		if r.Family != family || stand[r.ID].mode == finding.Shadow || !slices.Contains(d.Judged, r.ID) {
			// Off, tried out in secret, or not asked for a merge group.
			continue
		}
		i := slices.IndexFunc(d.Abstained, func(a Abstention) bool { return a.Rule == r.ID })
		if i < 0 || slices.ContainsFunc(d.Findings, func(f finding.Finding) bool { return f.Rule == r.ID }) {
			return "", false
		}
		why := d.Abstained[i].Reason
		if times[why]++; times[why] > times[reason] {
			reason = why
		}
	}
	return reason, len(times) > 0
}

// Unjudged gives the abstentions that people are told of: not those in shadow, and not those of a family that is
// unmeasured, which says it once.
func (d Decision) Unjudged() []Abstention {
	return slices.DeleteFunc(slices.Clone(d.Abstained), func(a Abstention) bool {
		return a.Mode == finding.Shadow ||
			slices.ContainsFunc(d.Families, func(f FamilyVerdict) bool { return f.Name == a.Family && f.Conclusion == FamilyUnmeasured })
	})
}
