package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// defaultLimit bounds one evaluation. The shipped policies take milliseconds.
const defaultLimit = 5 * time.Second

// ErrStopped is wrapped by the error of an evaluation that reached its time limit. It is worth another try and never a verdict.
var ErrStopped = errors.New("policies stopped at the time limit")

// Options are what a decision depends on beside facts and settings.
type Options struct {
	// Cap is the operator's highest mode for every rule; empty is none.
	Cap finding.Mode
	// Carried is the decision on the change's own head, for a merge group; nil judges every rule anew. It is used
	// only if it was made by the same policies on the same head.
	Carried *Decision
	// Only are the families to judge, the others being off; empty is all. The gate is judged in any case.
	Only []string
	// Rules are the rules to judge, likewise. Families that none of them sees are not analysed, and the facts say nothing
	// of the risk unless one of them reads it.
	Rules []string
	// Overrides are those that hold for the change as it is now, Mutes likewise.
	Overrides []override.Override
	Mutes     []override.Mute
	// Switch is the operator's switch that is in force for the change; nil: the rules decide.
	Switch *gateswitch.Switch
	// Evidence says what rules would have blocked, for changes that propose other settings; nil where nobody knows.
	Evidence EvidenceOf
	// Limit is the time that the evaluation may take; 0 is DefaultLimit.
	Limit time.Duration
}

// Decide judges the facts. The error means that there is no verdict: the context ended, the time limit was reached
// (ErrStopped), or the engine itself failed. A policy that fails is no error but the finding gate/policy-error.
func (e *Engine) Decide(ctx context.Context, f facts.Facts, set settings.Settings, opt Options) (Decision, error) {
	// Writing the documents takes a quarter as long as judging the facts of a small change, and needs nothing of it.
	written := make(chan documents, 1)
	go func() { written <- write(f, set) }()
	d := Decision{
		Schema: DecisionVersion, Base: f.Change.Base.SHA, Head: f.Change.Head.SHA, Cap: opt.Cap,
		Policy: e.digest, Engine: Version(),
		Findings: []finding.Finding{}, Abstained: []Abstention{}, Incomplete: slices.Clone(f.Gaps), Judged: []string{},
	}
	if d.Incomplete == nil {
		d.Incomplete = []change.Gap{}
	}
	stand := e.standings(set.Settle(f.Controls.Experiments), opt, f.Controls.Source == settings.None)
	now, carry := e.judged(stand, f.Change.Kind == change.MergeGroup, d.Head, opt.Carried)
	now, failed, abstained := e.unjudged(f.Failed, stand, now)
	if f.Reports.Open() {
		now, d.Waiting = e.waiting(now)
	}
	a, err := e.evaluate(ctx, f, stand, now, opt.Limit)
	if err != nil {
		return Decision{}, fmt.Errorf("decide on %s: %w", f.Change.Ref, err)
	}
	broken := e.brokenFamilies(a.troubles)
	d.Findings = append(append(append(d.Findings, failed...), a.findings...), e.policyErrors(a.troubles, stand)...)
	arrange(d.Findings)
	finding.Mark(d.Findings)
	d.Abstained = append(append(d.Abstained, abstained...), a.abstained...)
	if len(carry) > 0 {
		carryOver(&d, opt.Carried, carry, stand)
	}
	e.speak(d.Findings, change.WordsWith(f.Change.Noun), f.Controls.Path)
	applyMutes(&d, opt.Mutes)
	e.applyOverrides(&d, opt.Overrides)
	refused := applySwitch(&d, opt.Switch, f.Reports.Open())
	arrange(d.Findings)
	sorting.By(d.Abstained, compareAbstentions)
	for _, id := range append(now, carry...) {
		if !slices.Contains(broken, e.byID[id].Family) || slices.Contains(carry, id) {
			d.Judged = append(d.Judged, id)
		}
	}
	slices.Sort(d.Judged)
	d.Families = e.verdicts(&d, stand, broken)
	d.Conclusion = effect.Success
	switch {
	case len(d.Blocking()) > 0 || refused:
		d.Conclusion = effect.Failure
	case f.Reports.Open() && d.Gate == nil:
		d.Conclusion = Pending
	}
	doc := <-written
	if doc.err != nil {
		return Decision{}, doc.err
	}
	d.FactsJSON, d.Facts = doc.facts, text.Digest(doc.facts)
	d.SettingsJSON, d.Settings = doc.settings, text.Digest(doc.settings)
	return d, nil
}

// documents are what a decision rests on, as they are kept.
type documents struct {
	facts, settings []byte
	err             error
}

// write runs in a goroutine of its own, where nobody above it catches a panic.
func write(f facts.Facts, set settings.Settings) (d documents) {
	defer func() {
		if p := recover(); p != nil {
			d.err = fmt.Errorf("write facts and settings: %v", p)
		}
	}()
	d.facts, d.err = f.JSON()
	d.settings = settings.Canonical(set)
	return d
}

// carryOver adds what the change's own decision said of the carried rules, weighed by the settings of now.
func carryOver(d, from *Decision, carry []string, stand map[string]standing) {
	for _, f := range from.Findings {
		if slices.Contains(carry, f.Rule) {
			weigh(&f, stand[f.Rule])
			d.Findings = append(d.Findings, f)
		}
	}
	for _, a := range from.Abstained {
		if slices.Contains(carry, a.Rule) {
			a.Mode = stand[a.Rule].mode
			d.Abstained = append(d.Abstained, a)
		}
	}
}

// evaluate asks the policies. When a family fails as a whole, the others are asked again without it, so that one broken
// rule hides no other's findings.
func (e *Engine) evaluate(ctx context.Context, f facts.Facts, stand map[string]standing, ids []string, limit time.Duration) (answer,
	error) {
	if limit == 0 {
		limit = defaultLimit
	}
	asked, families := map[string]bool{}, map[string]bool{}
	for _, id := range ids {
		asked[id], families[e.byID[id].Family] = true, true
	}
	// The limit is for judging: what was not compiled yet is compiled before it begins.
	if err := e.prepare(func(family string) bool { return families[family] }); err != nil {
		return answer{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrStopped)
	defer cancel()
	var failed []trouble
	for {
		if ctx.Err() != nil {
			return answer{}, fmt.Errorf("evaluate policies: %w", context.Cause(ctx))
		}
		rs, problems, err := e.ask(ctx, f, asked)
		switch failure, ok := errors.AsType[*topdown.Error](err); {
		case err == nil:
			a := e.read(rs, stand, asked)
			for _, p := range problems {
				a.troubles = append(a.troubles, e.troubleOf(&p))
			}
			a.troubles = append(failed, a.troubles...)
			return a, nil
		case ctx.Err() != nil:
			return answer{}, fmt.Errorf("evaluate policies: %w", context.Cause(ctx))
		case !ok || topdown.IsCancel(err):
			return answer{}, fmt.Errorf("evaluate policies: %w", err)
		default:
			t := e.troubleOf(failure)
			failed = append(failed, t)
			before := len(asked)
			for id := range asked {
				if t.family == "" || e.byID[id].Family == t.family {
					delete(asked, id)
				}
			}
			if len(asked) == before {
				// What failed was not asked for, so asking again cannot help.
				t.family = ""
				return answer{troubles: append(failed, t)}, nil
			}
		}
	}
}

func (e *Engine) troubleOf(err *topdown.Error) trouble {
	t := trouble{message: err.Message}
	if err.Location != nil {
		t.file, t.line = err.Location.File, err.Location.Row
		t.family = e.files[t.file]
	}
	if t.family == libFamily {
		// A function of the library failed: which family called it is not known, so none is trusted.
		t.family = ""
	}
	return t
}
