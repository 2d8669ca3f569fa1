package markdown

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

const zw = "\u200b"

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "",
		"plain words, and (more).":          "plain words, and (more).",
		"@acme/core":                        "@" + zw + "acme/core",
		`\@acme`:                            `\\@` + zw + "acme",
		"&#64;acme &commat;x":               `&amp;\#` + zw + "64;acme &amp;commat;x",
		"fixes #12":                         `fixes \#` + zw + "12",
		"closes GH-3, gh-4, o/r#5":          "closes GH-" + zw + "3, gh-" + zw + `4, o/r\#` + zw + "5",
		"see https://evil.example":          "see https:" + zw + "//evil.example",
		"www.evil.example":                  "www" + zw + ".evil.example",
		"a@b.example":                       "a@" + zw + "b.example",
		"# head":                            `\# head`,
		"- item":                            `\- item`,
		"+ item":                            `\+ item`,
		"1. item":                           `1\. item`,
		"12) item":                          `12\) item`,
		"v1.2":                              "v1.2",
		"===":                               `\===`,
		"> quote":                           "&gt; quote",
		"    code":                          "code",
		"<img src=x> <!-- lintel -->":       "&lt;img src=x&gt; &lt;!-- lintel --&gt;",
		"![x](y) [a]: b":                    `!\[x\](y) \[a\]: b`,
		"**b** _i_ ~~s~~ `c` $m$":           `\*\*b\*\* \_i\_ \~\~s\~\~ ` + "\\`c\\`" + ` \$m\$`,
		"a|b":                               `a\|b`,
		"two\r\nlines\n\n# and more":        `two lines \# and more`,
		"evil\u202egnp.exe":                 "evil\ufffdgnp.exe",
		"zero\u200bwidth\x1b[31m\x00":       "zero\ufffdwidth\ufffd" + `\[31m` + "\ufffd",
		"bad \xff byte":                     "bad \ufffd byte",
		"commit 1234567890abcdef done":      "commit 123456" + zw + "7890ab" + zw + "cdef done",
		"effaced words":                     "effaced words",
		"caf\u00e9 \u65e5\u672c \U0001f389": "caf\u00e9 \u65e5\u672c \U0001f389",
	} {
		if got := GitHub.Text(in); got != want {
			t.Errorf("Text(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	for in, want := range map[string]string{
		"":                "` `",
		"a.go":            "`a.go`",
		"a`b":             "``a`b``",
		"`":               "`` ` ``",
		"``x``":           "``` ``x`` ```",
		" x ":             "`  x  `",
		"two\nlines":      "`two lines`",
		"@acme/core":      "`@" + zw + "acme/core`",
		"a@b.example":     "`a@b.example`",
		"web/@types/x":    "`web/@" + zw + "types/x`",
		"x\u202ey\x1b[0m": "`x\ufffdy\ufffd[0m`",
		"a|b":             "`a|b`",
	} {
		if got := GitHub.Code(in); got != want {
			t.Errorf("Code(%q) = %q, want %q", in, got, want)
		}
	}
	if got := GitHub.CodeCell("a|b"); got != "`a\\|b`" {
		t.Errorf("CodeCell = %q", got)
	}
}

func TestFence(t *testing.T) {
	if got, want := GitHub.Fence("a\r\n\t@b\n", "go"), "```go\na\n\t@b\n```\n"; got != want {
		t.Errorf("Fence = %q, want %q", got, want)
	}
	if got, want := GitHub.Fence("```\n````x", "a`\nb"), "`````ab\n```\n````x\n`````\n"; got != want {
		t.Errorf("Fence = %q, want %q", got, want)
	}
	if got, want := GitHub.Fence("x\u202e\x1b\n", ""), "```\nx\ufffd\ufffd\n```\n"; got != want {
		t.Errorf("Fence = %q, want %q", got, want)
	}
}

func TestTruncate(t *testing.T) {
	note := strings.TrimLeft(cutNote, "\n")
	for _, c := range []struct {
		name, in string
		limit    int
		want     string
	}{
		{"fits", "abc", 3, "abc"},
		{"whole lines", "one\ntwo\n" + strings.Repeat("x", 200), 100, "one\ntwo\n\n" + note},
		{"one long line", strings.Repeat("é", 200), 100, note},
		{"open fence", "````go\na\n```\n" + strings.Repeat("b\n", 200), 84,
			"````go\na\n```\n" + strings.Repeat("b\n", 3) + "````\n\n\n" + note},
		{"closed fence", "```\na\n```\nb\n" + strings.Repeat("x", 200), 90, "```\na\n```\nb\n\n" + note},
		{"open details", "<details><summary>s</summary>\n\nb\n" + strings.Repeat("x", 200), 120,
			"<details><summary>s</summary>\n\nb\n</details>\n\n\n" + note},
		{"no room", "abcdef", 5, ""},
	} {
		got := Truncate(c.in, c.limit)
		if got != c.want || len(got) > c.limit {
			t.Errorf("%s: %d bytes\n got %q\nwant %q", c.name, len(got), got, c.want)
		}
	}
	if got := Truncate(strings.Repeat("line\n", 20_000), GitHub.MaxBody); len(got) > GitHub.MaxBody || len(got) < GitHub.MaxBody-100 {
		t.Errorf("a long body was cut to %d bytes", len(got))
	}
}

func TestHidden(t *testing.T) {
	marker := Hidden("lintel:v1", `x --> <script> -->`)
	if strings.Count(marker, "--") != 2 || strings.Count(marker, ">") != 1 {
		t.Errorf("the payload can end the comment: %s", marker)
	}
	if got, ok := FindHidden("text\n"+marker+"\n", "lintel:v1"); !ok || got != `x --> <script> -->` {
		t.Errorf("FindHidden = %q, %v", got, ok)
	}
	for _, body := range []string{"", "<!-- lintel:v1 ", "<!-- lintel:v1 !! -->", GitHub.Text(marker), "<!-- lintel:v12 eA -->"} {
		if got, ok := FindHidden(body, "lintel:v1"); ok {
			t.Errorf("FindHidden(%q) = %q", body, got)
		}
	}
}

var (
	mention = regexp.MustCompile(`@[\pL\pN_]|#[\pL\pN_]|(?i:gh-\d)|://|(?i:www\.)`)
	escaped = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])`)
	active  = regexp.MustCompile("(^|[^\\\\])(\\\\\\\\)*[`*_\\[\\]|~$#]")
)

// read is what a reader sees: Markdown's own escapes and entities undone (CommonMark 6.1 and 6.2), breakers without width.
func read(s string) string {
	return strings.ReplaceAll(html.UnescapeString(escaped.ReplaceAllString(s, "$1")), zw, "")
}

// references are what GitLab would link or do besides what GitHub would, in what is left when escapes are undone.
var references = regexp.MustCompile(
	`![\pL\pN_]|[~%][^ ` + zw + `]|\$[^` + zw + `]|&[\pL\pN_]|\^[\pL\pN_]|(?i:gl-\d)|\{[+-]|\[([[_+-]|(?i:toc\]|[a-z_]+:))|\*iteration:`)

// FuzzText tries what an attacker would.
//
// Attack by the author: Markup, mentions, scripts, terminal escapes in titles, names, messages: one package
// escapes Markdown; pages use html/template's escaping and a strict content security policy; control characters never reach a
// terminal or a workflow command. Also `internal/web/pages_test.go` `TestHostileTextStaysText`;
// `internal/render/render_test.go` `TestHostileTextStaysInItsPlace`;
// `cmd/lintel/testdata/script/story_hostile_text.txtar`.
func FuzzText(f *testing.F) {
	for _, s := range []string{"@a #1 GH-1 https://x www.x", "&#64;x <b>", "\\*a\\`", "- 1. x", "1234567890abcdef", "\u202e\x00\xff",
		"``` ```", "/merge", "x\n/merge", "!1 ~bug ~\"a b\" %v1 %\"m\" $3 $`x`$ &4 g&4 ^alert#1 GL-3",
		"[vulnerability:1] [TOC] [[x]] {+a+} *iteration:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		holds(t, GitHub, s)
		holds(t, GitLab, s)
		// A reader's eyes are GitLab's: it undoes escapes, and keeps breakers.
		for what, got := range map[string]string{"Text": GitLab.Text(s), "Cell": GitLab.Cell(s)} {
			if m := references.FindString(html.UnescapeString(escaped.ReplaceAllString(got, "$1"))); m != "" {
				t.Errorf("%s(%q) = %q still holds %q", what, s, got, m)
			}
		}
		for what, got := range map[string]string{
			"Text": GitLab.Text(s), "Cell": GitLab.Cell(s), "Code": GitLab.Code(s), "CodeCell": GitLab.CodeCell(s),
			"Prose": GitLab.Prose(s), "Message": GitLab.Message(s, nil), "Fence": GitLab.Fence(s, s),
		} {
			if strings.HasPrefix(got, "/") || strings.Contains(got, "\n/") {
				t.Errorf("%s(%q) = %q begins a line with a slash", what, s, got)
			}
		}
		if block, ok := GitLab.Suggestion(s, 1); ok && commandLine.MatchString(block) {
			t.Errorf("Suggestion(%q) = %q gives a command", s, block)
		}
	})
}

var commandLine = regexp.MustCompile(`(?m)^\s*/[a-z_]+`)

// holds checks what each dialect promises.
func holds(t *testing.T, d Dialect, s string) {
	got := d.Text(s)
	if strings.ContainsAny(got, "\n\r<>") || !utf8.ValidString(got) {
		t.Errorf("Text(%q) = %q holds a line end or HTML", s, got)
	}
	if m := mention.FindString(got); m != "" {
		t.Errorf("Text(%q) = %q still holds %q", s, got, m)
	}
	if m := active.FindString(got); m != "" {
		t.Errorf("Text(%q) = %q holds markup %q", s, got, m)
	}
	if want := strings.Join(strings.FieldsFunc(visible(s, ' '), func(c rune) bool { return c == ' ' }), " "); read(got) != want {
		t.Errorf("a reader of Text(%q) sees %q, want %q", s, read(got), want)
	}
	code := d.Code(s)
	ticks := code[:len(code)-len(strings.TrimLeft(code, "`"))]
	inner := strings.TrimSuffix(strings.TrimPrefix(code, ticks), ticks)
	if strings.Contains(code, "\n") || longest(inner) >= len(ticks) || strings.HasPrefix(inner, "`") || strings.HasSuffix(inner, "`") {
		t.Errorf("Code(%q) = %q", s, code)
	}
	fence := d.Fence(s, s)
	lines := strings.Split(strings.TrimSuffix(fence, "\n"), "\n")
	end := lines[len(lines)-1]
	for _, l := range lines[1 : len(lines)-1] {
		if strings.Contains(l, end) {
			t.Errorf("Fence(%q) = %q is closed early", s, fence)
		}
	}
	for _, limit := range []int{0, 10, 70, 100} {
		if cut := Truncate(fence+got, limit); len(cut) > limit {
			t.Errorf("Truncate to %d gave %d bytes", limit, len(cut))
		}
	}
}
