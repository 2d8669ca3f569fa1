package ownership

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
)

// FormLine is a line that looks as if it took changed files and does not: it writes their names in another Unicode form.
type FormLine struct {
	Line
	// Spelled shows the pattern's characters ("caf\u00e9"), Form how they are written: "composed", "decomposed" or "mixed".
	Spelled string `json:"spelled"`
	Form    string `json:"form"`
	// Files are those that it misses, Name the first of them as Spelled shows it, NameForm its form.
	Files    Paths  `json:"files"`
	Name     string `json:"name"`
	NameForm string `json:"name_form"`
	// Owners are those of the line, ten at most.
	Owners []string `json:"owners"`
}

// misses finds the lines that would take a path if names were compared as people read them. The verdict stays as
// GitHub's, which compares bytes.
func (f *Facts) misses(file *codeowners.File, all []need) {
	forms := file.Forms()
	missed := map[int][]need{}
	var order []int
	for _, n := range all {
		if forms.Trials() > maxTrials {
			break
		}
		if i := forms.Miss(n.path, n.rule); i >= 0 {
			if missed[i] == nil {
				order = append(order, i)
			}
			missed[i] = append(missed[i], n)
		}
	}
	slices.Sort(order)
	f.MoreForms = max(0, len(order)-maxLines)
	for _, i := range order[:len(order)-f.MoreForms] {
		needs := missed[i]
		first := slices.MinFunc(needs, func(a, b need) int { return strings.Compare(a.name, b.name) })
		line := FormLine{
			Line: lineOf(file, i), Spelled: excerpt(codeowners.Spelled(file.Rules[i].Pattern)),
			Form:  codeowners.Form(file.Rules[i].Pattern),
			Files: some(shown(needs)), Name: excerpt(codeowners.Spelled(first.path)), NameForm: codeowners.Form(first.path),
			Owners: []string{},
		}
		for _, o := range file.Rules[i].Owners[:min(len(file.Rules[i].Owners), maxCandidates)] {
			line.Owners = append(line.Owners, excerpt(o.String()))
		}
		f.Forms = append(f.Forms, line)
	}
}
