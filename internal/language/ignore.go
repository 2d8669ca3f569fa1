package language

import (
	"fmt"
	"strings"
)

const (
	// maxPatternBytes is the longest pattern that is read.
	maxPatternBytes = 2048
	// maxPatterns is the most patterns of one list.
	maxPatterns = 1000
)

// Ignore is a list of patterns in the syntax of .gitignore. A nil list matches nothing.
// Its work is bounded, so it is made for the files of one change and is not safe for concurrent use.
type Ignore struct {
	rules []ignoreRule
	meter *meter
}

type ignoreRule struct {
	pattern
	source string
	again  bool
}

// ParseIgnore reads one pattern from each string, as a line of a .gitignore in the repository's root would be read:
// the last match wins, "!" takes a path back, a folder's pattern holds for all below it, and below it nothing is taken back.
// Empty strings and comments are left out. The errors name the patterns that are too long or too many; the others still hold.
func ParseIgnore(lines []string) (*Ignore, []error) {
	ig := &Ignore{meter: newMeter()}
	var errs []error
	for i, line := range lines {
		line = trimBlanks(line)
		switch {
		case line == "" || line[0] == '#':
			continue
		case len(line) > maxPatternBytes:
			errs = append(errs, fmt.Errorf("pattern %d is %d bytes long; at most %d are read", i+1, len(line), maxPatternBytes))
			continue
		case len(ig.rules) == maxPatterns:
			return ig, append(errs, fmt.Errorf("there are more than %d patterns", maxPatterns))
		}
		r := ignoreRule{source: line}
		if line[0] == '!' {
			r.again, line = true, line[1:]
		}
		if line == "" || line == "/" {
			continue
		}
		r.pattern = newPattern(line)
		ig.rules = append(ig.rules, r)
	}
	return ig, errs
}

// Match returns the pattern that leaves path, a file, out; empty when none does.
func (ig *Ignore) Match(path string) string {
	if ig == nil || len(ig.rules) == 0 {
		return ""
	}
	for i := 0; i < len(path); i++ {
		if path[i] == '/' {
			if by, _ := ig.last(path[:i], true); by != "" {
				return by
			}
		}
	}
	by, _ := ig.last(path, false)
	return by
}

// Exhausted reports whether the patterns took more work than is allowed; then some of the answers are missing.
func (ig *Ignore) Exhausted() bool { return ig != nil && ig.meter.spent() }

// last finds the last rule that matches. It is empty when that rule takes the path back.
func (ig *Ignore) last(path string, dir bool) (by string, ok bool) {
	for i := len(ig.rules) - 1; i >= 0; i-- {
		if r := &ig.rules[i]; r.match(path, dir, ig.meter) {
			if r.again {
				return "", true
			}
			return r.source, true
		}
	}
	return "", false
}

// trimBlanks removes blanks at the end that no backslash protects.
func trimBlanks(line string) string {
	line = strings.TrimSuffix(line, "\r")
	end := len(line)
	for end > 0 && line[end-1] == ' ' {
		slashes := 0
		for k := end - 2; k >= 0 && line[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 1 {
			break
		}
		end--
	}
	return line[:end]
}
