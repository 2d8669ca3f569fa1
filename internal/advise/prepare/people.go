package prepare

import (
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

var (
	// trailer is a line of a description that says who wrote, signed or reviewed a change.
	trailer = lazyregexp.New(`(?im)^[ \t>*-]*[a-z][a-z-]{1,40}-(?:by|to|from)[ \t]*:[^\n]*$`)
	email   = lazyregexp.New(`[\pL\pN._%+'-]{1,64}@[\pL\pN-]{1,63}(?:\.[\pL\pN-]{1,63})+`)
	// mention is an account of a forge. A name with a call, a path or a capital letter is code: @Input(), @babel/core.
	mention = lazyregexp.New(`(^|[^\pL\pN_/@.` + "`" + `])@([a-z0-9](?:[a-z0-9-]{0,38}))([^\pL\pN_/(@-]|$)`)
)

// leastName is the shortest name that is taken out of a text: shorter ones are parts of too many words.
const leastName = 3

// people are the names, logins, e-mails and the branch of a change, the longest first.
func people(s *change.Snapshot) []string {
	var all []string
	add := func(names ...string) {
		for _, n := range names {
			if n = strings.TrimSpace(n); len(n) >= leastName && !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	if s.Author != nil {
		add(s.Author.Login)
	}
	for _, c := range s.Commits {
		add(c.Author.Name, c.Author.Email, c.Committer.Name, c.Committer.Email)
		if c.AuthorAccount != nil {
			add(c.AuthorAccount.Login)
		}
	}
	if strings.ContainsAny(s.Head.Ref, "/-_0123456789") {
		add(s.Head.Ref) // a branch that is called "fix" names nobody, and the word is in every description
	}
	sorting.By(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// impersonal takes people out of a text: trailers, e-mail addresses, mentions, and the names of those who made the
// change. A name counts only as a whole word.
func impersonal(text string, names []string) string {
	text = trailer.ReplaceAllString(text, "")
	text = email.ReplaceAllString(text, "<EMAIL>")
	text = mention.ReplaceAllString(text, "$1<PERSON>$3")
	for _, n := range names {
		text = withoutWord(text, n)
	}
	return text
}

// withoutWord replaces a name where it stands as a word of its own, whatever its case.
func withoutWord(text, name string) string {
	var b strings.Builder
	for at := 0; at < len(text); {
		i := indexFold(text[at:], name)
		if i < 0 {
			b.WriteString(text[at:])
			break
		}
		i += at
		end := i + len(name)
		b.WriteString(text[at:i])
		if wordByte(text, i-1) || wordByte(text, end) {
			b.WriteString(text[i:end])
		} else {
			b.WriteString("<PERSON>")
		}
		at = end
	}
	return b.String()
}

// indexFold is the first place of a part in a text without regard to ASCII case.
func indexFold(text, part string) int {
	for i := 0; i+len(part) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}

func wordByte(text string, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := text[i]
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
