package text

import (
	"strings"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report"
)

// maxIndent is how far a finding may be indented; what is deeper is source text that a tool quotes.
const maxIndent = 4

// paren is the place in the dialect of TypeScript and MSBuild. Folders may have parentheses in their names, so the last pair counts.
var paren = lazyregexp.New(`^(.+)\((\d{1,9})(?:,(\d{1,9}))?(?:[,-](\d{1,9}))?(?:,(\d{1,9}))?\) ?: (.+)$`)

// finding reads one line. Its severity is empty for a note.
func finding(text string) (report.LintFinding, bool) {
	trimmed := strings.TrimLeft(text, " ")
	if len(text)-len(trimmed) > maxIndent {
		return report.LintFinding{}, false
	}
	vet := strings.HasPrefix(trimmed, "vet: ")
	trimmed = strings.TrimPrefix(trimmed, "vet: ")
	kotlin := report.Severity("")
	for prefix, severity := range map[string]report.Severity{"e: ": report.Error, "w: ": report.Warning} {
		if rest, ok := strings.CutPrefix(trimmed, prefix); ok {
			trimmed, kotlin = rest, severity
		}
	}
	f, rest, ok := colon(trimmed, kotlin != "")
	if !ok {
		if f, rest, ok = parens(trimmed); !ok {
			return f, false
		}
	}
	f.Unit = report.Characters
	describe(&f, rest)
	if kotlin != "" {
		f.Severity = kotlin
	}
	if vet { // go vet could not type-check the package
		f.Rule, f.Blind = "typecheck", true
	}
	return f, true
}

// colon reads "path:line[:column[:line:column]]" and what may follow it: ": message", " - message", " CODE
// message", and ":message" without a blank.
func colon(text string, blank bool) (f report.LintFinding, rest string, ok bool) {
	from := 0
	if len(text) > 2 && text[1] == ':' && (text[2] == '\\' || text[2] == '/') {
		from = 2 // a Windows drive
	} else if strings.HasPrefix(text, "file:") {
		from = 5
	}
	for i := from; i < len(text); i++ {
		if text[i] != ':' || i+1 == len(text) || text[i+1] < '0' || text[i+1] > '9' {
			continue
		}
		path := text[:i]
		if !isPath(path) {
			return f, "", false
		}
		numbers, rest := places(text[i:])
		switch {
		case len(numbers) == 0:
			continue
		case strings.HasPrefix(rest, ": "):
			rest = rest[2:]
		case strings.HasPrefix(rest, " - "):
			rest = rest[3:]
		case strings.HasPrefix(rest, " ") && (blank || code.MatchString(rest[1:])):
			rest = rest[1:]
		case strings.HasPrefix(rest, ":") && len(rest) > 1 && (strings.HasSuffix(path, ".php") || stated.MatchString(rest[1:])):
			rest = rest[1:]
		default:
			return f, "", false
		}
		if strings.TrimSpace(rest) == "" {
			return f, "", false
		}
		f.Path = path
		fill(&f, numbers)
		return f, rest, true
	}
	return f, "", false
}

var (
	// code begins the message of hadolint and markdownlint: "DL3008 warning: ...", "MD013/line-length ...", "error MD001/...".
	code = lazyregexp.New(`^(?:(?:error|warning) )?[A-Z]{2,5}\d{3,5}\b`)
	// stated is a style's rule before a message without blanks, as Vale writes it: "Google.Quotes:...".
	stated = lazyregexp.New(`^[A-Z]\w*\.\w+:`)
)

// places reads ":3:5:3:9" and gives what follows.
func places(text string) (numbers []int, rest string) {
	for len(numbers) < 4 && len(text) > 1 && text[0] == ':' {
		end := 1
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		if end == 1 || end > 10 {
			break
		}
		// ":3:5pm" is no column.
		if end < len(text) && text[end] != ':' && text[end] != ' ' && text[end] != '-' {
			break
		}
		numbers, text = append(numbers, number(text[1:end])), text[end:]
	}
	return numbers, text
}

func number(text string) int {
	n := 0
	for i := range len(text) {
		n = n*10 + int(text[i]-'0')
	}
	return n
}

// fill puts the numbers into their places: line, column, and where it ends.
func fill(f *report.LintFinding, numbers []int) {
	for i, into := range []*int{&f.Line, &f.Column, &f.EndLine, &f.EndColumn} {
		if i < len(numbers) {
			*into = min(numbers[i], report.MaxLine+1)
		}
	}
	if f.EndLine > 0 && f.EndLine < f.Line {
		f.EndLine, f.EndColumn = 0, 0
	}
	if f.EndColumn > 0 {
		f.EndColumn++ // mypy's last column is part of it
	}
}

func parens(text string) (f report.LintFinding, rest string, ok bool) {
	m := paren.FindStringSubmatch(text)
	if m == nil || !isPath(m[1]) {
		return f, "", false
	}
	f.Path = m[1]
	f.Line, f.Column = min(number(m[2]), report.MaxLine+1), min(number(m[3]), report.MaxLine+1)
	return f, m[6], true
}

// named are files that have no ending.
var named = map[string]bool{"Dockerfile": true, "Containerfile": true, "Makefile": true, "Jenkinsfile": true, "Rakefile": true,
	"Gemfile": true, "Vagrantfile": true, "BUILD": true, "WORKSPACE": true, "Justfile": true, "justfile": true}

// isPath tells a file's name from a time, an address of the network, or a sentence.
func isPath(text string) bool {
	if text == "" || len(text) > report.MaxName || text[0] == ' ' || text[len(text)-1] == ' ' ||
		!strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return false
	}
	if strings.Contains(text, "://") && !strings.HasPrefix(text, "file://") {
		return false
	}
	if strings.ContainsAny(text, "\"<>|*\t") {
		return false
	}
	base := text[strings.LastIndexAny(text, `/\`)+1:]
	if named[base] || strings.HasPrefix(base, "Dockerfile") {
		return true
	}
	dot := strings.LastIndexByte(base, '.')
	ending := base[dot+1:]
	if dot >= 0 && ending != "" && len(ending) <= 16 && !strings.ContainsAny(ending, " ,;()[]") {
		// A sentence such as "panic: see main.go" is none; a name may well have a blank in it.
		return !strings.HasSuffix(strings.TrimSpace(base[:dot]), ":")
	}
	return base != text && base != "" && !strings.ContainsAny(text, " ") // below a folder a file needs no ending
}
