package ownership

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/analysis/ownership/codeowners"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// LeftLine is a line by which a renamed file had owners under its old name.
type LeftLine struct {
	Line
	// Empty is true when it is known that the line takes no file after the change.
	Empty bool `json:"empty"`
}

// leaving finds renamed files that lose their owners. A change that gives the new name a line in its own CODEOWNERS loses none.
func (f *Facts) leaving(s *change.Snapshot, file *codeowners.File, all []need) {
	var names []string
	var rules []int
	next := proposed(s)
	for _, n := range all {
		renamed := s.Files[n.file]
		if n.path == renamed.Path || n.rule < 0 || len(file.Rules[n.rule].Owners) == 0 {
			continue
		}
		if slices.ContainsFunc(all, func(m need) bool { return m.file == n.file && m.path == renamed.Path && m.rule >= 0 }) ||
			next != nil && next.Match(renamed.Path) >= 0 {
			continue
		}
		names, rules = append(names, excerpt(renamed.Path)), append(rules, n.rule)
	}
	f.Left = some(names)
	slices.Sort(rules)
	rules = slices.Compact(rules)
	for _, r := range rules[:min(len(rules), maxLines)] {
		f.LeftLines = append(f.LeftLines, LeftLine{Line: lineOf(file, r), Empty: empty(s, file, r)})
	}
}

// proposed is the CODEOWNERS file of the change, nil when it has none that can be read.
func proposed(s *change.Snapshot) *codeowners.Matcher {
	if s.ProposedOwners == nil || s.ProposedOwners.Content == nil {
		return nil
	}
	file, err := codeowners.Parse(s.ProposedOwners.Content)
	if err != nil {
		return nil
	}
	return file.Matcher()
}

// empty reports whether a line takes no file of the head: by the head's tree where it was read, else where the line
// names one path and the change has taken that away.
func empty(s *change.Snapshot, file *codeowners.File, rule int) bool {
	m := file.Alone([]int{rule}).Matcher()
	takes := func(path string) bool { return m.Match(path) >= 0 }
	if s.Tree != nil {
		return !slices.ContainsFunc(s.Tree, takes)
	}
	pattern := file.Rules[rule].Pattern
	if !strings.Contains(strings.TrimSuffix(pattern, "/"), "/") || strings.ContainsAny(pattern, `*?\`) || strings.HasSuffix(pattern, "/") {
		return false
	}
	gone := false
	for _, f := range s.Files {
		gone = gone || f.OldPath == strings.TrimPrefix(pattern, "/")
		if f.Status != diff.Removed && takes(f.Path) {
			return false
		}
	}
	return gone
}
