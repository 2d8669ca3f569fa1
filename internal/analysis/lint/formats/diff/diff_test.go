package diff

import (
	"testing"

	"github.com/lintel-review/lintel/internal/report/formattest"
)

var cases = []formattest.Case{
	{"gofmt", "diff cart/a.go.orig cart/a.go\n--- cart/a.go.orig\n+++ cart/a.go\n@@ -1,5 +1,5 @@\n package cart\n \n" +
		"-var  a = 1\n-var b  = 2\n+var a = 1\n+var b = 2\n var c = 3\n",
		`cart/a.go:3-4 error gofmt format: The formatter would write 2 lines differently. [3:0-4:0 "var a = 1\nvar b = 2\n"]`, ""},
	{"rustfmt", "Diff in /w/src/main.rs:1:\n fn main() {\n\x1b[31m-    let x=1;\n\x1b(B\x1b[m\x1b[32m+    let x = 1;\n" +
		"\x1b(B\x1b[m \n\x1b[31m-\n\x1b(B\x1b[m }\nDiff in /w/src/b.rs:7:\n }\n-fn a( ) {}\n+fn a() {}\n+\n",
		`/w/src/main.rs:2 error rustfmt format: The formatter would write 1 line differently. [2:0-2:0 "    let x = ` +
			`1;\n"]; /w/src/main.rs:4 error rustfmt format: The formatter would remove 1 line. [4:0-4:0 ""]; ` +
			`/w/src/b.rs:8 error rustfmt format: The formatter would write 1 line differently. [8:0-8:0 "fn a() {}\n"]`, ""},
	{"rustfmt before 1.7", "Diff in /w/a.rs at line 3:\n-a( )\n+a()\n\n",
		`/w/a.rs:3 error rustfmt format: The formatter would write 1 line differently. [3:0-3:0 "a()\n"]`, ""},
	{"rustfmt, no line end", "Diff in /w/a.rs:3:\n fn a() {}\n+\n",
		"/w/a.rs:3 error rustfmt format: The formatter would end the file with a line end.", ""},
	{"rustfmt that cannot parse", "error: this file contains an unclosed delimiter\n --> /w/o.rs:4:8\n", "", "no hunk"},
	{"black", "--- a.py\t2026-01-01 00:00:00.000000 +0000\n+++ a.py\t2026-01-01 00:00:01.000000 +0000\n@@ -1,2 +1,3 @@\n" +
		" x = 1\n+\n y = 2\n@@ -10,2 +11,1 @@\n z\n-\nwould reformat a.py\n",
		`a.py:2 error format format: The formatter would add 1 line here. [2:0-1:0 "\n"]; a.py:11 error format format: ` +
			`The formatter would remove 1 line. [11:0-11:0 ""]`, ""},
	{"git", "diff --git a/web/a b.ts b/web/a b.ts\nindex 1..2 100644\n--- a/web/a b.ts\n+++ b/web/a b.ts\n@@ -3 +3 @@ " +
		"function x\n-  a\n+\ta\n\\ No newline at end of file\n",
		`web/a b.ts:3 error format format: The formatter would write 1 line differently. [3:0-3:0 "\ta\n"]`, ""},
	{"two runs in a hunk", "--- a\n+++ a\n@@ -1,5 +1,5 @@\n-1\n+one\n 2\n--- 3\n+++ three\n 4\n 5\n",
		`a:1 error format format: The formatter would write 1 line differently. [1:0-1:0 "one\n"]; a:3 error format ` +
			`format: The formatter would write 1 line differently. [3:0-3:0 "++ three\n"]`, ""},
	{"a new file", "--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n", "nothing of format", ""},
	{"a file that goes", "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
		`x:1 error format format: The formatter would remove 1 line. [1:0-1:0 ""]`, ""},
	{"nothing", "", "nothing of format", ""},
	{"a rename", "--- a/x\n+++ b/y\n@@ -1 +1 @@\n-x\n+y\n",
		`x:1 error format format: The formatter would write 1 line differently. [1:0-1:0 "y\n"]`, ""},
	{"no diff", "would reformat a.py\n", "", "no hunk"},
	{"a bad header", "--- a\n+++ a\n@@ -x +1 @@\n", "", "is not a hunk header"},
	{"a long number", "--- a\n+++ a\n@@ -99999999999 +1 @@\n", "", "is not a hunk header"},
	{"a short hunk", "--- a\n+++ a\n@@ -1,3 +1,3 @@\n x\n", "", "ends inside a hunk"},
	{"no line of a hunk", "--- a\n+++ a\n@@ -1,3 +1,3 @@\nx\n", "", "is no line of a hunk"},
	{"a line too many", "--- a\n+++ a\n@@ -1,1 +1,3 @@\n-x\n-y\n", "", "more lines than its header"},
}

func TestRead(t *testing.T) { formattest.Run(t, Read, cases) }

// FuzzRead holds that no input makes the reader panic or leave the limits, and that what it reads is in order.
func FuzzRead(f *testing.F) { formattest.Fuzz(f, Read, cases) }
