package codeowners

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/sorting"
)

// Audit is what a whole file does for a whole tree.
type Audit struct {
	// Lines counts those that say something, the invalid ones included.
	Lines int `json:"lines"`
	// Files counts the paths, Unowned those that no line takes, Waived those whose line names no owner. UnownedShare is
	// the unowned part, from 0 to 1.
	Files        int     `json:"files"`
	Unowned      int     `json:"unowned"`
	UnownedShare float64 `json:"unowned_share"`
	Waived       int     `json:"waived"`
	// Folders are where the unowned files are, at the top of the tree and one below, the largest first; "." holds those at the root.
	Folders []Folder `json:"folders"`
	// Faults are the lines that do nothing or less than they seem to, in order of lines.
	Faults []Fault `json:"faults"`
	// Twins are names of one file in two Unicode forms. Which line takes either of them is a matter of how it is written.
	Twins []Twin `json:"twins"`
}

// Folder counts unowned files.
type Folder struct {
	Path    string `json:"path"`
	Unowned int    `json:"unowned"`
}

// Twin is two paths that look the same. Spelled shows the characters of both.
type Twin struct {
	Paths   [2]string `json:"paths"`
	Spelled [2]string `json:"spelled"`
}

// The faults of a line.
const (
	// invalid lines are skipped by GitHub.
	invalid = "invalid"
	// dead lines match no file.
	dead = "dead"
	// shadowed lines match files, and later lines take all of these.
	shadowed = "shadowed"
	// otherForm lines would take files if names were compared as people read them.
	otherForm = "form"
	// deadOwner lines name somebody who is not there.
	deadOwner = "owner"
)

// Fault is one line that is worth a look.
type Fault struct {
	Line int    `json:"line"`
	Kind string `json:"kind"`
	// Source is the pattern, the faulty word of an invalid line, or the owner.
	Source string `json:"source"`
	// Message says what is wrong, Fix what to do.
	Message string `json:"message"`
	Fix     string `json:"fix"`
	// Matched counts the files that the pattern takes. By are the lines that take them instead, the one that takes most
	// first, Lines all lines of the owner.
	Matched int   `json:"matched"`
	By      []int `json:"by"`
	Lines   []int `json:"lines"`
}

// maxAuditTrials bounds how often wildcards are tried: a file that is made to be slow ends here, and its lines are then
// not called dead or alive.
const maxAuditTrials = 200_000_000

// AuditOf tells what f does for the paths of a tree. complete is false when the lines could not all be followed; only
// invalid ones are named then.
func AuditOf(f *File, paths []string) (a Audit, complete bool) {
	a = Audit{Lines: len(f.Rules) + len(f.Problems), Files: len(paths), Folders: []Folder{}, Faults: []Fault{}, Twins: twins(paths)}
	for _, p := range f.Problems {
		a.Faults = append(a.Faults,
			Fault{Line: p.Line, Kind: invalid, Source: p.Source, Message: p.Kind + ": " + p.Message, Fix: p.Suggestion})
	}
	missed := a.count(f, paths)
	uses := f.Uses(paths, maxAuditTrials)
	where := newPlaces(paths)
	for i, use := range uses {
		r := f.Rules[i]
		fault := Fault{Line: r.Line, Source: r.Pattern, Matched: use.Matched}
		for _, t := range use.Takers() {
			fault.By = append(fault.By, f.Rules[t].Line)
		}
		switch {
		case missed[i].Path != "":
			fault.Kind, fault.By = otherForm, nil
			fault.Message = fmt.Sprintf("it is written %s (%s) and misses %s, whose name is %s (%s)", Form(r.Pattern),
				Spelled(r.Pattern), counted(missed[i]), Form(missed[i].Path), Spelled(missed[i].Path))
			fault.Fix = "copy the name as git ls-files -z prints it, write * for the letters, or rename the file to the " +
				"composed form, which most systems write"
		case use.Matched == 0 && !use.Same:
			fault.Kind, fault.Message, fault.Fix = dead, "it matches no file", "remove it, or correct the pattern if the files were renamed"
			if at := where.now(r.Pattern); at != "" {
				fault.Fix = fmt.Sprintf("write %s if it is meant, or remove the line", at)
			}
		case use.Won > 0 || use.By < 0:
			continue
		default:
			fault.Kind = shadowed
			fault.Message, fault.Fix = f.shadowed(i, use)
		}
		a.Faults = append(a.Faults, fault)
	}
	a.order()
	return a, uses != nil || len(f.Rules) == 0
}

// count counts whom the files belong to, and gives for each line the files that it misses by their form.
func (a *Audit) count(f *File, paths []string) map[int]miss {
	missed, folders, m, forms := map[int]miss{}, map[string]int{}, f.Matcher(), f.Forms()
	for _, p := range paths {
		i := m.Match(p)
		switch {
		case i < 0:
			a.Unowned++
			folders[folder(p)]++
		case len(f.Rules[i].Owners) == 0:
			a.Waived++
		}
		if by := forms.Miss(p, i); by >= 0 {
			one := missed[by]
			one.Path, one.count = cmp.Or(one.Path, p), one.count+1
			missed[by] = one
		}
	}
	if a.Files > 0 {
		a.UnownedShare = float64(a.Unowned) / float64(a.Files)
	}
	for p, n := range folders {
		a.Folders = append(a.Folders, Folder{p, n})
	}
	sorting.By(a.Folders, func(x, y Folder) int { return cmp.Or(y.Unowned-x.Unowned, strings.Compare(x.Path, y.Path)) })
	return missed
}

// order puts the faults in order of lines and leaves no list null.
func (a *Audit) order() {
	sorting.StableBy(a.Faults, func(x, y Fault) int { return x.Line - y.Line })
	for i := range a.Faults {
		a.Faults[i].By, a.Faults[i].Lines = append([]int{}, a.Faults[i].By...), append([]int{}, a.Faults[i].Lines...)
	}
}

// miss is the first of some files that a line misses, and how many there are.
type miss struct {
	Path  string
	count int
}

func counted(m miss) string {
	if m.count == 1 {
		return m.Path
	}
	return fmt.Sprintf("%d files, first %s", m.count, m.Path)
}

// shadowed says why a line never wins, and what would change that.
func (f *File) shadowed(rule int, use Use) (message, fix string) {
	takers, last, agree := use.Takers(), f.Rules[use.By].Line, true
	for _, t := range takers {
		last, agree = max(last, f.Rules[t].Line), agree && sameOwners(f.Rules[rule], f.Rules[t])
	}
	by := func(t int) string { return fmt.Sprintf("line %d (%s)", f.Rules[t].Line, f.Rules[t].Pattern) }
	switch {
	case use.Same:
		message = by(use.By) + " has the same reach, and the last one counts"
	case len(takers) < 2:
		message = by(use.By) + " takes every file that it matches"
	default:
		message = fmt.Sprintf("%d later lines take every file that it matches, most of them %s, then %s", len(takers), by(takers[0]),
			by(takers[1]))
	}
	switch {
	case agree:
		fix = "remove it: the lines that win name the same owners"
	case use.Same:
		fix = "keep one of the two, with the owners that are meant"
	default:
		fix = fmt.Sprintf("move it below line %d, or remove it", last)
	}
	return message, fix
}

func sameOwners(a, b Rule) bool {
	names := func(r Rule) []string {
		var all []string
		for _, o := range r.Owners {
			all = append(all, strings.ToLower(o.String()))
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	return slices.Equal(names(a), names(b))
}

// twins are the paths that differ by their Unicode form alone, each with the first of its kind.
func twins(paths []string) []Twin {
	all, first := []Twin{}, map[string]string{}
	for _, p := range paths {
		if ascii(p) {
			continue
		}
		other, twice := first[composed(p)]
		if twice {
			all = append(all, Twin{Paths: [2]string{other, p}, Spelled: [2]string{Spelled(other), Spelled(p)}})
			continue
		}
		first[composed(p)] = p
	}
	return all
}

// places knows where the files and folders of a name are, to say where the files of a dead line may have gone.
type places struct {
	// only is the one path of a name, "" when there are several; folded the same for names without regard to case.
	only map[string]string
}

func newPlaces(paths []string) places {
	w := places{only: map[string]string{}}
	seen := map[string]bool{}
	add := func(p string) {
		if seen[p] {
			return
		}
		seen[p] = true
		name := path.Base(strings.TrimSuffix(p, "/"))
		if _, twice := w.only[name]; twice {
			p = ""
		}
		w.only[name] = p
	}
	for _, p := range paths {
		for i := range p {
			if p[i] == '/' {
				add(p[:i+1])
			}
		}
		add(p)
	}
	return w
}

// now is where the one file of a pattern's last name is, as a pattern; "" when that cannot be told, or the name says
// too little to tell it by.
func (w places) now(pattern string) string {
	name := path.Base(strings.Trim(pattern, "/"))
	if len(name) < 4 || strings.ContainsAny(name, `*?\`) || !strings.Contains(strings.Trim(pattern, "/"), "/") {
		return ""
	}
	at := w.only[name]
	// Of folders the name proved to say too little: over istio and dd-trace-py five of six led elsewhere, and none of three for files.
	if at == "" || strings.HasSuffix(pattern, "/") || strings.HasSuffix(at, "/") {
		return ""
	}
	return "/" + strings.NewReplacer(`\`, `\\`, " ", `\ `).Replace(at)
}

// folder is the first two folders of a path.
func folder(path string) string {
	parts := strings.SplitN(path, "/", 3)
	switch len(parts) {
	case 1:
		return "."
	case 2:
		return parts[0]
	}
	return parts[0] + "/" + parts[1]
}
