package change

import "strings"

// Words are what people call changes on a forge.
type Words struct {
	// Change and Plural are the noun, Short its abbreviation.
	Change, Plural, Short string
	// Sigil stands between a repository's name and a change's number.
	Sigil string
	// Recheck is how a person has the verdict made again, as a request at the begin of a sentence: GitHub has a button.
	Recheck string
}

// Words are the forge's own. What belongs to no forge is called as on GitHub.
func (f Forge) Words() Words {
	if f == GitLab {
		return Words{Change: "merge request", Plural: "merge requests", Short: "MR", Sigil: "!",
			Recheck: "Comment /lintel recheck"}
	}
	return Words{Change: "pull request", Plural: "pull requests", Short: "PR", Sigil: "#", Recheck: "Press Re-check"}
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

// WordsFor are the words of a text about the changes of several forges at once; GitHub's where there is none.
func WordsFor(forges []Forge) Words {
	if len(forges) > 1 {
		w := GitHub.Words()
		w.Change, w.Plural = "change", "changes"
		return w
	}
	if len(forges) == 1 {
		return forges[0].Words()
	}
	return GitHub.Words()
}

// Say puts a text of Lintel's own, which is written with GitHub's words, into these. It is not for texts of others: what
// somebody called a pull request stays one.
func (w Words) Say(text string) string {
	here := GitHub.Words()
	pairs := []string{}
	for _, p := range [][2]string{{here.Plural, w.Plural}, {here.Change, w.Change}, {here.Recheck + " on the check", w.Recheck},
		{here.Recheck, w.Recheck}} {
		if w.Recheck == here.Recheck && strings.HasPrefix(p[0], here.Recheck) {
			continue
		}
		pairs = append(pairs, p[0], p[1], begin(p[0], strings.ToUpper), begin(p[1], strings.ToUpper),
			begin(p[0], strings.ToLower), begin(p[1], strings.ToLower))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// begin changes the first letter of a text, which is one of ASCII.
func begin(text string, as func(string) string) string { return as(text[:1]) + text[1:] }

// SplitName takes "owner/name" apart at the last slash: an owner may hold slashes, a name none. ok is false without one.
func SplitName(full string) (owner, name string, ok bool) {
	i := strings.LastIndexByte(full, '/')
	if i < 0 {
		return full, "", false
	}
	return full[:i], full[i+1:], true
}
