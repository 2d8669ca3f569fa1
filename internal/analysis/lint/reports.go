package lint

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/locate"
	"github.com/lintel-review/lintel/internal/report"
)

// use sorts the reports into those that count and those that do not, and gives the former the repository's paths.
func (a *analysis) use() {
	a.changed = map[string]int{}
	for i, f := range a.s.Files {
		a.changed[f.Path] = i
	}
	type key struct {
		source, flag string
		base         bool
	}
	latest := map[key]int{}
	for i, r := range a.s.Reports {
		if r.Kind == report.LintKind {
			latest[key{r.Source, r.Flag, r.Base}] = i
		}
	}
	own, base := a.resolver(false), a.resolver(true)
	for i, r := range a.s.Reports {
		if r.Kind != report.LintKind {
			continue
		}
		var why string
		switch {
		case latest[key{r.Source, r.Flag, r.Base}] != i:
			continue // a later one took its place
		case r.Problem != "":
			why = r.Problem
		case r.Lint == nil:
			why = "there is nothing in it"
		default:
			why = a.otherRevision(r)
		}
		src := source{author: r.Trust != report.FullTrust}
		if r.Lint != nil {
			src.lint = named(*r.Lint, r.Flag)
		}
		all := len(src.lint.Findings)
		if why == "" {
			if r.Base {
				src.lint = base(src.lint)
				a.base = append(a.base, src)
			} else {
				src.lint = own(src.lint)
				a.own = append(a.own, src)
			}
		}
		a.list(r, src, all, why)
	}
}

// otherRevision says why a report is not of the commit that it should be of: its lines are those of other files then.
func (a *analysis) otherRevision(r report.Report) string {
	want, what := []string{a.s.Head.SHA, a.s.Target()}, "head"
	if r.Base {
		want, what = []string{a.s.MergeBase}, "merge base"
	}
	if r.SHA == "" || slices.Contains(want, r.SHA) {
		return ""
	}
	return fmt.Sprintf("it was made at %.12s, but the %s is %.12s", r.SHA, what, want[0])
}

// generic are the names that stand for a tool that its report does not name.
var generic = []string{report.Unnamed, "checkstyle", "rdjson", "rdjsonl", "gitlab", "text", "github", "format", "cargo"}

// named gives a tool that has no name of its own but that of its format the name of the report's flag.
func named(l report.Lint, flag string) report.Lint {
	if flag == "" {
		return l
	}
	rename := func(name string) string {
		if slices.Contains(generic, name) {
			return flag
		}
		return name
	}
	l.Tools, l.Findings, l.Rest = slices.Clone(l.Tools), slices.Clone(l.Findings), slices.Clone(l.Rest)
	for i := range l.Tools {
		l.Tools[i].Name = rename(l.Tools[i].Name)
	}
	for i := range l.Findings {
		l.Findings[i].Tool = rename(l.Findings[i].Tool)
	}
	for i := range l.Rest {
		l.Rest[i].Tool = rename(l.Rest[i].Tool)
	}
	return l
}

// resolver gives reports of the head, or of the merge base, the repository's paths at the head. Without the list of all paths an absolute name means the
// changed file whose path it ends in, and any other name the file of exactly that path.
func (a *analysis) resolver(base bool) func(report.Lint) report.Lint {
	tree := slices.Clone(a.s.Tree)
	renamed := map[string]string{}
	for _, f := range a.s.Files {
		if f.Status == diff.Renamed {
			renamed[f.OldPath] = f.Path
		}
		if base && f.OldPath != "" {
			tree = append(tree, f.OldPath)
		} else if base && f.Status == diff.Removed {
			tree = append(tree, f.Path)
		}
	}
	var r *locate.Resolver
	if a.s.Tree == nil {
		for _, f := range a.s.Files {
			tree = append(tree, f.Path)
		}
		return func(l report.Lint) report.Lint {
			if r == nil {
				r, _ = locate.New(locate.Options{Tree: tree})
			}
			return a.doubtful(exact(below(r, l), renamed))
		}
	}
	return func(l report.Lint) report.Lint {
		if r == nil {
			r, _ = locate.New(locate.Options{Tree: tree}) // without fixes there is nothing to refuse
		}
		if !base {
			return r.ApplyLint(l)
		}
		return exact(r.ApplyLint(l), renamed)
	}
}

// below gives absolute names, which many tools write, the changed files that they end in. An error must not be lost because nobody knows where CI checks out.
func below(r *locate.Resolver, l report.Lint) report.Lint {
	l.Findings = slices.Clone(l.Findings)
	seen := map[string]bool{}
	for _, f := range l.Findings {
		if absolute.MatchString(f.Path) {
			seen[f.Path] = true
		}
	}
	known := r.All(slices.Sorted(maps.Keys(seen)))
	for i := range l.Findings {
		l.Findings[i].Path = cmp.Or(known[l.Findings[i].Path], l.Findings[i].Path)
	}
	return l
}

var absolute = regexp.MustCompile(`^(?:file:)?(?:[/\\\\]|[A-Za-z]:[/\\\\])`)

// doubtful lists the names that may mean a changed file, as nobody can say without the list of all paths: an absolute name that ends in its path, another
// that is the end of it. They are not taken for unchanged files.
func (a *analysis) doubtful(l report.Lint) report.Lint {
	named := map[string][]string{}
	for _, f := range a.s.Files {
		named[path.Base(f.Path)] = append(named[path.Base(f.Path)], "/"+f.Path)
	}
	names := slices.Clone(l.Unresolved)
	kept := l.Findings[:0]
	for _, f := range l.Findings {
		_, changed := a.changed[f.Path]
		isAbsolute := absolute.MatchString(f.Path)
		if !changed && slices.ContainsFunc(named[path.Base(f.Path)], func(p string) bool {
			return isAbsolute && strings.HasSuffix(f.Path, p) || !isAbsolute && strings.HasSuffix(p, "/"+f.Path)
		}) {
			names = append(names, f.Path)
			l.Unplaced++
			continue
		}
		kept = append(kept, f)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	n := min(len(names), report.MaxNotes)
	l.Findings, l.Unresolved, l.UnresolvedMore = kept, names[:n], l.UnresolvedMore+len(names)-n
	return l
}

// exact takes the names as they are, but for a leading "./", backslashes and the old names of renamed files.
func exact(l report.Lint, renamed map[string]string) report.Lint {
	l.Findings = slices.Clone(l.Findings)
	for i := range l.Findings {
		f := &l.Findings[i]
		if f.Path != "" {
			f.Path = path.Clean(strings.ReplaceAll(f.Path, `\`, "/"))
			f.Path = cmp.Or(renamed[f.Path], f.Path)
		}
	}
	return l
}

// list adds a report to the facts.
func (a *analysis) list(r report.Report, src source, all int, why string) {
	if len(a.facts.Reports) == maxReports {
		a.facts.ReportsMore++
		return
	}
	l := src.lint
	f := Report{
		Source: clip(r.Source, maxText), Flag: clip(r.Flag, maxText), Format: clip(r.Format, maxText), Tools: []string{}, Base: r.Base, Trust: report.FullTrust, Counts: why == "",
		Why: clip(why, maxText), Unreadable: r.Problem != "" || r.Lint == nil, Findings: all + l.More, Skipped: l.Skipped, More: l.More,
		Unresolved: clips(l.Unresolved, maxNames), UnresolvedMore: l.UnresolvedMore + max(0, len(l.Unresolved)-maxNames), Unplaced: l.Unplaced, Notes: clips(l.Notes, maxNames),
	}
	if src.author {
		f.Trust = report.AuthorTrust
	}
	for _, t := range l.Tools[:min(len(l.Tools), maxNames)] {
		f.Tools = append(f.Tools, clip(t.Name, maxText))
	}
	f.Foreign = l.Unplaced > 0 && !slices.ContainsFunc(l.Findings, func(f report.LintFinding) bool { return f.Path != "" })
	a.facts.Reports = append(a.facts.Reports, f)
}

// required gathers the tools and finds what is missing of those that are required. Names compare without regard to case.
func (a *analysis) required() {
	a.tools = map[string]*Tool{}
	for _, src := range a.own {
		for _, t := range src.lint.Tools {
			low := strings.ToLower(t.Name)
			if a.tools[low] == nil {
				a.tools[low] = &Tool{Name: clip(t.Name, maxText)}
			}
			if t.Failed && !a.tools[low].Failed {
				a.tools[low].Failed, a.tools[low].Why = true, clip(t.FailedWhy, maxText)
			}
		}
	}
	for _, src := range a.base {
		for _, t := range src.lint.Tools {
			if own := a.tools[strings.ToLower(t.Name)]; own != nil {
				own.Compared = !t.Failed
			}
		}
	}
	for _, name := range a.opt.Required {
		t := a.tools[strings.ToLower(name)]
		switch {
		case t == nil:
			a.facts.Missing = append(a.facts.Missing, Missing{name, a.whyMissing(name)})
		case t.Failed:
			t.Required = true
			a.facts.Missing = append(a.facts.Missing, Missing{name, "it failed: " + t.Why})
		default:
			t.Required = true
		}
	}
	for _, low := range slices.Sorted(maps.Keys(a.tools)) {
		if len(a.facts.Tools) < maxTools {
			a.facts.Tools = append(a.facts.Tools, *a.tools[low])
		}
	}
}

// whyMissing says what is known of a tool that no report that counts speaks of.
func (a *analysis) whyMissing(name string) string {
	unreadable := 0
	for _, r := range a.facts.Reports {
		switch {
		case r.Base || r.Counts:
		case slices.ContainsFunc(r.Tools, func(tool string) bool { return strings.EqualFold(tool, name) }):
			return "its report " + r.Source + " does not count: " + r.Why
		case r.Unreadable:
			unreadable++
		}
	}
	if unreadable > 0 {
		return fmt.Sprintf("no report of it was read, and %d could not be", unreadable)
	}
	return "there is no report of it"
}
