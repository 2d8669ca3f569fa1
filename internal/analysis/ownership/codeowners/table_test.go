package codeowners

import (
	"strings"
	"testing"
)

// The table of GitHub's pattern rules: what each pattern takes and what it leaves.
func TestPatternTable(t *testing.T) {
	tests := []struct {
		pattern string
		yes, no string
	}{
		{"*", "a.js x/y/a.js .hidden x/.hidden", ""},
		{"**", "a.js x/y/a.js", ""},
		{"*.js", "a.js x/y/a.js .js x.js/below", "a.JS a.jsx"},
		{"docs/*", "docs/a.md docs/.a", "docs/x/a.md a/docs/a.md docs"},
		{"/docs/*", "docs/a.md", "docs/x/a.md a/docs/a.md"},
		{"docs/*.md", "docs/a.md docs/x.md/y", "docs/x/a.md"},
		{"docs/*/", "docs/x/a", "docs/a x/docs/a/b"},
		{"/*", "README", "x/y"},
		{"*/", "a/b a/b/c", "c"},
		{"apps/", "apps/x a/apps/x/y", "apps a/apps myapps/x"},
		{"apps", "apps a/apps a/apps/x/y", "myapps apps2/x"},
		{"a/b", "a/b a/b/c", "x/a/b a/bc"},
		{"/build/logs/", "build/logs/x/y", "x/build/logs/y build/logs"},
		{"**/logs", "logs/a x/logs x/logs/y logs", "mylogs"},
		{"/**/logs", "logs/a x/logs x/logs/y", "mylogs"},
		{"/a/**/b", "a/b a/x/y/b a/b/c", "x/a/b a/x/y"},
		{"a/**/b", "a/b a/x/y/b a/b/c", "x/a/b"},
		{"/a/**/", "a/b/c", "a/b a"},
		{"/a/**/*", "a/b a/b/c", "a b/c"},
		{"docs/**", "docs/x docs/x/y", "docs x/docs/y"},
		{"/**", "a a/b", ""},
		{"**/*", "a a/b", ""},
		{"**/**", "a a/b", ""},
		{"a/**/**/b", "a/b a/x/b a/x/y/b", "b"},
		{"foo*/", "foobar/x x/foo/y", "foobar"},
		{"a**b", "axxb axxb/c ab", "a/b"},
		{"/a**/x", "ab/x a/x", "a/b/x"},
		{"**/", "a/b a/b/c", "c"},
		{"/", "", "a a/b"},
		{"//", "", "a a/b"},
		{"/x//y", "", "x/y x//y"},
		{"x//", "", "x/y x"},
		{"a?c", "abc x/abc aéc", "ac abbc a/c"},
		{`\*`, "* x/*", "a"},
		{`a\?`, "a?", "ab"},
		{`a\ b`, "", "ab"},
		{`\!x`, "!x", "x"},
		{`\[x\]`, "[x]", "x"},
		{`a\/b`, "a/b a/b/c", "x/a/b"},
		{"a#b", "a#b x/a#b", "a"},
		{"a,b=c&d'e!f", "a,b=c&d'e!f", ""},
		{"/größe/", "größe/x", "grösse/x"},
		{".github/", ".github/x a/.github/y", "github/x"},
		{"*.tar.*", "x.tar.gz a/x.tar.xz", "x.tar"},
		{"*a*b*", "xaxbx ab", "ba"},
		{"./a", "", "a"},
	}
	for _, tt := range tests {
		f := parse(t, tt.pattern+" @o\n")
		if len(f.Rules) != 1 {
			t.Errorf("%q: not taken: %+v", tt.pattern, f.Problems)
			continue
		}
		m := f.Matcher()
		for _, p := range strings.Fields(tt.yes) {
			if m.Match(p) != 0 {
				t.Errorf("%q does not match %q, want match", tt.pattern, p)
			}
		}
		for _, p := range strings.Fields(tt.no) {
			if m.Match(p) != -1 {
				t.Errorf("%q matches %q, want none", tt.pattern, p)
			}
		}
	}
}

func TestEscapedSpace(t *testing.T) {
	f := parse(t, `docs/a\ b.md @o`+"\n"+`c\ d`+"\n")
	for path, want := range map[string]int{"docs/a b.md": 0, "c d": 1, "x/c d/e": 1, "docs/a": -1} {
		if got := f.Matcher().Match(path); got != want {
			t.Errorf("Match(%q) = %d, want %d", path, got, want)
		}
	}
}

func TestLastLineWins(t *testing.T) {
	f := parse(t, strings.Join([]string{
		"* @all",             // 0
		"*.go @go",           // 1
		"/api/ @api",         // 2
		"/api/*.go @api-go",  // 3
		"/api/gen/",          // 4: nobody
		"/api/ @api-2",       // 5: replaces 2, and comes after 3 and 4
		"**/x/y.go @deep",    // 6
		"/web/** @web",       // 7
		"/web/*/ @web-below", // 8
	}, "\n"))
	m := f.Matcher()
	for _, tt := range []struct {
		path string
		want int
	}{
		{"README", 0}, {"a.go", 1}, {"z/a.go", 1}, {"api/a.txt", 5}, {"api/a.go", 5}, {"api/gen/z", 5},
		{"api/x/y.go", 6}, {"x/y.go", 6}, {"web/a", 7}, {"web/a/b", 8}, {"web/x/y.go", 8}, {"q/web/a", 0}, {"", -1},
	} {
		if got := m.Match(tt.path); got != tt.want {
			t.Errorf("Match(%q) = %d, want %d", tt.path, got, tt.want)
		}
	}
}

func parse(t testing.TB, s string) *File {
	t.Helper()
	f, err := Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A File is read by many at once, each with a Matcher of its own.
func TestFileIsShared(t *testing.T) {
	f := parse(t, bigFile(200))
	paths := bigTree(500)
	want := make([]int, len(paths))
	m := f.Matcher()
	for i, p := range paths {
		want[i] = m.Match(p)
	}
	for range 4 {
		t.Run("", func(t *testing.T) {
			m := f.Matcher()
			for i, p := range paths {
				if got := m.Match(p); got != want[i] {
					t.Errorf("Match(%q) = %d, want %d", p, got, want[i])
				}
			}
		})
	}
}
