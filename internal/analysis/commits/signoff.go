package commits

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
)

// Sign-offs are read as the DCO app for GitHub reads them: any line of the message, in any case; name and email must each be
// those of the author or of the committer; with several sign-offs one must fit. Sign-offs of co-authors count for nothing.
var (
	signOffLine = regexp.MustCompile(`(?im)^Signed-off-by: (.*) <(.*)>[\t\r ]*$`)
	// A third party's remediation ("On behalf of ...") does not begin with "I," and so is not read.
	remediationLine = regexp.MustCompile(`(?im)^I, (.*) <(.*)>, hereby add my Signed-off-by to this commit: ([0-9a-f]{40,64})[\t\r ]*$`)
)

// remedied is the set of commits that a remediation commit of the same author signs off.
type remedied map[string]bool

// remediations reads the remediation commits of a change. The author of the remediation, the person it names and the author of the
// commit it repairs must be the same in name and email; the remediation needs a sign-off of its own, as any commit does.
func remediations(commits []change.Commit) remedied {
	authors := make(map[string]change.Signature, len(commits))
	for _, c := range commits {
		authors[c.SHA] = c.Author
	}
	out := remedied{}
	for _, c := range commits {
		for _, p := range signLines(remediationLine, c.Message) {
			said := change.Signature{Name: p[1], Email: p[2]}
			author, ok := authors[strings.ToLower(p[3])]
			if ok && same(said, c.Author) && same(author, c.Author) {
				out[strings.ToLower(p[3])] = true
			}
		}
	}
	return out
}

// signOff says what is wrong with a commit's sign-off; kind is "" when nothing is.
func signOff(c change.Commit, repaired remedied) (kind, got string) {
	found := signLines(signOffLine, c.Message)
	if len(found) == 0 && !repaired[c.SHA] {
		return "missing", ""
	}
	email := c.Author.Email
	if email == "" {
		email = c.Committer.Email
	}
	if !validEmail(email) {
		return "email", email
	}
	if repaired[c.SHA] {
		return "", ""
	}
	names := []string{strings.ToLower(c.Author.Name), strings.ToLower(c.Committer.Name)}
	emails := []string{strings.ToLower(c.Author.Email), strings.ToLower(c.Committer.Email)}
	for _, p := range found {
		if slices.Contains(names, strings.ToLower(p[1])) && slices.Contains(emails, strings.ToLower(p[2])) {
			return "", ""
		}
	}
	return "mismatch", found[0][1] + " <" + found[0][2] + ">"
}

func signLines(line *regexp.Regexp, message string) [][]string {
	text, _ := clip(message)
	return line.FindAllStringSubmatch(text, -1)
}

func same(a, b change.Signature) bool {
	return strings.ToLower(a.Name) == strings.ToLower(b.Name) && strings.ToLower(a.Email) == strings.ToLower(b.Email)
}

var (
	localPart = regexp.MustCompile("^[-!#$%&'*+/=?^_`{|}~0-9A-Za-z]+(\\.[-!#$%&'*+/=?^_`{|}~0-9A-Za-z]+)*$")
	topDomain = regexp.MustCompile(`^[A-Za-z](-?[0-9A-Za-z])+$`)
	domain    = regexp.MustCompile(`^[0-9A-Za-z](-*[0-9A-Za-z])*$`)
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
