package markdown

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMessage(t *testing.T) {
	own := map[string]bool{"@acme/payments": true, "@bo": true, "docs@example.com": true, "@a.b": true}
	for in, want := range map[string]string{
		"":                      "",
		"Commit ab7b0f5 \"x\".": "Commit `ab7b0f5` \"x\".",
		"ab7b0f5":               "`ab7b0f5`",
		"It has 1364178 bytes.": "It has `1364178` bytes.",
		"effaced words":         "effaced words",
		"a 40-digit id 5d0e67b01d5f5d0e67b01d5f5d0e67b01d5f5d0e.": "a 40-digit id `5d0e67b01d5f5d0e67b01d5f5d0e67b01d5f5d0e`.",
		"Owners: @acme/payments (.github/CODEOWNERS:14).":         "Owners: `@acme/payments` (.github/CODEOWNERS:14).",
		"Ask @bo.":                    "Ask `@bo`.",
		"Ask @bo, @eve.":              "Ask `@bo`, @" + zw + "eve.",
		"Ask @bob or @acme/payments2": "Ask @" + zw + "bob or @" + zw + "acme/payments2",
		"docs@example.com owns it, eve@example.com does not": "`docs@example.com` owns it, eve@" + zw + "example.com does not",
		"@a.b.":                            "`@a.b`.",
		"`@bo` `ab7b0f5`":                  "\\`@" + zw + "bo\\` \\`ab7b0f" + zw + "5\\`",
		"\"`ab7b0f5\"":                     "\"\\`ab7b0f" + zw + "5\"",
		"fixes #1234567 and GH-1234567":    "fixes \\#`1234567` and GH-`1234567`",
		"@1234567":                         "@" + zw + "123456" + zw + "7",
		"x\u202eab7b0f5\x00 @bo\u200b":     "x\ufffd`ab7b0f5`\ufffd `@bo`\ufffd",
		"see https://evil.example/1234567": "see https:" + zw + "//evil.example/`1234567`",
		"two\nlines":                       "two lines",
		"# 1234567":                        "\\# `1234567`",
		"<b>1234567</b>":                   "&lt;b&gt;`1234567`&lt;/b&gt;",
		"mid_1234567word":                  "mid\\_123456" + zw + "7word",
	} {
		if got := GitHub.Message(in, own); got != want {
			t.Errorf("Message(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

var ours = regexp.MustCompile("`(@bo|@acme/core|[0-9a-fA-F]{7,64})`")

// Whatever surrounds what is ours: no HTML, no line end, no mention and no markup but code spans of ids and of the owners that were given.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{"@bo @eve #1 GH-1 https://x www.x", "`1234567`", "``@bo``", "\\`1234567", "&#64;bo <b>",
		"x\u202e\x00\xff@acme/core.", "1234567`@bo", "- 1. 1234567"} {
		f.Add(s)
	}
	own := map[string]bool{"@bo": true, "@acme/core": true}
	f.Fuzz(func(t *testing.T, s string) {
		got := GitHub.Message(s, own)
		if strings.ContainsAny(got, "\n\r<>") || !utf8.ValidString(got) {
			t.Errorf("Message(%q) = %q holds a line end or HTML", s, got)
		}
		rest := ours.ReplaceAllString(got, " ")
		if m := mention.FindString(rest); m != "" {
			t.Errorf("Message(%q) = %q still holds %q", s, got, m)
		}
		if m := active.FindString(rest); m != "" {
			t.Errorf("Message(%q) = %q holds markup %q", s, got, m)
		}
		want := strings.Join(strings.FieldsFunc(visible(s, ' '), func(c rune) bool { return c == ' ' }), " ")
		// Space of any alphabet at the ends goes, too.
		if seen := read(ours.ReplaceAllString(got, "$1")); strings.TrimSpace(seen) != strings.TrimSpace(want) {
			t.Errorf("a reader of Message(%q) sees %q, want %q", s, seen, want)
		}
	})
}
