package objective

import (
	"cmp"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/sorting"
)

// Report is how Lintel did. The JSON is a contract.
type Report struct {
	Target     float64 `json:"target"`
	WindowDays int     `json:"window_days"`
	// Lost are the heads of which no delivery told in time. They are bad heads of every objective but advice that nobody
	// asked for.
	Lost       int      `json:"lost_deliveries"`
	Objectives []Status `json:"objectives"`
	// ProviderLag is from the forge's event to its delivery. It is not charged to Lintel.
	ProviderLag Quantiles `json:"provider_lag_seconds"`
}

// Status is how Lintel did by one objective.
type Status struct {
	Name          Name    `json:"name"`
	WithinSeconds float64 `json:"within_seconds"`
	Good          int     `json:"good"`
	Bad           int     `json:"bad"`
	Superseded    int     `json:"superseded"`
	// BudgetLeft is the share of the bad heads that the target allows and that did not happen; below 0 when there were
	// more. It is null without a decided head.
	BudgetLeft *float64 `json:"budget_left"`
	// Burn is, by window, how many times faster than allowed the budget is used; 1 uses it up exactly.
	Burn map[string]float64 `json:"burn"`
	Took Quantiles          `json:"seconds"`
	// Worst are the ten heads that took longest, or still wait.
	Worst []Slow `json:"worst"`
}

// Quantiles are by nearest rank: each is the time of a real head. They are null below five.
type Quantiles struct {
	N   int      `json:"n"`
	P50 *float64 `json:"p50"`
	P95 *float64 `json:"p95"`
	P99 *float64 `json:"p99"`
}

// Slow is a head that took long.
type Slow struct {
	Change  string  `json:"change"`
	SHA     string  `json:"sha"`
	Seconds float64 `json:"seconds"`
	// Done is false for a head that still waits; Lost is true when no delivery told of it in time.
	Done bool `json:"done"`
	Lost bool `json:"lost"`
}

// Windows are those of the burn rates: 1h and 5m together page, 6h and 30m make a ticket.
func Windows() []Span {
	return []Span{{"5m", 5 * time.Minute}, {"30m", 30 * time.Minute}, {"1h", time.Hour}, {"6h", 6 * time.Hour}}
}

// Span is a window with its name.
type Span struct {
	Name string
	Time time.Duration
}

const (
	fewest = 5  // times that a quantile needs
	worst  = 10 // heads that are listed
)

// Report judges the heads that were received within the window before now.
func (p Promise) Report(heads []Head, now time.Time) Report {
	r := Report{Target: p.Target, WindowDays: int(p.Window / (24 * time.Hour))}
	heads = slices.DeleteFunc(slices.Clone(heads), func(h Head) bool { return h.ReceivedAt.Before(now.Add(-p.Window)) })
	var lags []float64
	for _, h := range heads {
		if h.Lost {
			r.Lost++
		} else if !h.ToldAt.IsZero() {
			lags = append(lags, max(0, h.ReceivedAt.Sub(h.ToldAt).Seconds()))
		}
	}
	r.ProviderLag = quantiles(lags)
	for _, name := range Names() {
		r.Objectives = append(r.Objectives, p.status(heads, name, now))
	}
	return r
}

func (p Promise) status(heads []Head, name Name, now time.Time) Status {
	s := Status{Name: name, WithinSeconds: p.Within[name].Seconds(), Burn: map[string]float64{}, Worst: []Slow{}}
	good, bad := map[string]int{}, map[string]int{}
	var took []float64
	for _, h := range heads {
		result, at, span := p.judge(h, name, now)
		done := !h.Done[name].IsZero()
		if done {
			took = append(took, span.Seconds())
		}
		switch result {
		case Good:
			s.Good++
		case Bad:
			s.Bad++
		case Superseded:
			s.Superseded++
			continue
		default:
			continue
		}
		s.Worst = append(s.Worst, Slow{Change: h.Change, SHA: h.SHA, Seconds: span.Seconds(), Done: done, Lost: h.Lost})
		for _, w := range Windows() {
			if now.Sub(at) <= w.Time {
				if result == Good {
					good[w.Name]++
				} else {
					bad[w.Name]++
				}
			}
		}
	}
	for _, w := range Windows() {
		s.Burn[w.Name] = p.burn(good[w.Name], bad[w.Name])
	}
	if s.Good+s.Bad > 0 {
		left := 1 - p.burn(s.Good, s.Bad)
		s.BudgetLeft = &left
	}
	sorting.StableBy(s.Worst, func(a, b Slow) int { return cmp.Compare(b.Seconds, a.Seconds) })
	s.Worst = s.Worst[:min(len(s.Worst), worst)]
	s.Took = quantiles(took)
	return s
}

// burn is the share of bad heads over the share that the target allows; 0 when nothing was decided.
func (p Promise) burn(good, bad int) float64 {
	if good+bad == 0 {
		return 0
	}
	return float64(bad) / float64(good+bad) / (1 - p.Target)
}

func quantiles(all []float64) Quantiles {
	q := Quantiles{N: len(all)}
	if len(all) < fewest {
		return q
	}
	slices.Sort(all)
	at := func(percent int) *float64 { return &all[(percent*len(all)+99)/100-1] }
	q.P50, q.P95, q.P99 = at(50), at(95), at(99)
	return q
}
