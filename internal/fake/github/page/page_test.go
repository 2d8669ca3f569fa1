package page

import (
	"html"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"paragraph", "a *b* **c** `d`", "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>\n"},
		{"hard break", "1. a\\\n   b", "<ol>\n<li>a<br>b</li>\n</ol>\n"},
		{"heading", "## Title", "<h3>Title</h3>\n"},
		{"headings leave no level out", "# a\n### b\n###### c\n> ## d",
			"<h3>a</h3>\n<h4>b</h4>\n<h5>c</h5>\n<blockquote><h6>d</h6>\n</blockquote>\n"},
		{"snake case", "a_b_c and __init__.py", "<p>a_b_c and <strong>init</strong>.py</p>\n"},
		{"link", "[x](https://example.com/a?b=1&c=2)",
			`<p><a href="https://example.com/a?b=1&amp;c=2" rel="nofollow noreferrer">x</a></p>` + "\n"},
		{"unsafe link", "[x](javascript:alert(1))", "<p>x)</p>\n"},
		{"protocol relative link", "[x](//evil.example)", "<p>x</p>\n"},
		{"script", "<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"},
		{"attributes", `<b onclick="x">y</b>`, "<p>&lt;b onclick=&#34;x&#34;&gt;y&lt;/b&gt;</p>\n"},
		{"comment", "a<!-- lintel:v1:abc -->b", "<p>ab</p>\n"},
		{"entity", "&lt;b&gt; &#64;x", "<p>&lt;b&gt; @x</p>\n"},
		{"fence", "```go\na < b\n```\nafter", "<pre><code>a &lt; b</code></pre>\n<p>after</p>\n"},
		{"open fence", "```\nx", "<pre><code>x</code></pre>\n"},
		{"list", "- a\n- b\n  - c\n", "<ul>\n<li>a</li>\n<li>b<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>\n"},
		{"tasks", "- [x] done\n- [ ] open", "<ul>\n<li>☑ done</li>\n<li>☐ open</li>\n</ul>\n"},
		{"ordered", "1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"ordered from two", "2. a\n3. b", "<ol start=\"2\">\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"table", "| a | b |\n|---|:-:|\n| 1 | `x\\|y` |",
			`<div class="wide" tabindex="0" role="group" aria-label="Table">` +
				"<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>\n" +
				"<tr><td>1</td><td><code>x|y</code></td></tr>\n</tbody></table></div>\n"},
		{"quote", "> a\n> b", "<blockquote><p>a<br>\nb</p>\n</blockquote>\n"},
		{"alert", "> [!WARNING]\n> hot",
			`<blockquote class="alert warning"><p><strong>Warning</strong></p><p>hot</p>` + "\n</blockquote>\n"},
		{"details", "<details><summary>More <b>here</b></summary>\n\n- a\n\n</details>\nend",
			"<details><summary>More here</summary>\n<ul>\n<li>a</li>\n</ul>\n</details>\n<p>end</p>\n"},
		{"details left open", "<details>\nx", "<details><p>x</p>\n</details>"},
		{"bare link", "see https://example.com/x, ok",
			`<p>see <a href="https://example.com/x" rel="nofollow noreferrer">https://example.com/x</a>, ok</p>` + "\n"},
		{"image", "![alt](https://example.com/p.png)",
			`<p><a href="https://example.com/p.png" rel="nofollow noreferrer">alt</a></p>` + "\n"},
		{"escape", `\*a\* \<b`, "<p>*a* &lt;b</p>\n"},
		{"rule", "a\n\n---\n", "<p>a</p>\n<hr>\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(Markdown(c.in)); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// allowed is every tag Markdown may write, to the letter.
var allowed = regexp.MustCompile(
	`^<(/?(p|h[3-6]|ul|ol|li|pre|code|strong|em|del|blockquote|table|thead|tbody|tr|th|td|details|summary|sub|sup|b|i|` +
		`kbd|a)|br|hr|ol start="[0-9]{1,9}"|/div|div class="wide" tabindex="0" role="group" aria-label="Table"|details ` +
		`open|pre class="(diff|suggestion)"|blockquote class="alert (note|tip|important|warning|caution)"|a ` +
		`href="[^"<>]*" rel="nofollow noreferrer")>$`)

var tag = regexp.MustCompile(`<[^>]*>?`)

func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"a *b* [c](https://d)", "```\nx\n```", "<details><summary>x</summary>", "| a |\n|---|\n| b |",
		"> - 1. **a** _b_ ~~c~~", "[a](java\tscript:x)", "<sub><a href=x>", "&#x3c;script>", "`` ` ``", "![[a](b)](c)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := string(Markdown(in))
		for _, x := range tag.FindAllString(out, -1) {
			if !allowed.MatchString(x) {
				t.Fatalf("%q became %q, with the tag %q", in, out, x)
			}
			if href, ok := strings.CutPrefix(x, `<a href="`); ok {
				href = strings.ToLower(html.UnescapeString(strings.SplitN(href, `"`, 2)[0]))
				if scheme, _, found := strings.Cut(href, ":"); found && scheme != "http" && scheme != "https" &&
					!strings.ContainsAny(scheme, "/?#.") {
					t.Fatalf("%q links to %q", in, href)
				}
			}
		}
	})
}

func TestRenderEscapesAndForbids(t *testing.T) {
	w := httptest.NewRecorder()
	err := Render(w, "pull", Pull{Repository: "a/b", Title: `<img src=x onerror=alert(1)>`, Author: `"><script>`, State: "open",
		Files: []File{{Path: "<x>", Lines: []Line{{Kind: "add", Text: "</td><script>", New: 1}}}},
		Runs:  []Run{{Name: "<b>", State: "failure", Details: "javascript:alert(1)"}}})
	if err != nil {
		t.Fatal(err)
	}
	body := w.Body.String()
	for _, bad := range []string{"<script", "<img", `href="javascript:`} {
		if strings.Contains(body, bad) {
			t.Errorf("the page contains %s", bad)
		}
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sha256-") {
		t.Errorf("policy %q", csp)
	}
	if !strings.Contains(body, "<style>"+style+"</style>") {
		t.Error("the style sheet is not written to the letter, so its hash does not fit")
	}
}
