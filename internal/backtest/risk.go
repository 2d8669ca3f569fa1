package backtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/lintel-review/lintel/internal/risk"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Risk is what is kept of a change's risk.
type Risk struct {
	Level risk.Level `json:"level" jsonschema:"enum=low,enum=medium,enum=high"`
	Score int        `json:"score"`
	// Counts are those of the signals, by name.
	Counts map[string]int `json:"counts"`
}

// riskReport says how well the risk told which changes would be reverted or fixed.
type riskReport struct {
	Followed int        `json:"followed"`
	Repaired int        `json:"repaired"`
	Share    float64    `json:"share"`
	Levels   []levelRow `json:"levels"`
	Top      topByRank  `json:"top"`
	BySize   topByRank  `json:"by_size"`
	Enough   bool       `json:"enough"`
}

// levelRow is one level of risk.
type levelRow struct {
	Level    risk.Level `json:"level"`
	Changes  int        `json:"changes"`
	Of       float64    `json:"of"`
	Reverted int        `json:"reverted"`
	Fixed    int        `json:"fixed"`
	Repaired int        `json:"repaired"`
	Share    float64    `json:"share"`
}

// topByRank is the tenth of the changes that a measure ranks highest.
type topByRank struct {
	Changes  int     `json:"changes"`
	Repaired float64 `json:"repaired"`
	Share    float64 `json:"share"`
	Lift     float64 `json:"lift"`
}

// followedDays are the days of history that a change must have behind it.
const followedDays = 14

// enoughRepaired is how many reverted or fixed changes there must be before a lift says anything.
const enoughRepaired = 10

// repaired reports whether a change was reverted or fixed.
func (c Change) repaired() bool { return c.Reverted || c.Fixed }

// riskOf compares the risk of the changes with what became of them. Changes that could not be judged, and those that
// history does not follow for long enough, are left out.
func riskOf(changes []Change) riskReport {
	var all []Change
	for _, c := range changes {
		if c.Risk != nil && c.FollowedDays >= followedDays {
			all = append(all, c)
		}
	}
	r := riskReport{Followed: len(all), Levels: []levelRow{}}
	for _, level := range []risk.Level{risk.High, risk.Medium, risk.Low} {
		row := levelRow{Level: level}
		for _, c := range all {
			if c.Risk.Level != level {
				continue
			}
			row.Changes++
			row.Reverted += count1(c.Reverted)
			row.Fixed += count1(c.Fixed)
			row.Repaired += count1(c.repaired())
		}
		row.Of, row.Share = part(float64(row.Changes), len(all)), part(float64(row.Repaired), row.Changes)
		r.Repaired += row.Repaired
		r.Levels = append(r.Levels, row)
	}
	r.Share = part(float64(r.Repaired), r.Followed)
	r.Enough = r.Repaired >= enoughRepaired
	r.Top = topBy(all, r.Repaired, func(c Change) int { return c.Risk.Score })
	r.BySize = topBy(all, r.Repaired, func(c Change) int { return c.Lines })
	return r
}

// topBy takes the tenth with the largest measure. Where equal ones lie across its end, it holds their share: the same as
// the mean over all orders.
func topBy(all []Change, repaired int, measure func(Change) int) topByRank {
	t := topByRank{Changes: (len(all) + 9) / 10}
	sorted := slices.Clone(all)
	sorting.StableBy(sorted, func(a, b Change) int { return cmp.Compare(measure(b), measure(a)) })
	hits := 0.0
	for i := 0; i < t.Changes; {
		end, of := i, 0
		for end < len(sorted) && measure(sorted[end]) == measure(sorted[i]) {
			of += count1(sorted[end].repaired())
			end++
		}
		hits += float64(of) * float64(min(end, t.Changes)-i) / float64(end-i)
		i = end
	}
	t.Repaired, t.Share = round(hits), part(hits, t.Changes)
	if repaired > 0 {
		t.Lift = round(hits / float64(t.Changes) * float64(len(all)) / float64(repaired))
	}
	return t
}

func count1(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func part(n float64, of int) float64 {
	if of == 0 {
		return 0
	}
	return math.Round(n/float64(of)*10000) / 10000
}

func round(x float64) float64 { return math.Round(x*100) / 100 }

// sentences says it in sentences: first what became of the changes, then what the ranking is worth.
func (r riskReport) sentences() (before, after string) {
	if r.Followed == 0 {
		return "No change has 14 days of history behind it, so nothing can be said of the risk.", ""
	}
	before = fmt.Sprintf("Of %s with 14 days of history behind %s, %d (%s) were reverted or fixed.", text.Count(r.Followed, "change"),
		text.Plural(r.Followed, "it", "them"), r.Repaired, percent(r.Share))
	if r.Repaired == 0 {
		return before, ""
	}
	if !r.Enough {
		return before, fmt.Sprintf("With fewer than %d of them, nothing can be said of how well the risk tells which.", enoughRepaired)
	}
	after = fmt.Sprintf("The tenth with the highest risk (%s) holds %s of these, %s times the base rate. "+
		"The tenth with most new lines holds %s times the base rate.",
		text.Count(r.Top.Changes, "change"), decimal(r.Top.Repaired), decimal(r.Top.Lift), decimal(r.BySize.Lift))
	return before, after
}

func decimal(x float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0") }

// table writes the section for a terminal.
func (r riskReport) table(b *strings.Builder) {
	before, after := r.sentences()
	b.WriteString("\nRISK\n" + before + "\n")
	if r.Repaired == 0 {
		return
	}
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "LEVEL\tCHANGES\tOF ALL\tREVERTED\tFIXED\tEITHER\tSHARE")
	for _, l := range r.Levels {
		fmt.Fprintf(table, "%s\t%d\t%s\t%d\t%d\t%d\t%s\n", l.Level, l.Changes, percent(l.Of), l.Reverted, l.Fixed, l.Repaired,
			percent(l.Share))
	}
	_ = table.Flush() // a strings.Builder takes everything
	b.WriteString(after + "\n")
}

// markdown writes the section for a page of a forge.
func (r riskReport) markdown(b *strings.Builder) {
	before, after := r.sentences()
	b.WriteString("\n## Risk\n\n" + before + "\n")
	if r.Repaired == 0 {
		return
	}
	b.WriteString("\n| level | changes | of all | reverted | fixed | either | share |\n|---|---:|---:|---:|---:|---:|---:|\n")
	for _, l := range r.Levels {
		fmt.Fprintf(b, "| %s | %d | %s | %d | %d | %d | %s |\n", l.Level, l.Changes, percent(l.Of), l.Reverted, l.Fixed, l.Repaired,
			percent(l.Share))
	}
	b.WriteString("\n" + after + "\n")
}
