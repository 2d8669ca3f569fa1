// Package prepare makes the input of advice from a snapshot: it leaves out what no model may read, numbers the
// facts, and names the paths whose contents would help. It is pure, and knows no model.
//
// Callers may rely on: an input holds no line of an excluded file; it has no author, login, e-mail, branch or
// commit message, in the description neither; equal
// snapshots give equal inputs.
package prepare

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Limits of an input.
const (
	maxFacts   = 40
	maxTitle   = 300
	maxBody    = 2_000
	maxText    = 240
	maxWanted  = 24
	allContent = 384 << 10
)

// MaxContent bounds one file that is read whole, in bytes.
const MaxContent = 128 << 10

// Input makes the input of a snapshot and of the findings that people see. Lines of files that no model may read are
// not in it. The caller adds Contents (see Wanted), Guides (see AddBeside), Previous, Known, Suppressions, Now and
// the model's limits. The error says that a pattern of never_send cannot be read; then nothing may be sent.
func Input(s *change.Snapshot, findings []finding.Finding, set settings.Advise) (advise.Input, error) {
	in := advise.Input{
		Version: advise.InputVersion, Head: s.Head.SHA, MergeBase: s.MergeBase, Gaps: []string{}, Contents: map[string]string{},
		Guidance: guidance(set, s.Files), Names: []string{}, Known: []advice.Known{}, Suppressions: []advice.Suppression{},
		Options: Options(set),
	}
	attributes := map[string][]byte{}
	for p, f := range s.Controls.Files {
		if path.Base(p) == ".gitattributes" {
			attributes[p] = f.Content
		}
	}
	excluded, errs := excerpt.Excluded(s.Files, attributes, set.NeverSend)
	if len(errs) > 0 {
		return advise.Input{}, fmt.Errorf("read advise.never_send: %w", errs[0])
	}
	in.Excluded, in.Files = excluded, excerpt.Strip(s.Files, excluded)
	for _, g := range s.Gaps {
		if strings.HasPrefix(g.Fact, "diff.") && g.Path == "" {
			in.Gaps = append(in.Gaps, g.Reason)
		}
	}
	if s.FilesTotal > len(s.Files) && len(in.Gaps) == 0 {
		in.Gaps = append(in.Gaps, fmt.Sprintf("%d of %d files could be listed", len(s.Files), s.FilesTotal))
	}
	names := people(s)
	if s.Title != nil {
		in.Title = text.ClipBytes(impersonal(text.ClipBytes(*s.Title, 4*maxTitle), names), maxTitle)
	}
	if s.Body != nil {
		in.Body = text.ClipBytes(impersonal(text.ClipBytes(*s.Body, 4*maxBody), names), maxBody)
	}
	for _, f := range findings {
		in.Findings = append(in.Findings, finding.Finding{
			Rule: f.Rule, Family: f.Family, Severity: f.Severity, Path: f.Path, Line: f.Line, EndLine: f.EndLine,
			Fingerprint: f.Fingerprint,
		})
	}
	in.Facts, in.Measured = factsOf(s, findings, excluded)
	for i := range in.Facts {
		in.Facts[i].Text = impersonal(in.Facts[i].Text, names)
	}
	return in, nil
}

// factsOf are the heaviest facts about the code, numbered. Findings about commits, approvals and descriptions are
// none: they quote people, and a model has no use for them. A rule of a team's own may do the same, so its findings
// are none either.
func factsOf(s *change.Snapshot, findings []finding.Finding, excluded map[string]string) ([]advice.Fact, bool) {
	var all []advice.Fact
	for _, f := range findings {
		if !family.Of(f.Family).AboutCode {
			continue
		}
		fact := advice.Fact{
			Kind: advice.RuleSays, Path: f.Path, Side: advice.Right, Start: f.Line, End: max(f.EndLine, f.Line), Source: f.Rule,
			Level: levelOf(f), Text: oneLine(f.Title + ": " + f.Message),
		}
		if f.Family == family.Lint {
			fact.Kind = advice.LintSays
		}
		if _, out := excluded[f.Path]; out {
			fact.Text = oneLine(f.Title) // the message may quote lines that no model may read
		}
		all = append(all, fact)
	}
	uncovered, measured := uncoveredOf(s, excluded)
	all = append(all, uncovered...)
	for _, c := range s.Checks {
		if c.Conclusion == "failure" || c.Conclusion == "timed_out" {
			all = append(all,
				advice.Fact{
					Kind:   advice.CISays,
					Side:   advice.Right,
					Level:  advice.Medium,
					Text:   oneLine("the check " + text.ClipBytes(c.Name, 60) + " failed"),
					Source: "ci",
				})
		}
	}
	sorting.StableBy(all, func(a, b advice.Fact) int {
		return cmp.Or(b.Level.Rank()-a.Level.Rank(), strings.Compare(a.Path, b.Path), a.Start-b.Start, strings.Compare(a.Text, b.Text))
	})
	all = all[:min(len(all), maxFacts)]
	for i := range all {
		all[i].ID = fmt.Sprintf("F%d", i+1)
	}
	if all == nil {
		all = []advice.Fact{}
	}
	return all, measured
}

// levelOf is what a finding says about the risk of the code.
func levelOf(f finding.Finding) advice.Level {
	switch f.Severity {
	case finding.Error:
		return advice.High
	case finding.Warning:
		return advice.Medium
	}
	return advice.Low
}

// uncoveredOf are the runs of added lines that no test reached, and whether a report of this head was read at all.
func uncoveredOf(s *change.Snapshot, excluded map[string]string) (facts []advice.Fact, measured bool) {
	var all []report.Coverage
	for _, r := range s.Reports {
		if r.Coverage != nil && !r.Base && r.Problem == "" && (r.SHA == "" || r.SHA == s.Head.SHA) {
			all = append(all, *r.Coverage)
		}
	}
	if len(all) == 0 {
		return nil, false
	}
	merged := report.Merge(all...)
	for _, f := range s.Files {
		covered, ok := merged.File(f.Path)
		if _, out := excluded[f.Path]; out || !ok {
			continue
		}
		for _, r := range runs(f, covered) {
			words := fmt.Sprintf("no test reaches lines %d to %d", r.From, r.To)
			if r.From == r.To {
				words = fmt.Sprintf("no test reaches line %d", r.From)
			}
			facts = append(facts, advice.Fact{
				Kind: advice.Uncovered, Path: f.Path, Side: advice.Right, Start: r.From, End: r.To, Level: advice.Medium, Text: words,
				Source: "coverage report",
			})
		}
	}
	return facts, true
}

// runs are the missed added lines, joined where nothing but unmeasured added lines is between them.
func runs(f diff.File, covered report.FileCoverage) []report.LineRange {
	var out []report.LineRange
	open := false
	last := 0
	for _, n := range f.Added() {
		switch state := covered.At(n); {
		case state == report.Miss && open && last == n-1:
			out[len(out)-1].To = n
		case state == report.Miss:
			out = append(out, report.LineRange{From: n, To: n, State: report.Miss})
			open = true
		case state != report.Unmeasured:
			open = false
		}
		last = n
	}
	return out
}

// Readable reports whether a line is left that a model may read.
func Readable(in advise.Input) bool {
	for _, f := range in.Files {
		if _, out := in.Excluded[f.Path]; !out && len(f.Hunks) > 0 {
			return true
		}
	}
	return false
}

// Wanted are the files whose contents at the head make advice better: those that a suggestion may change, and those of
// drafts that stand. They are few and none is one that no model may read.
func Wanted(in advise.Input) []diff.File {
	weights := map[string]int{}
	total := int64(0)
	c := excerpt.Read(in.Files, in.Excluded)
	excerpt.Weigh(c.Hunks, in.Facts)
	for _, h := range c.Hunks {
		weights[h.Path] = max(weights[h.Path], h.Score)
	}
	files := map[string]diff.File{}
	for _, f := range in.Files {
		if f.Status == diff.Removed {
			delete(weights, f.Path)
		}
		files[f.Path] = f
	}
	for _, k := range in.Known {
		if k.State == advice.Open || k.State == advice.Carried {
			p := k.Draft.Path
			if to := c.OldPaths[p]; to != "" {
				p = to
			}
			if _, out := in.Excluded[p]; !out {
				weights[p] += 1000
			}
		}
	}
	paths := slices.Sorted(maps.Keys(weights))
	sorting.StableBy(paths, func(a, b string) int { return weights[b] - weights[a] })
	var out []diff.File
	for _, p := range paths {
		f, ok := files[p]
		size := max(f.Size, 0)
		if !ok {
			continue // the draft's file is no longer part of the change
		}
		if size > MaxContent || total+size > allContent {
			continue
		}
		total += size
		if out = append(out, f); len(out) == maxWanted {
			break
		}
	}
	return out
}

// oneLine is a text without line ends, cut.
func oneLine(s string) string { return text.ClipBytes(strings.Join(strings.Fields(s), " "), maxText) }

// maxContext is the most tokens that a question spends on what stands around the hunks.
const maxContext = 2_000

func contextTokens(s settings.Advise) int {
	if !s.Context {
		return 0
	}
	return maxContext
}

// Options makes options from a repository's settings, for a model with unknown limits.
func Options(s settings.Advise) advise.Options {
	return advise.Options{
		Summary: true, Comments: s.Comments != "off", Tests: s.Tests, Language: s.Language,
		MaxComments: s.MaxComments, PerFile: s.MaxPerFile, Least: advice.Level(s.MinSeverity),
		NeverSend:     append([]string{}, s.NeverSend...),
		ContextTokens: contextTokens(s),
		Window:        16_384, PromptTokens: 24_000, MaxOutput: 4_000, MaxCalls: s.Budget.Calls, TokenRatio: 1,
	}
}
