package sections

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/text"
)

// header is the line that begins a section: "^[Name][2] @owner".
type header struct {
	name      string
	optional  bool
	approvals int
	// source is the line; its owners begin at ownersAt.
	source   string
	ownersAt int
	// lost is what stands at lostAt and is not read; empty when nothing is.
	lost   string
	lostAt int
}

// maxApprovals is more than any team has people; GitLab allows 100 in its other rules.
const maxApprovals = 1000

// parseHeader reads a header. What does not fit behind the name is not read, as GitLab's expression does not.
func parseHeader(s string) (h header, ok bool) {
	h = header{source: s, approvals: 1}
	rest, optional := strings.CutPrefix(s, "^")
	h.optional = optional
	rest, ok = strings.CutPrefix(rest, "[")
	if !ok {
		return h, false
	}
	h.name, rest, ok = strings.Cut(rest, "]")
	if !ok {
		return h, false
	}
	if number, after, closed := strings.Cut(strings.TrimPrefix(rest, "["), "]"); closed && strings.HasPrefix(rest, "[") && digits(number) {
		if n, err := strconv.Atoi(number); err == nil && n > 0 {
			h.approvals = min(n, maxApprovals)
		} else if err != nil {
			h.approvals = maxApprovals
		}
		rest = after
	}
	at := len(s) - len(rest)
	h.ownersAt = len(s)
	switch {
	case rest == "":
	case blank(rest[0]) && strings.TrimLeft(rest, " \t")[0] != '[':
		h.ownersAt = at
	default:
		h.lost, h.lostAt = rest, at
	}
	return h, true
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// roles are the words behind "@@", in one and in many.
var roles = map[string]string{
	"developer": "developer", "developers": "developer",
	"maintainer": "maintainer", "maintainers": "maintainer",
	"owner": "owner", "owners": "owner",
}

// owners reads the owners of a line from an offset. Words that are none are left out, as GitLab leaves them out, and
// named. A comment does not end the owners: those in it count.
func (p *parser) owners(line, indent int, s string, from int) (all []Owner) {
	commented := false
	for pos := from; pos < len(s); {
		if blank(s[pos]) {
			pos++
			continue
		}
		end := pos
		for end < len(s) && !blank(s[end]) {
			end++
		}
		word, column := s[pos:end], indent+1+utf8.RuneCountInString(s[:pos])
		pos = end
		o, ok := owner(word)
		o.Column = column
		switch {
		case ok && commented:
			p.refuse(line, column, invalidOwner, word, "GitLab reads owners in a comment behind the entry, so this one counts",
				"put the comment on a line of its own")
			all = append(all, o)
		case ok:
			all = append(all, o)
		case strings.HasPrefix(word, "#"):
			commented = true
		case !commented:
			p.refuse(line, column, invalidOwner, word,
				"this is neither @user, @group, @@role nor an email address, and GitLab leaves it out",
				"write @"+text.Prefix(strings.Trim(word, "@"), 40)+", or remove it")
		}
	}
	return all
}

// owner reads "@user", "@group/sub", "@@developers" or an address. A name without a slash may be a group too; who it is
// the forge knows.
func owner(word string) (Owner, bool) {
	if role, ok := strings.CutPrefix(word, "@@"); ok {
		name, known := roles[strings.ToLower(role)]
		return Owner{Kind: Role, Name: "@" + name}, known
	}
	if name, ok := strings.CutPrefix(word, "@"); ok {
		kind := Name
		for part := range strings.SplitSeq(name, "/") {
			if !plain(part) {
				return Owner{}, false
			}
		}
		if strings.Contains(name, "/") {
			kind = Group
		}
		return Owner{Kind: kind, Name: name}, true
	}
	local, host, found := strings.Cut(word, "@")
	return Owner{Kind: Email, Name: word},
		found && local != "" && strings.Contains(strings.Trim(host, "."), ".") &&
			!strings.ContainsAny(word, `#,;<>()"\/`) && !strings.Contains(host, "@")
}

// plain reports whether s may be a part of a path of GitLab: letters, digits, "_", "-" and ".".
func plain(s string) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", c) {
			return false
		}
	}
	return s != ""
}
