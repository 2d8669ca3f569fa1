// Package detect tells the format of a lint report by how it begins; a file's name says nothing, as people name reports as they like.
// The answers are the names of the sibling packages' formats.
//
// Callers may rely on: a format is named only for a mark that the format has and the others have not.
package detect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Head is how many bytes of a report's beginning are needed to tell its format.
const Head = 64 << 10

// The formats.
const (
	SARIF      = "sarif"
	RDJSON     = "rdjson"
	RDJSONL    = "rdjsonl"
	Checkstyle = "checkstyle"
	GolangCI   = "golangci"
	ESLint     = "eslint"
	Ruff       = "ruff"
	GitHub     = "github"
	Diff       = "diff"
)

// Formats are all names, in the order of the documentation.
func Formats() []string {
	return []string{SARIF, RDJSON, RDJSONL, Checkstyle, GolangCI, ESLint, Ruff, GitHub, Diff}
}

var (
	command = regexp.MustCompile(`(?m)^::(?:error|warning|notice)(?: [^\n]*)?::`)
	patch   = regexp.MustCompile(`(?m)^--- [^\n]+\n\+\+\+ [^\n]+\n@@ -`)
	root    = regexp.MustCompile(`<([A-Za-z_][\w.:-]*)`)
	comment = regexp.MustCompile(`(?s)<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>]*>`)
)

// Format names the format of a report by its first bytes, at least Head of them or all there are.
func Format(head []byte) (string, error) {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	head = head[:min(len(head), Head)]
	format := ""
	switch {
	case len(head) == 0:
		return "", errors.New("the file is empty; name its format if the tool writes nothing when it finds nothing")
	case bytes.Equal(bytes.TrimSpace(head), []byte("[]")):
		return "", errors.New("it is an empty list, which more than one tool writes; name its format")
	case head[0] == '<':
		if m := root.FindSubmatch(comment.ReplaceAll(head, nil)); m != nil && string(m[1]) == "checkstyle" {
			format = Checkstyle
		}
	case head[0] == '{' || head[0] == '[':
		format = ofJSON(head)
	case command.Match(head):
		format = GitHub
	case patch.Match(bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n"))):
		format = Diff
	}
	if format == "" {
		return "", fmt.Errorf("it begins like none of the known formats; name it: %s", strings.Join(Formats(), ", "))
	}
	return format, nil
}

// ofJSON reads as many tokens as there are and goes by the first telling key.
func ofJSON(head []byte) string {
	dec := json.NewDecoder(bytes.NewReader(head))
	var keys []string // the names around the current value, "" in a list
	var object []bool
	wantKey := false
	for {
		token, err := dec.Token()
		if err != nil {
			return "" // the beginning ends here, or it is no JSON
		}
		if name, ok := token.(string); ok && wantKey {
			keys[len(keys)-1] = name
			wantKey = false
			if format := telling(keys); format != "" {
				return format
			}
			continue
		}
		switch token {
		case json.Delim('{'):
			keys, object, wantKey = append(keys, ""), append(object, true), true
			continue
		case json.Delim('['):
			keys, object = append(keys, ""), append(object, false)
			wantKey = false
			continue
		case json.Delim('}'), json.Delim(']'):
			keys, object = keys[:len(keys)-1], object[:len(object)-1]
		}
		if text, ok := token.(string); ok && len(keys) == 1 && keys[0] == "$schema" && strings.Contains(text, "sarif") {
			return SARIF
		}
		wantKey = len(object) > 0 && object[len(object)-1]
	}
}

// telling names the format that alone has this key at this depth.
func telling(keys []string) string {
	last := keys[len(keys)-1]
	switch len(keys) {
	case 1:
		switch last {
		case "runs":
			return SARIF
		case "diagnostics":
			return RDJSON
		case "Issues", "Report":
			return GolangCI
		case "end_location", "filename", "noqa_row":
			return Ruff
		}
	case 2:
		switch {
		case keys[0] == "" && (last == "filePath" || last == "messages" || last == "suppressedMessages"):
			return ESLint
		case keys[0] == "" && (last == "end_location" || last == "filename" || last == "noqa_row"):
			return Ruff
		case keys[0] == "location" && (last == "path" || last == "range"):
			return RDJSONL
		}
	case 3:
		if keys[0] == "results" && keys[1] == "" && (last == "filePath" || last == "messages") {
			return ESLint
		}
	}
	return ""
}
