package ingest

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/locate"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/upload"
)

// trees lists the files of a commit.
type trees interface {
	Tree(ctx context.Context, ref change.Ref, sha string) (change.Tree, error)
}

// mapOnto gives a report of a merge commit the line numbers of the head. Files that the base changed differ between
// the two: the difference maps their lines, and lines that the head does not have are left out.
func (v *Receiver) mapOnto(ctx context.Context, g grant, head string, r *report.Report) error {
	d := g.drift
	if len(d.Files) == 0 && d.Complete {
		return nil // the same files
	}
	if !d.Complete {
		return upload.Refuse(upload.Unmappable,
			"check out the pull request's head (with: ref: ${{ github.event.pull_request.head.sha }}), or update the branch",
			"commit %s was measured, which differs from the head in too many files to map its lines", change.Short(g.measured))
	}
	tree, err := v.options.Trees.Tree(ctx, g.ref(), g.measured)
	if err != nil {
		return err
	}
	if tree.Paths == nil {
		return upload.Refuse(upload.Unmappable,
			"check out the pull request's head (with: ref: ${{ github.event.pull_request.head.sha }})",
			"commit %s was measured, which has too many files to map its lines", change.Short(g.measured))
	}
	m := &mapping{drift: map[string]diff.File{}, bases: map[string]bool{}}
	for _, f := range d.Files {
		if f.Status == diff.Removed {
			continue // the measured commit does not have it
		}
		m.drift[f.Path], m.bases[path.Base(f.Path)] = f, true
	}
	opt := locate.Options{Tree: tree.Paths, Modules: locate.Modules(tree.Manifests)}
	opt.Roots, opt.Fixes = placing(r.Kind, tree.Settings)
	if r.Coverage != nil {
		opt.Sources, opt.Packages = r.Coverage.Roots, r.Coverage.Packages
	}
	resolver, err := locate.New(opt)
	if err != nil {
		return err
	}
	m.known = resolver.Place(names(r))
	if r.Coverage != nil {
		r.Coverage = m.coverage(*r.Coverage)
	}
	if r.Lint != nil {
		r.Lint = m.lint(*r.Lint)
	}
	return nil
}

// placing are the settings of the measured commit about how a report names its files. They come from the change's
// author, who also made the report; the verdict maps names by the settings of the base. Invalid
// settings count as none.
func placing(kind report.Kind, file *change.File) (roots, fixes []string) {
	if file == nil || file.Content == nil {
		return nil, nil
	}
	set, problems := settings.Parse(file.Path, file.Content, nil)
	switch {
	case len(problems) > 0:
	case kind == report.CoverageKind:
		return set.Coverage.Roots, set.Coverage.Fixes
	case kind == report.LintKind:
		return set.Lint.Roots, set.Lint.Fixes
	}
	return nil, nil
}

// names are the names of files in a report, each once.
func names(r *report.Report) []locate.Name {
	seen := map[locate.Name]bool{}
	if r.Coverage != nil {
		for _, f := range r.Coverage.Files {
			seen[locate.Name{Module: f.Module, Path: f.Path}] = true
		}
	}
	if r.Lint != nil {
		for _, f := range r.Lint.Findings {
			seen[locate.Name{Path: f.Path}] = true
		}
	}
	return slices.Collect(maps.Keys(seen))
}

// mapping carries names and lines of the measured commit over to the head.
type mapping struct {
	// drift holds the files that differ, by their paths at the measured commit; bases are the names of those files.
	drift map[string]diff.File
	bases map[string]bool
	// known are the files of the measured commit that the report's names mean.
	known map[locate.Name]string
}

// fate is what happens to a file's lines.
type fate int

const (
	same    fate = iota // the head has the same lines
	carried             // the lines are carried over
	lost                // the head does not have them, or it is unknown
)

// find returns the fate of a file by its name in the report, and its path at the head.
func (m *mapping) find(module, name string) (diff.File, string, fate) {
	p, ok := m.known[locate.Name{Module: module, Path: name}]
	if !ok {
		if m.bases[path.Base(strings.ReplaceAll(name, `\`, "/"))] {
			return diff.File{}, name, lost // it may be one of those that differ
		}
		return diff.File{}, name, same
	}
	f, differs := m.drift[p]
	switch {
	case !differs:
		return f, name, same
	case f.Status == diff.Added, !f.Complete():
		return f, name, lost
	case f.OldPath != "":
		return f, f.OldPath, carried
	}
	return f, name, carried
}

func (m *mapping) coverage(c report.Coverage) *report.Coverage {
	out := c
	out.Files = make([]report.FileCoverage, 0, len(c.Files))
	dropped := 0
	for _, f := range c.Files {
		d, name, what := m.find(f.Module, f.Path)
		switch what {
		case lost:
			dropped++
			continue
		case carried:
			parts := segments(d)
			f.Path, f.Lines = name, carryLines(parts, f.Lines)
			move := func(line int) (int, bool) { return carry(parts, line) }
			f.Branches, f.Evidence = report.MoveBranches(f.Branches, move), f.Evidence.Move(move)
		}
		out.Files = append(out.Files, f)
	}
	out.Notes = append([]string{}, c.Notes...)
	if dropped > 0 {
		out.Notes = append(out.Notes,
			fmt.Sprintf(
				"%d files that only the measured merge commit has, or whose lines cannot be matched with the head's, were left out",
				dropped))
	}
	merged := report.Merge(out)
	merged.Roots, merged.Packages = c.Roots, c.Packages
	return &merged
}

func (m *mapping) lint(l report.Lint) *report.Lint {
	out := l
	out.Findings = make([]report.LintFinding, 0, len(l.Findings))
	for _, f := range l.Findings {
		if f.Path == "" {
			out.Findings = append(out.Findings, f)
			continue
		}
		d, name, what := m.find("", f.Path)
		if what == lost {
			continue
		}
		if what == carried {
			parts := segments(d)
			if f.Path = name; f.Line > 0 {
				line, ok := carry(parts, f.Line)
				if !ok {
					continue
				}
				by := line - f.Line
				if end, ok := carry(parts, f.EndLine); !ok || end-f.EndLine != by {
					f.EndLine, f.EndColumn = line, 0
				} else {
					f.EndLine = end
				}
				f.Line = line
				f.Fix = carryFix(parts, f.Fix, by)
			}
		}
		out.Findings = append(out.Findings, f)
	}
	return &out
}

// carryFix moves a fix that stays in one piece and drops any other.
func carryFix(parts []segment, fix []report.Edit, by int) []report.Edit {
	var out []report.Edit
	for _, e := range fix {
		from, ok := carry(parts, e.Line)
		to, too := carry(parts, max(e.EndLine, e.Line))
		if !ok || !too || from-e.Line != by || to-max(e.EndLine, e.Line) != by {
			return nil
		}
		e.Line, e.EndLine = e.Line+by, e.EndLine+by
		out = append(out, e)
	}
	return out
}

// segment is a run of lines that both commits have, From to To at the measured one, By away at the head.
type segment struct{ From, To, By int }

// lastLine is beyond every line.
const lastLine = 1 << 40

// segments lists what the two versions of a file share. The difference goes from the head to the measured commit.
func segments(f diff.File) []segment {
	var out []segment
	head, measured := 1, 1
	keep := func(n int) {
		if n > 0 {
			out = append(out, segment{measured, measured + n - 1, head - measured})
			head, measured = head+n, measured+n
		}
	}
	for _, h := range f.Hunks {
		start := h.NewStart
		if h.NewLines == 0 {
			start++ // then it names the line before
		}
		keep(start - measured)
		for _, l := range h.Lines {
			switch l.Op {
			case diff.Add:
				measured++
			case diff.Delete:
				head++
			default:
				keep(1)
			}
		}
	}
	return append(out, segment{measured, lastLine, head - measured})
}

func carry(parts []segment, line int) (int, bool) {
	for _, s := range parts {
		if line >= s.From && line <= s.To {
			return line + s.By, true
		}
	}
	return 0, false
}

// carryLines moves ranges and drops the parts that the head does not have.
func carryLines(parts []segment, lines []report.LineRange) []report.LineRange {
	out := []report.LineRange{}
	i := 0
	for _, r := range lines {
		for i < len(parts) && parts[i].To < r.From {
			i++
		}
		for j := i; j < len(parts) && parts[j].From <= r.To; j++ {
			from, to := max(r.From, parts[j].From), min(r.To, parts[j].To)
			out = report.Append(out, report.LineRange{From: from + parts[j].By, To: to + parts[j].By, State: r.State})
		}
	}
	return out
}
