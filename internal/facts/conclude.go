package facts

import (
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/dependencies"
	"github.com/lintel-review/lintel/internal/analysis/workflows"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/language"
	"github.com/lintel-review/lintel/internal/risk"
)

// conclude is the second stage of Gather: what all families' facts, the paths of the change and their history say of its risk.
func conclude(f *Facts, s *change.Snapshot) risk.Facts {
	var unknown []string
	if f.Coverage.Patch.Lines.Measured == 0 {
		unknown = append(unknown, "coverage")
	}
	if s.Churn == nil {
		unknown = append(unknown, "history")
	}
	if !f.Dependencies.Complete {
		unknown = append(unknown, "dependencies")
	}
	if len(f.Smells.Unread)+f.Smells.UnreadMore+f.Smells.SkippedHinted > 0 {
		unknown = append(unknown, "smells")
	}
	for _, x := range f.Failed {
		unknown = append(unknown, x.Family)
	}
	concluded := risk.Conclude(signals(f, s), unknown)
	if s.Churn == nil && !s.ChurnSince.IsZero() {
		concluded.HistorySince = s.ChurnSince.UTC().Format(time.DateOnly)
	}
	return concluded
}

// signals are all that has a weight. A family that comes later adds its own here, and a line to the table of weights.
func signals(f *Facts, s *change.Snapshot) []risk.Signal {
	of, code, past, packages := kindsOf(s.Files), codeOf(s.Files), pastOf(s), packagesOf(f.Dependencies)
	judged := logicOf(f)
	return []risk.Signal{
		{Name: "new_lines", Count: f.Size.New.Lines},
		{Name: "removed_lines", Count: code.removed},
		{Name: "code_hunks", Count: code.hunks},
		{Name: "added_files", Count: code.added},
		{Name: "folders", Count: of.folders},
		{Name: "owner_groups", Count: len(f.Ownership.Groups) + f.Ownership.MoreGroups},
		{Name: "uncovered_lines", Count: f.Coverage.Patch.Lines.Measured - f.Coverage.Patch.Lines.Hits},
		{Name: "recent_changes", Count: past.changes},
		{Name: "recent_fixes", Count: past.fixes},
		{Name: "fresh_files", Count: past.fresh},
		{Name: risk.Dependencies, Count: of.dependencies},
		{Name: "new_packages", Count: packages.added},
		{Name: "major_bumps", Count: packages.major},
		{Name: "foreign_packages", Count: packages.foreign},
		{Name: risk.Automation, Count: of.automation},
		{Name: "workflow_findings", Count: holes(f.Workflows)},
		{Name: risk.Migrations, Count: of.migrations},
		{Name: risk.Sensitive, Count: of.sensitive},
		{Name: "secrets", Count: len(f.Secrets.Found) + f.Secrets.FoundMore},
		{Name: risk.Rules, Count: of.rules},
		{Name: "unread_files", Count: of.unread + max(f.Files.Total-f.Files.Listed, 0)},
		{Name: "unscanned_texts", Count: len(f.Secrets.Unread) + f.Secrets.UnreadMore},
		{Name: "linter_findings", Count: len(f.Lint.Findings) + f.Lint.More},
		{Name: "branches", Count: judged.branches},
		{Name: "complex_functions", Count: judged.complex},
	}
}

// holes counts what is found in workflows, without what is only a habit.
func holes(f workflows.Facts) int {
	n := f.More
	for _, x := range f.Findings {
		if !x.Minor {
			n++
		}
	}
	return n
}

// logic counts what the change adds to what the program decides, by what the families tests and smells found.
type logic struct{ branches, complex int }

// tangled is the cognitive complexity from which a function that the change makes worse counts.
const tangled = 15

func logicOf(f *Facts) (l logic) {
	for _, s := range f.Tests.Sources {
		l.branches += max(s.Branches, 0)
	}
	for _, x := range f.Smells.Functions {
		if x.Cognitive.After >= tangled && x.Cognitive.After > x.Cognitive.Before {
			l.complex++
		}
	}
	return l
}

// code counts what a change does to files that hold what the program does.
type code struct{ hunks, removed, added int }

func codeOf(files []diff.File) (c code) {
	for _, f := range files {
		// Names say nothing of a picture or a document whose ending no table knows; its bytes do.
		if f.State == diff.Binary || !language.Code(f.Path) {
			continue
		}
		c.hunks += len(f.Hunks)
		if f.Status == diff.Added {
			c.added++
		}
		for _, h := range f.Hunks {
			for _, l := range h.Lines {
				if l.Op == diff.Delete && strings.TrimSpace(l.Text) != "" {
					c.removed++
				}
			}
		}
	}
	return c
}

// past is what the history says of the touched files of code that were there before: how often they were changed and
// fixed lately, and how many
// of them were changed within the last week.
type past struct{ changes, fixes, fresh int }

// week is the age in days up to which a file is fresh.
const week = 7

func pastOf(s *change.Snapshot) (p past) {
	if s.Churn == nil {
		return p
	}
	added := map[string]bool{}
	for _, f := range s.Files {
		added[f.Path] = added[f.Path] || f.Status == diff.Added
	}
	for _, f := range s.Churn.Files {
		if !language.Code(f.Path) || added[f.Path] {
			continue
		}
		p.changes, p.fixes = p.changes+max(f.Changes, 0), p.fixes+max(f.Fixes, 0)
		if f.Age >= 0 && f.Age <= week {
			p.fresh++
		}
	}
	return p
}

// packages counts what a change does to the packages that the project uses.
type packages struct{ added, major, foreign int }

func packagesOf(f dependencies.Facts) (p packages) {
	for _, c := range f.Changes {
		if c.NewDirect {
			p.added++
		}
		if c.Direct && c.Kind == "bumped" && c.Level == "major" {
			p.major++
		}
		if c.NewSource || c.NewHost || c.NewScript {
			p.foreign++
		}
	}
	return p
}
