package language

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// realGit runs git in dir without any configuration but its own. A status of 1 with no complaint is an empty answer.
func realGit(t testing.TB, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_ATTR_NOSYSTEM=1", "LC_ALL=C"}
	cmd.Stdin = strings.NewReader(stdin)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil && (cmd.ProcessState.ExitCode() != 1 || complaint.Len() > 0) {
		t.Fatalf("git %v: %v\n%s", args, err, complaint.String())
	}
	return string(out)
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for path, content := range files {
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// gitAttributes asks git for all attributes of the paths: "path attr=value", with "set", "unset" or the text.
func gitAttributes(t testing.TB, files map[string]string, paths []string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	realGit(t, dir, "", "init", "-q")
	write(t, dir, files)
	out := strings.Split(realGit(t, dir, strings.Join(paths, "\x00")+"\x00", "check-attr", "-a", "-z", "--stdin"), "\x00")
	got := map[string]string{}
	for i := 0; i+2 < len(out); i += 3 {
		got[out[i]+" "+out[i+1]] = out[i+2]
	}
	return got
}

func ourAttributes(files map[string]string, paths []string) (map[string]string, []Problem) {
	content := map[string][]byte{}
	for path, c := range files {
		content[path] = []byte(c)
	}
	a, problems := ParseAttributes(content)
	got := map[string]string{}
	for _, path := range paths {
		for name, v := range a.values(path, nil, newMeter()) {
			switch v.Setting {
			case Set:
				got[path+" "+name] = "set"
			case Unset:
				got[path+" "+name] = "unset"
			case Valued:
				got[path+" "+name] = v.Text
			}
		}
	}
	return got, problems
}

// TestAttributesLikeGit compares every attribute of every path with git check-attr.
func TestAttributesLikeGit(t *testing.T) {
	paths := []string{"a.txt", "x.c", "src/x.c", "src/deep/x.c", "src/gen/y.c", "docs/a b.md", "é.txt", "!a", "#a", "src/!a",
		"lib/a[1].c", "[attr]", "vendor/x", "src/vendor/x/y", `back\slash`}
	for name, files := range map[string]map[string]string{
		"last line wins": {".gitattributes": "*.c one\n*.c -one\n*.c two=1\n*.c two=2\nx.c !two\n"},
		"last word wins": {".gitattributes": "*.c one -one two=1 two=2 !three three\n"},
		"folders": {".gitattributes": "*.c a=root b=root\n/x.c c\nsrc/x.c d\nsrc/**/x.c e\n**/x.c f\n",
			"src/.gitattributes": "*.c a=src\n/x.c g\ndeep/x.c h\n!x.c i\n", "src/deep/.gitattributes": "x.c !b a\n"},
		"folder patterns": {".gitattributes": "src/ a\nsrc b\nvendor/** c\n**/vendor/** d\nvendor e\nsrc/** f\n/src/* g\n"},
		"macros": {
			".gitattributes": "[attr]gen linguist-generated -diff\n*.c gen\nx.c diff\nsrc/deep/x.c -gen\nsrc/gen/* !linguist-generated\n"},
		"macro later":       {".gitattributes": "*.c gen\n[attr]gen one\n[attr]gen two\n"},
		"macro in macro":    {".gitattributes": "[attr]outer inner x=1\n[attr]inner y outer\n*.c outer\n"},
		"macro below":       {"src/.gitattributes": "[attr]gen one\n*.c gen\n"},
		"macro taken back":  {".gitattributes": "*.c binary\nx.c -binary\n"},
		"macro with value":  {".gitattributes": "*.c binary=yes\n"},
		"binary":            {".gitattributes": "*.c binary\nsrc/x.c diff\n"},
		"binary redefined":  {".gitattributes": "[attr]binary foo\n*.c binary\n"},
		"comments and CRLF": {".gitattributes": "# *.c a\r\n  *.c b\r\n\t# c\r\n*.txt c=d\r\n\r\n"},
		"byte order mark":   {".gitattributes": "\ufeff*.c a\n"},
		"quoting": {
			".gitattributes": "\"docs/a b.md\" a\n\"\\303\\251.txt\" b\n\"x.c\"c\n\"x.c d\n\"\\!a\" e\n\"[attr]foo bar\" z\n*.c foo\n"},
		"odd names": {".gitattributes": "\\!a a\n!a b\n\\#a c\n#a d\n[attr] e\n"},
		"brackets": {
			".gitattributes": "lib/a[[]1].c a\nlib/a\\[1\\].c b\nlib/a[1].c c\n[!a-w].c d\n[^x].c e\n[[:alpha:]].c f\n" +
				"[[:nope:]].c g\n[x.c h\n[]x].c i\nlib?a[[]1].c j\n[x-].c k\n[w-y].c l\n[\\w-\\y].c m\n"},
		"bad attributes":   {".gitattributes": "*.c a b@d c\n*.c -=x\n*.c --d\n*.txt ok\n*.c e=\n*.c =f\n*.c -g=h\n*.c a.b-c_d\n"},
		"backslash at end": {".gitattributes": "x.c\\ a\n*\\ b\nback\\\\slash c\n"},
		"stars": {
			".gitattributes": "src** a\nsrc**/x.c b\nsr**c/x.c c\n***/x.c d\nsrc/***/x.c e\nsrc*/x.c f\n*/x.c g\n* h\n" +
				"** i\n/** j\n/* k\ns**/x.c l\nsrc/**x.c m\n**\\/x.c n\n"},
		"long line": {".gitattributes": "*.c a=" + strings.Repeat("x", 2045) + "\n*.c b=" + strings.Repeat("x", 2000) + "\n"},
		"linguist, the lot": {
			".gitattributes": "src/gen/** linguist-generated\nsrc/gen/y.c -linguist-generated\nvendor/** " +
				"linguist-vendored=false\ndocs/** linguist-documentation=true\n"},
		"no newline at end":  {".gitattributes": "*.c a"},
		"pattern without":    {".gitattributes": "*.c\n*.c a\n*.c\n"},
		"slash in the front": {".gitattributes": "/src a\n/src/x.c b\n//src/x.c c\nsrc//x.c d\n/ e\n"},
	} {
		t.Run(name, func(t *testing.T) {
			want := gitAttributes(t, files, paths)
			got, problems := ourAttributes(files, paths)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-git +ours):\n%s\nproblems: %v", diff, problems)
			}
		})
	}
}

// TestPatternsLikeGit makes random patterns and paths of few letters, so that much matches, and compares with git.
func TestPatternsLikeGit(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	pieces := []string{"a", "b", "c", "ab", "/", "/", "*", "**", "?", "**/", "/**", "[ab]", "[!a]", "[a-c]", `\a`, `\*`, "[[:alpha:]]",
		"[]", "-", ".", "[a", "*/"}
	var paths []string
	for range 120 {
		var parts []string
		for range 1 + r.IntN(4) {
			parts = append(parts, []string{"a", "b", "ab", "abc", "c.a", "*", "a-b", "ca"}[r.IntN(8)])
		}
		paths = append(paths, strings.Join(parts, "/"))
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	var lines strings.Builder
	var patterns []string
	for i := range 1500 {
		var p strings.Builder
		for range 1 + r.IntN(6) {
			p.WriteString(pieces[r.IntN(len(pieces))])
		}
		patterns = append(patterns, p.String())
		fmt.Fprintf(&lines, "%s p%d\n", p.String(), i)
	}
	files := map[string]string{".gitattributes": lines.String()}
	want := gitAttributes(t, files, paths)
	got, _ := ourAttributes(files, paths)
	if len(want) < 1000 {
		t.Fatalf("only %d matches; the test tests little", len(want))
	}
	wrong := 0
	for _, key := range slices.Sorted(maps.Keys(merge(want, got))) {
		if want[key] != got[key] && wrong < 20 {
			path, attr, _ := strings.Cut(key, " p")
			var n int
			fmt.Sscan(attr, &n)
			t.Errorf("pattern %q, path %q: git says %q, we say %q", patterns[n], path, want[key], got[key])
			wrong++
		}
	}
}

func merge(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// TestIgnoreLikeGit compares each list of patterns with git check-ignore.
func TestIgnoreLikeGit(t *testing.T) {
	paths := []string{"a", "a.log", "src/a.log", "build/x", "build/keep/x", "src/build/x", "docs/gen/a.md", "docs/gen/keep.md",
		"docs/keep.md", "!x", "#x", "end ", "sp x", "deep/er/build/x/y", "foobar/baz", "foo/bar"}
	for name, list := range map[string]string{
		"last match wins":        "*.log\n!src/a.log\n",
		"folder":                 "build/\n",
		"folder at the root":     "/build/\n",
		"folder is not re-won":   "build/\n!build/keep/x\n",
		"contents can be re-won": "docs/gen/*\n!docs/gen/keep.md\n",
		"double star":            "**/build/**\ndocs/**/keep.md\n",
		"comments and blanks":    "# a\n\na   \nend\\ \n",
		"escapes":                "\\!x\n\\#x\n",
		"negated first":          "!a\na\n",
		"all but":                "*\n!docs/\n!docs/keep.md\n",
		"all but files":          "/*\n!/docs\n/docs/*\n!/docs/keep.md\n",
		"slash alone":            "/\n!\n//\n",
		"no wildcard prefix":     "foo/\nfoo/ba\nfoobar/baz/\n",
		"CRLF":                   "*.log\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			realGit(t, dir, "", "init", "-q")
			write(t, dir, map[string]string{".gitignore": list})
			for _, path := range paths {
				write(t, dir, map[string]string{path: ""})
			}
			ignored := strings.Split(realGit(t, dir, strings.Join(paths, "\x00")+"\x00", "check-ignore", "--no-index", "-z", "--stdin"),
				"\x00")
			ig, errs := ParseIgnore(strings.Split(list, "\n"))
			if len(errs) > 0 {
				t.Error(errs)
			}
			for _, path := range paths {
				want := slices.Contains(ignored, path)
				if by := ig.Match(path); (by != "") != want {
					t.Errorf("%q: git says %v, we say %q", path, want, by)
				}
			}
		})
	}
}
