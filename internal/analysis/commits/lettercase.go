package commits

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Case is a letter case that a subject is in and must not be.
type Case struct {
	// Kind is "sentence", "start", "pascal" or "upper".
	Kind string
	// Word is the word that shows it; Want is that word as it should be.
	Word, Want string
}

// caseOf tells whether a subject is in one of the refused cases. Only what is plainly wrong is: the subject must begin
// with a common English word, one that nobody writes as a name, with a capital: "Add a page", "Add A Page", "AddPage",
// "ADD A PAGE". What begins with anything else may be a name, an acronym, a unit, code or another language (HTTP,
// XBackend, README, iOS, "Foo", `Foo`, Ändere), and people who write those well write them so.
func caseOf(subject string, refused []string) (Case, bool) {
	word, rest := firstWord(subject)
	small := strings.ToLower(word)
	if word == small || word == "" {
		return Case{}, false
	}
	kind := ""
	switch {
	case commonWord(small) && word == strings.ToUpper(word) && len(word) > 1:
		// A capitalised verb alone may be code or an acronym (ADD, NO): a shout goes on.
		if shouted(rest) {
			kind = "upper"
		}
	case commonWord(small) && capital(word):
		if kind = "sentence"; everyCapital(rest) {
			kind = "start"
		}
	case rest == "" && pascal(word):
		kind = "pascal"
	}
	if kind == "start" && !slices.Contains(refused, kind) {
		kind = "sentence"
	}
	if kind == "" || !slices.Contains(refused, kind) {
		return Case{}, false
	}
	return Case{kind, word, small}, true
}

// firstWord cuts a subject at its first space. A word that holds anything but ASCII letters and an apostrophe is no
// common word, and so none at all; a comma or a colon at its end does not belong to it.
func firstWord(subject string) (word, rest string) {
	word, rest, _ = strings.Cut(strings.TrimSpace(subject), " ")
	word = strings.TrimRight(word, ",:;!")
	for _, r := range strings.ReplaceAll(word, "\u2019", "'") {
		if r != '\'' && (r > unicode.MaxASCII || !unicode.IsLetter(r)) {
			return "", ""
		}
	}
	return word, strings.TrimSpace(rest)
}

// capital says whether a word has its first letter alone in upper case.
func capital(word string) bool {
	r, n := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(r) && strings.ToLower(word[n:]) == word[n:]
}

// everyCapital says whether each word begins with a capital, and one is no acronym: "A Page", not "a Page", "2 pages" or "HTTP".
func everyCapital(text string) bool {
	plain := false
	for word := range strings.FieldsSeq(text) {
		if r, _ := utf8.DecodeRuneInString(word); !unicode.IsUpper(r) {
			return false
		}
		plain = plain || len(word) > 1 && capital(word)
	}
	return plain
}

// shouted says whether a text has no letter in lower case and a word that is no acronym, as a common word or a long one is.
func shouted(text string) bool {
	if strings.ContainsFunc(text, unicode.IsLower) {
		return false
	}
	for word := range strings.FieldsSeq(text) {
		if len(word) > 5 || commonWord(strings.ToLower(word)) {
			return true
		}
	}
	return false
}

// pascal says whether a word is several words, each with a capital, of which the first is a common one: AddCsvExport. XBackend is a name.
func pascal(word string) bool {
	end := strings.IndexFunc(word[1:], unicode.IsUpper) + 1
	return end > 1 && unicode.IsUpper(rune(word[0])) && commonWord(strings.ToLower(word[:end])) &&
		strings.ContainsFunc(word[end:], unicode.IsLower)
}
