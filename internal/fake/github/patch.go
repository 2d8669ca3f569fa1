package github

import (
	"strconv"
	"strings"
)

// diffLine is one line of a patch: its numbers (0 where it is not), its place counted from the first hunk header.
type diffLine struct {
	position, hunk, old, new int
	kind                     byte
	text                     string
}

// diffLines walks a patch by the counts in its hunk headers.
func diffLines(patch string) []diffLine {
	var out []diffLine
	position, hunk, old, new, leftOld, leftNew := -1, 0, 0, 0, 0, 0
	for line := range strings.SplitSeq(patch, "\n") {
		position++
		if leftOld <= 0 && leftNew <= 0 && strings.HasPrefix(line, "@@ ") {
			old, leftOld, new, leftNew = header(line)
			hunk++
			out = append(out, diffLine{position: position, hunk: hunk, kind: '@', text: line})
			continue
		}
		if line == "" {
			line = " "
		}
		l := diffLine{position: position, hunk: hunk, kind: line[0], text: line[1:]}
		switch line[0] {
		case '+':
			l.new, new, leftNew = new, new+1, leftNew-1
		case '-':
			l.old, old, leftOld = old, old+1, leftOld-1
		case ' ':
			l.old, l.new = old, new
			old, new, leftOld, leftNew = old+1, new+1, leftOld-1, leftNew-1
		}
		out = append(out, l)
	}
	return out
}

func header(line string) (old, oldCount, new, newCount int) {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return
	}
	read := func(s string) (start, count int) {
		a, b, ok := strings.Cut(s[1:], ",")
		start, _ = strconv.Atoi(a)
		count = 1
		if ok {
			count, _ = strconv.Atoi(b)
		}
		return start, count
	}
	old, oldCount = read(fields[1])
	new, newCount = read(fields[2])
	return
}

func find(lines []diffLine, number int, side string) (diffLine, bool) {
	for _, l := range lines {
		if l.kind == '@' || l.kind == '\\' {
			continue
		}
		if (side == "LEFT" && l.old == number) || (side != "LEFT" && l.new == number) {
			return l, true
		}
	}
	return diffLine{}, false
}

// hunkUpTo is diff_hunk: from its hunk header to the line commented on.
func hunkUpTo(patch string, position int) string {
	lines := strings.Split(patch, "\n")
	from := 0
	for _, l := range diffLines(patch) {
		if l.kind == '@' && l.position <= position {
			from = l.position
		}
	}
	return strings.Join(lines[from:position+1], "\n")
}
