package markdown

import "testing"

func TestProse(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"the error of `Get` is `x`": "the error of `Get` is `x`",
		"`a`":                       "`a`",
		"`a``b`":                    "`a` `b`",
		"one ` alone":               "one \\` alone",
		"`` empty":                  "\\`\\` empty",
		"<b> `<b>` @me `@me`":       "&lt;b&gt; `<b>` @" + zw + "me `@" + zw + "me`",
		"`a` *b* #1":                "`a` \\*b\\* \\#" + zw + "1",
		"- `a`":                     "\\- `a`",
		"a `b\nc` d":                "a \\`b c\\` d",
	} {
		if got := GitHub.Prose(in); got != want {
			t.Errorf("Prose(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}
