package commits

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Sign-offs are read as the DCO app for GitHub reads them: any line of the message, in any case; name and email must
// each be those of the author or of the committer; with several sign-offs one must fit. Sign-offs of co-authors count
// for nothing. Beyond that app, names and addresses are compared in one Unicode form, and the addresses by which the
// forge names the author's account count as his.
var (
	signOffLine = lazyregexp.New(`(?im)^Signed-off-by: (.*) <(.*)>[\t\r ]*$`)
	// A person signs off his own commits, or somebody else's on that person's behalf.
	remediationLine = lazyregexp.New(
		`(?im)^(?:On behalf of (.*) <(.*)>, )?I, (.*) <(.*)>, hereby add my Signed-off-by to this commit: ([0-9a-f]{40,64})[\t\r ]*$`)
)

// remedied is the set of commits that a remediation commit signs off.
type remedied map[string]bool

// remediations reads the remediation commits of a change. Who says "I" must be the author of the remediation, in name
// and email, and the commit's author must be the one on whose behalf it is said, or the same person. The remediation
// needs a sign-off of its own, as any commit does.
func remediations(commits []change.Commit) remedied {
	authors := make(map[string]change.Signature, len(commits))
	for _, c := range commits {
		authors[c.SHA] = c.Author
	}
	out := remedied{}
	for _, c := range commits {
		for _, p := range signLines(remediationLine, c.Message) {
			signer := change.Signature{Name: p[3], Email: p[4]}
			of := signer
			if p[1] != "" || p[2] != "" {
				of = change.Signature{Name: p[1], Email: p[2]}
			}
			author, ok := authors[strings.ToLower(p[5])]
			if ok && same(signer, c.Author) && same(author, of) {
				out[strings.ToLower(p[5])] = true
			}
		}
	}
	return out
}

// accounts are the addresses by which the forge itself names people: those of an account belong to it whatever its mail is.
type accounts struct {
	author *change.Account
	local  bool
}

func known(s *change.Snapshot) accounts {
	return accounts{s.Author, s.Kind == change.LocalBranch}
}

// addresses are those under which the author of a commit may sign off.
func (k accounts) addresses(c change.Commit) []string {
	out := []string{fold(c.Author.Email), fold(c.Committer.Email)}
	account := c.AuthorAccount
	if account == nil && k.local {
		if p := noreply.FindStringSubmatch(c.Author.Email); p != nil {
			account = &change.Account{Login: p[1]}
		}
	}
	if account == nil || account.Login == "" {
		return out
	}
	known := []change.Account{*account}
	if k.author != nil && strings.EqualFold(k.author.Login, account.Login) {
		known = append(known, *k.author)
	}
	for _, a := range known {
		host := fold(a.Login) + "@users.noreply.github.com"
		if out = append(out, host); a.ID > 0 {
			out = append(out, strconv.FormatInt(a.ID, 10)+"+"+host)
		}
		if a.Email != "" {
			out = append(out, fold(a.Email))
		}
	}
	return out
}

// signOff says what is wrong with a commit's sign-off, if anything is.
func signOff(c change.Commit, at Problem, repaired remedied, people accounts) (p Problem, bad bool) {
	want := excerpt(c.Author.Name+" <"+c.Author.Email+">", maxSigner)
	found := signLines(signOffLine, c.Message)
	if len(found) == 0 && !repaired[c.SHA] {
		return at.is("missing", "", want, 0, 0), true
	}
	email := c.Author.Email
	if email == "" {
		email = c.Committer.Email
	}
	if !validEmail(email) {
		return at.is("email", excerpt(email, maxSigner), want, 0, 0), true
	}
	if repaired[c.SHA] {
		return Problem{}, false
	}
	names, emails := []string{fold(c.Author.Name), fold(c.Committer.Name)}, people.addresses(c)
	kind, got := "mismatch", found[0]
	for _, p := range found {
		name, address := slices.Contains(names, fold(p[1])), slices.Contains(emails, fold(p[2]))
		switch {
		case name && address:
			return Problem{}, false
		case kind == "mismatch" && name:
			kind, got = "address", p
		case kind == "mismatch" && address:
			kind, got = "name", p
		}
	}
	return at.is(kind, excerpt(got[1]+" <"+got[2]+">", maxSigner), want, 0, 0), true
}

// maxSigner is how many characters of a name and address are shown.
const maxSigner = 200

func signLines(line *lazyregexp.Regexp, message string) [][]string {
	text, _ := clip(message)
	return line.FindAllStringSubmatch(text, -1)
}

func same(a, b change.Signature) bool {
	return fold(a.Name) == fold(b.Name) && fold(a.Email) == fold(b.Email)
}

// fold makes names and addresses comparable: a letter with its mark is one whichever way it is written, and case does not count.
func fold(s string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(s))) }

var (
	localPart = lazyregexp.New("^[-!#$%&'*+/=?^_`{|}~0-9A-Za-z]+(\\.[-!#$%&'*+/=?^_`{|}~0-9A-Za-z]+)*$")
	topDomain = lazyregexp.New(`^[A-Za-z](-?[0-9A-Za-z])+$`)
	domain    = lazyregexp.New(`^[0-9A-Za-z](-*[0-9A-Za-z])*$`)
)

// validEmail holds an address to the form that the DCO app asks for: a plain local part, a domain of two labels or more, the usual lengths.
// "root@localhost" is not one.
func validEmail(s string) bool {
	local, host, ok := strings.Cut(s, "@")
	if !ok || len(s) > 254 || len(local) > 64 || !localPart.MatchString(local) {
		return false
	}
	labels := strings.Split(host, ".")
	for i, l := range labels {
		last := i == len(labels)-1
		if len(l) > 63 || last && (i == 0 || !topDomain.MatchString(l)) || !last && !domain.MatchString(l) {
			return false
		}
	}
	return true
}
