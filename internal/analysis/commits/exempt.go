package commits

import (
	"regexp"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

// exemptHeaders are headers that tools write and nobody words. They are those commitlint ignores, but read from the first line alone:
// a line further down must not exempt a message. fixup!, squash! and amend! are not here, since a gate refuses them.
var exemptHeaders = []struct {
	reason  string
	pattern *regexp.Regexp
}{
	{"merge_text", regexp.MustCompile(`^Merge pull request\b`)},
	{"merge_text", regexp.MustCompile(`^Merge (branch|tag|remote-tracking branch|commit)\b`)},
	{"merge_text", regexp.MustCompile(`^Merge .+ into .+`)},
	{"merge_text", regexp.MustCompile(`^Merged ((.+ )?(in|into) .+|PR .+: .+)`)},
	{"merge_text", regexp.MustCompile(`^Automatic merge`)},
	{"merge_text", regexp.MustCompile(`^Auto-merged .+ into .+`)},
	{"revert", regexp.MustCompile(`^([Rr]evert|[Rr]eapply) .`)},
}

var (
	chorePrefix = regexp.MustCompile(`^chore(\([^)]+\))?:`)
	semver      = regexp.MustCompile(`^[=v]*\s*(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$`)
)

// exempt says why a header is not held to the conventions, or "".
func exempt(header string) string {
	for _, e := range exemptHeaders {
		if e.pattern.MatchString(header) {
			return e.reason
		}
	}
	if v := strings.TrimSpace(chorePrefix.ReplaceAllString(header, "")); len(v) <= 256 && semver.MatchString(v) {
		return "version"
	}
	return ""
}

var (
	fixup = regexp.MustCompile(`^(?i)(fixup|squash|amend)!`)
	// A bracketed marker counts anywhere, a bare one in front of the header or of its subject. WIP-12 is a ticket, not a marker.
	wipBracket = regexp.MustCompile(`(?i)[\[(]\s*(wip|work[ -]in[ -]progress)\s*[\])]`)
	wipFront   = regexp.MustCompile(`^(?i)(🚧|:construction:|wip\b|work[ -]in[ -]progress\b)`)
	wipTicket  = regexp.MustCompile(`^WIP-\d`)
	draft      = regexp.MustCompile(`^(?i)(draft:|\[draft\]|\(draft\))`)
)

// unfinished finds the marker by which an author says that the work is not ready, as kind and text; kind is "" when there is none.
// A lone word "draft" is not one: "Draft:", "[Draft]" and "(Draft)" are, as GitLab reads titles.
func unfinished(header string) (kind, marker string) {
	header = strings.TrimSpace(header)
	if m := fixup.FindString(header); m != "" {
		return "fixup", m
	}
	if m := draft.FindString(header); m != "" {
		return "draft", m
	}
	subject := header
	if h, f := ParseHeader(header); f == nil {
		subject = h.Subject
	}
	for _, text := range []string{header, subject} {
		if m := wipFront.FindString(text); m != "" && !wipTicket.MatchString(text) {
			return "wip", m
		}
	}
	if m := wipBracket.FindString(header); m != "" {
		return "wip", m
	}
	return "", ""
}

// skips says why a whole commit is left out, or "".
func skips(c change.Commit, kind change.Kind, opt settings.Commits) string {
	if c.Merge() {
		return "merge"
	}
	login, bot := who(c, kind)
	return skipsAuthor(login, bot, opt)
}

func skipsAuthor(login string, bot bool, opt settings.Commits) string {
	if login != "" {
		bare := strings.TrimSuffix(strings.ToLower(login), "[bot]")
		for _, l := range opt.IgnoreAuthors {
			if strings.EqualFold(l, login) || strings.ToLower(l) == bare {
				return "ignored_author"
			}
		}
	}
	if bot && !opt.Bots {
		return "bot"
	}
	return ""
}

// noreply is the address by which GitHub names an account without showing its mail; the number is optional in old ones.
var noreply = regexp.MustCompile(`^(?:\d+\+)?([A-Za-z0-9-]+(?:\[bot\])?)@users\.noreply\.github\.com$`)

// who is the account of a commit's author. Where no forge says (a laptop), GitHub's noreply addresses do, so that both give the same verdict.
// Neither proves anything: whoever writes a commit chooses its author.
func who(c change.Commit, kind change.Kind) (login string, bot bool) {
	if a := c.AuthorAccount; a != nil {
		return a.Login, a.Bot
	}
	if kind != change.LocalBranch {
		return "", false
	}
	if p := noreply.FindStringSubmatch(c.Author.Email); p != nil {
		return p[1], strings.HasSuffix(p[1], "[bot]")
	}
	return "", false
}
