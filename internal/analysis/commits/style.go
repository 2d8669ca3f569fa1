package commits

import (
	"regexp"
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/settings"
)

// styles are those that can be found in a history, the strictest first: a conventional header is always one of a component too.
var styles = []string{settings.StyleConventional, settings.StyleGitmoji, settings.StyleTicket, settings.StyleComponent}

const (
	// componentWord is a package, folder, file or subsystem: net/http, builtin/gc.c, python3Packages.foo, nixos/{a,b},
	// git-log(1), CURLSHOPT_(UN)SHARE.md.
	componentWord = `(?:[\pL\pN_.@+*/\[\]<>~$#&=-]|\{[^{}\s]*\})+(?:\([^()\s]*\)[\pL\pN_.*/-]*)?`
	componentName = componentWord + `(?: ` + componentWord + `)?`
	ticketKey     = `[A-Z][A-Z0-9_]+-[1-9][0-9]{0,11}`
	ticketWord    = `(?:\[` + ticketKey + `\]|\(` + ticketKey + `\)|` + ticketKey + `)`
)

var (
	componentHeader = lazyregexp.New(`^(` + componentName + `(?:, ?` + componentName + `)*)(!)?: (\S.*)$`)
	componentSlip   = lazyregexp.New(`^(` + componentName + `(?:, ?` + componentName + `)*)(!)?\s*:\s*(\S.*)$`)
	gitmojiRest     = lazyregexp.New(`^\s*(?:\(([^()]*)\))?:?\s*(\S.*)$`)
	ticketLead      = lazyregexp.New(`^(` + ticketWord + `(?:\s*[,/&+]?\s*` + ticketWord + `)*)(\s*[:|–—-]+\s*|\s+|)(\S.*)$`)
)

// readHeader reads a header in the style that the settings ask for. The fault is nil when it is in that style; StyleNone finds no fault.
// A component is the Scope, and so is the scope of gitmoji; both have no Type.
func readHeader(line string, opt settings.Commits) (Header, *Fault) {
	line = strings.TrimRight(line, " \t\r\n")
	form := opt.Style
	switch {
	case form == settings.StyleNone:
		return Header{Subject: line}, nil
	case line == "":
		return Header{}, &Fault{"empty", ""}
	}
	if opt.Emoji && (form == settings.StyleConventional || form == settings.StyleComponent) {
		if rest := trimEmoji(line); rest != line {
			h, fault := readHeader(rest, without(opt))
			if fault != nil && fault.Want != "" {
				fault = &Fault{fault.Kind, line[:len(line)-len(rest)] + fault.Want}
			}
			return h, fault
		}
	}
	switch form {
	case settings.StyleComponent:
		return readComponent(line)
	case settings.StyleGitmoji:
		return readGitmoji(line)
	case settings.StyleTicket:
		return readTicket(line, opt.Tickets)
	case settings.StyleCustom:
		return readCustom(line, opt.Pattern)
	}
	return ParseHeader(line)
}

// without is the settings for what stands behind the emoji.
func without(opt settings.Commits) settings.Commits {
	opt.Emoji = false
	return opt
}

func readComponent(line string) (Header, *Fault) {
	if p := componentHeader.FindStringSubmatch(line); p != nil && !sentence(p[1]) {
		return Header{Scope: p[1], Breaking: p[2] != "", Subject: p[3]}, nil
	}
	if p := componentSlip.FindStringSubmatch(line); p != nil && !sentence(p[1]) && !strings.HasPrefix(p[3], "//") &&
		!strings.HasPrefix(p[3], ":") {
		return Header{}, &Fault{"component_space", p[1] + p[2] + ": " + p[3]}
	}
	return Header{}, &Fault{"no_component", ""}
}

// sentence says whether a component of two words is prose before a colon, as in "Fix crash: ...".
func sentence(component string) bool {
	word, _, two := strings.Cut(component, " ")
	return two && !strings.HasSuffix(word, ",") && commonWord(strings.ToLower(word))
}

func readGitmoji(line string) (Header, *Fault) {
	rest := trimEmoji(line)
	if rest == line {
		return Header{}, &Fault{"no_emoji", ""}
	}
	p := gitmojiRest.FindStringSubmatch(rest)
	if p == nil {
		return Header{}, &Fault{"empty_subject", ""}
	}
	return Header{Scope: p[1], Subject: p[2]}, nil
}

// notProjects are keys that look like those of a tracker and are not, unless the settings list them.
var notProjects = []string{"UTF-", "SHA-", "ISO-", "RFC-", "CVE-", "GHSA-", "CWE-", "PEP-", "AES-", "IPV-", "HTTP-", "TLS-"}

func readTicket(line string, keys []string) (Header, *Fault) {
	if p := ticketLead.FindStringSubmatch(line); p != nil && (p[2] != "" || strings.HasSuffix(p[1], "]") || strings.HasSuffix(p[1], ")")) {
		switch {
		case len(keys) > 0 && len(tickets(p[1], keys)) == 0:
			return Header{}, &Fault{"other_project", ""}
		case len(keys) == 0 && noProject(p[1]):
		default:
			return Header{Scope: p[1], Subject: p[3]}, nil
		}
	}
	if t := miswritten(line, keys); t != "" && strings.HasPrefix(strings.ToUpper(strings.TrimLeft(line, "[(")), t) {
		return Header{}, &Fault{"ticket_case", ""}
	}
	return Header{}, &Fault{"no_ticket", ""}
}

func noProject(ticket string) bool {
	ticket = strings.TrimLeft(ticket, "[(")
	for _, n := range notProjects {
		if strings.HasPrefix(ticket, n) {
			return true
		}
	}
	return false
}

// readCustom holds a header to the pattern of the settings, which Parse has compiled before; a pattern that does not
// compile is matched by nothing.
func readCustom(line, pattern string) (Header, *Fault) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return Header{}, &Fault{"no_match", ""}
	}
	p := re.FindStringSubmatch(line)
	if p == nil {
		return Header{}, &Fault{"no_match", ""}
	}
	h := Header{Subject: ""}
	for i, name := range re.SubexpNames() {
		switch name {
		case "type":
			h.Type = p[i]
		case "scope":
			h.Scope = p[i]
		case "subject":
			h.Subject = p[i]
		}
	}
	return h, nil
}
