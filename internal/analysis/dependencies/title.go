package dependencies

import (
	"strings"
	"unicode"

	"github.com/lintel-review/lintel/internal/churn"
)

// minWord is how long a word of a package's name must be to tell it in a title.
const minWord = 3

// announce marks the changes that the title of the change names, with the first number of the version that comes: who
// reads the title knows. A title that takes something back, or lowers it, announces what goes back.
func (a *analysis) announce(changes []Change) {
	title := a.snapshot.Header()
	a.facts.BringsBack = churn.BringsBack(title)
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(title), apart) {
		words[w] = true
		words[strings.TrimPrefix(w, "v")] = true
	}
	goesBack := words["revert"] || words["reverts"] || words["downgrade"] || words["downgrades"] || words["pin"] || words["rollback"]
	for i := range changes {
		c := &changes[i]
		number, _, _ := strings.Cut(strings.TrimLeft(c.New, "^~=<>v "), ".")
		c.Announced = names(words, title, c.Name) && words[number] || c.Kind == "downgraded" && goesBack
		owner, _ := publisher(c.Ecosystem, c.Name)
		c.Own = owns(a.snapshot.Repository.Owner, owner)
	}
}

func apart(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// names reports whether a title names a package: whole, or by a word of its name that is no common one.
func names(words map[string]bool, title, name string) bool {
	if strings.Contains(joined(title), joined(name)) {
		return true
	}
	for _, w := range strings.FieldsFunc(strings.ToLower(name), apart) {
		if len(w) >= minWord && !common[w] && words[w] {
			return true
		}
	}
	return false
}

// common are words of the names of many packages.
var common = map[string]bool{
	"com": true, "org": true, "github": true, "gradle": true, "plugin": true, "core": true, "api": true, "lib": true, "types": true,
	"node": true, "react": true, "python": true, "client": true, "sdk": true, "test": true, "tests": true, "microsoft": true,
}

// owns reports whether the publisher of a package is the owner of the repository: a scope, a group or an owner of his name.
func owns(repository, publisher string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(publisher), func(r rune) bool { return r == '@' || r == '/' || r == '.' }) {
		if repository != "" && w == strings.ToLower(repository) {
			return true
		}
	}
	return false
}
