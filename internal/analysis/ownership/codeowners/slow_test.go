package codeowners

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// slow is the plain reading of a pattern: one regular expression for each line, nothing shared with the index.
type slow []*regexp.Regexp

func newSlow(rules []Rule) slow {
	s := make(slow, len(rules))
	for i, r := range rules {
		s[i] = expression(r.Pattern)
	}
	return s
}

func (s slow) match(path string) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] != nil && s[i].MatchString(path) {
			return i
		}
	}
	return -1
}

// expression translates a valid pattern; nil takes nothing.
func expression(p string) *regexp.Regexp {
	// A private character for each escaped one keeps the splitting below simple.
	var escaped []string
	p = regexp.MustCompile(`(?s)\\.`).ReplaceAllStringFunc(p, func(s string) string {
		if s == `\/` {
			return "/"
		}
		escaped = append(escaped, s[1:])
		return fmt.Sprintf("\x01%d\x02", len(escaped)-1)
	})
	below := strings.HasSuffix(p, "/")
	p = strings.TrimSuffix(p, "/")
	anchored := strings.Contains(p, "/")
	p = strings.TrimPrefix(p, "/")
	segs := strings.Split(p, "/")
	re := "^"
	if !anchored {
		re += "(?:[^/]+/)*"
	}
	for i, s := range segs {
		last := i == len(segs)-1
		switch {
		case s == "":
			return nil
		case s == "**" && anchored && last:
			re += "[^/]+(?:/[^/]+)*"
		case s == "**" && anchored:
			re += "(?:[^/]+/)*"
		default:
			for j, lit := range regexp.MustCompile(`\*+|\?`).Split(s, -1) {
				if j > 0 {
					if op := regexp.MustCompile(`\*+|\?`).FindAllString(s, -1)[j-1]; op == "?" {
						re += "[^/]"
					} else {
						re += "[^/]*"
					}
				}
				lit = regexp.MustCompile("\x01[0-9]+\x02").ReplaceAllStringFunc(lit, func(m string) string {
					var n int
					fmt.Sscanf(m[1:], "%d", &n)
					return escaped[n]
				})
				re += regexp.QuoteMeta(lit)
			}
			if !last {
				re += "/"
			}
		}
	}
	switch star := segs[len(segs)-1] == "*"; {
	case below:
		re += "/.+"
	case !star || !anchored:
		re += "(?:/.+)?"
	}
	return regexp.MustCompile("(?s)" + re + "$")
}

var alphabet = []string{"a", "b", "ab", "*", "?", "**", "a*", "*b", "a*b", "**a", "b**", "a?", `\*`, "*a*", ".a", "?b", "a.b", `\a`, "*.b"}

func randomPattern(r *rand.Rand) string {
	var b strings.Builder
	if r.IntN(3) == 0 {
		b.WriteByte('/')
	}
	for i := range 1 + r.IntN(4) {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(alphabet[r.IntN(len(alphabet))])
	}
	if r.IntN(4) == 0 {
		b.WriteByte('/')
	}
	return b.String()
}

func randomPath(r *rand.Rand) string {
	names := []string{"a", "b", "ab", "aab", "abb", ".a", "a.b", "c", "*", "ba", "b.b"}
	s := names[r.IntN(len(names))]
	for range r.IntN(5) {
		s += "/" + names[r.IntN(len(names))]
	}
	return s
}

func TestIndexAgreesWithPlainReading(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		var text strings.Builder
		for range 1 + r.IntN(30) {
			text.WriteString(randomPattern(r) + " @o\n")
		}
		f := parse(t, text.String())
		if len(f.Problems) > 0 {
			t.Fatalf("%+v", f.Problems)
		}
		plain, m := newSlow(f.Rules), f.Matcher()
		var paths []string
		for range 60 {
			p := randomPath(r)
			paths = append(paths, p)
			if got, want := m.Match(p), plain.match(p); got != want {
				t.Fatalf("Match(%q) = %d, want %d in\n%s", p, got, want, text.String())
			}
		}
		checkUses(t, f, plain, paths)
	}
}

// checkUses counts by the plain reading what Uses finds by the index.
func checkUses(t *testing.T, f *File, plain slow, paths []string) {
	t.Helper()
	matched, won := make([]int, len(plain)), make([]int, len(plain))
	for _, p := range paths {
		for i, re := range plain {
			if re != nil && re.MatchString(p) {
				matched[i]++
			}
		}
		if i := plain.match(p); i >= 0 {
			won[i]++
		}
	}
	for i, u := range f.Uses(paths, 1<<30) {
		if u.Matched != matched[i] || u.Won != won[i] {
			t.Fatalf("rule %d %q: uses %+v, want matched %d, won %d", i, f.Rules[i].Pattern, u, matched[i], won[i])
		}
		if u.By >= 0 && u.By <= i {
			t.Fatalf("rule %d is beaten by the earlier %d", i, u.By)
		}
	}
}

// git check-ignore is the judge of what a pattern takes: one directory with one .gitignore for each pattern, all in one run.
// GitHub differs from git for patterns that end in "/*", "*" or "**", so those are left to the table. So is "b**/a": gitignore(5) says
// that such stars are ordinary, but git compares the plain "b" by itself first and then reads the rest as a leading "**/".
func TestGitIsTheOracle(t *testing.T) {
	dir := t.TempDir()
	git := func(stdin string, args ...string) []byte {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "core.ignorecase=false", "-c", "core.quotepath=false"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.Output()
		if e, ok := errors.AsType[*exec.ExitError](err); ok && e.ExitCode() == 1 && args[0] == "check-ignore" {
			return out
		}
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return out
	}
	git("", "init", "-q")
	r := rand.New(rand.NewPCG(3, 4))
	const patterns, each = 2500, 24
	var query strings.Builder
	want := map[string]bool{}
	var asked []string
	rules := make([]string, patterns)
	for i := range patterns {
		p := randomPattern(r)
		for strings.HasSuffix(p, "*") || strings.Contains(p, "b**/") {
			p = randomPattern(r)
		}
		rules[i] = p
		sub := fmt.Sprintf("p%04d", i)
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, sub, ".gitignore"), []byte(p+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		for range each {
			path := sub + "/" + randomPath(r)
			asked = append(asked, path)
			query.WriteString(path + "\x00")
		}
	}
	for line := range strings.SplitSeq(string(git(query.String(), "check-ignore", "--no-index", "--stdin", "-z")), "\x00") {
		want[line] = true
	}
	if len(want) < patterns {
		t.Fatalf("only %d paths were taken: the oracle is not asked in earnest", len(want))
	}
	for i, path := range asked {
		pattern := rules[i/each]
		_, inside, _ := strings.Cut(path, "/")
		got := parse(t, pattern+" @o").Matcher().Match(inside) == 0
		if got != want[path] {
			t.Errorf("pattern %q, path %q: match %v, git says %v", pattern, inside, got, want[path])
		}
	}
}

func TestTrialsAreCounted(t *testing.T) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "*x%d* @o\n", i)
	}
	f := parse(t, text.String())
	m := f.Matcher()
	m.Match("a/b/c")
	if m.Trials() != 3000 {
		t.Errorf("%d trials for 1,000 wildcards and 3 segments, want 3000", m.Trials())
	}
	if f.Uses([]string{"a/b/c", "d/e/f"}, 2999) != nil {
		t.Error("Uses went on past its limit")
	}
	if f.Uses([]string{"a/b/c"}, 3000) == nil {
		t.Error("Uses ended within its limit")
	}
}

func FuzzCodeowners(f *testing.F) {
	f.Add("* @a\n/docs/ @b/c\n", "docs/x")
	f.Add("\xef\xbb\xbf**/x/** a@b.co\r\n!x\n[a]\n\\#", "a/x/b/c")
	f.Add("a\\ b\\\n?*?/ @x\n*é?*\n//x\n/", "a b/éé")
	f.Fuzz(func(t *testing.T, text, path string) {
		if len(text) > 4096 || len(path) > 512 || strings.Contains(path, "//") || strings.HasSuffix(path, "/") ||
			strings.HasPrefix(path, "/") {
			return
		}
		file, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(text, "\n") + 1
		if len(file.Rules)+len(file.Problems) > lines {
			t.Fatalf("%d rules and %d problems in %d lines", len(file.Rules), len(file.Problems), lines)
		}
		for _, p := range file.Problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 {
				t.Fatalf("problem out of place: %+v", p)
			}
		}
		m := file.Matcher()
		got := m.Match(path)
		if again := m.Match(path); again != got {
			t.Fatalf("Match(%q) = %d, then %d", path, got, again)
		}
		won := -1
		for i, u := range file.Uses([]string{path}, 1<<30) {
			if u.Won > 0 {
				won = i
			}
		}
		if path != "" && won != got {
			t.Fatalf("Match(%q) = %d, Uses says %d", path, got, won)
		}
		// The plain reading is defined for text alone; bytes that are no characters are for the two above.
		if path == "" || strings.ContainsAny(text, "\x01\x02") || !validText(text) || !validText(path) {
			return
		}
		if want := newSlow(file.Rules).match(path); got != want {
			t.Fatalf("Match(%q) = %d, want %d in %q", path, got, want, text)
		}
	})
}

func validText(s string) bool {
	return strings.ToValidUTF8(s, "") == s && !strings.Contains(s, "\uFFFD")
}
