package lexer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// marks are how the tests write kinds: w a word, 9 a number, s a literal, c a comment, m a mark.
var marks = map[Kind]string{Word: "w", Number: "9", Literal: "s", Comment: "c", Mark: "m"}

func written(l Language, text string) string {
	tokens, err := Split(l, []byte(text))
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, t := range tokens {
		out = append(out, marks[t.Kind]+":"+text[t.Start:t.End])
	}
	return strings.Join(out, " ")
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		language   Language
		text, want string
	}{
		{"go", "a := `\"` // b", "w:a m::= s:`\"` c:// b"},
		{"js", "x = a / b / c", "w:x m:= w:a m:/ w:b m:/ w:c"},
		{"js", "x = /[/\"]/g.test(y)", "w:x m:= s:/[/\"]/g m:. w:test m:( w:y m:)"},
		{"js", "`a${`}${1}`}b`", "s:`a${`}${1}`}b`"},
		{"tsx", "a = <b c=\"'\">d'e{f}</b>", "w:a m:= s:> s:d'e m:{ w:f m:} s:>"},
		{"python", "rb'\\'' # c", "s:'\\'' c:# c"},
		{"python", "'''a\n'b'''", "s:'''a\n'b'''"},
		{"ruby", "a(<<~B, /'/)\n  '\nB\nc", "w:a m:( s:<<~B m:, s:/'/ m:) s:\n  '\nB w:c"},
		{"ruby", "a(b)\n/c(/.d", "w:a m:( w:b m:) s:/c(/ m:. w:d"},
		{"ruby", "/#{a.b(/c'/, '')}[(]/i", "s:/#{a.b(/c'/, '')}[(]/i"},
		{"ruby", "def /(o)\n a(:%, o)", "w:def m:/ m:( w:o m:) w:a m:( m:: m:% m:, w:o m:)"},
		{"ruby", "%w[a 'b] ? ?' : x!", "s:%w[a 'b] m:? s:?' m:: w:x!"},
		{"rust", "r#\"\"\"# 'a' &'b /* /* */ */", "s:#\"\"\"# s:'a' m:& w:'b c:/* /* */ */"},
		{"csharp", "$\"{a[\"x\"]}}}\" + @\"\"\"\"", "s:$\"{a[\"x\"]}}}\" m:+ s:@\"\"\"\""},
		{"swift", "\"\\(a(\")\"))\" #\"a\"b\"#", "s:\"\\(a(\")\"))\" s:#\"a\"b\"#"},
		{"cpp", "#if 0\n'\n#else\na\n#endif\n1'0", "w:a 9:1'0"},
		{"cpp", "#ifdef A\na\n#else\nb\n#endif\nc", "w:a w:c"},
		{"c", "#define A 1 /* it's\n * it's */\n#include \"a/*b\" // it's /*\nc", "w:c"},
		{"php", "<b>'</b><?php 'x' ?>'<?= 1", "s:'x' 9:1"},
		{"kotlin", "\"${\"}\"}\" `a b`", "s:\"${\"}\"}\" w:`a b`"},
		{"scala", "'a 'b' s\"${\"}\"}\"", "w:'a s:'b' w:s s:\"${\"}\"}\""},
		{"java", "\"\"\"\n\" \\\"\"\"\"", "s:\"\"\"\n\" \\\"\"\"\""},
		{"js", "'a\n'", "the string of line 1 does not end"},
		{"java", "\n/* a", "the comment of line 2 does not end"},
		{"", "a", "its language is not known"},
	} {
		if d := cmp.Diff(c.want, written(c.language, c.text)); d != "" {
			t.Errorf("%s %q: %s", c.language, c.text, d)
		}
	}
}

// Tokens are in order, inside of the text, and on the lines that they say.
func FuzzSplit(f *testing.F) {
	f.Add("a.js", "a = `${b}` /c/ <d>e</d>")
	f.Add("a.rb", "<<~A\nA\n%w[b]")
	f.Fuzz(func(t *testing.T, file, text string) {
		tokens, err := Split(Of(file), []byte(text))
		if err != nil && tokens != nil {
			t.Fatal("tokens of a text that is not known")
		}
		end := int32(0)
		for _, x := range tokens {
			if x.Start < end || x.End <= x.Start || int(x.End) > len(text) {
				t.Fatalf("%+v after %d in %d bytes", x, end, len(text))
			}
			if line := strings.Count(text[:x.Start], "\n") + 1; line != int(x.Line) {
				t.Fatalf("%+v is on line %d", x, line)
			}
			end = x.End
		}
	})
}
