package goprofile

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"set", "mode: set\nm/a.go:3.19,5.2 2 1\nm/a.go:7.19,9.2 1 0\n", "m/a.go: 3-4 hit, 7-8 miss", ""},
	{"closing brace", "mode: set\na.go:15.19,17.2 2 1\nb.go:15.19,17.9 2 1\n", "a.go: 15-16 hit b.go: 15-17 hit", ""},
	{"crlf, no last newline", "mode: count\r\na.go:1.1,1.9 1 12\r\na.go:2.1,2.9 1 0", "a.go: 1 hit, 2 miss", ""},
	{"shards with their modes, the same block twice",
		"mode: set\na.go:1.1,1.9 1 0\nmode: set\na.go:1.1,1.9 1 1\nmode: set\na.go:1.1,1.9 1 0\n", "a.go: 1 hit", ""},
	{"a drive in the name", "mode: atomic\nC:\\src\\a.go:1.1,2.9 1 3\n", "C:\\src\\a.go: 1-2 hit", ""},
	{"no statements", "mode: set\na.go:1.1,2.9 0 0\n", "a.go:", ""},
	{"an empty block", "mode: set\na.go:4.2,4.2 1 1\n", "a.go: 4 hit", ""},
	{"overlapping blocks", "mode: set\na.go:1.1,2.20 2 1\na.go:2.20,4.3 1 0\n", "a.go: 1-2 hit, 3-4 miss", ""},
	{"huge counts", "mode: count\na.go:1.1,1.9 1 99999999999999999\na.go:2.1,2.9 1 18446744073709551615\n", "a.go: 1 hit, 2 miss", ""},
	{"only a mode", "mode: set\n", "", ""},
	{"empty", "", "", "is empty"},
	{"no mode", "a.go:1.1,1.9 1 1\n", "", "line 1: a Go cover profile begins"},
	{"a wrong mode", "mode: maybe\n", "", "the mode \"maybe\""},
	{"no block", "mode: set\nhello\n", "", "line 2: \"hello\" is no block"},
	{"a NaN", "mode: set\na.go:1.1,1.9 1 NaN\n", "", "\"NaN\" is no number"},
	{"backwards", "mode: set\na.go:5.1,1.9 1 1\n", "", "ends before it begins"},
	{"a negative line", "mode: set\na.go:-1.1,1.9 1 1\n", "", "want \"line.column"},
	{"a line beyond the limit", "mode: set\na.go:1.1,99999999.9 1 1\n", "", "a line is between 1 and"},
	{"a line of 10 MB", "mode: set\n" + strings.Repeat("x", 10<<20), "", "line 2: it has more than"},
}

// TestRead holds the reader to each report of the table.
func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }
