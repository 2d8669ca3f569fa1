package audit

import (
	"strings"

	"github.com/rhysd/actionlint"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/text"
)

// broken are actionlint's rules whose findings GitHub would refuse, or would answer with something else than was meant.
// The other rules depend on what this program cannot know: labels of own runners, versions of actions newer than the
// library's table, programs that are not started.
var broken = map[string]bool{
	"syntax-check": true, "expression": true, "events": true, "job-needs": true, "permissions": true, "shell-name": true,
	"id": true, "glob": true, "matrix": true, "env-var": true, "if-cond": true, "workflow-call": true, "deprecated-commands": true,
}

// audited are messages of these rules about dangers that an audit of ours reports with a rewrite.
const untrustedMessage = "is potentially untrusted"

func (a *auditor) syntax(problems []*actionlint.Error) {
	for _, p := range problems {
		if p.Kind == "credentials" {
			a.add(Finding{
				Audit:   HardCodedCredentials,
				Line:    p.Line,
				Message: sentence(p.Message),
				Subject: "password",
				Remedy:  "Store the password as a secret and write ${{ secrets.NAME }}; then replace the one that is public now.",
			})
			continue
		}
		if !broken[p.Kind] || strings.Contains(p.Message, untrustedMessage) || doubtful(p) {
			continue
		}
		f := Finding{
			Audit:   Syntax,
			Line:    p.Line,
			Message: sentence(p.Message),
			Subject: p.Kind + ": " + subjectOf(p.Message),
		}
		if p.Kind == "if-cond" {
			f.Remedy = "Write the condition without ${{ and }}; a block that starts with | ends with a line break unless it says |-."
			f.Rewrite = a.oneCondition(p.Line)
		}
		a.add(f)
	}
}

// oneCondition rewrites a condition that is text around expressions, and so always true; nil when its meaning is not certain.
func (a *auditor) oneCondition(line int) *Rewrite {
	l := a.file.line(line)
	key, condition, ok := strings.Cut(l, "if:")
	condition = strings.TrimSpace(condition)
	switch {
	case !ok || strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(key), "-")) != "":
		return nil
	case condition == "|" || condition == ">":
		text, next := a.file.line(line+1), a.file.line(line+2)
		if t := strings.TrimSpace(text); !strings.HasPrefix(t, "${{") || strings.Index(t, "}}") != len(t)-len("}}") ||
			len(indent(next)) >= len(indent(text)) {
			return nil
		}
		return &Rewrite{First: line, Last: line, Text: strings.TrimRight(l, " ") + "-\n"}
	}
	var b strings.Builder
	for rest := condition; rest != ""; {
		between, after, open := strings.Cut(rest, "${{")
		if strings.Trim(between, "&|() ") != "" {
			return nil
		}
		b.WriteString(between)
		if !open {
			break
		}
		inside, next, closed := strings.Cut(after, "}}")
		if !closed {
			return nil
		}
		if inside = strings.TrimSpace(inside); strings.Contains(inside, "&&") || strings.Contains(inside, "||") {
			inside = "(" + inside + ")"
		}
		b.WriteString(inside)
		rest = next
	}
	if now := b.String(); !strings.HasPrefix(now, "!") && !strings.ContainsAny(now, "#\"") &&
		!strings.Contains(now, ": ") &&
		parse(now) != nil {
		return &Rewrite{First: line, Last: line, Text: key + "if: " + now + "\n"}
	}
	return nil
}

// doubtful holds for what the library cannot know for certain: contexts and events that GitHub may have added since.
func doubtful(p *actionlint.Error) bool {
	switch p.Kind {
	case "events":
		return !strings.Contains(p.Message, "filter is not available")
	case "permissions":
		return strings.Contains(p.Message, "unknown permission scope")
	case "syntax-check":
		return strings.HasPrefix(p.Message, "unexpected key") && !slip(p.Message) ||
			strings.HasPrefix(
				p.Message,
				"step must run script",
			) || strings.HasPrefix(p.Message, `element of "schedule"`)
	case "workflow-call":
		return strings.Contains(p.Message, `"$/`)
	case "expression":
		return !strings.Contains(p.Message, "while parsing")
	case "if-cond":
		// Whoever switches a job off writes so, and means it.
		return strings.Contains(p.Message, `constant expression "false"`)
	case "matrix":
		return true // a row may be written by another job
	}
	return false
}

var quotedWord = lazyregexp.New(`"([^"]+)"`)

// slip holds when an unexpected key differs from one that is expected by a single slip of the keys. GitHub learns new
// keys all the time, so no other unexpected key is held against a workflow.
func slip(message string) bool {
	words := quotedWord.FindAllStringSubmatch(message, -1)
	for _, w := range words[min(1, len(words)):] {
		if text.OneSlip(words[0][1], w[1]) {
			return true
		}
	}
	return false
}

// sentence makes a message of the library one sentence for people.
func sentence(message string) string {
	message, _, _ = strings.Cut(message, ". see https://")
	message, _, _ = strings.Cut(message, ". See https://")
	message = excerptOf(message, 300)
	return strings.ToUpper(message[:min(1, len(message))]) + message[min(1, len(message)):] + "."
}

// subjectOf is the message without the places in it.
func subjectOf(message string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, excerptOf(message, 200))
}
