// Package locate finds the files of the repository that a report means by its names.
// Reports have import paths, absolute paths of a machine that is gone, or names relative to some folder.
//
// Callers may rely on: all names of a report are placed by one rule, the folder that they have in common; what the
// report and the settings say goes first; a name that could mean several files, leads out of the repository or into a
// folder of others or of a build, means none; nothing is guessed from a bare file name, and no guess takes a file that
// the same report names exactly.
package locate

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/gomod"
	"github.com/lintel-review/lintel/internal/report"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Options are what is known of the repository and the report.
type Options struct {
	// Tree are all paths at the measured commit.
	Tree []string
	// Exact says that Tree is not all there is: then nothing is searched for by the end of a name, as what is not in it
	// could be meant as well.
	Exact bool
	// Sources are folders that the report says its names are relative to; Roots are those of the settings.
	Sources, Roots []string
	// Packages are folders of sources below which the report's names are complete ("src/main/java"), as it names files by their packages.
	Packages []string
	// Modules are Go modules by the folder of their go.mod, "" for the root.
	Modules map[string]string
	// Fixes are pairs "old::new" of prefixes; the first that fits a name is applied before all else. An empty old adds a prefix.
	Fixes []string
}

// Resolver finds files. It is not changed by use.
type Resolver struct {
	opt   Options
	exact map[string]bool
	// folded are the paths by their folded form, byTail by the last two parts of it, kotlin Kotlin's by what follows the folder of sources.
	folded, byTail map[string][]string
	kotlin         map[string][]string
	fixes          [][2]string
	modules        [][2]string // module, folder; longest module first
}

// New prepares a resolver. The error says which fix is none.
func New(opt Options) (*Resolver, error) {
	r := &Resolver{
		opt:    opt,
		exact:  map[string]bool{},
		byTail: map[string][]string{},
		folded: map[string][]string{},
		kotlin: map[string][]string{},
	}
	for _, p := range opt.Tree {
		if r.exact[p] {
			continue
		}
		r.exact[p] = true
		low := fold(p)
		r.folded[low] = append(r.folded[low], p)
		if t := tail(low); t != "" {
			r.byTail[t] = append(r.byTail[t], p)
		}
		if strings.HasSuffix(p, ".kt") {
			if m := packageFolder.FindStringIndex(p); m != nil {
				r.kotlin[p[m[1]:]] = append(r.kotlin[p[m[1]:]], p)
			}
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
	sorting.By(r.modules, func(a, b [2]string) int {
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
			if name := gomod.ModulePath(f.Content); name != "" {
				out[strings.TrimPrefix(path.Dir(f.Path), ".")] = name
			}
		}
	}
	return out
}

// find is the file of exactly this path, or the only one that differs from it by nothing but case or Unicode form.
func (r *Resolver) find(p string) (string, bool) {
	if r.exact[p] {
		return p, true
	}
	if same := r.folded[fold(p)]; len(same) == 1 {
		return same[0], true
	}
	return "", false
}

// Name is how a report calls a file: within a module when it tells modules apart.
type Name struct{ Module, Path string }

// Resolve finds the file of a name that stands alone.
func (r *Resolver) Resolve(name string) (string, bool) {
	p, ok := r.Place([]Name{{Path: name}})[Name{Path: name}]
	return p, ok
}

// All finds the files of many names of one report; names that mean none are left out.
func (r *Resolver) All(names []string) map[string]string {
	list := make([]Name, len(names))
	for i, n := range names {
		list[i].Path = n
	}
	out := map[string]string{}
	for n, p := range r.Place(list) {
		out[n.Path] = p
	}
	return out
}

// Apply gives a report the repository's paths. Names of the same file are merged; names of none are listed, not guessed.
func (r *Resolver) Apply(c report.Coverage) report.Coverage {
	out := report.Coverage{Unresolved: slices.Clone(c.Unresolved), Notes: c.Notes}
	names := make([]Name, len(c.Files))
	for i, f := range c.Files {
		names[i] = Name{f.Module, f.Path}
	}
	known := r.Place(names)
	for i, f := range c.Files {
		p, ok := known[names[i]]
		if !ok {
			out.Unresolved = append(out.Unresolved, f.Path)
			continue
		}
		f.Path, f.Module = p, ""
		out.Files = append(out.Files, f)
	}
	return report.Merge(out)
}
