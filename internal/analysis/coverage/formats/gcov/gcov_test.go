package gcov

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"gcov -b", "        -:    0:Source:src/a.c\n        -:    0:Graph:a.gcno\n        -:    1:#include <stdio.h>\n" +
		"function main called 1 returned 100% blocks executed 80%\n        1:    2:int main(void)\n       3*:    3:  if " +
		"(x)\nbranch  0 taken 50% (fallthrough)\nbranch  1 taken 0%\n    #####:    4:    puts(\"a: b\");\ncall    0 " +
		"never executed\n    =====:    5:  }\n        2:    6:  y();\nbranch  0 taken 1\nbranch  1 taken 1\n    #####:  " +
		"  7:  if (z)\nbranch  0 never executed\nbranch  1 never executed\n", "src/a.c: 2 hit, 3 partial, 4-5 miss, 6 hit, 7 miss", ""},
	{"two files and templates",
		"        -:    0:Source:a.cc\n       1k:    1:f<int>()\n------------------\n_Z1fIiE:\n        1:    1:f<int>()\n" +
			"------------------\n        -:    0:Source:b.cc\r\n        0:    1:g\r\n", "a.cc: 1 hit b.cc: 1 miss", ""},
	{"no source", "        1:    1:x\n", "", "before the name of its source"},
	{"nothing", "\n", "", "no source in it"},
	{"another text", "hello\n", "", "is no line of gcov"},
	{"a branch of nothing", "branch x\n", "", "is no branch"},
	{"a count", "        -:    0:Source:a\n  abc:   1:x\n", "", "is no number"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }
