package text

import (
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report"
)

var words = map[string]report.Severity{
	"fatal error": report.Error, "fatal": report.Error, "error": report.Error, "critical": report.Error, "severe": report.Error,
	"warning": report.Warning, "warn": report.Warning,
	"performance": report.Warning, "portability": report.Warning, "style": report.Notice, "info": report.Notice,
	"information": report.Notice, "convention": report.Notice, "refactor": report.Notice, "hint": report.Notice,
	"suggestion": report.Notice, "remark": report.Notice, "message": report.Notice, "debug": report.Notice, "note": "",
}

var (
	// severity begins most messages: "error: ", "error[E0308]: ", "error TS2322: ", "[warning] ", "warning MD013/line-length ".
	severity = lazyregexp.New(
		`^(?i)(fatal ` +
			`error|fatal|error|critical|severe|warning|warn|performance|portability|style|information|info|convention|` +
			`refactor|hint|suggestion|remark|message|debug|note)(?:\[([\w:.-]{1,60})\])?(?: ([A-Z]{1,6}\d{2,6}(?:/[\w-]+)?))? ?: ?(.*)$`)
	boxed  = lazyregexp.New(`^\[(error|warning|info)\] (.*)$`)
	spaced = lazyregexp.New(`^(error|warning) ([A-Z]{2,5}\d{3,5}(?:/[\w-]+)?) (.*)$`)
	// letter is RuboCop's: "C: [Correctable] Layout/LineLength: message".
	letter = lazyregexp.New(`^([IRCWEF]): (?:\[(?:Correctable|Corrected)\] )?([A-Z]\w*(?:/[A-Z]\w*)+): (.*)$`)
	// first are codes at the beginning: "E501 message", "C0114: message", "[E403] message", "(W211) message", "DL3008
	// warning: message", "DEP002 message".
	first = lazyregexp.New(`^[\[(]?([A-Z]{1,6}\d{2,6}(?:/[\w/-]+)?)[\])]?:? (?:(error|warning|info|style): )?(?:\[\*\] )?(.*)$`)
	// vale is "Google.Quotes:message"; named is ansible-lint's "fqcn[action-core]: message" and yaml's alike.
	vale  = lazyregexp.New(`^([A-Z]\w*\.\w+):(.*)$`)
	rules = lazyregexp.New(`^([a-z][a-z0-9-]*\[[\w:. -]{1,60}\]): (.*)$`)
	// behind are codes at the end, in brackets or parentheses.
	behind = lazyregexp.New(`^(.*\S)  ?(?:\[([^\[\]\s]{2,100})\](?: \[\d\])?|\(([^()\s]{2,100})\))$`)
	name   = lazyregexp.New(`^@?[A-Za-z][\w@./:+,=-]*$`)
	pylint = lazyregexp.New(`^[CRWEFI]\d{4}$`)
)

// letters are the severities of pylint's and RuboCop's letters.
var letters = map[byte]report.Severity{'C': report.Notice, 'R': report.Notice, 'I': report.Notice, 'W': report.Warning,
	'E': report.Error, 'F': report.Error}

// describe reads severity, rule and message from the text after the place.
func describe(f *report.LintFinding, text string) {
	text = strings.TrimSpace(text)
	f.Severity, f.Message = report.Error, text
	switch {
	case match(severity, text, func(m []string) {
		f.Severity, f.Rule, f.Message = words[strings.ToLower(m[1])], m[2]+m[3], m[4]
	}):
	case match(boxed, text, func(m []string) { f.Severity, f.Message = words[m[1]], m[2] }):
	case match(spaced, text, func(m []string) { f.Severity, f.Rule, f.Message = words[m[1]], m[2], m[3] }):
	case match(letter, text, func(m []string) {
		f.Severity, f.Rule, f.Message = letters[m[1][0]], m[2], m[3]
		if m[1] == "C" || m[1] == "R" {
			f.Severity = report.Warning // RuboCop fails on them
		}
		f.Blind = m[2] == "Lint/Syntax"
	}):
		return
	case match(first, text, func(m []string) {
		if f.Rule, f.Message = m[1], m[3]; m[2] != "" {
			f.Severity = words[m[2]]
		} else if pylint.MatchString(m[1]) && strings.HasPrefix(text, m[1]+": ") {
			f.Severity = letters[m[1][0]]
		}
		f.Blind = m[1] == "E999" || m[1] == "E902" // flake8 could not parse or open it
	}):
	case match(vale, text, func(m []string) { f.Rule, f.Message = m[1], strings.TrimSpace(m[2]) }):
	case match(rules, text, func(m []string) { f.Rule, f.Message = m[1], m[2] }):
	}
	end(f)
}

func match(r *lazyregexp.Regexp, text string, take func([]string)) bool {
	m := r.FindStringSubmatch(text)
	if m != nil {
		take(m)
	}
	return m != nil
}

// end takes a rule from the end of a message.
func end(f *report.LintFinding) {
	m := behind.FindStringSubmatch(f.Message)
	if m == nil {
		return
	}
	rule := m[2] + m[3]
	switch {
	case strings.HasSuffix(rule, "proj"): // MSBuild names the project
		f.Message = m[1]
		return
	case !name.MatchString(strings.TrimPrefix(rule, "-")):
		return
	}
	f.Message = m[1]
	// ESLint's "unix" format has the severity in the same brackets.
	if word, own, ok := strings.Cut(rule, "/"); ok && (word == "Error" || word == "Warning") {
		f.Severity, rule = words[strings.ToLower(word)], own
	} else if s, is := words[strings.ToLower(rule)]; is && s != "" && !ok {
		f.Severity, rule = s, ""
	}
	if f.Rule == "" {
		f.Rule = rule
	}
	f.Blind = f.Blind || rule == "syntax"
}
