package facts

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// The ways in which the waiting for reports ends. The empty word means that it has not: what rules read of reports is not final.
const (
	// Complete: all that was expected has arrived.
	Complete = "complete"
	// Finalised: CI said that it has sent everything.
	Finalised = "finalised"
	// Deadline: the time was over.
	Deadline = "deadline"
)

// Reports is which reports of CI were expected for this change, and which have arrived.
type Reports struct {
	// Expected are in the order of the settings. A merge group expects those of its change's head, and never waits for them.
	Expected []ExpectedReport `json:"expected"`
	// Arrived are sorted by kind, flag and base, at most 1,000.
	Arrived []ArrivedReport `json:"arrived"`
	// Missing are those of Expected that have not arrived, or could not be read.
	Missing []ExpectedReport `json:"missing"`
	// Closed says how the waiting ended; empty while it lasts. With nothing expected it is complete.
	Closed string `json:"closed" jsonschema:"enum=,enum=complete,enum=finalised,enum=deadline"`
	// Finalise is true when the settings wait for CI's word that it has sent everything.
	Finalise bool `json:"finalise"`
	// Deadline is how long a head waits, "30m".
	Deadline string `json:"deadline"`
	// Own are the checks that Lintel runs itself, in the order of the settings, those that are skipped included.
	Own []OwnCheck `json:"own"`
}

// Open reports whether more may come that is waited for: what rules read of reports is not final then.
func (r Reports) Open() bool { return r.Closed == "" && (len(r.Awaited()) > 0 || r.Finalise) }

// ExpectedReport is one report that the settings wait for.
type ExpectedReport struct {
	Kind report.Kind `json:"kind" jsonschema:"enum=coverage,enum=lint"`
	Flag string      `json:"flag"`
	// Check is true for the result of a check that Lintel runs itself; Flag is its name then.
	Check bool `json:"check"`
	// Job is who sends it, as the settings name it.
	Job      string `json:"job"`
	Required bool   `json:"required"`
	// Parts is how many of it must arrive, at least 1; Have is how many have, and could be read.
	Parts int `json:"parts"`
	Have  int `json:"have"`
	// Because are the first changed files that made it expected, at most 5; BecauseMore counts the rest. Both are empty
	// when it is always expected.
	Because     []string `json:"because"`
	BecauseMore int      `json:"because_more"`
	// Problem says why a report that arrived could not be read; empty when all could.
	Problem string `json:"problem"`
}

// ArrivedReport is one report as far as rules about reports need it; what it says is in the facts of its family.
type ArrivedReport struct {
	Kind   report.Kind `json:"kind" jsonschema:"enum=coverage,enum=lint"`
	Flag   string      `json:"flag"`
	Format string      `json:"format"`
	Tool   string      `json:"tool"`
	// SHA is the commit that was measured; empty is the head.
	SHA string `json:"sha"`
	// Base is true for a report of the merge base.
	Base  bool         `json:"base"`
	Trust report.Trust `json:"trust" jsonschema:"enum=,enum=full,enum=author"`
	// Check names the check that Lintel ran itself; empty for a report of CI.
	Check string `json:"check"`
	// Problem says why it could not be read; empty when it could.
	Problem string `json:"problem"`
}

// maxBecause bounds the files that are named for one expected report.
const maxBecause = 5

// ExpectReports compares the reports of a snapshot with those that the settings wait for.
func ExpectReports(s *change.Snapshot, set settings.Reports) Reports {
	out := Reports{
		Expected: []ExpectedReport{},
		Arrived:  []ArrivedReport{},
		Missing:  []ExpectedReport{},
		Finalise: set.Finalise,
		Deadline: set.Deadline,
		Own:      []OwnCheck{},
	}
	readable, problems := map[string]int{}, map[string]string{}
	for _, r := range s.Reports {
		if len(out.Arrived) < maxList {
			out.Arrived = append(out.Arrived,
				ArrivedReport{
					Kind:    r.Kind,
					Flag:    r.Flag,
					Format:  r.Format,
					Tool:    clipped(r.Tool),
					SHA:     r.SHA,
					Base:    r.Base,
					Trust:   r.Trust,
					Check:   r.Check,
					Problem: clipped(r.Problem),
				})
		}
		name := label(r.Kind, r.Flag, r.Check != "")
		if r.Check != "" {
			readable[name], problems[name] = 0, "" // of several results the newest counts
		}
		switch {
		case r.Base:
		case r.Problem == "":
			readable[name]++
		default:
			problems[name] = clipped(r.Problem)
		}
	}
	sorting.StableBy(out.Arrived, func(a, b ArrivedReport) int {
		return strings.Compare(a.sortKey(), b.sortKey())
	})
	for _, e := range set.Expect {
		because, more, expected := touched(s, e.Paths, e.Given)
		if !expected {
			continue
		}
		x := ExpectedReport{
			Kind:        report.Kind(e.Kind),
			Flag:        e.Flag,
			Check:       e.Check,
			Job:         e.Job,
			Required:    e.Required,
			Parts:       max(e.Parts, 1),
			Because:     because,
			BecauseMore: more,
		}
		name := label(x.Kind, e.Flag, e.Check)
		x.Have = readable[name]
		out.Expected = append(out.Expected, x)
		if x.Have < x.Parts {
			x.Problem = problems[name]
			out.Missing = append(out.Missing, x)
		}
	}
	awaited := out.Awaited()
	switch {
	case len(awaited) == 0 && (!set.Finalise || s.ReportsClosed == Finalised || s.ReportsClosed == Complete):
		out.Closed = Complete
	case s.Kind == change.MergeGroup && s.ReportsClosed == "":
		out.Closed = Deadline
	case s.ReportsClosed == Finalised && slices.ContainsFunc(awaited, func(e ExpectedReport) bool { return e.Check }):
		// CI speaks for its own reports alone.
	default:
		out.Closed = s.ReportsClosed
	}
	return out
}

func (a ArrivedReport) sortKey() string {
	key := string(a.Kind) + "\x00" + a.Flag + "\x00"
	if a.Base {
		key += "base"
	}
	return key + "\x00" + a.Format + "\x00" + a.SHA + "\x00" + a.Tool + "\x00" + a.Problem
}

// touched names the changed files that patterns match. Without patterns everything is touched, and so it is when the
// list of files is not complete: what was not read may be what matters. With given only files count that a check can be
// given: not what is gone, a link or a submodule.
func touched(s *change.Snapshot, patterns []string, given bool) (because []string, more int, expected bool) {
	because = []string{}
	if len(patterns) == 0 {
		return because, 0, !given || !filesOf(s).Complete || slices.ContainsFunc(s.Files, canBeGiven)
	}
	// Patterns that are too long or too many are refused when the settings are read.
	match, _ := language.ParseIgnore(patterns)
	for _, f := range s.Files {
		name, paths := "", []string{f.Path, f.OldPath}
		if given {
			if !canBeGiven(f) {
				continue
			}
			paths = paths[:1]
		}
		for _, p := range paths {
			if p != "" && name == "" && match.Match(p) != "" {
				name = p
			}
		}
		switch {
		case name == "":
		case len(because) < maxBecause:
			because = append(because, clipped(name))
		default:
			more++
		}
	}
	return because, more, len(because) > 0 || !filesOf(s).Complete || match.Exhausted()
}

// canBeGiven reports whether a check can be given a changed file, as checkplan decides.
func canBeGiven(f diff.File) bool {
	return f.Status != diff.Removed && (f.Mode == "" || strings.HasPrefix(f.Mode, "100"))
}

func clipped(s string) string { return text.ClipBytes(s, maxTitle) }
