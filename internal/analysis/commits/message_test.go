package commits

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	type footer struct{ Token, Separator, Value string }
	for _, c := range []struct {
		name, in string
		header   string
		body     string
		footers  []footer
		breaking bool
		glued    bool
	}{
		{"empty", "", "", "", nil, false, false},
		{"blank", "\n \r\n\t\n", "", "", nil, false, false},
		{"header", "feat: x", "feat: x", "", nil, false, false},
		{"leading blank lines", "\n\nfeat: x\n", "feat: x", "", nil, false, false},
		{"body", "feat: x\n\na\n\nb\n", "feat: x", "a\n\nb", nil, false, false},
		{"body glued to header", "feat: x\nbody", "feat: x", "body", nil, false, true},
		{"footers glued to header", "feat: x\nRefs: #1", "feat: x", "Refs: #1", nil, false, true},
		{"footer only", "feat: x\n\nRefs #133", "feat: x", "", []footer{{"Refs", " #", "133"}}, false, false},
		{"two separators", "fix: x\n\nb\n\nReviewed-by: Z\nRefs #133\n", "fix: x", "b",
			[]footer{{"Reviewed-by", ": ", "Z"}, {"Refs", " #", "133"}}, false, false},
		{"breaking", "feat: x\n\nBREAKING CHANGE: y", "feat: x", "", []footer{{"BREAKING CHANGE", ": ", "y"}}, true, false},
		{"breaking with hyphen", "feat: x\n\nBREAKING-CHANGE: y", "feat: x", "", []footer{{"BREAKING-CHANGE", ": ", "y"}}, true, false},
		{"breaking with hash", "feat: x\n\nBREAKING CHANGE #12", "feat: x", "", []footer{{"BREAKING CHANGE", " #", "12"}}, true, false},
		{"breaking, text below", "feat: x\n\nBREAKING CHANGE:\n\n- a\n- b", "feat: x", "",
			[]footer{{"BREAKING CHANGE", ": ", "- a\n- b"}}, true, false},
		{"breaking, long", "feat: x\n\nBREAKING CHANGE: a\nb\n\nc\n\nRefs: 1", "feat: x", "",
			[]footer{{"BREAKING CHANGE", ": ", "a\nb\n\nc"}, {"Refs", ": ", "1"}}, true, false},
		{"lower case is text", "feat: x\n\nbreaking change: y", "feat: x", "breaking change: y", nil, false, false},
		{"lower case hyphen is a plain footer", "feat: x\n\nbreaking-change: y", "feat: x", "",
			[]footer{{"breaking-change", ": ", "y"}}, false, false},
		{"breaking inside a paragraph", "feat: x\n\nsome text\nBREAKING CHANGE: y\nmore", "feat: x",
			"some text\nBREAKING CHANGE: y\nmore", nil, false, false},
		{"token with a space", "feat: x\n\nReviewed by: z", "feat: x", "Reviewed by: z", nil, false, false},
		{"no space after the token's colon", "feat: x\n\nRefs:1", "feat: x", "Refs:1", nil, false, false},
		{"link is no footer", "feat: x\n\nhttps://example.org", "feat: x", "https://example.org", nil, false, false},
		{"CRLF", "feat: x\r\n\r\nbody\r\n\r\nRefs: 1\r\nAcked-by: A\r\n", "feat: x", "body",
			[]footer{{"Refs", ": ", "1"}, {"Acked-by", ": ", "A"}}, false, false},
		{"trailing spaces", "feat: x  \n  \nbody \n\nRefs: 1 ", "feat: x", "body", []footer{{"Refs", ": ", "1"}}, false, false},
		{"comment lines are text", "feat: x\n\n# not a comment\n\nRefs: 1\n# of the value", "feat: x", "# not a comment",
			[]footer{{"Refs", ": ", "1\n# of the value"}}, false, false},
		{"NUL stays", "feat: x\x00y\n\nb", "feat: x\x00y", "b", nil, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parse(c.in)
			var body []string
			for _, l := range m.Body {
				body = append(body, l.Text)
			}
			var footers []footer
			for _, f := range m.Footers {
				footers = append(footers, footer{f.Token, f.Separator, f.Value})
			}
			if d := cmp.Diff([]any{c.header, c.body, c.footers, c.breaking, c.glued},
				[]any{m.Header, strings.Join(body, "\n"), footers, m.Breaking(), m.Glued}); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseLineNumbers(t *testing.T) {
	m := parse("\nfeat: x\n\n\nbody\n\nRefs: 1\n more\n")
	got := []int{m.Line, m.Body[0].Number, m.Footers[0].Lines[0].Number, m.Footers[0].Lines[1].Number}
	if d := cmp.Diff([]int{2, 5, 7, 8}, got); d != "" {
		t.Error(d)
	}
}

// TestFindHidden tries what an attacker would.
//
// Attack by the author: Hidden characters in a message: refused, and shown by name.
func TestFindHidden(t *testing.T) {
	for _, c := range []struct{ in, kind, char string }{
		{"feat: plain", "", ""}, {"fix: tab\there", "", ""}, {"fix: 👩‍💻 👨‍👩‍👧 ❤️ 👍🏽 1️⃣", "", ""},
		{"fix: 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f flag", "", ""},
		{"fix: می‌خواهم", "", ""}, {"fix: क्‍ष", "", ""}, {"fix: naïve 日本語", "", ""}, {"fix: \u0601", "", ""},
		{"fix: a\u202eb", "bidi", "U+202E"}, {"fix: a\u2066b", "bidi", "U+2066"}, {"fix: a\u200fb", "bidi", "U+200F"},
		{"fix: a\u200bb", "zero_width", "U+200B"}, {"fix: a\u200db", "zero_width", "U+200D"}, {"fix: a\u200cb", "zero_width", "U+200C"},
		{"\ufefffix: a", "zero_width", "U+FEFF"}, {"fix: a\u00adb", "zero_width", "U+00AD"}, {"fix: a\U000e0041", "zero_width", "U+E0041"},
		{"fix: a\ufe0f\ufe0fb", "zero_width", "U+FE0F"}, {"fix: \u3164", "zero_width", "U+3164"}, {"fix: \u2800", "zero_width", "U+2800"},
		{"fix: a\x00b", "control", "U+0000"}, {"fix: a\x1b[31mb", "control", "U+001B"}, {"fix: good\revil", "control", "U+000D"},
		{"fix: a\u0085b", "control", "U+0085"},
		{"fix: a\u2028b", "control", "U+2028"}, {"fix: a\xffb", "encoding", "byte 0xFF"}, {"fix: a\xc3", "encoding", "byte 0xC3"},
	} {
		got, ok := findHidden(c.in)
		if ok != (c.kind != "") || got != (hidden{c.kind, c.char}) {
			t.Errorf("findHidden(%q) = %v, want %s %s", c.in, got, c.kind, c.char)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"feat: x", "feat: x"}, {"0123456789", "0123456789"}, {"0123456789a", "012345678…"}, {"a\u202eb", "a<U+202E>b"},
		{"a\xffb", "a\ufffdb"}, {"a\nb", "a"},
		{"ab\u202ebcd", "ab…"}, {"日本語日本語日本語日本", "日本語日本語日本語…"},
	} {
		if got := excerpt(c.in, 10); got != c.want {
			t.Errorf("excerpt(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"feat: x\n\nb\n\nRefs #1\nc", "a\nb", "\r\n\r\nx", "feat: x\n\nBREAKING CHANGE:\n\n\n", "\x00\xff\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := parse(s)
		if m.Header == "" && strings.Trim(s, " \t\r\n") != "" {
			t.Errorf("Parse(%q) lost the header", s)
		}
		last := m.Line
		lines := m.Body
		for _, x := range m.Footers {
			lines = append(lines, x.Lines...)
		}
		for _, l := range lines {
			if l.Number <= last {
				t.Fatalf("Parse(%q): line %d after %d", s, l.Number, last)
			}
			last = l.Number
		}
		e := excerpt(s, 20)
		if !utf8.ValidString(e) || utf8.RuneCountInString(e) > 20 {
			t.Errorf("excerpt(%q) = %q", s, e)
		}
		if h, ok := findHidden(e); ok {
			t.Errorf("excerpt(%q) holds %v", s, h)
		}
	})
}
