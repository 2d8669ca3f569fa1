package translate

import (
	"errors"
	"regexp/syntax"
	"strings"
)

// maxPatterns is how many patterns one regular expression may become.
const maxPatterns = 16

var (
	errPattern  = errors.New("no pattern of CODEOWNERS says the same")
	errTooMany  = errors.New("it stands for too many patterns")
	errNoRegexp = errors.New("this is no regular expression")
)

// The pieces that a regular expression over paths is taken apart into, besides literal text.
const (
	anything = "\x00" // .* : any characters, slashes too
	segment  = "\x01" // [^/]* : any characters but slashes
	start    = "\x02" // ^
	finish   = "\x03" // $
)

// globs are the patterns of CODEOWNERS that together take the paths that a regular expression takes. Where only a wider
// pattern exists the pattern is wider: too many files with an owner are safer than too few. A single dot is taken for a
// dot, which loose reports.
func globs(expression string) (patterns []string, loose bool, err error) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, false, errNoRegexp
	}
	t := taker{}
	all, err := t.take(parsed, 0)
	if err != nil {
		return nil, false, err
	}
	seen := map[string]bool{}
	for _, pieces := range all {
		glob, err := globOf(pieces)
		if err != nil {
			return nil, false, err
		}
		if !seen[glob] {
			seen[glob] = true
			patterns = append(patterns, glob)
		}
	}
	return patterns, t.loose, nil
}

type taker struct{ loose bool }

// take gives each way to read an expression, as pieces one after the other.
func (t *taker) take(re *syntax.Regexp, depth int) ([]string, error) {
	if depth > 20 || re.Flags&syntax.FoldCase != 0 {
		return nil, errPattern
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return []string{""}, nil
	case syntax.OpLiteral:
		if strings.ContainsAny(string(re.Rune), "\x00\x01\x02\x03*?[]!#\\ \t\r\n") {
			return nil, errPattern
		}
		return []string{string(re.Rune)}, nil
	case syntax.OpBeginText, syntax.OpBeginLine:
		return []string{start}, nil
	case syntax.OpEndText, syntax.OpEndLine:
		return []string{finish}, nil
	case syntax.OpAnyCharNotNL, syntax.OpAnyChar:
		t.loose = true
		return []string{"."}, nil
	case syntax.OpCapture:
		return t.take(re.Sub[0], depth+1)
	case syntax.OpQuest:
		some, err := t.take(re.Sub[0], depth+1)
		return append([]string{""}, some...), err
	case syntax.OpStar, syntax.OpPlus:
		return repeated(re)
	case syntax.OpCharClass:
		return t.class(re)
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			some, err := t.take(sub, depth+1)
			if err != nil {
				return nil, err
			}
			if all = append(all, some...); len(all) > maxPatterns {
				return nil, errTooMany
			}
		}
		return all, nil
	case syntax.OpConcat:
		return t.concat(re, depth)
	}
	return nil, errPattern
}

func (t *taker) concat(re *syntax.Regexp, depth int) ([]string, error) {
	all := []string{""}
	for _, sub := range re.Sub {
		some, err := t.take(sub, depth+1)
		if err != nil {
			return nil, err
		}
		if len(all)*len(some) > maxPatterns {
			return nil, errTooMany
		}
		var longer []string
		for _, a := range all {
			for _, b := range some {
				longer = append(longer, a+b)
			}
		}
		all = longer
	}
	return all, nil
}

// repeated reads .* and [^/]*, and their forms with +.
func repeated(re *syntax.Regexp) ([]string, error) {
	switch sub := re.Sub[0]; {
	case sub.Op == syntax.OpAnyCharNotNL || sub.Op == syntax.OpAnyChar:
		return []string{anything}, nil
	case sub.Op == syntax.OpCharClass && len(sub.Rune) == 4 && sub.Rune[0] == 0 && sub.Rune[1] == '/'-1 && sub.Rune[2] == '/'+1:
		return []string{segment}, nil
	}
	return nil, errPattern
}

// class reads a small class, such as [ab].
func (t *taker) class(re *syntax.Regexp) (all []string, err error) {
	for i := 0; i < len(re.Rune); i += 2 {
		for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
			if len(all) == maxPatterns || strings.ContainsRune("*?[]!#\\ \t", r) || r < ' ' {
				return nil, errPattern
			}
			all = append(all, string(r))
		}
	}
	return all, nil
}

// globOf writes one way to read an expression as a pattern.
func globOf(pieces string) (string, error) {
	anchored := strings.HasPrefix(pieces, start)
	pieces = strings.TrimLeft(pieces, start)
	whole := strings.HasSuffix(pieces, finish)
	pieces = strings.TrimRight(pieces, finish)
	if strings.ContainsAny(pieces, start+finish) {
		return "", errPattern
	}
	if !anchored {
		pieces = anything + pieces
	}
	if !whole {
		pieces += anything
	}
	for strings.Contains(pieces, anything+anything) {
		pieces = strings.ReplaceAll(pieces, anything+anything, anything)
	}
	switch pieces {
	case "":
		return "", errPattern // no path is empty
	case anything:
		return "*", nil
	}
	head, body := "/", pieces
	if rest, ok := strings.CutPrefix(body, anything); ok {
		// The first part of a path may be anything.
		body = rest
		switch first, _, more := strings.Cut(strings.TrimSuffix(body, anything), "/"); {
		case first == "":
			head = "**" // ".*/docs/": the folder at any depth
		case more || strings.HasSuffix(body, anything):
			head = "**/*"
		default:
			head = "*"
		}
	}
	tail := ""
	if rest, ok := strings.CutSuffix(body, anything); ok {
		body = rest
		if !strings.HasSuffix(body, "/") {
			tail = "*" // what begins so, files and folders
		}
	}
	// What is left of "any characters" stands between two parts: only between slashes can a pattern say it.
	parts := strings.Split(body, anything)
	for i, part := range parts[1:] {
		switch before := head + parts[i]; {
		case !strings.HasSuffix(before, "/"):
			return "", errPattern
		case strings.HasPrefix(part, "/"):
			parts[i+1] = "**" + part
		default:
			parts[i+1] = "**/*" + part
		}
	}
	glob := head + strings.ReplaceAll(strings.Join(parts, ""), segment, "*") + tail
	if strings.Contains(glob, "//") || strings.Contains(glob, "***") {
		return "", errPattern
	}
	return glob, nil
}
