package facts

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/commits"
	"github.com/lintel-review/lintel/internal/analysis/coverage"
	"github.com/lintel-review/lintel/internal/analysis/dependencies"
	"github.com/lintel-review/lintel/internal/analysis/lint"
	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/analysis/secrets"
	"github.com/lintel-review/lintel/internal/analysis/size"
	"github.com/lintel-review/lintel/internal/analysis/smells"
	"github.com/lintel-review/lintel/internal/analysis/tests"
	"github.com/lintel-review/lintel/internal/analysis/workflows"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/parallel"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/risk"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/sorting"
	"github.com/lintel-review/lintel/internal/text"
)

// Bounds of what others wrote. They count bytes and entries, never time.
const (
	maxTitle = 1_000
	maxBody  = 64 << 10
	maxList  = 1_000
)

// fileListGap is the name of the gap that says that the file list is incomplete.
const fileListGap = "diff.files"

// maxChecks bounds the checks of others that policies see.
const maxChecks = 1000

// Gather runs the analyses side by side. What is missing in the snapshot is a fact, not an error, and so is a family
// whose analysis panicked (Failed); the error is that of an ended context.
//
// With families that are named, no other is analysed but secrets, by which all facts are covered. What was not analysed
// is empty, and nothing is said of the risk. It is for rules that see no more.
func Gather(ctx context.Context, s *change.Snapshot, r settings.Resolution, only ...string) (Facts, error) {
	if len(only) == 0 {
		return gatherBy(ctx, s, r, analyses())
	}
	f, err := gatherBy(ctx, s, r, slices.DeleteFunc(analyses(), func(a analysis) bool {
		return a.name != family.Secrets && !slices.Contains(only, a.name)
	}))
	if err == nil {
		f.Risk = risk.Facts{}
		emptyNilLists(reflect.ValueOf(&f).Elem())
	}
	return f, err
}

// Prepare does what the first analyses would do once, for a command that has something else to wait for meanwhile.
func Prepare() { secrets.Prepare() }

// Alone runs the analysis of one family and drops its facts, for whoever measures what a family costs. It is false when
// the family has no analysis.
func Alone(name string, s *change.Snapshot, set settings.Settings) bool {
	for _, a := range analyses() {
		if a.name == name {
			a.run(&Facts{}, s, set)
			return true
		}
	}
	return false
}

// analyses are those of all families, by name. A test holds them to the table of families.
func analyses() []analysis {
	return []analysis{
		{
			name: family.Commits,
			run:  func(f *Facts, s *change.Snapshot, set settings.Settings) { f.Commits = commits.Analyse(s, set.Commits) },
		},
		{
			name: family.Coverage,
			run: func(f *Facts, s *change.Snapshot, set settings.Settings) {
				f.Coverage = coverage.Analyse(s, set.Coverage)
			},
		},
		{
			name: family.Dependencies,
			run: func(f *Facts, s *change.Snapshot, set settings.Settings) {
				f.Dependencies = dependencies.Analyse(s, set.Dependencies)
			},
			wants: func(files []diff.File, set settings.Settings) []change.Want {
				return dependencies.Wants(files, set.Dependencies)
			},
		},
		{
			name: family.Lint,
			run:  func(f *Facts, s *change.Snapshot, set settings.Settings) { f.Lint = lint.Analyse(s, set.Lint) },
		},
		{
			name: family.Ownership,
			run: func(f *Facts, s *change.Snapshot, set settings.Settings) {
				f.Ownership = ownership.Analyse(s, set.Ownership)
			},
		},
		{
			name: family.Secrets,
			run: func(f *Facts, s *change.Snapshot, set settings.Settings) {
				f.found = secrets.Analyse(s, set.Secrets)
				f.Secrets = f.found.Facts
			},
			wants: func(files []diff.File, _ settings.Settings) []change.Want { return secrets.Wants(files) },
		},
		{
			name: family.Size,
			run:  func(f *Facts, s *change.Snapshot, set settings.Settings) { f.Size = size.Analyse(s, set.Size) },
		},
		{
			name: family.Smells,
			run: func(f *Facts, s *change.Snapshot, set settings.Settings) {
				f.Smells = smells.Analyse(s, set.Smells, set.Commits.Tickets)
			},
			wants: func(files []diff.File, set settings.Settings) []change.Want { return smells.Wants(files, set.Smells) },
			hinted: func(files []diff.File, set settings.Settings) []change.Want {
				return smells.WantsHinted(files, set.Smells)
			},
		},
		{
			name: family.Tests,
			run:  func(f *Facts, s *change.Snapshot, set settings.Settings) { f.Tests = tests.Analyse(s, set.Tests) },
			wants: func(files []diff.File, set settings.Settings) []change.Want {
				return tests.Wants(files, set.Tests, expectsCoverage(set))
			},
		},
		{
			name: family.Workflows,
			run: func(f *Facts, s *change.Snapshot, set settings.Settings) {
				f.Workflows = workflows.Analyse(s, set.Workflows)
			},
			wants: func(files []diff.File, _ settings.Settings) []change.Want { return workflows.Wants(files) },
		},
	}
}

// expectsCoverage reports whether CI is to send reports of coverage.
func expectsCoverage(set settings.Settings) bool {
	return slices.ContainsFunc(set.Awaited().Expect, func(e settings.Expected) bool { return e.Kind == string(report.CoverageKind) })
}

func gatherBy(ctx context.Context, s *change.Snapshot, r settings.Resolution, analyses []analysis) (Facts, error) {
	set := r.Settings
	f := Facts{
		Schema:     Version,
		Change:     changeOf(s),
		Repository: repositoryOf(s.Repository),
		Settings:   settingsOf(set),
		Controls:   controlsOf(s, r),
		Files:      filesOf(s),
		Reports:    ExpectReports(s, set.Awaited()),
		Checks:     append([]change.Check{}, s.Checks[:min(len(s.Checks), maxChecks)]...),
	}
	f.Reports.Own = ownChecks(s, set.Checks, f.Reports)
	s = counted(s, set.Checks)
	f.Gaps, f.GapsMore = gapsOf(s)
	failed, err := together(ctx, analyses, func(a analysis) *Failed { return a.isolate(&f, s, set) })
	if err != nil {
		return Facts{}, fmt.Errorf("gather facts of %s: %w", s.Ref, err)
	}
	if f.Failed = failed; len(failed) > 0 {
		emptyNilLists(reflect.ValueOf(&f).Elem())
	}
	f.Risk = conclude(&f, s)
	if f.found.Any() {
		// Before they are cut, so that no beginning of a secret is left.
		f.Change.Title, f.Change.Body = covered(s.Title, f.found, maxTitle), covered(s.Body, f.found, maxBody)
		cover(reflect.ValueOf(&f).Elem(), f.found.Cover)
	}
	f.found = secrets.Result{}
	return f, nil
}

func settingsOf(set settings.Settings) Settings {
	return Settings{
		Commits: set.Commits, Ownership: set.Ownership, Size: set.Size, Coverage: set.Coverage, Lint: set.Lint,
		Secrets: set.Secrets, Dependencies: set.Dependencies, Workflows: set.Workflows, Smells: set.Smells,
		Tests: set.Tests, Report: set.Report,
	}
}

// Under gives stored facts as other settings would be judged by at a moment, which decides what their rollouts come to.
// What the analyses measured stays as it was.
func (f Facts) Under(set settings.Settings, at time.Time) Facts {
	f.Settings = settingsOf(set)
	f.Controls.Experiments = set.Experiments(f.Repository.ID, at)
	return f
}

// together runs all analyses at once and waits for them. Each has budgets of its own that count bytes and lines, so
// none is stopped half-way.
func together(ctx context.Context, analyses []analysis, run func(analysis) *Failed) ([]Failed, error) {
	failures := make([]*Failed, len(analyses))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	parallel.Each(len(analyses), func(i int) { failures[i] = run(analyses[i]) })
	failed := []Failed{}
	for _, x := range failures {
		if x != nil {
			failed = append(failed, *x)
		}
	}
	return failed, ctx.Err()
}

func changeOf(s *change.Snapshot) Change {
	c := Change{
		Kind:      s.Kind,
		Number:    s.Ref.Number,
		Ref:       s.Ref.String(),
		URL:       s.URL,
		Title:     bounded(s.Title, maxTitle),
		Body:      bounded(s.Body, maxBody),
		State:     s.State,
		Draft:     s.Draft,
		Fork:      s.Fork,
		Labels:    slices.Sorted(slices.Values(s.Labels)),
		Base:      s.Base,
		Head:      s.Head,
		MergeBase: s.MergeBase,
	}
	if c.Labels == nil {
		c.Labels = []string{}
	}
	c.Labels = c.Labels[:min(len(c.Labels), maxList)]
	if s.Author != nil {
		a := *s.Author
		c.Author = &a
	}
	// It is left out where it is the usual one, so that facts of other forges and of earlier releases stay equal.
	forge := s.Ref.Forge
	if forge == change.Local {
		forge = s.OwnersDialect
	}
	if noun := forge.Words().Change; noun != change.GitHub.Words().Change {
		c.Noun = noun
	}
	if s.Group != nil {
		g := *s.Group
		c.Group = &g
	}
	return c
}

func repositoryOf(r change.Repository) Repository {
	return Repository{
		ID: r.ID, Owner: r.Owner, Name: r.Name, Private: r.Private, DefaultBranch: r.DefaultBranch,
		Merges: Merges{
			Squash: r.Merges.Squash, Merge: r.Merges.Merge, Rebase: r.Merges.Rebase,
			SquashTitle: r.Merges.SquashTitle, SquashMessage: r.Merges.SquashMessage,
		},
	}
}

// filesOf proves completeness by the forge's own count: a list that is as long as the count, and no gap that says otherwise.
func filesOf(s *change.Snapshot) Files {
	gap := slices.ContainsFunc(s.Gaps, func(g change.Gap) bool { return g.Fact == fileListGap })
	return Files{Total: s.FilesTotal, Listed: len(s.Files), Complete: !gap && len(s.Files) == s.FilesTotal}
}

func gapsOf(s *change.Snapshot) (gaps []change.Gap, more int) {
	gaps = slices.Clone(s.Gaps)
	sorting.By(gaps, func(a, b change.Gap) int {
		return strings.Compare(a.Fact+"\x00"+a.Path+"\x00"+a.Reason, b.Fact+"\x00"+b.Path+"\x00"+b.Reason)
	})
	gaps = slices.Compact(gaps)
	if len(gaps) > maxList {
		gaps, more = gaps[:maxList], len(gaps)-maxList
	}
	if gaps == nil {
		gaps = []change.Gap{}
	}
	return gaps, more
}

// bounded cuts text after at most limit bytes, at the end of a character, and says so.
func bounded(s *string, limit int) *string {
	if s == nil {
		return nil
	}
	t := text.ClipBytes(*s, limit)
	return &t
}
