// Package backtest sums up what the rules say of many merged changes: for each rule how often it fired and blocked, and
// findings for a person to judge.
//
// Callers may rely on: the report depends on the set of outcomes and on their places, never on the order in which they
// arrive, so a run that was stopped and resumed gives the same bytes; memory grows by one short row a change and by a
// bounded number of samples a rule; what could not be known about a change counts as not known, never as fired.
package backtest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Bounds of what is kept of one change.
const (
	maxMessage = 400
	maxReason  = 400
)

// Outcome is what the rules say of one change. It is one line of a state file.
type Outcome struct {
	Commit string `json:"commit"`
	// Settings says where the settings in force come from; empty when they were given.
	Settings settings.Source `json:"settings,omitempty"`
	Lines    int             `json:"lines"`
	Refused  bool            `json:"refused"`
	// Error says why the change could not be judged; then there is nothing else.
	Error string `json:"error,omitempty"`
	// Risk is not there when the change could not be judged.
	Risk  *Risk         `json:"risk,omitempty"`
	Rules []ruleOutcome `json:"rules"`
}

// ruleOutcome is what one rule says of one change.
type ruleOutcome struct {
	Rule     string `json:"rule"`
	Findings int    `json:"findings,omitempty"`
	Blocks   bool   `json:"blocks,omitempty"`
	// Unknown says what the rule would have to know; it has no findings then.
	Unknown string   `json:"unknown,omitempty"`
	Samples []sample `json:"samples,omitempty"`
}

// sample is one finding for a person to judge.
type sample struct {
	Commit   string `json:"commit"`
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Blocking bool   `json:"blocking"`
	Message  string `json:"message"`
}

// Of takes what is kept of a decision: at most some samples a rule, and of the rules that are named, if any are.
func Of(commit string, lines int, source settings.Source, d policy.Decision, samples int, only ...string) Outcome {
	rules := map[string]*ruleOutcome{}
	at := func(id string) *ruleOutcome {
		if len(only) > 0 && !slices.Contains(only, id) {
			return &ruleOutcome{}
		}
		if rules[id] == nil {
			rules[id] = &ruleOutcome{Rule: id}
		}
		return rules[id]
	}
	for _, id := range d.Judged {
		at(id)
	}
	for _, a := range d.Abstained {
		at(a.Rule).Unknown = text.Clip(a.Reason, maxReason)
	}
	for _, id := range d.Waiting {
		at(id).Unknown = "Reports of CI are not there."
	}
	refused := false
	for _, f := range d.Findings {
		r := at(f.Rule)
		if r.Unknown != "" || r.Rule == "" {
			continue
		}
		r.Findings++
		r.Blocks = r.Blocks || f.Blocking
		refused = refused || f.Blocking
		r.Samples = append(r.Samples, sampleOf(commit, f))
	}
	o := Outcome{Commit: commit, Settings: source, Lines: lines, Refused: refused}
	for _, r := range rules {
		sorting.By(r.Samples, func(a, b sample) int { return cmp.Compare(a.hash(r.Rule), b.hash(r.Rule)) })
		r.Samples = slices.Clip(r.Samples[:min(len(r.Samples), samples)])
		o.Rules = append(o.Rules, *r)
	}
	sorting.By(o.Rules, func(a, b ruleOutcome) int { return cmp.Compare(a.Rule, b.Rule) })
	return o
}

func sampleOf(commit string, f finding.Finding) sample {
	return sample{
		Commit:   commit,
		Path:     f.Path,
		Line:     f.Line,
		Blocking: f.Blocking,
		Message:  text.Clip(f.Message, maxMessage),
	}
}

// hash orders samples by chance, and in the same way each time.
func (s sample) hash(rule string) string {
	h := sha256.New()
	for _, part := range []string{rule, s.Commit, s.Path, strconv.Itoa(s.Line), s.Message} {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
