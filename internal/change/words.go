package change

import (
	"maps"
	"slices"
	"strings"
)

// Words are what people call changes on a forge.
type Words struct {
	// Change and Plural are the noun, Short its abbreviation.
	Change, Plural, Short string
	// Brand is the name of the forge itself.
	Brand string
	// Sigil stands between a repository's name and a change's number.
	Sigil string
	// Recheck is how a person has the verdict made again, as a request at the begin of a sentence: GitHub has a button.
	Recheck string
}

// Words are the forge's own. What belongs to no forge is called as on GitHub.
func (f Forge) Words() Words {
	if f == GitLab {
		return Words{Change: "merge request", Plural: "merge requests", Short: "MR", Brand: "GitLab", Sigil: "!",
			Recheck: "Comment /lintel recheck"}
	}
	return Words{Change: "pull request", Plural: "pull requests", Short: "PR", Brand: "GitHub", Sigil: "#", Recheck: "Press Re-check"}
}

// Words are those of a server: of the forge that it serves, and words that fit all where it serves several.
func (s Sites) Words() Words {
	served := slices.Collect(maps.Keys(s))
	switch len(served) {
	case 0:
		return GitHub.Words()
	case 1:
		return served[0].Words()
	}
	w := GitHub.Words()
	w.Change, w.Plural, w.Short, w.Brand = "change", "changes", "change", "the forge"
	return w
}

// WordsWith are those of the forge that calls a change so; GitHub's for a noun of none.
func WordsWith(noun string) Words {
	for _, f := range Forges() {
		if w := f.Words(); w.Change == noun {
			return w
		}
	}
	return GitHub.Words()
}

// buttons are the ways in which Lintel's own texts speak of GitHub's button, the longer ones first.
var buttons = []string{"ress Re-check on the check", "ress Re-check", "a press on Re-check", "Re-check on the check"}

// Say puts a text of Lintel's own, which is written with GitHub's words, into these. It is not for texts of others: what
// somebody called a pull request stays one.
func (w Words) Say(text string) string {
	theirs := GitHub.Words()
	pairs := []string{theirs.Plural, w.Plural, theirs.Change, w.Change, "P" + theirs.Plural[1:], begun(w.Plural),
		"P" + theirs.Change[1:], begun(w.Change)}
	if w.Recheck != theirs.Recheck {
		for _, b := range buttons {
			if strings.HasPrefix(b, "ress") {
				pairs = append(pairs, "P"+b, w.Recheck, "p"+b, "c"+w.Recheck[1:])
			} else {
				pairs = append(pairs, b, "a c"+w.Recheck[1:])
			}
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// begun is a text with a capital at its begin.
func begun(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// SplitName takes "owner/name" apart at the last slash: an owner may hold slashes, a name none. ok is false without one.
func SplitName(full string) (owner, name string, ok bool) {
	i := strings.LastIndexByte(full, '/')
	if i < 0 {
		return full, "", false
	}
	return full[:i], full[i+1:], true
}
