package text

import (
	"crypto/sha256"
	"strings"
	"testing"
	"testing/quick"
	"unicode/utf8"
)

func TestClip(t *testing.T) {
	for _, c := range []struct {
		s                   string
		n                   int
		clip, bytes, prefix string
	}{
		{"", 0, "", "", ""},
		{"abc", 3, "abc", "abc", "abc"},
		{"abcd", 3, "abc…", "abc…", "abc"},
		{"abcd", 0, "…", "…", ""},
		{"äöü", 3, "äöü", "ä…", "ä"},
		{"äöü", 2, "äö…", "ä…", "ä"},
		{"a😀", 2, "a😀", "a…", "a"},
		{"a\xffbc", 3, "a\xffb…", "ab…", "a\xffb"},
		{"\xff\xff", 2, "\xff\xff", "\xff\xff", "\xff\xff"},
		{strings.Repeat("\x80", 9), 6, strings.Repeat("\x80", 6) + "…", "…", "\x80\x80"},
	} {
		if got := Clip(c.s, c.n); got != c.clip {
			t.Errorf("Clip(%q, %d) = %q, want %q", c.s, c.n, got, c.clip)
		}
		if got := ClipBytes(c.s, c.n); got != c.bytes {
			t.Errorf("ClipBytes(%q, %d) = %q, want %q", c.s, c.n, got, c.bytes)
		}
		if got, want := Fit(c.s, c.n+3), c.bytes; len(c.s) > c.n+3 && got != want || len(c.s) <= c.n+3 && got != c.s {
			t.Errorf("Fit(%q, %d) = %q, want %q", c.s, c.n+3, got, want)
		}
		if got := Prefix(c.s, c.n); got != c.prefix {
			t.Errorf("Prefix(%q, %d) = %q, want %q", c.s, c.n, got, c.prefix)
		}
	}
}

// Whatever is cut: the result keeps its limit, and valid text stays valid.
func TestClipKeepsLimits(t *testing.T) {
	if err := quick.Check(func(s string, limit uint8) bool {
		n := int(limit) % 20
		clip, bytes, prefix := strings.TrimSuffix(Clip(s, n), "…"), strings.TrimSuffix(ClipBytes(s, n), "…"), Prefix(s, n)
		return utf8.RuneCountInString(clip) <= n && len(bytes) <= n && len(prefix) <= n &&
			strings.HasPrefix(s, clip) && strings.HasPrefix(s, prefix) && utf8.ValidString(clip+bytes+prefix) == utf8.ValidString(s)
	}, nil); err != nil {
		t.Error(err)
	}
}

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"0 files": Count(0, "file"), "1 file": Count(1, "file"), "12000 files": Count(12000, "file"),
		"is": Plural(1, "is", "are"), "are": Plural(0, "is", "are"),
		"": List(nil), "a": List([]string{"a"}), "a and b": List([]string{"a", "b"}), "a, b and c": List([]string{"a", "b", "c"}),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDigest(t *testing.T) {
	const want = "sha256:2689367b205c16ce32ed4200942b8b8b1e262dfc70d9bc9fbc77c49699a4f1df" // printf ok | sha256sum
	h := sha256.New()
	h.Write([]byte("ok"))
	if Digest("ok") != want || Digest([]byte("ok")) != want || DigestOf(h) != want {
		t.Errorf("got %s, %s and %s, want %s", Digest("ok"), Digest([]byte("ok")), DigestOf(h), want)
	}
	if got := DigestJSON([]any{"ok", 1}); got != Digest(`["ok",1]`) {
		t.Errorf("got %s", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a channel has a digest")
		}
	}()
	DigestJSON(make(chan int))
}
