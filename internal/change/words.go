package change

import "strings"

// Words are what people call changes on a forge.
type Words struct {
	// Change and Plural are the noun, Short its abbreviation.
	Change, Plural, Short string
	// Sigil stands between a repository's name and a change's number.
	Sigil string
}

// Words are the forge's own. What belongs to no forge is called as on GitHub.
func (f Forge) Words() Words {
	if f == GitLab {
		return Words{Change: "merge request", Plural: "merge requests", Short: "MR", Sigil: "!"}
	}
	return Words{Change: "pull request", Plural: "pull requests", Short: "PR", Sigil: "#"}
}

// SplitName takes "owner/name" apart at the last slash: an owner may hold slashes, a name none. ok is false without one.
func SplitName(full string) (owner, name string, ok bool) {
	i := strings.LastIndexByte(full, '/')
	if i < 0 {
		return full, "", false
	}
	return full[:i], full[i+1:], true
}
