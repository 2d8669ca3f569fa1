package chat

import (
	"slices"
	"sort"
	"strings"
)

// visibleLines are the lines of a comment that the forge shows as plain text, each from its first column: no quotes and
// what continues them, no code, no HTML comments, no raw HTML. It errs towards leaving a line out.
func visibleLines(body string) []string {
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\r", "\n")
	var all []string
	var block []string // lines that may be one paragraph
	flush := func() {
		all = append(all, outsideSpans(block)...)
		block = block[:0]
	}
	var fence, until string // what ends the code, comment or raw HTML that is open; empty for none
	quoted := false         // the line before was a quote, which a line may continue
	for line := range strings.SplitSeq(body, "\n") {
		switch {
		case fence != "":
			if closesFence(line, fence) {
				fence = ""
			}
			continue
		case until != "":
			// Lower case may be longer: places in one are none in the other.
			if low := strings.ToLower(line); strings.Contains(low, until) {
				until = opened(low[strings.Index(low, until)+len(until):])
			}
			continue
		}
		if f := opensFence(line); f != "" {
			flush()
			fence, quoted = f, false
			continue
		}
		trimmed := strings.TrimLeft(line, " \t")
		switch {
		case trimmed == "":
			flush()
			quoted = false
			continue
		case strings.HasPrefix(trimmed, ">"):
			flush()
			quoted = true
		case !quoted:
			block = append(block, line)
		}
		// A comment that opens in this line hides the lines that follow; the line itself began before it.
		until = opened(withoutSpans(line))
		if until != "" {
			flush()
		}
	}
	flush()
	return all
}

// hiding are the beginnings of what hides text, with their ends. A paragraph does not end them.
var hiding = [][2]string{{"<!--", "-->"}, {"<pre", "</pre"}, {"<script", "</script"}, {"<style", "</style"}, {"<textarea", "</textarea"},
	{"<code", "</code"}, {"<blockquote", "</blockquote"}, {"<![cdata[", "]]>"}, {"<?", "?>"}}

// opened returns the end of what a line opens and does not close; empty for none.
func opened(line string) string {
	line = strings.ToLower(line)
	for {
		i := strings.IndexByte(line, '<')
		if i < 0 {
			return ""
		}
		line = line[i:]
		which := slices.IndexFunc(hiding, func(h [2]string) bool { return strings.HasPrefix(line, h[0]) })
		if which < 0 {
			line = line[1:]
			continue
		}
		line = line[len(hiding[which][0]):]
		end := strings.Index(line, hiding[which][1])
		if end < 0 {
			return hiding[which][1]
		}
		line = line[end+len(hiding[which][1]):]
	}
}

// opensFence returns the fence that a line opens, such as "```"; empty for none.
func opensFence(line string) string {
	rest := strings.TrimLeft(line, " ")
	if len(line)-len(rest) > 3 || rest == "" || rest[0] != '`' && rest[0] != '~' {
		return ""
	}
	n := len(rest) - len(strings.TrimLeft(rest, rest[:1]))
	if n < 3 || rest[0] == '`' && strings.Contains(rest[n:], "`") {
		return ""
	}
	return rest[:n]
}

func closesFence(line, fence string) bool {
	rest := strings.TrimLeft(line, " ")
	if len(line)-len(rest) > 3 {
		return false
	}
	rest = strings.TrimRight(rest, " \t")
	return len(rest) >= len(fence) && strings.Trim(rest, fence[:1]) == ""
}

// run is a run of backticks that can open or close a code span.
type run struct{ at, length int }

func runs(s string) []run {
	var all []run
	for i := 0; i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		n := 1
		for i+n < len(s) && s[i+n] == '`' {
			n++
		}
		all = append(all, run{i, n})
		i += n
	}
	return all
}

// escaped reports whether a backslash takes the meaning of the character at i. It can keep a code span from opening,
// and never keeps one from closing.
func escaped(s string, i int) bool {
	n := 0
	for i-n > 0 && s[i-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}

// spans are the code spans of a text, from the first backtick to after the last.
func spans(s string) [][2]int {
	all := runs(s)
	byLength := map[int][]int{} // indexes into all, in order
	for i, r := range all {
		byLength[r.length] = append(byLength[r.length], i)
	}
	var out [][2]int
	for i := 0; i < len(all); i++ {
		opener := all[i]
		if escaped(s, opener.at) {
			opener = run{opener.at + 1, opener.length - 1}
		}
		same := byLength[opener.length]
		if j := sort.SearchInts(same, i+1); j < len(same) {
			closer := all[same[j]]
			out = append(out, [2]int{opener.at, closer.at + closer.length})
			i = same[j]
		}
	}
	return out
}

// outsideSpans are the lines of a block that do not begin inside a code span.
func outsideSpans(block []string) []string {
	whole := strings.Join(block, "\n")
	inside := spans(whole)
	var out []string
	at := 0
	for _, line := range block {
		for len(inside) > 0 && inside[0][1] <= at {
			inside = inside[1:]
		}
		if len(inside) == 0 || at <= inside[0][0] {
			out = append(out, line)
		}
		at += len(line) + 1
	}
	return out
}

// withoutSpans blanks the code spans of one line.
func withoutSpans(line string) string {
	b := []byte(line)
	for _, s := range spans(line) {
		for i := s[0]; i < s[1]; i++ {
			b[i] = ' '
		}
	}
	return string(b)
}
