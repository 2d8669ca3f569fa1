package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Counts are comments of one group, and how far they come.
type Counts struct {
	Of int `json:"of"`
	// Placed have lines in a hunk, Passed pass all exact gates, folded ones among them.
	Placed int `json:"placed"`
	Passed int `json:"passed"`
	// AtLines pass and are folded by none: they may become comments at lines. Reports of before say nothing of it.
	AtLines int `json:"at_lines,omitempty"`
	// The others are at one window: Shown have their lines in the first question, Arrived are shown and pass, Inline
	// become comments at lines, Visible are inline or in the summary. Whole are shown and pass, and no gate folds them.
	Shown   int `json:"shown,omitempty"`
	Arrived int `json:"arrived,omitempty"`
	Whole   int `json:"arrived_at_lines,omitempty"`
	Inline  int `json:"inline,omitempty"`
	Visible int `json:"visible,omitempty"`
}

// Stops say how often a labelled comment is where the reading order begins: at its first stop, and in its first three.
type Stops struct {
	Of    int `json:"of"`
	First int `json:"first"`
	Three int `json:"first_three"`
}

// Report is what came of a suite: figures alone. Groups are "right", "wrong", "people" (the right ones that people wrote),
// and "right" by context ("context: Diff Level") and by category.
type Report struct {
	Version int                          `json:"version"`
	Cases   int                          `json:"cases"`
	Windows map[string]map[string]Counts `json:"windows"`
	// Gates count what each gate drops, and what it folds, of the right and the wrong ones, with everything shown.
	Gates  map[string]map[string]int `json:"gates"`
	Folded map[string]map[string]int `json:"folded"`
	// Order is ours, BySize the files by their changed lines alone. Changes of four files and more count.
	Order  Stops `json:"order"`
	BySize Stops `json:"order_by_size"`
}

func newReport() Report {
	return Report{
		Version: 1,
		Windows: map[string]map[string]Counts{},
		Gates:   map[string]map[string]int{},
		Folded:  map[string]map[string]int{},
	}
}

// groups are those that a comment counts in.
func (c *comment) groups() []string {
	if !c.right {
		return []string{"wrong"}
	}
	out := []string{"right"}
	if c.want.Human {
		out = append(out, "people")
	}
	if c.want.Context != "" {
		out = append(out, "context: "+c.want.Context)
	}
	if c.want.Category != "" {
		out = append(out, "category: "+c.want.Category)
	}
	return out
}

func (r *Report) gate(c *comment) {
	add := func(into map[string]map[string]int, g advice.Gate) {
		if g == "" {
			return
		}
		if into[string(g)] == nil {
			into[string(g)] = map[string]int{}
		}
		into[string(g)][c.groups()[0]]++
	}
	add(r.Gates, c.gate)
	if c.gate == "" {
		add(r.Folded, c.folded)
	}
}

// window counts what arrives of the comments of one change.
func (r *Report) window(tokens int, all []*comment, shown map[*comment]bool, a advice.Advice) {
	name := fmt.Sprint(tokens)
	if r.Windows[name] == nil {
		r.Windows[name] = map[string]Counts{}
	}
	inline, notes := count(a.Drafts), count(a.Notes)
	for _, c := range all {
		at := placeOf(c.path, c.side, c.start, c.end)
		in, note := 0, 0
		if shown[c] && c.gate == "" {
			switch {
			case inline[at] > 0:
				inline[at]--
				in = 1
			case notes[at] > 0:
				notes[at]--
				note = 1
			}
		}
		for _, g := range c.groups() {
			n := r.Windows[name][g]
			n.Of++
			n.Placed += one(c.placed)
			n.Passed += one(c.gate == "")
			n.AtLines += one(c.gate == "" && c.folded == "")
			n.Shown += one(shown[c])
			n.Arrived += one(shown[c] && c.gate == "")
			n.Whole += one(shown[c] && c.gate == "" && c.folded == "")
			n.Inline += in
			n.Visible += in + note
			r.Windows[name][g] = n
		}
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func placeOf(path string, side advice.Side, start, end int) string {
	return fmt.Sprintf("%s %s %d %d", path, side, start, end)
}

func count(drafts []advice.Draft) map[string]int {
	out := map[string]int{}
	for _, d := range drafts {
		out[placeOf(d.Path, d.Side, d.Start, d.End)]++
	}
	return out
}

// rank says where the right comments are in the reading order.
func (r *Report) rank(s *scene, a advice.Advice) {
	const fewest = 4
	wanted := map[string]bool{}
	for _, c := range s.comments {
		if c.right {
			wanted[c.path] = true
		}
	}
	lines := map[string]int{}
	hunks := excerpt.Cores(s.hunks)
	for _, h := range hunks {
		added, deleted := h.Counts()
		lines[h.Path] += added + deleted
	}
	if len(lines) < fewest || len(wanted) == 0 {
		return
	}
	var ours []string
	for _, stop := range excerpt.Order(hunks, len(lines)) {
		ours = append(ours, stop.Path)
	}
	bySize := slices.Sorted(maps.Keys(lines))
	sorting.StableBy(bySize, func(x, y string) int { return lines[y] - lines[x] })
	r.Order.add(ours, wanted)
	r.BySize.add(bySize, wanted)
}

func (s *Stops) add(order []string, wanted map[string]bool) {
	s.Of++
	s.First += one(wanted[order[0]])
	s.Three += one(slices.ContainsFunc(order[:min(3, len(order))], func(p string) bool { return wanted[p] }))
}

// Markdown is the report for people.
func (r Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(
		&b,
		"# What arrives of labelled comments\n\n%d pull requests. The comments' own words stand in the model's place, "+
			"so these are ceilings.\n\n",
		r.Cases,
	)
	for _, w := range Windows {
		fmt.Fprintf(
			&b,
			"Window of %d tokens:\n\n| comments | of | in a hunk | pass the gates | ... and none folds them | shown | "+
				"shown and pass | ... and none folds them | inline | visible |\n|---|---|---|---|---|---|---|---|---|---|\n",
			w,
		)
		groups := r.Windows[fmt.Sprint(w)]
		for _, g := range slices.Sorted(maps.Keys(groups)) {
			n := groups[g]
			fmt.Fprintf(
				&b,
				"| %s | %d | %s | %s | %s | %s | %s | %s | %s | %s |\n",
				g,
				n.Of,
				part(n.Placed, n.Of),
				part(n.Passed, n.Of),
				part(n.AtLines, n.Of),
				part(n.Shown, n.Of),
				part(n.Arrived, n.Of),
				part(n.Whole, n.Of),
				part(n.Inline, n.Of),
				part(n.Visible, n.Of),
			)
		}
		b.WriteString("\n")
	}
	b.WriteString("| gate | drops right | drops wrong | folds right | folds wrong |\n|---|---|---|---|---|\n")
	all := maps.Clone(r.Gates)
	maps.Copy(all, r.Folded)
	for _, g := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(
			&b,
			"| %s | %d | %d | %d | %d |\n",
			g,
			r.Gates[g]["right"],
			r.Gates[g]["wrong"],
			r.Folded[g]["right"],
			r.Folded[g]["wrong"],
		)
	}
	fmt.Fprintf(
		&b,
		"\nReading order, pull requests of four files and more: a right comment at the first stop in %d of %d (by size %d), in the first "+
			"three in %d (by size %d).\n",
		r.Order.First,
		r.Order.Of,
		r.BySize.First,
		r.Order.Three,
		r.BySize.Three,
	)
	return b.String()
}

func part(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%d = %.1f %%", n, 100*float64(n)/float64(of))
}

// Worse lists where a report is worse than a baseline of the same suite: fewer right comments arrive, with and without
// what a gate folds, or are visible, or more wrong ones pass, likewise.
func (r Report) Worse(base Report) []string {
	if r.Cases != base.Cases || r.Version != base.Version {
		return []string{fmt.Sprintf("the baseline is of %d cases, this is of %d", base.Cases, r.Cases)}
	}
	var all []string
	counted := false // reports of before say nothing of lines
	for _, groups := range base.Windows {
		for _, n := range groups {
			counted = counted || n.AtLines > 0
		}
	}
	for _, w := range slices.Sorted(maps.Keys(base.Windows)) {
		for _, g := range slices.Sorted(maps.Keys(base.Windows[w])) {
			was, is := base.Windows[w][g], r.Windows[w][g]
			say := func(what string, was, is int) {
				all = append(all, fmt.Sprintf("window %s, %s: %s was %d, and now is %d", w, g, what, was, is))
			}
			switch {
			case g == "wrong" && is.Passed > was.Passed:
				say("passing the gates", was.Passed, is.Passed)
			case g == "wrong" && counted && is.AtLines > was.AtLines:
				say("passing at their lines", was.AtLines, is.AtLines)
			case g != "wrong" && is.Whole < was.Whole:
				say("shown and passing at their lines", was.Whole, is.Whole)
			case g != "wrong" && is.Arrived < was.Arrived:
				say("shown and passing", was.Arrived, is.Arrived)
			case g != "wrong" && is.Visible < was.Visible:
				say("visible", was.Visible, is.Visible)
			}
		}
	}
	if r.Order.First < base.Order.First {
		all = append(
			all,
			fmt.Sprintf("the first stop of the reading order held a comment in %d, and now in %d", base.Order.First, r.Order.First),
		)
	}
	return all
}
