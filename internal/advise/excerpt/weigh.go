package excerpt

import (
	"cmp"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/risk"
	"github.com/lintel-review/lintel/internal/sorting"
)

// sensitive are parts of paths where a mistake costs more, beyond those that the risk counts. They only order.
var sensitive = lazyregexp.New(
	`(?i)(^|[/_.-])(auth|oauth|login|session|token|password|passwd|crypto|cipher|secret|permission|perms|acl|rbac|` +
		`access|payment|billing|invoice|money|migration|migrations|sql|admin|security|sandbox|webhook|deploy|dockerfile|` +
		`workflows|terraform|iam|jwt|cors|csrf|sanitize|escape)([/_.s-]|$)`)

// prose and test paths weigh less.
var (
	prose = lazyregexp.New(`(?i)(\.(md|mdx|rst|adoc|txt)$|(^|/)(docs?|licen[cs]e|changelog)(/|$|\.))`)
	tests = lazyregexp.New(`(?i)((^|/)(tests?|__tests__|spec|testdata)/|_test\.[a-z]+$|\.(test|spec)\.[a-z]+$|(^|/)test_[^/]*$)`)
)

// Points of weight. They are few and coarse: they only order what is read first.
const (
	heavyFact, middleFact, lightFact = 40, 20, 8
	mostFacts                        = 100
	uncoveredLine, mostUncovered     = 2, 20
	// riskPoint is the weight of one point of the risk's table.
	riskPoint     = 10
	sensitivePath = 30
	onlyDeletes   = 10
	lessForTests  = -15
	lessForProse  = -25
)

// Weigh scores every hunk by the facts at its lines, its path and its size.
func Weigh(hunks []Hunk, facts []advice.Fact) {
	for i := range hunks {
		h := &hunks[i]
		h.Score, h.Why = score(*h, facts)
	}
}

func score(h Hunk, facts []advice.Fact) (int, string) {
	points, uncovered, best := 0, 0, advice.Fact{}
	for _, f := range facts {
		if !h.Touches(f) {
			continue
		}
		if f.Kind == advice.Uncovered {
			uncovered += (f.End - f.Start + 1) * uncoveredLine
			continue
		}
		switch f.Level {
		case advice.High:
			points += heavyFact
		case advice.Medium:
			points += middleFact
		default:
			points += lightFact
		}
		if f.Level.Rank() > best.Level.Rank() {
			best = f
		}
	}
	total := min(points, mostFacts) + min(uncovered, mostUncovered)
	why := ""
	if best.Text != "" {
		why = best.Text
	}
	if risky, about := risk.OfFile(h.Path, h.OldPath); risky > 0 {
		total += riskPoint * risky
		why = cmp.Or(why, about)
	} else if sensitive.MatchString(h.Path) {
		total += sensitivePath
		why = cmp.Or(why, "Touches a sensitive path")
	}
	if uncovered > 0 {
		why = cmp.Or(why, "No test reaches some of the changed lines")
	}
	added, deleted := h.Counts()
	switch lines := added + deleted; {
	case lines >= 30:
		total += 10
		why = cmp.Or(why, "One of the larger parts")
	case lines >= 10:
		total += 6
	default:
		total += 2
	}
	if added == 0 && deleted > 0 {
		total += onlyDeletes
		why = cmp.Or(why, "it only takes lines away")
	}
	switch {
	case prose.MatchString(h.Path):
		total += lessForProse
	case tests.MatchString(h.Path):
		total += lessForTests
	}
	return total, why
}

// Touches reports whether a fact is about a line that the hunk shows. A fact about a whole file touches all its hunks.
func (h Hunk) Touches(f advice.Fact) bool {
	if f.Path != h.Path {
		return false
	}
	if f.Start == 0 {
		return true
	}
	from, lines := h.NewStart, h.NewLines
	if f.Side == advice.Left {
		from, lines = h.OldStart, h.OldLines
	}
	return f.Start < from+lines && max(f.End, f.Start) >= from
}

// Tokens estimates the tokens of a text: a third of its bytes, which is safe for the known models,
// corrected by observation.
func Tokens(text string, ratio float64) int {
	if ratio <= 0 {
		ratio = 1
	}
	return int(float64(len(text))/3*min(max(ratio, 0.4), 2.5)) + 1
}

// Room is how many tokens a prompt may have: the smaller of the limit and the model's window, without the answer
// and a tenth for errors of the estimate.
func Room(window, allowed, answer int) int {
	return max(0, min(window-answer, allowed)*9/10)
}

// Pack takes the heaviest hunks that fit into so many tokens, and returns them in the order of the diff, with those that
// did not fit.
func Pack(hunks []Hunk, room int, ratio float64) (in, out []Hunk) {
	order := make([]int, len(hunks))
	for i := range order {
		order[i] = i
	}
	sorting.StableBy(order, func(a, b int) int { return hunks[b].Score - hunks[a].Score })
	taken := make([]bool, len(hunks))
	named := map[string]bool{}
	for _, i := range order {
		cost := Tokens(Render(hunks[i:i+1]), ratio)
		if named[hunks[i].Path] {
			cost -= Tokens("file P1 "+hunks[i].Path+"\n", ratio) - 1
		}
		if cost <= room {
			room -= cost
			taken[i], named[hunks[i].Path] = true, true
		}
	}
	for i, h := range hunks {
		if taken[i] {
			in = append(in, h)
		} else {
			out = append(out, h)
		}
	}
	return in, out
}

// Order is the reading order: the files by their changed lines, tests and prose last. Of labelled changes, it begins
// at a comment in 8 of 9, and by the heaviest hunk in 6. A file's line is that of its heaviest hunk.
func Order(hunks []Hunk, most int) []advice.Stop {
	best, lines := map[string]Hunk{}, map[string]int{}
	var paths []string
	for _, h := range hunks {
		added, deleted := h.Counts()
		lines[h.Path] += added + deleted
		b, ok := best[h.Path]
		if !ok {
			paths = append(paths, h.Path)
		}
		if !ok || h.Score > b.Score {
			best[h.Path] = h
		}
	}
	last := func(p string) int {
		if tests.MatchString(p) || prose.MatchString(p) {
			return 1
		}
		return 0
	}
	sorting.StableBy(paths, func(a, b string) int { return cmp.Or(last(a)-last(b), lines[b]-lines[a]) })
	out := []advice.Stop{}
	for _, p := range paths[:min(most, len(paths))] {
		out = append(out, advice.Stop{Path: p, Line: best[p].First(), Why: best[p].Why})
	}
	return out
}
