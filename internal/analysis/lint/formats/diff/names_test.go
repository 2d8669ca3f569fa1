package diff

import "testing"

// TestNames holds the habits of formatters: what they write around a file's name, at the root and below it.
func TestNames(t *testing.T) {
	for _, c := range []struct{ tool, old, now, want string }{
		{"git", "a/main.tf", "b/main.tf", "main.tf"},
		{"git, below", "a/web/src/a.ts", "b/web/src/a.ts", "web/src/a.ts"},
		{"git, mnemonic", "i/web/a.ts", "w/web/a.ts", "web/a.ts"},
		{"git, against a commit", "c/a.ts", "w/a.ts", "a.ts"},
		{"git, a folder a", "a/a/x", "b/a/x", "a/x"},
		{"git, no prefix", "a/x.js", "a/x.js", "a/x.js"},
		{"isort", "/w/a.py:before", "/w/a.py:after", "/w/a.py"},
		{"isort, at the root", "a.py:before", "a.py:after", "a.py"},
		{"isort on Windows", `C:\w\shop\a.py:before`, `C:\w\shop\a.py:after`, `C:\w\shop\a.py`},
		{"terraform fmt", "old/main.tf", "new/main.tf", "main.tf"},
		{"terraform fmt, below", "old/mod/net/main.tf", "new/mod/net/main.tf", "mod/net/main.tf"},
		{"a folder old", "old/main.tf", "old/main.tf", "old/main.tf"},
		{"a folder old in git", "a/old/main.tf", "b/old/main.tf", "old/main.tf"},
		{"gofmt", "cart/a.go.orig", "cart/a.go", "cart/a.go"},
		{"shfmt", "bin/a.sh.orig", "bin/a.sh", "bin/a.sh"},
		{"a file .orig", "a.orig", "a.orig", "a.orig"},
		{"golines", "a.go", "a.go.shortened", "a.go"},
		{"black and ruff", "web/a.py", "web/a.py", "web/a.py"},
		{"docformatter", "before/web/a.py", "after/web/a.py", "web/a.py"},
		{"autopep8", "original/web/a.py", "fixed/web/a.py", "web/a.py"},
		{"autopep8, absolute", "original//w/a.py", "fixed//w/a.py", "/w/a.py"},
		{"phpcs", "src/A.php", "PHP_CodeSniffer", "src/A.php"},
		{"buildifier", "web/BUILD", "/tmp/buildifier-tmp-1", "web/BUILD"},
		{"clang-format-diff", "src/a.c (before formatting)", "src/a.c (after formatting)", "src/a.c"},
		{"scalafmt", "a/A.scala", "b/A.scala", "A.scala"},
		{"a file that goes", "a/x", "/dev/null", "x"},
		{"a file that comes", "/dev/null", "b/x", ""},
	} {
		if got := pick(c.old, c.now); got != c.want {
			t.Errorf("%s: %q and %q are %q, want %q", c.tool, c.old, c.now, got, c.want)
		}
	}
	for in, want := range map[string]string{
		"a.py\t2026-01-01 00:00:00.000000 +0000": "a.py", "a.py\t(original)": "a.py", "a.py:before\t2026-01-01": "a.py:before",
		`"a\303\251.py"`: "aé.py", "a b.py": "a b.py",
	} {
		if got := name(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
