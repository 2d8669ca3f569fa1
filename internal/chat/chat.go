// Package chat is the grammar of the commands that people write to Lintel in comments: "/lintel recheck".
//
// Callers may rely on this: Parse is pure, takes time in proportion to the text and never fails; a command is a line
// that begins with /lintel and that the forge shows as text, never one in a quote, in code or in an HTML comment; where
// Markdown leaves a doubt, the line is no command. What cannot be read is a Problem with a hint, never a guess.
package chat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/text"
)

// Bounds of one comment.
const (
	// MaxBytes is the longest comment that is read.
	MaxBytes = 1 << 20
	// MaxCommands is how many different commands one comment may give; with more, none is carried out.
	MaxCommands = 10
	// maxLine is the longest line of a command, in bytes.
	maxLine = 1000
	// maxReason is the longest reason, in characters.
	maxReason = 500
	// maxPattern is the longest path pattern, in bytes; maxStars bounds its wildcards.
	maxPattern, maxStars = 200, 10
)

// Prefix begins the line of a command.
const Prefix = "/lintel"

// Command is one line that was understood.
type Command struct {
	// Name is one of the table's.
	Name string `json:"name"`
	// Rule is the rule that it is about, "family/name"; empty for none. Whether there is such a rule is not checked here.
	Rule string `json:"rule,omitempty"`
	// In is a path pattern and Finding the beginning of a fingerprint that narrow an override; For is how long it lasts,
	// as it was written. A false alarm is named by Finding, or by its Number in the check.
	In      string `json:"in,omitempty"`
	Finding string `json:"finding,omitempty"`
	Number  int    `json:"number,omitempty"`
	For     string `json:"for,omitempty"`
	// Until is the day on which a mute ends, 2026-03-01.
	Until string `json:"until,omitempty"`
	// Category is one of the categories of a reason, Reason its words.
	Category string `json:"category,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// String is the command in one fixed form: equal commands have equal strings.
func (c Command) String() string {
	parts := []string{Prefix, c.Name}
	finding := "--finding"
	if i := slices.IndexFunc(table, func(s spec) bool { return s.name == c.Name && s.finding != never }); i >= 0 {
		finding = ""
	}
	if c.Number > 0 {
		parts = append(parts, strconv.Itoa(c.Number))
	}
	for _, option := range []struct{ flag, value string }{{"", c.Rule}, {"--in", c.In}, {finding, c.Finding}, {"--for", c.For},
		{"--until", c.Until}} {
		if option.value != "" {
			parts = append(parts, strings.TrimSpace(option.flag+" "+option.value))
		}
	}
	if c.Reason != "" {
		parts = append(parts, "-- "+c.Category+": "+c.Reason)
	}
	return strings.Join(parts, " ")
}

// Problem is a line that looks like a command and is none.
type Problem struct {
	// Line is the line as it was written, shortened.
	Line string `json:"line"`
	// What is wrong, and Hint what to write instead; Hint may be empty.
	What string `json:"what"`
	Hint string `json:"hint,omitempty"`
	// Misspelt is true when Hint is a guess at what was meant.
	Misspelt bool `json:"misspelt,omitempty"`
}

// Comment is what a comment asks for.
type Comment struct {
	Commands []Command `json:"commands,omitempty"`
	Problems []Problem `json:"problems,omitempty"`
}

// Empty reports whether a comment has nothing to do with Lintel.
func (c Comment) Empty() bool { return len(c.Commands) == 0 && len(c.Problems) == 0 }

// Parse reads a comment.
func Parse(body string) Comment { return parse(body, false) }

// parse reads a comment. In an answer to a comment on a line, a command need not name its finding.
func parse(body string, answers bool) Comment {
	var c Comment
	if !strings.Contains(strings.ToLower(body[:min(len(body), MaxBytes)]), Prefix) {
		return c
	}
	if len(body) > MaxBytes {
		c.Problems = append(c.Problems, Problem{What: "the comment is longer than 1 MB, so no command in it was read"})
		return c
	}
	seen := map[string]bool{}
	for _, line := range visibleLines(body) {
		words, ok := addressed(line)
		if !ok {
			continue
		}
		command, problem := parseLine(words, answers)
		if problem != nil {
			problem.Line = text.Clip(printable(line), 120)
			if len(c.Problems) < MaxCommands {
				c.Problems = append(c.Problems, *problem)
			}
			continue
		}
		if key := command.String(); !seen[key] {
			seen[key] = true
			c.Commands = append(c.Commands, command)
		}
	}
	if len(c.Commands) > MaxCommands {
		what := fmt.Sprintf("the comment gives %d commands; at most %d are carried out, so none was", len(c.Commands), MaxCommands)
		return Comment{Problems: []Problem{{What: what}}}
	}
	return c
}

// New is what an edited comment adds: the commands and problems that its earlier text did not have.
func New(now, before Comment) Comment {
	var c Comment
	for _, command := range now.Commands {
		if !slices.Contains(before.Commands, command) {
			c.Commands = append(c.Commands, command)
		}
	}
	for _, p := range now.Problems {
		if !slices.Contains(before.Problems, p) {
			c.Problems = append(c.Problems, p)
		}
	}
	return c
}

// addressed returns what follows /lintel at the beginning of a line.
func addressed(line string) (rest string, ok bool) {
	if len(line) < len(Prefix) || !strings.EqualFold(line[:len(Prefix)], Prefix) {
		return "", false
	}
	rest = line[len(Prefix):]
	if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return "", false // "/lintel.yml", "/lintels"
	}
	return rest, true
}

var (
	ruleName = lazyregexp.New(`^[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*$`)
	digits   = lazyregexp.New(`^[0-9a-f]{8,64}$`)
	number   = lazyregexp.New(`^[1-9][0-9]{0,3}$`)
)

func parseLine(rest string, answers bool) (Command, *Problem) {
	if len(rest) > maxLine {
		return Command{}, &Problem{What: fmt.Sprintf("the line is longer than %d bytes", maxLine)}
	}
	if strings.ContainsFunc(rest, deceptive) {
		return Command{}, &Problem{What: "the line holds invisible characters or ones that change the direction of the text"}
	}
	head, reason, reasoned := cutReason(rest)
	words := strings.Fields(head)
	if len(words) == 0 {
		return Command{}, &Problem{What: "the command is missing", Hint: Prefix + " help"}
	}
	name := strings.ToLower(words[0])
	i := slices.IndexFunc(table, func(s spec) bool { return s.name == name })
	if i < 0 {
		p := &Problem{What: "there is no such command", Hint: Prefix + " help"}
		if near := document.Nearest(name, names()); near != "" {
			p.Hint, p.Misspelt = Prefix+" "+near, true
		}
		return Command{}, p
	}
	c, s := Command{Name: name}, table[i]
	if answers && s.finding == needed {
		s.finding = optional
	}
	if p := c.readWords(s, words[1:]); p != nil {
		return Command{}, p
	}
	if p := c.readReason(s, reason, reasoned); p != nil {
		return Command{}, p
	}
	return c, nil
}

// cutReason cuts a line at the two dashes that stand alone.
func cutReason(rest string) (head, reason string, ok bool) {
	for from := 0; ; {
		i := strings.Index(rest[from:], "--")
		if i < 0 {
			return rest, "", false
		}
		i += from
		end := i + 2
		if i > 0 && isBlank(rest[i-1]) && (end == len(rest) || isBlank(rest[end])) {
			return rest[:i], strings.TrimSpace(rest[end:]), true
		}
		from = end
	}
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

func (c *Command) readWords(s spec, words []string) *Problem {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if !strings.HasPrefix(word, "--") {
			if s.finding != never && c.Number == 0 && c.Finding == "" {
				if !c.readFinding(word) {
					return &Problem{What: "a finding is named by its number in the check, or by at least 8 digits of its fingerprint",
						Hint: s.usage()}
				}
				continue
			}
			if s.rule == never || c.Rule != "" {
				return &Problem{What: fmt.Sprintf("%q is one word too many", text.Clip(word, 60)), Hint: s.usage()}
			}
			if !ruleName.MatchString(word) {
				return &Problem{What: "a rule is named as family/name, in a-z, 0-9 and -", Hint: s.usage()}
			}
			c.Rule = word
			continue
		}
		flag, value, given := strings.Cut(word, "=")
		if !given && len(words) > 0 {
			value, words = words[0], words[1:]
		}
		if p := c.readOption(s, flag, value); p != nil {
			return p
		}
	}
	if s.rule == needed && c.Rule == "" {
		return &Problem{What: "it must name a rule", Hint: s.usage()}
	}
	for _, flag := range s.options {
		if slices.Contains(s.required, flag) && *c.option(flag) == "" {
			return &Problem{What: "it must say " + flag, Hint: s.usage()}
		}
	}
	if s.finding == needed && c.Number == 0 && c.Finding == "" {
		return &Problem{What: "it must name a finding", Hint: s.usage()}
	}
	return nil
}

// readFinding takes a number or a fingerprint.
func (c *Command) readFinding(word string) bool {
	if number.MatchString(word) {
		n, err := strconv.Atoi(word)
		c.Number = n
		return err == nil
	}
	if digits.MatchString(word) {
		c.Finding = word
		return true
	}
	return false
}

// option is where the value of an option is kept.
func (c *Command) option(flag string) *string {
	return map[string]*string{"--in": &c.In, "--finding": &c.Finding, "--for": &c.For, "--until": &c.Until}[flag]
}

func (c *Command) readOption(s spec, flag, value string) *Problem {
	if !slices.Contains(s.options, flag) {
		return &Problem{What: fmt.Sprintf("%s has no option %s", s.name, text.Clip(flag, 40)), Hint: s.usage()}
	}
	target := c.option(flag)
	switch {
	case value == "" || strings.HasPrefix(value, "--"):
		return &Problem{What: flag + " needs a value", Hint: s.usage()}
	case *target != "":
		return &Problem{What: flag + " is given twice", Hint: s.usage()}
	case flag == "--finding" && !digits.MatchString(value):
		return &Problem{What: "a finding is named by at least 8 digits of its fingerprint, in 0-9 and a-f", Hint: s.usage()}
	case flag == "--in" && (len(value) > maxPattern || strings.Count(value, "*") > maxStars):
		return &Problem{What: fmt.Sprintf("a pattern has at most %d bytes and %d wildcards", maxPattern, maxStars), Hint: s.usage()}
	case flag == "--until" && !isDay(value):
		return &Problem{What: "--until takes a day such as 2026-03-01", Hint: s.usage()}
	}
	*target = value
	return nil
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func (c *Command) readReason(s spec, reason string, given bool) *Problem {
	switch {
	case !given && s.reason == needed:
		return &Problem{What: "it must say why, after two dashes that stand alone", Hint: s.usage()}
	case given && s.reason == never:
		return &Problem{What: s.name + " takes no reason", Hint: s.usage()}
	case !given:
		return nil
	case reason == "":
		return &Problem{What: "the reason is empty", Hint: s.usage()}
	case len([]rune(reason)) > maxReason:
		return &Problem{What: fmt.Sprintf("the reason is longer than %d characters", maxReason)}
	}
	c.Category, c.Reason = "other", reason
	if category, words, ok := strings.Cut(reason, ":"); ok && slices.Contains(Categories(), strings.ToLower(strings.TrimSpace(category))) {
		c.Category, c.Reason = strings.ToLower(strings.TrimSpace(category)), strings.TrimSpace(words)
	}
	if c.Reason == "" {
		return &Problem{What: "the reason has a category and no words", Hint: s.usage()}
	}
	return nil
}

// deceptive reports whether a character can make a line read otherwise than it is.
func deceptive(r rune) bool {
	return r == unicode.ReplacementChar || r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) ||
		unicode.Is(unicode.Zp, r) || unicode.Is(unicode.Co, r)
}

// printable takes the deceptive characters out of a line.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if deceptive(r) {
			return '?'
		}
		return r
	}, line)
}
