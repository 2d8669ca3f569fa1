package settings

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/family"
	"github.com/lintel-review/lintel/internal/finding"
)

var commitsFamily = section{family.Commits, commitsKeys, commitsProblems}

// The styles of a header, the values of Commits.Style.
const (
	// StyleAuto is StyleConventional as long as at least 19 in 20 of the base's recent headers follow it, StyleNone otherwise.
	StyleAuto = "auto"
	// StyleConventional is type(scope)!: subject, by Conventional Commits 1.0.0.
	StyleConventional = "conventional"
	// StyleComponent is component: subject, as Go, the Linux kernel and nix write.
	StyleComponent = "component"
	// StyleGitmoji is an emoji or its :code:, perhaps a scope, and the subject.
	StyleGitmoji = "gitmoji"
	// StyleTicket begins with a ticket: ABC-12 subject, [ABC-12] subject, ABC-12: subject.
	StyleTicket = "ticket"
	// StyleNone asks for no form of a header.
	StyleNone = "none"
	// StyleCustom asks for Commits.Pattern.
	StyleCustom = "custom"
)

// Commits are the commit standards.
type Commits struct {
	// Mode is empty when not given; then each rule has its own default mode.
	Mode finding.Mode `json:"mode,omitempty" jsonschema:"enum=off,enum=shadow,enum=warn,enum=enforce"`
	Rollout
	// Style is the form of a header.
	Style string `json:"style" jsonschema:"enum=auto,enum=conventional,enum=component,enum=gitmoji,enum=ticket,enum=none,enum=custom"`
	// Pattern is the regular expression (RE2) of StyleCustom; empty with every other style. Its groups "type", "scope"
	// and "subject" are judged as such.
	Pattern string `json:"pattern" jsonschema:"maxLength=500"`
	// Conventional is the older name of two styles: true is StyleConventional, false StyleNone. It is true with StyleAuto too.
	Conventional bool `json:"conventional"`
	// Emoji lets a conventional or component header begin with an emoji or its :code:.
	Emoji bool `json:"emoji"`
	// Types are the allowed types of a header; Scopes the allowed scopes, in which "*" stands for any characters but
	// "/" and "**" for any (empty: any).
	Types  []string `json:"types" jsonschema:"maxItems=50,uniqueItems=true,maxLength=50,pattern=^[A-Za-z][A-Za-z0-9_-]*$"`
	Scopes []string `json:"scopes" jsonschema:"maxItems=200,uniqueItems=true,minLength=1,maxLength=100,pattern=^[^()]*$"`
	// ScopeRequired refuses a header without a scope.
	ScopeRequired bool `json:"scope_required"`
	// TypeCase is "lower" or "any". SubjectCase holds the refused cases: "sentence", "start", "pascal", "upper".
	TypeCase    string   `json:"type_case" jsonschema:"enum=lower,enum=any"`
	SubjectCase []string `json:"subject_case" jsonschema:"uniqueItems=true,enum=sentence,enum=start,enum=pascal,enum=upper"`
	// HeaderMax, BodyLineMax and FooterLineMax count characters; 0 is no limit.
	HeaderMax     int `json:"header_max" jsonschema:"minimum=0,maximum=10000"`
	BodyLineMax   int `json:"body_line_max" jsonschema:"minimum=0,maximum=10000"`
	FooterLineMax int `json:"footer_line_max" jsonschema:"minimum=0,maximum=10000"`
	// SignedOff asks for a DCO sign-off on each commit.
	SignedOff bool `json:"signed_off"`
	// Remediation accepts DCO remediation commits.
	Remediation bool `json:"remediation"`
	// Tickets are the project keys of which one must be named ("PROJ" for PROJ-12); empty: no ticket is asked for.
	Tickets []string `json:"tickets" jsonschema:"maxItems=50,uniqueItems=true,maxLength=20,pattern=^[A-Z][A-Z0-9_]*$"`
	// TicketsIn is where a ticket is looked for: "title", "commits" or "any".
	TicketsIn string `json:"tickets_in" jsonschema:"enum=title,enum=commits,enum=any"`
	// Squash says what is judged: "auto" reads the repository's merge settings, "title" the title alone, "commits" the
	// commits alone, "both" both.
	Squash string `json:"squash" jsonschema:"enum=auto,enum=title,enum=commits,enum=both"`
	// IgnoreAuthors are logins whose changes are not judged; those of bots are not unless Bots is true.
	IgnoreAuthors []string `json:"ignore_authors" jsonschema:"maxItems=50,uniqueItems=true,minLength=1,maxLength=100"`
	Bots          bool     `json:"bots"`
}

func filledCommits() Commits {
	return Commits{
		Style:        StyleAuto,
		Conventional: true,
		Types:        []string{"build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test"},
		Scopes:       []string{},
		TypeCase:     "lower",
		SubjectCase:  []string{"sentence", "start", "pascal", "upper"},
		HeaderMax:    100, BodyLineMax: 100, FooterLineMax: 100,
		Tickets: []string{}, TicketsIn: "any", Squash: "auto", IgnoreAuthors: []string{},
	}
}

// whole makes the two keys of the style agree: Style is what holds, and Conventional follows it.
func (c *Commits) whole(doc *document.Document) {
	if doc.Has("commits", "conventional") && !doc.Has("commits", "style") {
		c.Style = StyleNone
		if c.Conventional {
			c.Style = StyleConventional
		}
	}
	c.Conventional = c.Style == StyleAuto || c.Style == StyleConventional
}

var commitsKeys = []key{
	{"commits", "Commit standards: the style of headers, sign-off, ticket keys, no fixup commits. [Commits](commits.md) " +
		"explains it with examples.", ""},
	{"commits.mode", "Mode of all rules of the family; without it each rule has its own default mode.", "mode: enforce"},
	{"commits.style", "The form of a header: `conventional` (type(scope): subject), `component` (component: subject, as " +
		"Go, the kernel and nix write), `gitmoji`, `ticket` (ABC-12 subject), " +
		"`none`, or `custom` (the key `pattern`). `auto` is `conventional`, but `none` where fewer than 19 in 20 " +
		"headers of the base branch's recent history follow it.", "style: component"},
	{"commits.pattern", "The regular expression (RE2) that a header must match with `style: custom`; write ^ and $ " +
		"where they are meant. Groups named `type`, `scope` and `subject` are judged by " +
		"the rules of their names.", "style: custom, pattern: '^(?P<scope>[a-z]+)/(?P<type>[a-z]+) - (?P<subject>.+)$'"},
	{"commits.conventional", "The older name of two styles: true is `style: conventional`, false is `style: none`.", "conventional: false"},
	{"commits.emoji", "Let a header begin with an emoji or its `:code:` before the type or component.", "emoji: true"},
	{"commits.types", "Types that a header may have. An empty list allows any.", "types: [feat, fix, docs]"},
	{"commits.types.*", "a word of letters, digits, - and _ that begins with a letter, such as feat", ""},
	{"commits.scopes", "Scopes that a header may have; with `style: component` its components. `*` stands for any " +
		"characters but /, `**` for any. An empty list allows any.",
		"scopes: [api, \"web/*\"]"},
	{"commits.scopes.*", "a name without parentheses, such as api or api/*", ""},
	{"commits.scope_required", "Refuse a header without a scope.", "scope_required: true"},
	{"commits.type_case", "`lower` refuses capital letters in a type, `any` does not look.", "type_case: any"},
	{"commits.subject_case",
		"Letter cases that a subject must not have: `sentence` (Add a page), `start` (Add A Page), `pascal` (AddPage), " +
			"`upper` (ADD A PAGE). Names and acronyms are never refused. " +
			"An empty list allows all.", "subject_case: [upper]"},
	{"commits.header_max", "Most characters of a header; 0 is no limit.", "header_max: 72"},
	{"commits.body_line_max", "Most characters of a line of the body; 0 is no limit.", "body_line_max: 0"},
	{"commits.footer_line_max", "Most characters of a line of the footers; 0 is no limit.", "footer_line_max: 0"},
	{"commits.signed_off",
		"Ask for a `Signed-off-by` line by the author or committer on each commit (Developer Certificate of Origin).", "signed_off: true"},
	{"commits.remediation", "Accept a later commit that signs off an earlier one, as the DCO app reads it.", "remediation: true"},
	{"commits.tickets", "Project keys of which one ticket must be named: `SHOP` accepts SHOP-12. An empty list asks for none.",
		"tickets: [SHOP, OPS]"},
	{"commits.tickets.*", "a project key in capital letters, such as SHOP", ""},
	{"commits.tickets_in", "Where the ticket is looked for: in the `title`, in the `commits`, or in `any` of them.", "tickets_in: title"},
	{"commits.squash", "What is judged: `auto` follows the repository's merge settings, `title` takes the title alone, " +
		"`commits` the commits alone, `both` both.", "squash: title"},
	{"commits.ignore_authors",
		"Logins whose pull requests are not judged, and whose commits are not where the forge vouches for their signature.",
		"ignore_authors: [release-manager]"},
	{"commits.bots", "Judge the pull requests and commits of bots too.", "bots: true"},
}

// commitsProblems finds what a schema cannot: types that no header can have, a pattern that does not compile, keys that
// contradict one another.
func commitsProblems(doc *document.Document) []document.Problem {
	var problems []document.Problem
	say := func(path []string, format string, args ...any) {
		problems = append(problems, doc.Problem(fmt.Sprintf(format, args...), append([]string{"commits"}, path...)...))
	}
	if list, ok := doc.Value("commits", "types").([]any); ok && doc.Value("commits", "type_case") != "any" {
		for i, v := range list {
			if t, ok := v.(string); ok && t != strings.ToLower(t) {
				say([]string{"types", strconv.Itoa(i)},
					"commits.types[%d] is %q, which no header can have while commits.type_case is lower", i, t)
			}
		}
	}
	scopes, _ := doc.Value("commits", "scopes").([]any)
	for i, v := range scopes {
		if s, ok := v.(string); ok && strings.Count(s, "*") > maxStars {
			say([]string{"scopes", strconv.Itoa(i)}, "commits.scopes[%d] has more than %d wildcards", i, maxStars)
		}
	}
	style, _ := doc.Value("commits", "style").(string)
	if v, ok := doc.Value("commits", "conventional").(bool); ok && doc.Has("commits", "style") &&
		v != (style == StyleConventional || style == StyleAuto) {
		say([]string{"conventional"}, "commits.conventional is %v and commits.style is %s; remove commits.conventional, its older name",
			v, clip(style))
	}
	pattern, given := doc.Value("commits", "pattern").(string)
	switch {
	case style == StyleCustom && !doc.Has("commits", "pattern"):
		say([]string{"style"}, "commits.style is custom, but commits.pattern does not say which header is wanted")
	case given && style != StyleCustom && pattern != "":
		say([]string{"pattern"}, "commits.pattern is read with commits.style: custom alone; add it, or remove the pattern")
	case given && style == StyleCustom:
		if why := badExpression(pattern); why != "" {
			say([]string{"pattern"}, "commits.pattern %s", why)
		}
	}
	return problems
}

// badExpression says why a text is no pattern of a header, with the place of the first error from 1.
func badExpression(pattern string) string {
	re, err := regexp.Compile(pattern)
	if bad, ok := errors.AsType[*syntax.Error](err); ok {
		at := ""
		if i := strings.LastIndex(pattern, bad.Expr); i >= 0 && bad.Expr != "" {
			at = fmt.Sprintf(" at character %d (%q)", len([]rune(pattern[:i]))+1, clip(bad.Expr))
		}
		return fmt.Sprintf("is no regular expression of RE2: %s%s", bad.Code, at)
	}
	switch {
	case err != nil:
		return "is no regular expression of RE2: " + clip(err.Error())
	case strings.TrimSpace(pattern) == "":
		return "is empty"
	case re.MatchString(""):
		return fmt.Sprintf("is %q, which matches every header; write ^ and $ where they are meant", clip(pattern))
	}
	for _, name := range re.SubexpNames() {
		if name != "" && !slices.Contains([]string{"type", "scope", "subject"}, name) {
			return fmt.Sprintf("has a group named %q; the groups are type, scope and subject", clip(name))
		}
	}
	return ""
}
