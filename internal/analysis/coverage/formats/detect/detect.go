// Package detect tells the format of a coverage report by how it begins; a file's name says nothing, as people name reports as they like.
// The answers are the names of the sibling packages' formats.
//
// Callers may rely on: a format is named only for a mark that the format has and the others have not.
package detect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/jsonscan/outline"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/report/registry"
)

// The formats. The comments say who writes them; they are the table of docs/coverage.md.
const (
	// `go test -coverprofile`
	Go = "go"
	// lcov, Istanbul, c8, coverage.py, llvm-cov, grcov, simplecov-lcov and many more
	LCOV = "lcov"
	// coverage.py, gcovr, coverlet, Istanbul
	Cobertura = "cobertura"
	// JaCoCo by Gradle and Maven, Kover
	JaCoCo = "jacoco"
	// OpenClover, PHPUnit, Istanbul (Jest's default); the two meanings of its conditions are told apart
	Clover = "clover"
	// `coverage json`
	CoveragePy = "coveragepy"
	// SimpleCov's `.resultset.json`, its JSON formatter, simplecov-json
	SimpleCov = "simplecov"
	// `coverage-final.json` of Istanbul, nyc, Jest, Vitest, c8
	Istanbul = "istanbul"
	// OpenCover, coverlet
	OpenCover = "opencover"
	// gcov's text files, with or without `-b`
	Gcov = "gcov"
	// `gcovr --json`, `gcov --json-format` unpacked
	Gcovr = "gcovr"
	// `llvm-cov export`, so Clang, Rust and Swift
	LLVM = "llvm"
	// `xcrun xccov view --archive --json`
	Xccov = "xccov"
	// tools that report to Coveralls
	Coveralls = "coveralls"
	// SonarQube's generic coverage XML
	Sonar = "sonar"
)

// Formats are all names, in the order of the documentation.
func Formats() []string {
	return []string{Go, LCOV, Cobertura, JaCoCo, Clover, CoveragePy, SimpleCov, Istanbul, OpenCover, Gcov, Gcovr, LLVM, Xccov,
		Coveralls, Sonar}
}

var (
	goMode  = lazyregexp.New(`^mode: (?:set|count|atomic)\r?(?:\n|$)`)
	record  = lazyregexp.New(`(?m)^(?:SF:.|end_of_record\r?$)`)
	gcovTag = lazyregexp.New(`(?m)^\s*-:\s+0:Source:.`)
	xmlRoot = lazyregexp.New(`<([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*/?>`)
	comment = lazyregexp.New(`(?s)<!--.*?-->`)
)

// Format names the format of a report by its first bytes, at least registry.Head of them or all there are.
func Format(head []byte) (string, error) {
	head = registry.Trim(head)
	format := ""
	switch {
	case len(head) == 0:
		return "", errors.New("the file is empty")
	case goMode.Match(head):
		format = Go
	case head[0] == '<':
		format = ofXML(head)
	case head[0] == '{':
		format = ofJSON(head)
	case gcovTag.Match(head):
		format = Gcov
	case record.Match(head):
		format = LCOV
	}
	if format == "" {
		return "", fmt.Errorf("it begins like none of the known formats; name it: %s", strings.Join(Formats(), ", "))
	}
	return format, nil
}

// ofXML goes by the root element and what only one of the formats has in it.
func ofXML(head []byte) string {
	head = comment.ReplaceAll(head, nil)
	m := xmlRoot.FindSubmatch(head)
	if m == nil {
		return ""
	}
	has := func(text string) bool { return bytes.Contains(head, []byte(text)) }
	switch string(m[1]) {
	case "CoverageSession":
		return OpenCover
	case "report":
		if has("-//JACOCO//") || has("<sessioninfo") || has("<sourcefile") || has("<package") || has("<group") || has("<counter") {
			return JaCoCo
		}
	case "coverage":
		switch attributes := string(m[2]); {
		case has("<lineToCover"), has("<file path="):
			return Sonar
		case strings.Contains(attributes, "line-rate"), has("<packages"), has("<sources"), has("coverage-04.dtd"):
			return Cobertura
		case strings.Contains(attributes, "clover"), strings.Contains(attributes, "generated"), has("<project"):
			return Clover
		}
	}
	return ""
}

// ofJSON reads as many tokens as there are and goes by the first telling key.
func ofJSON(head []byte) (format string) {
	var keys []string // the names around the current value
	outline.Walk(head, func(around []outline.Level, event outline.Event, _ json.Token) bool {
		if event != outline.Member {
			return true
		}
		keys = keys[:0]
		for _, l := range around {
			keys = append(keys, l.Member)
		}
		format = telling(keys)
		return format == ""
	})
	return format
}

// telling names the format that alone has this key at this depth.
func telling(keys []string) string {
	switch last := keys[len(keys)-1]; {
	case len(keys) == 3 && keys[0] == "files" && (last == "executed_lines" || last == "missing_lines"):
		return CoveragePy
	case (len(keys) == 2 || len(keys) == 3 && keys[1] == "data") && (last == "statementMap" || last == "branchMap" || last == "fnMap"):
		return Istanbul
	case len(keys) == 2 && keys[0] == "meta" && last == "simplecov_version",
		len(keys) == 2 && keys[0] != "meta" && last == "coverage",
		len(keys) == 3 && keys[0] == "coverage" && last == "lines",
		len(keys) == 3 && keys[0] == "files" && keys[1] == "" && (last == "covered_percent" || last == "coverage"):
		return SimpleCov
	case len(keys) == 1 && (last == "gcovr/format_version" || last == "gcc_version"),
		// gcovr sorts its keys, so that what tells most comes last.
		len(keys) == 5 && keys[0] == "files" && keys[1] == "" &&
			(keys[2] == "lines" && (last == "line_number" || strings.HasPrefix(last, "gcovr/")) || keys[2] == "functions" &&
				(last == "execution_count" || last == "lineno")):
		return Gcovr
	case len(keys) == 1 && last == "source_files":
		return Coveralls
	case len(keys) == 5 && keys[0] == "data" && keys[1] == "" && keys[2] == "files" && (last == "segments" || last == "expansions"):
		return LLVM
	case len(keys) == 3 && keys[1] == "" && last == "isExecutable":
		return Xccov
	}
	return ""
}
