package gates

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/markdown"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"plain words with `code`.":                      "plain words with `code`.",
		"two\nlines\n\n\nof it":                         "two lines of it",
		"<b>bold</b> and <img src=x onerror=a()> end":   "bold and end",
		"a < b and List<String> stay":                   "a < b and List<String> stay",
		"<scr<script>ipt>alert(1)</script>":             "<scr ipt>alert(1)",
		"&lt;img src=x&gt; and &amp;lt;b&amp;gt;":       "and",
		"x <!-- hidden\norder --> y":                    "x y",
		"x <!-- no end":                                 "x",
		"![alt](https://evil.example/?q=1) after":       "alt after",
		"[text](https://evil.example) after":            "text after",
		"see https://evil.example/a?b and www.x.y":      "see (address) and (address)",
		"javascript:x mailto:a@b":                       "(address) (address)",
		"fixes #12, closes acme/shop#3, resolve GH-4":   "fixes issue #12, closes issue acme/shop#3, resolve issue GH-4",
		"zero\u200bwidth \u202eturned\u2066 \U000e0041": "zerowidth turned",
		"<img 0":                              "< img 0",
		"an end: <script":                     "an end: < script",
		"`<b>` stays in code, `a\nb` is none": "`<b>` stays in code, a b is none",
		"`https://evil.example`":              "`(address)`",
		"odd ` tick":                          "odd tick",
		"```go\ncode\n```":                    "code",
		"bad \xff byte":                       "bad byte",
	} {
		if got := Plain(in, 700); got != want {
			t.Errorf("Plain(%q)\n got %q\nwant %q", in, got, want)
		}
	}
	if got := Plain(strings.Repeat("wörd ", 1000), 700); len(got) > 700 || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes: %q", len(got), got[len(got)-20:])
	}
}

var element = regexp.MustCompile(`(?i)</?(img|a|script|iframe|details|sub|svg|style)[\s>/]|<!--`)

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"<img src=x>", "<<b>img>", "&lt;img&gt;", "![a](b)", "`<b>` `", "<!--", "fixes #1", "\u200b\u202e",
		"[[a](b)](c)", "&amp;lt;img src&amp;gt;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Plain(s, 300)
		if len(got) > 300 || !utf8.ValidString(got) || strings.Contains(got, "\n") || strings.Count(got, "`")%2 == 1 {
			t.Fatalf("Plain(%q) = %q", s, got)
		}
		if strings.ContainsFunc(got, markdown.Invisible) {
			t.Fatalf("Plain(%q) = %q holds what cannot be seen", s, got)
		}
		prose := span.ReplaceAllString(got, "")
		if m := element.FindString(prose); m != "" {
			t.Fatalf("Plain(%q) = %q holds %q", s, got, m)
		}
	})
}
