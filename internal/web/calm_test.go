package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/settings"
)

// A time is said as people say it, in one unit, and is one that HTML can read.
func TestAgo(t *testing.T) {
	now := time.Date(2026, 11, 28, 1, 24, 47, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		0: "just now", 4 * time.Second: "just now", 20 * time.Second: "20 seconds ago", 50 * time.Second: "1 minute ago",
		105 * time.Second: "2 minutes ago", 44 * time.Minute: "44 minutes ago",
		50 * time.Minute: "1 hour ago", 89 * time.Minute: "1 hour ago", 5 * time.Hour: "5 hours ago", 23 * time.Hour: "1 day ago",
		40 * time.Hour: "2 days ago", 59 * 24 * time.Hour: "59 days ago", 90 * 24 * time.Hour: "on 30 August 2026", -time.Hour: "just now",
	} {
		if got := ago(now, now.Add(-d)); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
	if got := ago(now, time.Time{}); got != "at an unknown time" {
		t.Errorf("no time: %q", got)
	}
	if got := exact(now); got != "2026-11-28T01:24:47Z" {
		t.Errorf("exact: %q", got)
	}
	if _, err := time.Parse(time.RFC3339, exact(now.Local())); err != nil {
		t.Error(err)
	}
}

// What is not there is a page for a browser: a language, a title, a heading, a landmark; a program gets a line.
func TestStillPages(t *testing.T) {
	g := newGate(t)
	for path, want := range map[string]struct {
		status       int
		title, links string
	}{
		"/":                          {200, "This is Lintel", `href="docs/rules/"`},
		"/nothing":                   {404, "There is no such page", `href="docs/rules/"`},
		"/pr/github/acme/shop/12":    {404, "There is no such page", `href="../../../../docs/rules/"`},
		"/pr/github/acme/shop/1?c=x": {404, "There is no such page", `href="../../../../docs/rules/"`},
		"/docs/rules/nothing":        {404, "There is no such page", `href="../../docs/rules/"`},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
		r.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
		w := httptest.NewRecorder()
		g.Handler.ServeHTTP(w, r)
		page := w.Body.String()
		if w.Code != want.status || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		for _, part := range []string{`<html lang="en">`, "<title>" + want.title, "<h1>" + want.title, `<main id="main">`, want.links,
			"\n</html>"} {
			if !strings.Contains(page, part) {
				t.Errorf("%s lacks %q", path, part)
			}
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/hooks/gitlab", nil)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	if g.Handler.ServeHTTP(w, r); w.Code != 404 || !strings.HasPrefix(w.Body.String(), "404: ") {
		t.Errorf("a program that posts: %d %s", w.Code, w.Body)
	}
}

// An answer that is no page that was asked for is one all the same for a browser, whatever failed.
func TestFailuresArePages(t *testing.T) {
	g := newGate(t)
	gallery(g.scene)
	if err := g.Store.Close(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	defer close(over)
	hung := newGate(t)
	hung.Pages.o.Record = stuckRecord{hung.Pages.o.Record, over}
	hung.Pages.o.Limit = 50 * time.Millisecond
	broken := guard(g.Pages.o.Log, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") }))
	for name, c := range map[string]struct {
		handler http.Handler
		path    string
		host    string
		status  int
		title   string
	}{
		"no record": {g.Handler, g.path(pull(12)), "", 503, "The record cannot be read just now"},
		"no answer": {hung.admin(hung.overview(), g.health()), pagePath(pull(12)), "", 503,
			"The record did not answer in time"},
		"a foreign name": {g.adminPages(), pagePath(pull(12)), "evil.example", 421, "This name is not one of this listener"},
		"a panic":        {broken, "/a/b/c/d/e", "", 500, "Something went wrong here"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, accept := range []string{"text/html,*/*;q=0.8", "*/*"} {
				r := httptest.NewRequest(http.MethodGet, "http://localhost"+c.path, nil)
				r.Host = "localhost"
				if c.host != "" {
					r.Host = c.host
				}
				r.Header.Set("Accept", accept)
				w := httptest.NewRecorder()
				c.handler.ServeHTTP(w, r)
				page := w.Body.String()
				if w.Code != c.status {
					t.Errorf("status %d, want %d", w.Code, c.status)
				}
				if accept == "*/*" {
					if want := fmt.Sprintf("%d: %s. ", c.status, c.title); !strings.HasPrefix(page, want) ||
						strings.Count(page, "\n") != 1 {
						t.Errorf("a program gets %q, want one line that begins with %q", page, want)
					}
					continue
				}
				if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
					t.Errorf("a browser gets %s", w.Header().Get("Content-Type"))
				}
				for _, part := range []string{`<html lang="en">`, "<title>" + c.title, "<h1>" + c.title, `<main id="main">`,
					`href="../../../../docs/rules/"`, "\n</html>"} {
					if !strings.Contains(page, part) {
						t.Errorf("the page lacks %q:\n%s", part, page)
					}
				}
			}
		})
	}
}

// decidedScene is a change that was refused by settings of which it is known where they stand, with coverage and without a lint report.
func decidedScene(s *scene, ref change.Ref) {
	s.deliver(ref, sha("a"), nil, "pull_request.opened")
	conf := settings.Default()
	conf.Cap, conf.Commits.Mode = finding.Enforce, finding.Enforce
	conf.Rules = map[string]settings.Rule{"size/large-file": {Mode: finding.Warn}}
	facts := strings.Replace(factsText("", "file"), `"ref":"main","reason"`,
		`"ref":"main","sha":"`+sha("b")+`","lines":{"commits":3,"size/large-file":9},"reason"`, 1)
	facts = strings.TrimSuffix(facts, "}") +
		`,"size":{"class":"M","lines":120,"additions":130,"deletions":14},"coverage":{"reported":true,"trust":"author","patch":{"lines":{"measured":10,"hits":7,"percent":"70 %"}},
		"files":[{"path":"a/x.go","added":12,"lines":{"measured":10,"hits":7},"uncovered":[{"from":4,"to":6}],"uncovered_more":2},{"path":"README.md","added":3,"lines":{"measured":0}}]}}`
	s.verdict(ref, judgement{title: "feat: x", settings: conf, facts: facts, findings: []finding.Finding{
		blocks("commits/header", "", 0, "The header is wrong.", "Reword it."),
		warns("size/large-file", "a/b.bin", 0, "It is large.", "Make it smaller."),
		warns("ownership/unowned", "a/x.go", 0, "Nobody owns it.", "Add a line."),
	}, unmeasured: []string{"lint"}})
}

// The page links what decided a rule's mode, shows the table of coverage that the check shows, and says what was not
// measured without a word of passing.
func TestWhatDecided(t *testing.T) {
	g := newGate(t)
	decidedScene(g.scene, pull(12))
	page := get(g.Handler, g.path(pull(12))).Body.String()
	for _, want := range []string{
		`href="https://github.example.com/acme/shop/blob/` + sha("b") + `/.github/lintel.yml#L3"`,
		"mode enforce by line 3 of .github/lintel.yml", `/.github/lintel.yml#L9"`, "mode warn by line 9", "built-in default",
		`<a href="https://github.example.com/acme/shop/blob/` + sha("b") +
			`/.github/lintel.yml" rel="noreferrer">.github/lintel.yml</a>`, "View pull request #12", "size M, 120 lines to read",
		"+130", "−14",
		"Tests cover 7 of 10 measured lines that were added, 70 %.", "by the author&#39;s own code",
		`/blob/` + sha("a") + `/a/x.go#L4-L6"`, "and 2 more", "not measured", "No report was given.", `<time datetime="2026-`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if shown, _, _ := strings.Cut(page, "<h2>Evidence"); strings.Contains(shown, "README.md") {
		t.Error("a file that no report measured is in the table")
	}
	if n := strings.Count(page, "The header is wrong."); n != 1 {
		t.Errorf("the finding is told %d times", n)
	}
	if n := strings.Count(page, "Reword it."); n != 1 {
		t.Errorf("the remedy is told %d times", n)
	}
	for _, rule := range g.Pages.rulesOf("lint") {
		if i := strings.Index(page, "<code>"+rule.ID+"</code>"); i < 0 || strings.Contains(page[max(0, i-300):i], "✓") {
			t.Errorf("%s reads as a pass", rule.ID)
		}
	}
}

// Advice that nobody asked for is no part of the page.
func TestAdviceThatIsOff(t *testing.T) {
	s := newScene(t)
	refusedScene(s, pull(12))
	s.advise(pull(12), adviceScene{state: consult.Skipped, reason: consult.SwitchedOff})
	w := httptest.NewRecorder()
	s.admin(s.overview(), s.health()).ServeHTTP(w,
		httptest.NewRequest("GET", "http://localhost/pr/github/acme/shop/12", nil))
	if w.Code != 200 || strings.Contains(w.Body.String(), "Advice") {
		t.Errorf("%d: the page speaks of advice that is off", w.Code)
	}
}

// Whom to ask is told once: what all remedies say already is not said again below them.
func TestUnblockIsToldOnce(t *testing.T) {
	var f readFacts
	f.Ownership.Unblock.People = []string{"mika"}
	if got := f.unblockBeside("Ask mika for a review."); got != "" {
		t.Errorf("said again: %q", got)
	}
	if got := f.unblockBeside("Ask @mika-2 or mikaela."); got != "One approval is enough: mika." {
		t.Errorf("another person's name was taken for it: %q", got)
	}
	f.Ownership.Unblock.People = []string{"mika", "bo"}
	if got := f.unblockBeside("Ask mika."); got == "" {
		t.Error("bo is asked nowhere")
	}
	f.Ownership.Unblock.More = 2
	if got := f.unblockBeside("Ask mika and bo."); got == "" {
		t.Error("two more are asked nowhere")
	}
}
