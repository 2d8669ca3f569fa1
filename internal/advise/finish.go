package advise

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/risk"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// The scores at which the risk rises, on the scale of package excerpt: a grave fact at a sensitive place is high.
const (
	highScore   = 60
	mediumScore = 30
)

// finish writes what needs no model: the ledger, the risk's level, the reading order, and what was not read.
func (l *look) finish() {
	l.out.Ledger = append(append(l.out.Ledger, l.guided()...), l.change.Ledger...)
	over, failed := 0, 0
	for i, h := range l.change.Hunks {
		e, ok := l.status[i]
		if !ok {
			e = h.Entry(advice.Failed, "nobody asked about it")
		}
		switch e.Status {
		case advice.OverBudget:
			over++
		case advice.Failed:
			failed++
		}
		l.out.Ledger = append(l.out.Ledger, e)
	}
	sorting.StableBy(l.out.Ledger, func(a, b advice.Entry) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return a.NewStart - b.NewStart
	})
	for _, e := range l.change.Ledger {
		if e.Status == advice.Failed {
			l.notRead(e.Path, e.Reason)
		}
	}
	if over > 0 {
		l.notRead(text.Count(over, "hunk"), "budget: they did not fit the question, and weigh less than those that were read")
	}
	l.risk()
	if len(l.out.Order) == 0 {
		l.out.Order = excerpt.Order(l.change.Hunks, maxStops)
	}
	if len(l.change.Files) < 2 {
		l.out.Order = []advice.Stop{}
	}
	switch {
	case !l.in.Options.Tests:
	case !l.in.Measured:
		l.out.Tests.Why = "no coverage report of this commit was there, so nothing is said of missing tests"
	}
	switch read := len(l.change.Hunks) - over - failed; {
	case read == 0 && over+failed+len(l.out.NotRead) > 0:
		l.out.Extent = advice.Nothing
	case len(l.out.NotRead) > 0 || over+failed > 0:
		l.out.Extent = advice.Partial
	}
}

// risk takes the level from the facts, so that check and advice say the same; without facts the heaviest hunk says it.
// The model can add reasons and cannot lower the level.
func (l *look) risk() {
	best := excerpt.Hunk{Score: -1000}
	for _, h := range l.change.Hunks {
		if h.Score > best.Score {
			best = h
		}
	}
	grave := slices.ContainsFunc(l.in.Facts, func(f advice.Fact) bool { return f.Level == advice.High })
	level := advice.Low
	switch {
	case best.Score >= highScore || grave && best.Score >= mediumScore:
		level = advice.High
	case best.Score >= mediumScore || grave:
		level = advice.Medium
	}
	if l.in.Risk != nil {
		level = advice.Level(l.in.Risk.Level)
	}
	l.out.Risk.Level = level
	if level == advice.Low {
		return
	}
	// Our own reason comes first: it explains the level.
	why := advice.Bullet{Files: []string{}, Facts: []string{}}
	for _, f := range l.in.Facts {
		if f.Level == advice.High && len(why.Facts) < maxRisks {
			why.Text, why.Facts = "A blocking rule failed", append(why.Facts, f.ID)
			if f.Path != "" && l.ids[f.Path] != "" && !slices.Contains(why.Files, f.Path) {
				why.Files = append(why.Files, f.Path)
			}
		}
	}
	if why.Text == "" {
		why.Text, why.Files = best.Why, []string{best.Path}
		if l.in.Risk != nil {
			why.Text = reasonsOf(*l.in.Risk)
		}
	}
	l.out.Risk.Reasons = append([]advice.Bullet{why}, l.out.Risk.Reasons[:min(len(l.out.Risk.Reasons), maxRisks-1)]...)
}

// reasonsOf gives the reasons of a risk as one sentence: "1 migration of stored data; 400 new lines".
func reasonsOf(r risk.Facts) string {
	var all []string
	for _, reason := range r.Reasons {
		all = append(all, reason.Text)
	}
	return strings.Join(all, "; ")
}
