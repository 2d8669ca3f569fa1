package ownership

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

// lint checks the CODEOWNERS file that the change proposes; nil when it touches none.
func lint(s *change.Snapshot, d *directory, now Source) *Lint {
	at := touching(s)
	p := s.ProposedOwners
	if p == nil && at == "" {
		return nil
	}
	l := &Lint{Path: at, Invalid: []Invalid{}, Owners: []LintOwner{}, Unmatched: []Line{}, Shadowed: []Shadow{}, Unjudged: []string{}}
	if p == nil || p.Content == nil && p.Blob == "" {
		l.State, l.Announced = "removed", announced(s)
		for _, path := range locations(s) {
			if reason := gap(s, "owners.file", path); reason != "" {
				l.State, l.Reason = unavailable, excerpt(reason)
			}
		}
		return l
	}
	l.Path, l.State = excerpt(p.Path), present
	if p.Content == nil && p.Size > 0 && p.Size < codeowners.MaxBytes {
		l.State, l.Reason = unavailable, "its content was not read"
		return l
	}
	file, err := parse(s, p.Content)
	if err != nil || p.Size >= codeowners.MaxBytes {
		l.State, l.Reason = unavailable, codeowners.ErrTooLarge.Error()
		return l
	}
	l.Rules = len(file.Rules)
	t := touched(s, p.Path, now.Path)
	l.syntax(file.File, t)
	l.owners(file.File, t, d)
	if file.sections != nil {
		l.unmatched(s, file, t)
		return l
	}
	l.uses(s, file.File, t)
	return l
}

// namesOwners are words by which a title says that it is about CODEOWNERS.
var namesOwners = lazyregexp.New(`(?i)\bcode[ _-]?owners?\b`)

// announced reports whether the title of the change names CODEOWNERS; of a commit without a title, its header.
func announced(s *change.Snapshot) bool {
	if s.Title != nil {
		return namesOwners.MatchString(*s.Title)
	}
	for _, c := range s.Commits {
		header, _, _ := strings.Cut(c.Message, "\n")
		if namesOwners.MatchString(header) {
			return true
		}
	}
	return false
}

// touching is the CODEOWNERS path that the change touches, "" when none.
func touching(s *change.Snapshot) string {
	for _, path := range locations(s) {
		for _, f := range s.Files {
			if f.Path == path || f.OldPath == path && f.Status == diff.Renamed {
				return path
			}
		}
	}
	return ""
}

// touched tells which lines of the proposed file the change is answerable for: those that it wrote, or all when the
// file was not in force before or its lines are not known.
func touched(s *change.Snapshot, path, before string) func(line int) bool {
	everything := func(int) bool { return true }
	i := slices.IndexFunc(s.Files, func(f diff.File) bool { return f.Path == path })
	if i < 0 || s.Files[i].State != diff.Text || path != before && s.Files[i].OldPath != before {
		return everything
	}
	lines := map[int]bool{}
	for _, h := range s.Files[i].Hunks {
		n := h.NewStart
		for _, l := range h.Lines {
			if l.Op == diff.Add {
				lines[n] = true
			}
			if l.Op != diff.Delete {
				n++
			}
		}
	}
	return func(line int) bool { return lines[line] }
}

func (l *Lint) syntax(file *codeowners.File, touched func(int) bool) {
	for _, p := range file.Problems {
		switch {
		case !touched(p.Line):
			l.Untouched.Invalid++
		case len(l.Invalid) == maxProblems:
			l.MoreInvalid++
		default:
			l.Invalid = append(l.Invalid, Invalid{
				Line: p.Line, Column: p.Column, Kind: p.Kind, Source: excerpt(p.Source), Message: p.Message,
				Suggestion: excerpt(p.Suggestion),
			})
		}
	}
}

func (l *Lint) owners(file *codeowners.File, touched func(int) bool, d *directory) {
	unjudged := map[string]bool{}
	for _, r := range file.Rules {
		alone := !slices.ContainsFunc(r.Owners, func(o codeowners.Owner) bool {
			st := d.resolve(o).owner.State
			return st == Eligible || st == Unread
		})
		for _, o := range r.Owners {
			who := d.resolve(o).owner
			switch {
			case who.State == Unread || who.Assumed && o.Kind == codeowners.User && !d.known(o):
				if touched(r.Line) {
					unjudged[who.Name] = true
				}
			case who.State == Eligible:
			case !touched(r.Line):
				l.Untouched.Owners++
			case len(l.Owners) == maxProblems:
				l.MoreOwners++
			default:
				l.Owners = append(l.Owners, LintOwner{
					Line: r.Line, Column: o.Column, Pattern: excerpt(r.Pattern), Owner: who.Name, State: who.State, Reason: who.Reason,
					Alone: alone,
				})
			}
		}
	}
	for name := range unjudged {
		l.Unjudged = append(l.Unjudged, name)
	}
	slices.Sort(l.Unjudged)
	l.Unjudged = l.Unjudged[:min(len(l.Unjudged), maxLines)]
}

// uses holds the file against the head's tree.
func (l *Lint) uses(s *change.Snapshot, file *codeowners.File, touched func(int) bool) {
	tree := s.Tree
	uses := file.Uses(tree, maxTrials)
	switch {
	case uses == nil:
		l.Tree.Reason = "the file's wildcard patterns are too many to be held against all files"
		uses = file.Uses(nil, maxTrials)
		tree = nil
	case tree == nil:
		l.Tree.Reason = "the list of all files was not read"
		if reason := gap(s, "owners.tree", ""); reason != "" {
			l.Tree.Reason = excerpt(reason)
		}
	default:
		l.Tree.Complete = true
	}
	by := map[winner][]int{}
	for i, u := range uses {
		line := file.Rules[i].Line
		switch {
		case tree != nil && u.Matched == 0 && !u.Same:
			switch {
			case !touched(line):
				l.Untouched.Unmatched++
			case len(l.Unmatched) == maxProblems:
				l.MoreUnmatched++
			default:
				l.Unmatched = append(l.Unmatched, Line{Line: line, Pattern: excerpt(file.Rules[i].Pattern)})
			}
		case u.Won > 0 || u.By < 0:
		case !touched(line) && !touched(file.Rules[u.By].Line):
			l.Untouched.Shadowed++
		default:
			w := winner{rule: u.By, partly: u.Several, same: u.Same, agree: agree(file, i, u)}
			by[w] = append(by[w], i)
		}
	}
	for won, losers := range by {
		l.Shadowed = append(l.Shadowed, shadow(file, uses, won, losers))
	}
	sorting.By(l.Shadowed, func(a, b Shadow) int {
		return cmp.Or(cmp.Compare(a.By.Line, b.By.Line), cmp.Compare(a.Lines[0].Line, b.Lines[0].Line))
	})
	l.MoreShadowed = max(0, len(l.Shadowed)-maxProblems)
	l.Shadowed = l.Shadowed[:len(l.Shadowed)-l.MoreShadowed]
}

// unmatched holds a file with sections against the head's tree. Entries that never win are not looked for: each section
// is asked on its own, and GitLab's last entry wins as written.
func (l *Lint) unmatched(s *change.Snapshot, file *rulebook, touched func(int) bool) {
	l.Tree.Reason = "the list of all files was not read"
	if reason := gap(s, "owners.tree", ""); reason != "" {
		l.Tree.Reason = excerpt(reason)
	}
	if s.Tree == nil {
		return
	}
	rules, complete := file.unmatched(s.Tree)
	if l.Tree.Complete, l.Tree.Reason = complete, ""; !complete {
		l.Tree.Reason = "the file's wildcard patterns are too many to be held against all files"
	}
	for _, i := range rules {
		switch {
		case !touched(file.Rules[i].Line):
			l.Untouched.Unmatched++
		case len(l.Unmatched) == maxProblems:
			l.MoreUnmatched++
		default:
			l.Unmatched = append(l.Unmatched, lineOf(file.File, i))
		}
	}
}

// winner is what lines that never win have in common, so that one finding lists them.
type winner struct {
	rule                int
	partly, same, agree bool
}

func shadow(file *codeowners.File, uses []codeowners.Use, won winner, losers []int) Shadow {
	sh := Shadow{
		By: lineOf(file, won.rule), Others: []Line{}, Lines: []Line{}, Partly: won.partly, Same: won.same, Agree: won.agree,
		Below: file.Rules[won.rule].Line, More: max(0, len(losers)-maxLines),
	}
	for _, i := range losers[:len(losers)-sh.More] {
		sh.Lines = append(sh.Lines, lineOf(file, i))
	}
	known := map[int]bool{won.rule: true}
	for _, i := range losers {
		for _, t := range uses[i].Takers() {
			sh.Below = max(sh.Below, file.Rules[t].Line)
			switch {
			case known[t]:
			case len(sh.Others) == maxLines:
				sh.MoreOthers++
			default:
				sh.Others = append(sh.Others, lineOf(file, t))
			}
			known[t] = true
		}
	}
	return sh
}

// agree reports whether all lines that win name the same owners as the one that never does.
func agree(file *codeowners.File, rule int, u codeowners.Use) bool {
	own, _ := setKey(file.Rules[rule].Owners)
	for _, t := range append(u.Takers(), u.By) {
		if key, _ := setKey(file.Rules[t].Owners); key != own {
			return false
		}
	}
	return true
}

func lineOf(file *codeowners.File, rule int) Line {
	return Line{Line: file.Rules[rule].Line, Pattern: excerpt(file.Rules[rule].Pattern)}
}
