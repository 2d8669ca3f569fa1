package size

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/text"
)

const (
	maxTwins = 20
	// maxName is how many bytes of a path are brought into one form; git's own limit for a path is lower.
	maxName = 8 << 10
)

// twins finds names that the change brings and that differ from another file's only in Unicode form or letter case. The
// other is one of the change, or of the head's tree where that was read. HFS+, APFS and NTFS hold one of the two, and a
// pattern in CODEOWNERS or .gitattributes matches only one.
func (a *analysis) twins(files []diff.File) {
	held := map[string][]string{}
	hold := func(path string) {
		if key := folded(path); key != "" {
			held[key] = append(held[key], path)
		}
	}
	changed := map[string]bool{}
	for _, f := range files {
		changed[f.Path] = true
		if f.OldPath != "" && f.Status == diff.Renamed {
			changed[f.OldPath] = true
		}
		if f.Status != diff.Removed {
			hold(f.Path)
		}
	}
	for _, path := range a.snapshot.Tree {
		if !changed[path] {
			hold(path)
		}
	}
	paired := map[[2]string]bool{}
	for _, f := range files {
		if f.Status != diff.Added && f.Status != diff.Renamed && f.Status != diff.Copied {
			continue
		}
		for _, other := range held[folded(f.Path)] {
			if other == f.Path || paired[[2]string{other, f.Path}] {
				continue
			}
			paired[[2]string{f.Path, other}] = true
			if len(a.facts.Twins) == maxTwins {
				a.facts.TwinsMore++
				break
			}
			differs := "case"
			if norm.NFC.String(other) == norm.NFC.String(f.Path) {
				differs = "form"
			}
			a.facts.Twins = append(a.facts.Twins,
				Twin{Path: text.Clip(f.Path, maxPath), Other: text.Clip(other, maxPath), Differs: differs})
			break
		}
	}
}

// folded is the name as systems that know neither forms nor case compare it; empty for one that is too long.
func folded(path string) string {
	if len(path) > maxName {
		return ""
	}
	return norm.NFC.String(strings.ToLower(norm.NFC.String(path)))
}
