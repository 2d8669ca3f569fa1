// Package locate finds the file of the repository that a report means by a name.
// Reports have import paths, absolute paths of a machine that is gone, or names relative to some folder.
//
// Callers may rely on: a name that could mean several files, or leads out of the repository, means none; nothing is guessed from a bare file name.
package locate

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/report"
)

// Options are what is known of the repository and the report.
type Options struct {
	// Tree are all paths at the measured commit.
	Tree []string
	// Exact says that Tree is not all there is: then nothing is searched for by the end of a name, as what is not in it could be meant as well.
	Exact bool
	// Roots are folders that names may be relative to, as the report gives them.
	Roots []string
	// Modules are Go modules by the folder of their go.mod, "" for the root.
	Modules map[string]string
	// Fixes are pairs "old::new" of prefixes; the first that fits a name is applied before all else. An empty old adds a prefix.
	Fixes []string
}

// Resolver finds files. It is not changed by use.
type Resolver struct {
	opt   Options
	exact map[string]bool
	// byTail are the paths by their last two parts; folded the same in lower case, and paths in lower case to themselves.
	byTail, folded map[string][]string
	lower          map[string][]string
	fixes          [][2]string
	modules        [][2]string // module, folder; longest module first
}

// New prepares a resolver. The error says which fix is none.
func New(opt Options) (*Resolver, error) {
	r := &Resolver{opt: opt, exact: map[string]bool{}, byTail: map[string][]string{}, folded: map[string][]string{}, lower: map[string][]string{}}
	for _, p := range opt.Tree {
		r.exact[p] = true
		low := strings.ToLower(p)
		r.lower[low] = append(r.lower[low], p)
		if t := tail(p); t != "" {
			r.byTail[t] = append(r.byTail[t], p)
			r.folded[strings.ToLower(t)] = append(r.folded[strings.ToLower(t)], p)
		}
	}
	for _, f := range opt.Fixes {
		before, after, ok := strings.Cut(f, "::")
		if !ok || before == after {
			return nil, fmt.Errorf("the fix %q is not old::new", f)
		}
		r.fixes = append(r.fixes, [2]string{before, after})
	}
	for dir, module := range opt.Modules {
		r.modules = append(r.modules, [2]string{module, dir})
	}
	slices.SortFunc(r.modules, func(a, b [2]string) int {
		if len(a[0]) != len(b[0]) {
			return len(b[0]) - len(a[0])
		}
		return strings.Compare(a[0]+a[1], b[0]+b[1])
	})
	return r, nil
}

// Modules are the Go modules of go.mod files, by the files' folders.
func Modules(files []change.File) map[string]string {
	out := map[string]string{}
	for _, f := range files {
		if path.Base(f.Path) == "go.mod" {
			if name := modfile.ModulePath(f.Content); name != "" {
				out[strings.TrimPrefix(path.Dir(f.Path), ".")] = name
			}
		}
	}
	return out
}

// tail is the last two parts of a path; empty when it has one.
func tail(p string) string {
	i := strings.LastIndexByte(p, '/')
	if i < 0 {
		return ""
	}
	return p[strings.LastIndexByte(p[:i], '/')+1:]
}

// drive is a Windows drive, and workspaces are where CI services check repositories out.
var (
	drive      = regexp.MustCompile(`^/?[A-Za-z]:/`)
	workspaces = regexp.MustCompile(`^/(?:home/runner/work/[^/]+/[^/]+|a/[^/]+/[^/]+|github/workspace|__w/[^/]+/[^/]+|builds/[^/]+/[^/]+|home/circleci/project|home/travis/build/[^/]+/[^/]+|var/lib/buildkite-agent/builds/[^/]+/[^/]+/[^/]+|var/(?:lib/)?jenkins(?:_home)?/workspace/[^/]+|workspace|drone/src)/`)
)

// Resolve finds the file of a name.
func (r *Resolver) Resolve(name string) (string, bool) {
	name = strings.ReplaceAll(strings.TrimPrefix(name, "file://"), `\`, "/")
	for _, f := range r.fixes {
		if rest, ok := strings.CutPrefix(name, f[0]); ok {
			name = f[1] + rest
			break
		}
	}
	if m := drive.FindString(name); m != "" {
		name = "/" + name[len(m):]
	}
	name = path.Clean(name)
	if name == "." || name == "/" || name == ".." || strings.HasPrefix(name, "../") {
		return "", false
	}
	if found, ok := r.direct(name); ok {
		return found, true
	}
	if r.opt.Exact {
		return "", false
	}
	return r.bySuffix(name)
}

// direct tries what needs no search.
func (r *Resolver) direct(name string) (string, bool) {
	tries := []string{name}
	if m := workspaces.FindString(name); m != "" {
		tries = append(tries, name[len(m):])
	}
	for _, m := range r.modules {
		if rest, ok := strings.CutPrefix(name, m[0]+"/"); ok {
			tries = append(tries, path.Join(m[1], rest))
			break
		}
	}
	if !strings.HasPrefix(name, "/") {
		for _, root := range r.opt.Roots {
			root = strings.ReplaceAll(root, `\`, "/")
			if m := drive.FindString(root); m != "" {
				root = "/" + root[len(m):]
			}
			joined := path.Join(root, name)
			if m := workspaces.FindString(joined); m != "" {
				joined = joined[len(m):]
			}
			tries = append(tries, joined)
		}
	}
	for _, try := range tries {
		if r.exact[try] {
			return try, true
		}
	}
	for _, try := range tries {
		if same := r.lower[strings.ToLower(try)]; len(same) == 1 {
			return same[0], true
		}
	}
	return "", false
}

// bySuffix searches for a path that ends in the name, or that the name ends in; at least a folder and the file must agree.
func (r *Resolver) bySuffix(name string) (string, bool) {
	t := tail(strings.TrimPrefix(name, "/"))
	if t == "" {
		return "", false
	}
	if found, ok := r.best(name, r.byTail[t], func(s string) string { return s }); ok || len(r.byTail[t]) > 0 {
		return found, ok
	}
	return r.best(strings.ToLower(name), r.folded[strings.ToLower(t)], strings.ToLower)
}

func (r *Resolver) best(name string, candidates []string, fold func(string) string) (string, bool) {
	absolute := "/" + strings.TrimPrefix(name, "/")
	longest, longer := "", []string{}
	tied := false
	for _, c := range candidates {
		f := "/" + fold(c)
		switch {
		case strings.HasSuffix(absolute, f):
			if len(c) == len(longest) {
				tied = true
			} else if len(c) > len(longest) {
				longest, tied = c, false
			}
		case !strings.HasPrefix(name, "/") && strings.HasSuffix(f, absolute):
			longer = append(longer, c)
		}
	}
	switch {
	case longest != "":
		return longest, !tied
	case len(longer) == 1:
		return longer[0], true
	}
	// Several folders end in it. The one below a root of the report is meant, when there is one.
	var below []string
	for _, c := range longer {
		before := strings.TrimSuffix(fold(c), absolute)
		if slices.ContainsFunc(r.opt.Roots, func(root string) bool {
			root = strings.Trim(fold(root), "/")
			return before == root || strings.HasSuffix(before, "/"+root)
		}) {
			below = append(below, c)
		}
	}
	if len(below) == 1 {
		return below[0], true
	}
	return "", false
}

// Apply gives a report the repository's paths. Names of the same file are merged; names of none are listed, not guessed.
func (r *Resolver) Apply(c report.Coverage) report.Coverage {
	out := report.Coverage{Unresolved: slices.Clone(c.Unresolved), Notes: c.Notes}
	for _, f := range c.Files {
		p, ok := r.Resolve(f.Path)
		if !ok {
			out.Unresolved = append(out.Unresolved, f.Path)
			continue
		}
		out.Files = append(out.Files, report.FileCoverage{Path: p, Lines: f.Lines})
	}
	return report.Merge(out)
}

// All finds the files of many names of one report; names that mean none are left out. Once some absolute names were found, the folder before them is
// known, so that a name which is too short for a search, /ci/build/main.go, is looked for below it.
func (r *Resolver) All(names []string) map[string]string {
	out := map[string]string{}
	var rest []string
	above := map[string]bool{}
	for _, name := range names {
		p, ok := r.Resolve(name)
		if !ok {
			rest = append(rest, name)
			continue
		}
		out[name] = p
		if before, ok := strings.CutSuffix(slashes(name), "/"+p); ok && before != "" {
			above[before] = true
		}
	}
	if len(above) != 1 {
		return out
	}
	for before := range above {
		for _, name := range rest {
			if p, ok := strings.CutPrefix(slashes(name), before+"/"); ok && r.exact[p] {
				out[name] = p
			}
		}
	}
	return out
}

func slashes(name string) string {
	return path.Clean(strings.ReplaceAll(strings.TrimPrefix(name, "file://"), `\`, "/"))
}

// ApplyLint gives a lint report the repository's paths. Findings whose names mean no file are counted and their names listed, not guessed; those about no
// file stay.
func (r *Resolver) ApplyLint(l report.Lint) report.Lint {
	seen := map[string]bool{}
	for _, f := range l.Findings {
		seen[f.Path] = true
	}
	delete(seen, "")
	names := slices.Sorted(maps.Keys(seen))
	known := r.All(names)
	found := make([]report.LintFinding, 0, len(l.Findings))
	for _, f := range l.Findings {
		p, ok := known[f.Path]
		if !ok && f.Path != "" {
			l.Unplaced++
			continue
		}
		f.Path = p
		found = append(found, f)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return known[name] != "" })
	names = append(names, l.Unresolved...)
	slices.Sort(names)
	names = slices.Compact(names)
	kept := min(len(names), report.MaxNotes)
	l.Findings, l.Unresolved, l.UnresolvedMore = found, append([]string{}, names[:kept]...), l.UnresolvedMore+len(names)-kept
	return l
}
