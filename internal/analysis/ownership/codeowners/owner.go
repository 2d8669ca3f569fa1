package codeowners

import (
	"strings"

	"github.com/lintel-review/lintel/internal/text"
)

// parseOwner reads "@user", "@org/team" or an email address. Whether the owner exists is not its business.
func parseOwner(word string) (o Owner, fault, suggestion string) {
	if name, ok := strings.CutPrefix(word, "@"); ok {
		org, team, isTeam := strings.Cut(name, "/")
		switch {
		case isTeam && only(org, loginByte) && only(team, slugByte):
			return Owner{Kind: Team, Name: name}, "", ""
		case !isTeam && only(name, loginByte):
			return Owner{Kind: User, Name: name}, "", ""
		}
		if owner, _, found := strings.Cut(word, "#"); found {
			return Owner{}, "the name of an owner holds a #", "put a space before the comment: " + text.Prefix(owner, 40) + " #"
		}
		return Owner{}, "this is not a name of a user or a team", "write @user or @org/team"
	}
	if address(word) {
		return Owner{Kind: Email, Name: word}, "", ""
	}
	if only(word, loginByte) {
		return Owner{}, "an owner begins with @", "write @" + text.Prefix(word, 40)
	}
	return Owner{}, "this is neither @user, @org/team nor an email address",
		"write @user, @org/team or an email address; a space in a path is written as \"\\ \""
}

// address reports whether s looks like local@host.tld. The last label has two characters or more, and no upper limit.
func address(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || strings.ContainsAny(s[:at], "@#,;<>()\"\\") {
		return false
	}
	labels := strings.Split(s[at+1:], ".")
	for _, l := range labels {
		if !only(l, hostByte) {
			return false
		}
	}
	return len(labels) > 1 && len(labels[len(labels)-1]) > 1
}

func only(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return s != ""
}

func letterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// hostByte takes ASCII and all of a label that is written in another script.
func hostByte(c byte) bool { return letterOrDigit(c) || c == '-' || c >= 0x80 }

// loginByte takes the underscore of managed users ("alice_acme") too.
func loginByte(c byte) bool { return letterOrDigit(c) || c == '-' || c == '_' }

func slugByte(c byte) bool { return loginByte(c) || c == '.' }
