package lint

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/locate"
	"github.com/lintel-review/lintel/internal/report"
)

// placer gives reports of the head, or of the merge base, the repository's paths at the head: all names of a report by
// one rule. Without the list of all paths an absolute name means the changed file whose path it ends in, and any other
// name the file of exactly that path.
type placer struct {
	*analysis
	base    bool
	tree    map[string]bool // nil when the list of all paths is not known
	all     []string
	renamed map[string]string
	// byBase are the changed files by the last part of their paths.
	byBase map[string][]string
	finder *locate.Resolver
}

func (a *analysis) placer(base bool) *placer {
	p := &placer{analysis: a, base: base, all: slices.Clone(a.s.Tree), renamed: map[string]string{}, byBase: map[string][]string{}}
	for _, f := range a.s.Files {
		if f.Status == diff.Renamed {
			p.renamed[f.OldPath] = f.Path
		}
		if base && f.OldPath != "" {
			p.all = append(p.all, f.OldPath)
		} else if base && f.Status == diff.Removed {
			p.all = append(p.all, f.Path)
		}
		if a.s.Tree == nil {
			p.all = append(p.all, f.Path)
		}
		p.byBase[path.Base(f.Path)] = append(p.byBase[path.Base(f.Path)], f.Path)
	}
	if a.s.Tree != nil {
		p.tree = make(map[string]bool, len(p.all))
		for _, t := range p.all {
			p.tree[t] = true
		}
	}
	return p
}

// place gives the findings of a report their paths. Findings whose names mean no file for certain are taken out and
// counted, and their names listed.
func (p *placer) place(src *source) {
	if p.finder == nil {
		var err error
		if p.finder, err = locate.New(
			locate.Options{Tree: p.all, Roots: p.opt.Roots, Fixes: p.opt.Fixes, Exact: p.tree == nil}); err != nil {
			p.finder, _ = locate.New(locate.Options{Tree: p.all, Roots: p.opt.Roots}) // the settings were checked
		}
	}
	names := namesOf(src.lint.Findings)
	known := p.known(names)
	doubts := map[string]bool{} // names that may mean a file of another folder, where the finding would count
	var other string
	if !p.base {
		if other, doubts = p.otherFolder(src.lint.Findings, known); other != "" {
			for _, n := range names {
				if rel := relative(n); rel != "" && p.tree[path.Join(other, rel)] {
					known[n] = path.Join(other, rel)
				}
			}
		}
	}
	kept := make([]report.LintFinding, 0, len(src.lint.Findings))
	lost, unmatched := map[string]bool{}, map[string]bool{}
	for _, f := range src.lint.Findings {
		to, ok := known[f.Path]
		// What is shown where its name stands is not lost, whatever else the name may mean.
		doubt := doubts[f.Path] && !p.shows(f, to)
		if (!ok || doubt) && f.Path != "" {
			src.lint.Unplaced++
			lost[f.Path] = true
			may := doubt || p.mayMean(f.Path)
			src.meant = src.meant || may
			if may && p.severities.of(f) == report.Error {
				src.unmatchedErrors++
				unmatched[f.Path] = true
			}
			continue
		}
		if f.Path = to; p.base {
			f.Path = cmp.Or(p.renamed[to], to)
		}
		kept = append(kept, f)
	}
	for _, name := range src.lint.Unresolved {
		lost[name] = true
	}
	list := slices.Sorted(maps.Keys(lost))
	n := min(len(list), report.MaxNotes)
	src.lint.Findings, src.lint.Unresolved, src.lint.UnresolvedMore = kept, list[:n], src.lint.UnresolvedMore+len(list)-n
	src.unmatched = slices.Sorted(maps.Keys(unmatched))
}

func namesOf(findings []report.LintFinding) []string {
	seen := map[string]bool{}
	for _, f := range findings {
		seen[f.Path] = true
	}
	delete(seen, "")
	return slices.Sorted(maps.Keys(seen))
}

// known are the files of names.
func (p *placer) known(names []string) map[string]string {
	known := p.finder.All(names)
	if p.tree != nil {
		return known
	}
	for _, name := range names {
		if known[name] != "" {
			continue
		}
		if to := p.below(name); to != "" {
			known[name] = to
		} else if !p.mayMean(name) {
			plain := path.Clean(strings.ReplaceAll(name, `\`, "/"))
			known[name] = cmp.Or(p.renamed[plain], plain)
		}
	}
	return known
}

// below is the one changed file that an absolute name ends in, when a folder and the file agree. An error must not be
// lost because nobody knows where CI checks out.
func (p *placer) below(name string) string {
	slashed := strings.ReplaceAll(name, `\`, "/")
	found := ""
	for _, f := range p.byBase[path.Base(slashed)] {
		if absolute.MatchString(name) && strings.Contains(f, "/") && strings.HasSuffix(slashed, "/"+f) {
			if len(f) > len(found) {
				found = f
			}
		}
	}
	return found
}

var absolute = lazyregexp.New(`^(?:file:)?(?:[/\\\\]|[A-Za-z]:[/\\\\])`)

// relative is a name that is relative to some folder, in its shortest form; empty when it is none, or leads out of the folder.
func relative(name string) string {
	if absolute.MatchString(name) {
		return ""
	}
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == ".." || strings.HasPrefix(name, "../") {
		return ""
	}
	return name
}

// mayMean reports whether a name without a file may mean a changed one: it ends in its path, or is the end of it.
func (p *placer) mayMean(name string) bool {
	if _, changed := p.changed[name]; changed {
		return true
	}
	slashed := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	isAbsolute := absolute.MatchString(name)
	for strings.HasPrefix(slashed, "../") {
		slashed = slashed[len("../"):]
	}
	return slices.ContainsFunc(p.byBase[path.Base(slashed)], func(f string) bool {
		return slashed == f || isAbsolute && strings.HasSuffix(slashed, "/"+f) || !isAbsolute && strings.HasSuffix(f, "/"+slashed)
	})
}

// maxFolders is how many folders are tried as the one that a tool ran in.
const maxFolders = 50

// otherFolder looks for another folder that a report's relative names may be meant below: all of them are files there
// too, some are changed, and findings would count there which do not count where the names stand. It gives that folder
// when the settings say it, when it alone has names that the root has not, or when the text that the tool saw stands
// there; else the names in doubt.
func (p *placer) otherFolder(findings []report.LintFinding, known map[string]string) (folder string, doubts map[string]bool) {
	if p.tree == nil || slices.Contains(p.opt.Roots, ".") {
		return "", nil
	}
	var names []string
	stands := map[string]bool{}
	for name, to := range known {
		if rel := relative(name); rel != "" && to == rel {
			names = append(names, rel)
			stands[name] = true
		}
	}
	more := p.onlyHere(findings, known, names)
	folders := map[string]bool{}
	for _, name := range names {
		for _, f := range p.byBase[path.Base(name)] {
			if dir, ok := strings.CutSuffix(f, "/"+name); ok && len(folders) < maxFolders {
				folders[dir] = true
			}
		}
	}
	for dir := range folders {
		if slices.ContainsFunc(names, func(name string) bool { return !p.tree[dir+"/"+name] }) {
			delete(folders, dir)
		}
	}
	doubts = map[string]bool{}
	var proved []string
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		here := map[string]bool{}
		agrees, differs := 0, false
		for _, f := range findings {
			if !stands[f.Path] {
				continue
			}
			at := dir + "/" + relative(f.Path)
			if is, known := p.standsAt(f, at); known {
				differs = differs || !is
				if is {
					agrees++
				}
			}
			if p.shows(f, at) && !p.shows(f, known[f.Path]) {
				here[f.Path] = true
			}
		}
		switch {
		case differs || len(here) == 0:
		case agrees > 0 || dir == more || slices.Contains(p.opt.Roots, dir):
			proved = append(proved, dir)
		default:
			maps.Copy(doubts, here)
		}
	}
	if len(proved) == 1 {
		return proved[0], nil
	}
	for _, dir := range proved { // more than one: nobody can say
		for _, f := range findings {
			if stands[f.Path] && p.shows(f, dir+"/"+relative(f.Path)) {
				doubts[f.Path] = true
			}
		}
	}
	return "", doubts
}

// onlyHere is the one folder that has all names which stand at the root, and others of the report which do not; empty
// when there is none, or more than one.
func (p *placer) onlyHere(findings []report.LintFinding, known map[string]string, names []string) string {
	missing := ""
	for _, f := range findings {
		if rel := relative(f.Path); rel != "" && known[f.Path] == "" {
			missing = rel
			break
		}
	}
	found := ""
	if missing == "" || len(names) == 0 {
		return ""
	}
	for _, t := range p.all {
		dir, ok := strings.CutSuffix(t, "/"+missing)
		if !ok || dir == found || slices.ContainsFunc(names, func(name string) bool { return !p.tree[dir+"/"+name] }) {
			continue
		}
		if found != "" {
			return ""
		}
		found = dir
	}
	return found
}

// shows reports whether a finding would be judged in a file.
func (p *placer) shows(f report.LintFinding, at string) bool {
	if _, changed := p.changed[at]; !changed {
		return false
	}
	c := &candidate{LintFinding: f, severity: report.Notice}
	c.Path = at
	p.put(c)
	return c.place != Outside && (c.Blind || p.asked(c.place))
}

// minText is the least text of a line that shows which file it stands in; a brace stands everywhere.
const minText = 6

// standsAt compares the text that the tool saw with that of the line in a changed file. The second value is false when
// one of them is not known.
func (p *placer) standsAt(f report.LintFinding, at string) (is, known bool) {
	h := p.headOf(at)
	text := strings.TrimSpace(f.Source)
	if h == nil || f.Line == 0 || text == "" {
		return false, false
	}
	i, ok := slices.BinarySearchFunc(h.shown, f.Line, byNumber)
	if !ok {
		return false, false
	}
	there := strings.TrimSpace(h.shown[i].text)
	if there != text && !strings.HasPrefix(there, text) { // long lines are cut
		return false, true
	}
	return true, len(text) >= minText
}
