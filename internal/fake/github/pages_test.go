package github_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-github/v66/github"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

func (w *world) page(path string) (int, string, http.Header) {
	w.t.Helper()
	res := w.do("GET", path, "", "")
	body, err := io.ReadAll(res.Body)
	must(w.t, err)
	return res.StatusCode, string(body), res.Header
}

func TestPullRequestPage(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	ctx := context.Background()
	must(t, w.Protect("acme/shop", "main", &fakehub.Protection{Checks: []fakehub.RequiredCheck{{Context: "lintel", App: w.App().ID}}}))
	n := w.open("topic", fakehub.Files{"a.txt": "one\n<b>2</b>\nthree\n", "bin": "\x00"})
	title, body := "feat: <script>alert(1)</script>", "A **bold** claim"
	must(t, w.EditPull("acme/shop", n, fakehub.Edit{Title: &title, Body: &body}, ""))
	sha := w.Tip("acme/shop", "topic")
	s, i := github.String, github.Int
	run, _, err := w.app.Checks.CreateCheckRun(ctx, "acme", "shop",
		github.CreateCheckRunOptions{Name: "lintel", HeadSHA: sha, Conclusion: s("failure"), Output: &github.CheckRunOutput{
			Title: s("Refused"), Summary: s("| a |\n|---|\n| b |"), Annotations: []*github.CheckRunAnnotation{
				{
					Path:            s("a.txt"),
					StartLine:       i(2),
					EndLine:         i(2),
					AnnotationLevel: s("failure"),
					Title:           s("rule/one"),
					Message:         s("not <so>"),
				},
				{
					Path:            s("a.txt"),
					StartLine:       i(77),
					EndLine:         i(77),
					AnnotationLevel: s("notice"),
					Title:           s("rule/two"),
					Message:         s("elsewhere"),
				}}}})
	must(t, err)
	_, err = w.Review("acme/shop", n, fakehub.Review{Author: "rita", State: "APPROVE"})
	must(t, err)
	_, err = w.Comment("acme/shop", n, "olga", "hello *there*")
	must(t, err)
	thread, err := w.InlineComment("acme/shop", n, "rita", "a.txt", 2, "why\n\n```suggestion\n<two>\n```")
	must(t, err)
	_, err = w.ReplyTo("acme/shop", n, thread, "olga", "since *always*")
	must(t, err)
	must(t, w.ResolveThread("acme/shop", n, thread, true, "olga"))
	code, html, header := w.page("/acme/shop/pull/1")
	for _, want := range []string{"feat: &lt;script&gt;alert(1)&lt;/script&gt;", "A <strong>bold</strong> claim", "Merging is blocked",
		"Refused", "<td>b</td>", "required",
		"not &lt;so&gt;", "A binary file.", "approved", `<pre class="suggestion"><code>&lt;two&gt;`, "since <em>always</em>",
		"resolved by olga", fmt.Sprintf("discussion_r%d", thread), "hello <em>there</em>", "&lt;b&gt;2&lt;/b&gt;"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if code != 200 || strings.Contains(html, "<script") || header.Get("Content-Security-Policy") == "" {
		t.Errorf("status %d, policy %q", code, header.Get("Content-Security-Policy"))
	}
	line, note, outside := strings.Index(html, "&lt;b&gt;2&lt;/b&gt;"), strings.LastIndex(html, "not &lt;so&gt;"),
		strings.LastIndex(html, "elsewhere")
	if after := strings.LastIndex(html, ">three<"); line < 0 || note < line || note > after || outside > line {
		t.Errorf("the annotation is not under its line: line at %d, note at %d, the line after at %d; one outside the diff at %d", line,
			note, after, outside)
	}
	res := w.do("GET", strings.TrimPrefix(run.GetHTMLURL(), w.URL()), "", "")
	if res.StatusCode != 302 || !strings.Contains(res.Header.Get("Location"), "/acme/shop/pull/1#run-") {
		t.Errorf("the check run's address: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	for _, path := range []string{"/", "/acme/shop", "/_fakehub"} {
		if code, html, _ := w.page(path); code != 200 || !strings.Contains(html, "fakehub") {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code, text, _ := w.page("/acme/shop/pull/1.diff"); code != 200 || !strings.HasPrefix(text, "diff --git") {
		t.Errorf("diff: %d", code)
	}
	for _, path := range []string{"/acme/shop/pull/9", "/acme/none", "/none", "/acme/shop/pull/x"} {
		if code, _, _ := w.page(path); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
}

// TestGallery renders a page of each kind, and writes them to the folder named by LINTEL_GALLERY; "make pages" has axe-core look at them.
func TestGallery(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	ctx := context.Background()
	must(t, w.Protect("acme/shop", "main", &fakehub.Protection{Checks: []fakehub.RequiredCheck{{Context: "lintel", App: w.App().ID}}}))
	n := w.open("topic",
		fakehub.Files{"internal/a/very/long/folder/of/files/that/never/ends/a_file_with_a_long_name.txt": "one\n" +
			strings.Repeat("long ", 60) + "\nthree\n", "bin": "\x00"})
	title, body := "feat(payments): a_title_without_any_place_to_break_"+strings.Repeat("x", 120),
		"# What\n\nSee https://example.com and `code`.\n\n### Why\n\n> quoted [link](https://example.com)\n\n- [x] done"
	must(t, w.EditPull("acme/shop", n, fakehub.Edit{Title: &title, Body: &body}, ""))
	sha := w.Tip("acme/shop", "topic")
	s, i := github.String, github.Int
	for _, conclusion := range []string{"success", "failure"} {
		_, _, err := w.app.Checks.CreateCheckRun(ctx, "acme", "shop",
			github.CreateCheckRunOptions{Name: "lintel", HeadSHA: sha, Conclusion: s(conclusion), Output: &github.CheckRunOutput{
				Title: s("2 problems to solve before merging"),
				Summary: s(
					"### What to do\n\n1. **One**\\\n   See [the page](https://example.com).\n\n### What reviewers have " +
						"to do\n\n2. **Two**\n\n| Rules | Verdict |\n|---|---|\n| commits, ownership, size | partly judged |\n"),
				Text: s("### Remarks\n\nThey do not block."), Annotations: []*github.CheckRunAnnotation{
					{
						Path:            s("bin"),
						StartLine:       i(2),
						EndLine:         i(2),
						AnnotationLevel: s("failure"),
						Title:           s("rule/one"),
						Message:         s("wrong"),
					},
					{
						Path:            s("bin"),
						StartLine:       i(7),
						EndLine:         i(7),
						AnnotationLevel: s("warning"),
						Title:           s("rule/two"),
						Message:         s("odd"),
					},
					{
						Path:            s("bin"),
						StartLine:       i(9),
						EndLine:         i(9),
						AnnotationLevel: s("notice"),
						Title:           s("rule/three"),
						Message:         s("elsewhere"),
					}}}})
		must(t, err)
	}
	_, err := w.Review("acme/shop", n, fakehub.Review{Author: "rita", State: "APPROVE"})
	must(t, err)
	_, err = w.Comment("acme/shop", n, "olga", "**Lintel: 1 problem**\n\n1. **One** in `a.go`\n\n<sub>[rule](https://example.com)</sub>")
	must(t, err)
	for name, path := range map[string]string{"hub-pull": fmt.Sprintf("/acme/shop/pull/%d", n), "hub-front": "/",
		"hub-repository": "/acme/shop", "hub-traffic": "/_fakehub"} {
		code, html, _ := w.page(path)
		if code != 200 || !strings.Contains(html, `<main id="main">`) || !strings.Contains(html, `href="#main"`) {
			t.Errorf("%s: %d, and who reads by keyboard cannot skip what leads it", path, code)
		}
		if dir := os.Getenv("LINTEL_GALLERY"); dir != "" {
			must(t, os.WriteFile(filepath.Join(dir, name+".html"), []byte(html), 0o644))
		}
	}
}

func TestTrafficPage(t *testing.T) {
	w := newWorld(t, fakehub.Options{})
	_, _, err := w.app.Repositories.Get(context.Background(), "acme", "shop")
	must(t, err)
	_, text, _ := w.page("/_fakehub/requests")
	var got struct {
		Total  int
		Counts []struct {
			Route string
			Count int
		}
		Requests []struct {
			Route        string
			Installation int64
			Status       int
		}
	}
	must(t, json.Unmarshal([]byte(text), &got))
	if got.Total != 2 || len(got.Requests) != 2 || got.Requests[1].Route != "/repos/{owner}/{repo}" ||
		got.Requests[1].Installation != w.installation || got.Requests[1].Status != 200 {
		t.Errorf("%s", text)
	}
}

func TestPagesOfPrivateRepositoriesStayHere(t *testing.T) {
	w := newWorld(t, fakehub.Options{InsecureListen: true})
	for _, c := range []struct {
		from, path string
		want       int
		shows      bool
	}{
		{"127.0.0.1:9", "/", 200, true},
		{"127.0.0.1:9", "/acme/shop", 200, true},
		{"127.0.0.1:9", "/_fakehub", 200, false},
		{"192.0.2.1:9", "/", 200, false},
		{"192.0.2.1:9", "/acme/shop", 404, false},
		{"192.0.2.1:9", "/_fakehub", 404, false},
		{"192.0.2.1:9", "/_fakehub/requests", 404, false},
	} {
		r := httptest.NewRequest("GET", "http://hub.example"+c.path, nil)
		r.RemoteAddr = c.from
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if rec.Code != c.want || strings.Contains(rec.Body.String(), "acme/shop") != c.shows {
			t.Errorf("%s from %s: %d, shows the private repository: %v", c.path, c.from, rec.Code, !c.shows)
		}
	}
}
