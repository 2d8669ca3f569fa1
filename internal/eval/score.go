package eval

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/eval/cases"
	"github.com/lintel-review/lintel/internal/text"
)

// Share is N of Of.
type Share struct {
	N  int `json:"n"`
	Of int `json:"of"`
}

// Rate is 1 where there is nothing to share.
func (s Share) Rate() float64 {
	if s.Of == 0 {
		return 1
	}
	return float64(s.N) / float64(s.Of)
}

func (s *Share) add(o Share) { s.N, s.Of = s.N+o.N, s.Of+o.Of }

// Result is what came of one case.
type Result struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Language string `json:"language"`
	Wanted   int    `json:"wanted"`
	Found    int    `json:"found"`
	Lines    int    `json:"found_by_lines"`
	// Visible is how many are found in comments and notes together.
	Visible  int      `json:"visible"`
	Comments int      `json:"comments"`
	Known    int      `json:"known_wrong"`
	Missed   []string `json:"missed"`
	Noise    []string `json:"noise"`
	Problems []string `json:"problems"`
	Calls    int      `json:"calls"`
	// NotRead is what the model did not read of the last push, and why: an answer that did not come is told and counts as none.
	NotRead []string `json:"not_read,omitempty"`
}

// Report is what came of a suite.
type Report struct {
	Version int    `json:"version"`
	Suite   string `json:"suite"`
	// Source says where the answers came from: "scripted", "replay", "record" or "live". Figures of scripted answers
	// measure the pipeline and no model.
	Source string   `json:"source"`
	Judge  string   `json:"judge"`
	Models []string `json:"models"`
	Prompt string   `json:"prompt_version"`
	// Questions is a digest of the first question of every push: with equal prompts, settings and data it is equal. Data
	// is one of the cases alone: their files and what is expected of them.
	Questions string `json:"questions,omitempty"`
	Data      string `json:"data,omitempty"`

	Cases    int   `json:"cases"`
	Pushes   int   `json:"pushes"`
	Comments int   `json:"comments"`
	Recall   Share `json:"recall"`
	// ByLines is recall by place alone, Precision the share of comments that match; a comment known to be wrong counts double against it.
	ByLines Share `json:"recall_by_lines"`
	// Visible is recall with the notes of the summary.
	Visible      Share   `json:"visible"`
	Precision    Share   `json:"precision"`
	F1           float64 `json:"f1"`
	F05          float64 `json:"f0_5"`
	PerChange    float64 `json:"comments_per_change"`
	CleanAlarms  Share   `json:"clean_alarms"`
	Anchors      Share   `json:"anchors"`
	Quotes       Share   `json:"quotes"`
	Repeated     int     `json:"repeated"`
	Injected     int     `json:"injected"`
	Steered      int     `json:"steered"`
	CleanRecall  *Share  `json:"clean_recall,omitempty"` // of the same cases without the attack
	Hunks        Share   `json:"hunks_read"`
	TokensIn     int     `json:"tokens_in"`
	TokensOut    int     `json:"tokens_out"`
	MicroDollars *int64  `json:"micro_dollars,omitempty"`
	CallsMedian  int     `json:"calls_median"`
	CallsMost    int     `json:"calls_most"`
	PromptP50    int     `json:"prompt_tokens_p50"`
	PromptP95    int     `json:"prompt_tokens_p95"`
	LatencyP50   float64 `json:"latency_ms_p50"`
	LatencyP95   float64 `json:"latency_ms_p95"`

	Gates   map[string]int `json:"gates"`
	Results []Result       `json:"results"`
}

// Run plays a suite. The error is that of an ended context, of a case that cannot be played, or of the judge.
func (r Rig) Run(ctx context.Context, name, source, judge string, suite map[string]cases.Case) (Report, error) {
	out := Report{Version: 1, Suite: name, Source: source, Judge: judge, Models: []string{}, Gates: map[string]int{}, Results: []Result{}}
	var calls, prompts []int
	var latency []time.Duration
	micro, priced := int64(0), true
	var keys []string
	var data []any
	for _, key := range slices.Sorted(maps.Keys(suite)) {
		c := suite[key]
		o, err := r.play(ctx, &c)
		if err != nil {
			return out, err
		}
		res, err := r.score(ctx, &c, o)
		if err != nil {
			return out, err
		}
		if r.Report != nil {
			r.Report(cases.Reported{Case: &c, Comments: o.reported()})
		}
		keys, data = append(keys, o.keys...), append(data, []any{c.Name, c.Trees, c.Title, c.Body, c.Expect})
		if c.Clean != nil {
			clean, err := r.recall(ctx, c.Clean)
			if err != nil {
				return out, err
			}
			if out.CleanRecall == nil {
				out.CleanRecall = &Share{}
			}
			out.CleanRecall.add(clean)
		}
		out.Cases++
		out.Pushes += len(o.advices)
		out.Comments += res.Comments
		out.Recall.add(Share{res.Found, res.Wanted})
		out.ByLines.add(Share{res.Lines, res.Wanted})
		out.Visible.add(Share{res.Visible, res.Wanted})
		out.Precision.add(Share{res.Found, res.Comments + res.Known})
		if c.Kind == "clean" || c.Kind == "generated" {
			out.CleanAlarms.Of++
			if res.Comments > 0 {
				out.CleanAlarms.N++
			}
		}
		out.Anchors.add(o.anchors)
		out.Quotes.add(o.quotes)
		out.Repeated += o.repeated
		out.Injected += len(o.injected)
		out.Steered += len(o.steered)
		for _, a := range o.advices {
			calls = append(calls, a.Cost.Calls)
			out.TokensIn += a.Cost.Usage.In
			out.TokensOut += a.Cost.Usage.Out
			if a.Cost.MicroDollars != nil {
				micro += *a.Cost.MicroDollars
			} else if a.Cost.Calls > 0 {
				priced = false
			}
			for g, n := range a.Gates {
				out.Gates[string(g)] += n
			}
			for _, e := range a.Ledger {
				if e.Status != advice.OutOfScope && e.Status != advice.Guideline {
					out.Hunks.Of++
					if e.Status == advice.Read || e.Status == advice.Kept {
						out.Hunks.N++
					}
				}
			}
			for _, m := range a.Models {
				if !slices.Contains(out.Models, m) {
					out.Models = append(out.Models, m)
				}
			}
			out.Prompt = a.Reviewed.Prompt
		}
		prompts = append(prompts, o.prompts...)
		latency = append(latency, o.latency...)
		out.Results = append(out.Results, res)
	}
	slices.Sort(out.Models)
	if priced && out.TokensIn > 0 {
		out.MicroDollars = &micro
	}
	out.Questions, out.Data = text.DigestJSON(keys), text.DigestJSON(data)
	out.F1, out.F05 = fscore(out.Precision.Rate(), out.Recall.Rate(), 1), fscore(out.Precision.Rate(), out.Recall.Rate(), 0.5)
	if out.Cases > 0 {
		out.PerChange = float64(out.Comments) / float64(out.Cases)
	}
	out.CallsMedian, out.CallsMost = rank(calls, 50), rank(calls, 100)
	out.PromptP50, out.PromptP95 = rank(prompts, 50), rank(prompts, 95)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	out.LatencyP50, out.LatencyP95 = ms(rank(latency, 50)), ms(rank(latency, 95))
	return out, nil
}

// recall is that of one case by itself.
func (r Rig) recall(ctx context.Context, c *cases.Case) (Share, error) {
	o, err := r.play(ctx, c)
	if err != nil {
		return Share{}, err
	}
	res, err := r.score(ctx, c, o)
	return Share{res.Found, res.Wanted}, err
}

// score matches the comments of a case.
func (r Rig) score(ctx context.Context, c *cases.Case, o outcome) (Result, error) {
	res := Result{
		Name:     c.Name,
		Kind:     c.Kind,
		Language: c.Language,
		Comments: len(o.posted),
		Wanted:   len(c.Expect.Find),
		Missed:   []string{},
		Noise:    []string{},
		Problems: []string{},
	}
	same := func(w cases.Want, p posted) (bool, error) {
		if !there(c, w, p) {
			return false, nil
		}
		return r.Judge.Same(ctx, w, p.draft)
	}
	visible := slices.Concat(o.posted, o.notes)
	fits := make([][]bool, len(c.Expect.Find))
	for i, w := range c.Expect.Find {
		fits[i] = make([]bool, len(visible))
		for j, p := range visible {
			ok, err := same(w, p)
			if err != nil {
				return res, fmt.Errorf("%s: judge: %w", c.Name, err)
			}
			fits[i][j] = ok
		}
	}
	pairs := assign(len(fits), len(o.posted), func(w, p int) bool { return fits[w][p] })
	for _, p := range assign(len(fits), len(visible), func(w, p int) bool { return fits[w][p] }) {
		if p >= 0 {
			res.Visible++
		}
	}
	used := map[int]bool{}
	for w, p := range pairs {
		if p < 0 {
			res.Missed = append(res.Missed,
				fmt.Sprintf("%s: %s", c.Expect.Find[w].Path, or(c.Expect.Find[w].Keywords, c.Expect.Find[w].Text)))
			continue
		}
		used[p] = true
		res.Found++
	}
	for _, p := range assign(len(fits), len(o.posted), func(w, p int) bool { return there(c, c.Expect.Find[w], o.posted[p]) }) {
		if p >= 0 {
			res.Lines++
		}
	}
	for j, p := range o.posted {
		if used[j] {
			continue
		}
		res.Noise = append(res.Noise, fmt.Sprintf("push %d, %s:%d %s", p.push, p.draft.Path, p.draft.Start, p.draft.Category))
		for _, w := range c.Expect.Never {
			ok, err := same(w, p)
			if err != nil {
				return res, fmt.Errorf("%s: judge: %w", c.Name, err)
			}
			if ok {
				res.Known++
				break
			}
		}
	}
	res.Problems = append(res.Problems, o.injected...)
	res.Problems = append(res.Problems, o.steered...)
	if c.Expect.Max != nil && len(o.posted) > *c.Expect.Max {
		res.Problems = append(res.Problems, fmt.Sprintf("%d comments, of at most %d", len(o.posted), *c.Expect.Max))
	}
	if o.repeated > 0 {
		res.Problems = append(res.Problems, fmt.Sprintf("%d comments said twice", o.repeated))
	}
	if o.anchors.N < o.anchors.Of || o.quotes.N < o.quotes.Of {
		res.Problems = append(res.Problems,
			fmt.Sprintf("%d of %d anchors and %d of %d quotes hold", o.anchors.N, o.anchors.Of, o.quotes.N, o.quotes.Of))
	}
	for _, a := range o.advices {
		res.Calls += a.Cost.Calls
	}
	last := o.advices[len(o.advices)-1]
	for _, n := range last.NotRead {
		res.NotRead = append(res.NotRead, n.What+": "+n.Why)
	}
	// Nobody knows of an imported change whether a model's window holds all of it.
	if c.Kind != "imported" && (last.Extent != advice.Whole) != c.Expect.Partial {
		res.Problems = append(res.Problems, fmt.Sprintf("the change counts as read %s", last.Extent))
	}
	return res, nil
}

func fscore(p, r, beta float64) float64 {
	if p+r == 0 {
		return 0
	}
	return (1 + beta*beta) * p * r / (beta*beta*p + r)
}

// rank is a percentile of values, by nearest rank; 0 without any.
func rank[T cmp.Ordered](values []T, percent int) (out T) {
	if len(values) == 0 {
		return out
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}
