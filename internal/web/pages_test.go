package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/history"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/verdict"
)

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path, nil))
	return w
}

func (g *gate) adminPages() http.Handler { return g.admin(g.overview(), g.Health) }

// path is a change's page with its capability.
func (g *gate) path(ref change.Ref) string { return g.Pages.o.Capability.URL("", ref) + g.signed(ref) }

func (g *gate) signed(ref change.Ref) string {
	return pagePath(ref) + "?c=" + g.Pages.o.Capability.Sign(ref.Key)
}

// TestCapabilityOpensOnePageOnly tries what an attacker would.
//
// Attack by anybody on the network: Guess or reuse a page link: an HMAC per change; everything else is one
// and the same 404; noindex, no referrer. Also `internal/web/pages_test.go` `TestHeaders`;
// `internal/web/api_test.go` `TestCapability`.
func TestCapabilityOpensOnePageOnly(t *testing.T) {
	g := newGate(t)
	gallery(g.scene)
	if w := get(g.Handler, g.path(pull(12))); w.Code != 200 || !strings.Contains(w.Body.String(), "add gift cards") {
		t.Fatalf("the right link: %d %s", w.Code, w.Body)
	}
	group := pull(0)
	group.Group = sha("2")
	if w := get(g.Handler, g.path(group)); w.Code != 200 {
		t.Fatalf("the right link to a merge group: %d", w.Code)
	}
	missing := get(g.Handler, "/nothing/here")
	if missing.Code != 404 {
		t.Fatalf("got %d", missing.Code)
	}
	good := g.Pages.o.Capability.Sign(pull(12).Key)
	foreign := pull(12)
	foreign.RepoID = 8
	other, err := NewCapability([]byte(strings.Repeat("x", MinKey)))
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"no capability":             "/pr/github/acme/shop/12",
		"an empty one":              "/pr/github/acme/shop/12?c=",
		"another change's":          "/pr/github/acme/shop/13?c=" + good,
		"another repository's":      "/pr/github/acme/shop/12?c=" + g.Pages.o.Capability.Sign(foreign.Key),
		"the merge group's":         "/pr/github/acme/shop/12?c=" + g.Pages.o.Capability.Sign(group.Key),
		"the pull request's":        "/group/github/acme/shop/" + sha("2") + "?c=" + good,
		"another key's":             "/pr/github/acme/shop/12?c=" + other.Sign(pull(12).Key),
		"truncated":                 "/pr/github/acme/shop/12?c=" + good[:len(good)-1],
		"altered":                   "/pr/github/acme/shop/12?c=" + good[:len(good)-2] + "AA",
		"under another name":        "/pr/github/acme/shop/12?C=" + good,
		"an unknown change":         "/pr/github/acme/shop/999?c=" + good,
		"an unknown repository":     "/pr/github/acme/nothing/12?c=" + good,
		"another forge":             "/pr/gitlab/acme/shop/12?c=" + good,
		"a number that is none":     "/pr/github/acme/shop/12x?c=" + good,
		"a number written another":  "/pr/github/acme/shop/012?c=" + good,
		"a negative number":         "/pr/github/acme/shop/-1?c=" + good,
		"a capability for no key":   "/pr/github/acme/shop/999?c=" + g.Pages.o.Capability.Sign(change.Key{}),
		"the metrics":               "/metrics",
		"a family that there isn't": "/docs/rules/nothing",
	} {
		w := get(g.Handler, path)
		if diff := cmp.Diff(fmt.Sprint(missing.Code, missing.Header(), missing.Body), fmt.Sprint(w.Code, w.Header(), w.Body)); diff != "" {
			t.Errorf("%s: the answer is not that of a page that does not exist:\n%s", name, diff)
		}
	}
}

func TestHeaders(t *testing.T) {
	g := newGate(t)
	gallery(g.scene)
	admin := g.adminPages()
	for name, w := range map[string]*httptest.ResponseRecorder{
		"a page": get(g.Handler, g.path(pull(12))), "a missing page": get(g.Handler, "/x"),
		"the manual": get(g.Handler, "/docs/rules/size"), "health": get(g.Handler, "/healthz"),
		"readiness": get(g.Handler, "/readyz"), "the overview": get(admin, "/"),
		"a page for operators": get(admin, "/pr/github/acme/shop/16"),
	} {
		h := w.Header()
		for key, want := range map[string]string{
			"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Cache-Control": "no-store",
		} {
			if !strings.Contains(h.Get(key), want) {
				t.Errorf("%s: %s is %q", name, key, h.Get(key))
			}
		}
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy %q lacks %s", name, csp, want)
			}
		}
		if strings.Contains(csp, "script-src") || strings.Contains(csp, "unsafe") || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", name, h)
		}
		// The style that the page holds is the one that the policy allows, and no element brings another.
		page := w.Body.String()
		styles := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(page, -1)
		if strings.Contains(h.Get("Content-Type"), "text/html") {
			if len(styles) != 1 {
				t.Fatalf("%s: %d styles", name, len(styles))
			}
			sum := sha256.Sum256([]byte(styles[0][1]))
			if !strings.Contains(csp, base64.StdEncoding.EncodeToString(sum[:])) {
				t.Errorf("%s: the browser would refuse the style", name)
			}
		}
		if strings.Contains(page, " style=") || strings.Contains(page, "<script") || strings.Contains(page, "http-equiv") {
			t.Errorf("%s brings a style or script of its own", name)
		}
	}
}

// tags are the elements that pages are made of; anything else came from outside.
var tags = regexp.MustCompile(
	`^</?(!doctype|html|head|meta|title|link|style|body|div|span|nav|main|footer|a|p|h[1-4]|b|bdi|ul|ol|li|dl|dt|dd|pre|` +
		`code|section|article|header|details|summary|time)$`)

func TestHostileTextStaysText(t *testing.T) {
	g := newGate(t)
	gallery(g.scene)
	admin := g.adminPages()
	for name, w := range map[string]*httptest.ResponseRecorder{
		"public": get(g.Handler, g.path(pull(16))), "operators": get(admin, "/pr/github/acme/shop/16"), "overview": get(admin, "/"),
	} {
		page := w.Body.String()
		if w.Code != 200 || strings.Count(page, "&lt;script&gt;") == 0 {
			t.Fatalf("%s: %d, and the hostile text is not on it", name, w.Code)
		}
		for _, tag := range regexp.MustCompile(`<[^>\s]*`).FindAllString(page, -1) {
			if !tags.MatchString(tag) {
				t.Errorf("%s: the element %q came from outside", name, tag)
			}
		}
		for _, href := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if to := href[1]; !strings.HasPrefix(to, "https://github.example.com/") && !strings.HasPrefix(to, "#") &&
				!strings.HasPrefix(to, "../") && !strings.HasPrefix(to, "./") && to != "data:," {
				t.Errorf("%s: a link leads to %q", name, to)
			}
		}
		for _, bad := range []string{" onmouseover=", " onerror=", "\u202e", "\x00", "\x1b", "<img", "ZgotmplZ"} {
			if strings.Contains(strings.ReplaceAll(strings.ReplaceAll(page, "&#34; onmouseover=", ""), "src=x onerror=", ""), bad) {
				t.Errorf("%s: %q is on the page", name, bad)
			}
		}
	}
}

// shownText is what a reader sees of a page, one line for each piece.
func shownText(page string) string {
	page = regexp.MustCompile(`(?s)<style>.*?</style>|<title>.*?</title>`).ReplaceAllString(page, "")
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, "\n")
	return regexp.MustCompile(`\s*\n\s*`).ReplaceAllString(page, "\n")
}

// in reports the first of the texts that the page lacks, in this order.
func in(page string, texts ...string) string {
	rest := shownText(page)
	for _, want := range texts {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			return want
		}
		rest = after
	}
	return ""
}

func TestPageSaysWhatToDoFirst(t *testing.T) {
	g := newGate(t)
	gallery(g.scene)
	page := get(g.Handler, g.path(pull(12))).Body.String()
	if lacks := in(page, "acme/shop", "feat(checkout): add gift cards", "#12", "ann", "Refused", "3 problems to solve before merging",
		"What to do next", "Author", "Commit header is not of the form asked for", "Reword it", "commits/header",
		"Message holds characters", "Reviewers", "Owners have not approved",
		"internal/payments/card.go", "The fewest people who can unblock it: bo, cleo.",
		"Rules", "Commit standards", "refused", "What to do:", "step 1", "built-in default", "rules that pass", "✓",
		"6 rules not in force", "commits/body", "tried out in shadow", "No ticket is named", "off",
		"Code ownership", "remark", "An owner of these files cannot approve", ".github/CODEOWNERS:14", "does not block",
		"Size of a change", "partly judged", "Not judged: ", "tried out in shadow: recorded, not shown",
		"What could not be read", "diff.lines", "data/big.csv",
		"Verdicts", "refused", "solved", "commits/header", "solved", "commits/title", "new", "size/large-file", "new",
		"commits/invisible", "Changed: ", "head", "First verdict kept",
		"History", "pull_request.synchronize", "Published (", "published", "Evidence", "Facts", "sha256:", "Engine", "opa v1.22.2",
		"Merge base", sha("c"), "Snapshot begun", "The facts it read"); lacks != "" {
		t.Errorf("the page lacks %q, or has it in another place:\n%s", lacks, shownText(page))
	}
	for _, link := range []string{"https://github.example.com/acme/shop/pull/12", "https://github.example.com/acme/shop",
		"https://github.example.com/acme/shop/blob/" + sha("a") + "/.github/CODEOWNERS#L14", "../../../../docs/rules/commits#header"} {
		if !strings.Contains(page, `href="`+link+`"`) {
			t.Errorf("the page has no link to %s", link)
		}
	}
	if strings.Contains(page, "61 files changed") || strings.Contains(page, "size/too-many-files</code> ×") {
		t.Error("a finding in shadow is shown to everybody")
	}
	if lacks := in(get(g.adminPages(), "/pr/github/acme/shop/12").Body.String(), "2 rules in shadow", "61 files changed", "new",
		"size/too-many-files"); lacks != "" {
		t.Errorf("operators do not see %q", lacks)
	}
}

func TestPagesOfOtherKinds(t *testing.T) {
	g := newGate(t)
	gallery(g.scene)
	failed := plan.Look{
		Record:     change.Record{Ref: pull(17)},
		KeepRecord: true,
		Lines:      []history.Line{{Key: pull(17).Key, At: g.now, Kind: history.Failed, Detail: "read pull request: HTTP 502"}},
	}
	if _, err := g.Store.SavePlan(t.Context(), failed, nothing); err != nil {
		t.Fatal(err)
	}
	group := pull(0)
	group.Group = sha("2")
	for name, c := range map[string]struct {
		ref  change.Ref
		want []string
		not  string
	}{
		"passes with remarks, and shares its commit": {pull(13),
			[]string{"Refused", "It passes itself, but another pull request", "acme/shop#18 has the same commit and is refused",
				"Pull requests with the same commit", "acme/shop#18"}, "Nothing stands"},
		"evidence is over": {pull(14),
			[]string{"Passes", "The details are no longer kept", "the document itself is not kept", "The facts are no longer kept"},
			"Rules read at the"},
		"very long": {pull(15),
			[]string{"400 problems to solve", "number_002", "and 397 more", "292 more", "and 100 more, which are not listed",
				"What could not be read", "292 more", "and 20 that are not listed", "the beginning of"}, "number_300/handler.go is"},
		"last good settings": {pull(16), []string{"Older settings are in force", ".github/lintel.yml:3:1"},
			"No settings file"},
		"never judged": {pull(17),
			[]string{"No verdict yet", "The last look failed", "It could not be read or judged.", "it is being looked at",
				"The verdict follows"}, "HTTP 502"},
		"merge group": {group,
			[]string{"feat(checkout): add gift cards", "#12", "Merge group onto", "Passes", "This is a merge group",
				"pull request #12"}, "Refused"},
	} {
		page := get(g.Handler, g.path(c.ref)).Body.String()
		if lacks := in(page, c.want...); lacks != "" || strings.Contains(shownText(page), c.not) {
			t.Errorf("%s: lacks %q, or has %q:\n%s", name, lacks, c.not, shownText(page))
		}
		if len(page) > 2<<20 {
			t.Errorf("%s: the page has %d bytes", name, len(page))
		}
	}
	if lacks := in(get(g.adminPages(), "/pr/github/acme/shop/17").Body.String(), "The last look failed", "HTTP 502"); lacks != "" {
		t.Errorf("operators do not see %q", lacks)
	}
	// A push that was not judged yet: the old verdict is not shown as if it were the new one.
	g.deliver(pull(12), sha("9"), nil, "pull_request.synchronize")
	if lacks := in(get(g.Handler, g.path(pull(12))).Body.String(), "Being judged again", "was: refused", "Waiting",
		"Commit 9999999 is the head now"); lacks != "" {
		t.Errorf("after a push the page lacks %q", lacks)
	}
	g.Pages.o.Gate = finding.Warn
	if lacks := in(get(g.Handler, g.path(pull(15))).Body.String(), "The gate is switched to warn"); lacks != "" {
		t.Errorf("the operator's switch is not announced")
	}
}

func TestOverview(t *testing.T) {
	g := newGate(t)
	gallery(g.scene)
	overview := g.overview()
	overview.givenUp = func(context.Context) (int, error) { return 4, nil }
	overview.metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "lintel_up 1\n") })
	health := g.health(
		Check{Name: "forge", Run: func(context.Context) error { return errors.New("HTTP 401") }, Remedy: "look at the key"})
	admin := g.admin(overview, health)
	page := get(admin, "/").Body.String()
	if lacks := in(page, "Waiting", "1", "Waiting longest", "41 seconds", "Jobs given up", "4", "Ready", "no",
		"forge: HTTP 401 (look at the key)", "Waiting for a verdict", "acme/shop#17", "Recent changes",
		"refused", "acme/shop#18", "no verdict", "acme/shop#17", "passes", "acme/shop@2222222"); lacks != "" {
		t.Errorf("lacks %q:\n%s", lacks, shownText(page))
	}
	for _, link := range []string{"./pr/github/acme/shop/12", "./group/github/acme/shop/" + sha("2")} {
		if !strings.Contains(page, `href="`+link+`"`) {
			t.Errorf("no link to %s", link)
		}
	}
	if w := get(admin, "/metrics"); w.Body.String() != "lintel_up 1\n" {
		t.Errorf("metrics: %d %s", w.Code, w.Body)
	}
	for host, want := range map[string]int{"127.0.0.1:9090": 200, "[::1]:9090": 200, "localhost:9090": 200, "10.2.3.4": 200,
		"LOCALHOST:80": 200, "example.com": 421, "evil.example.net": 421, "localhost.evil.net:9090": 421, "": 421} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		admin.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("host %q: got %d, want %d", host, w.Code, want)
		}
	}
}

func TestTroubleWithTheRecord(t *testing.T) {
	g := newGate(t)
	gallery(g.scene)
	if err := g.Store.Close(); err != nil {
		t.Fatal(err)
	}
	w := get(g.Handler, g.path(pull(12)))
	if w.Code != 503 || strings.Contains(w.Body.String(), "database is closed") || !strings.Contains(g.log.String(), "database is closed") {
		t.Errorf("got %d %s, log %s", w.Code, w.Body, g.log)
	}
	if strings.Contains(g.log.String(), "v1.") {
		t.Error("a capability is in the log")
	}
	if !strings.HasPrefix(w.Body.String(), "503: The record cannot be read just now. ") {
		t.Errorf("a program gets %s", w.Body)
	}
	if w := get(g.adminPages(), "/"); w.Code != 503 {
		t.Errorf("the overview: %d", w.Code)
	}
}

func TestManual(t *testing.T) {
	g := newGate(t)
	for _, f := range g.Pages.o.Families {
		page := get(g.Handler, "/docs/rules/"+f.Name).Body.String()
		for _, r := range g.Pages.o.Rules {
			// Two families may have rules of one name.
			want := slices.ContainsFunc(g.Pages.o.Rules, func(o policy.Rule) bool { return o.Family == f.Name && o.Name() == r.Name() })
			if want != strings.Contains(page, `id="`+r.Name()+`"`) {
				t.Errorf("%s on the page of %s: want %v", r.ID, f.Name, want)
			}
		}
	}
	page := get(g.Handler, "/docs/rules/ownership").Body.String()
	if lacks := in(page, "Code ownership", "docs/**", "Owners have not approved", "How to fix it", "Passes", "Does not pass",
		"Severity", "Reads", "reviews", "In a merge queue", "When input is missing", "ownership.sole_owner"); lacks != "" {
		t.Errorf("lacks %q", lacks)
	}
	if w := get(g.Handler, "/docs/rules/"); w.Code != 200 || !strings.Contains(w.Body.String(), `href="../../docs/rules/size#too-large"`) {
		t.Errorf("the index: %d", w.Code)
	}
}

// stuck never answers, and does not listen to its context, as a database under a foreign lock may.
type stuck struct{ over chan struct{} }

func (s stuck) Recent(context.Context, int) ([]verdict.Latest, error) { <-s.over; return nil, nil }

func (s stuck) Lost(context.Context, time.Time, int) ([]change.Record, error) {
	<-s.over
	return nil, nil
}

// The overview and the pages are answered while nothing of the record answers; that this test ends is the proof.
func TestOperatorsAreAnswered(t *testing.T) {
	g := newGate(t)
	gallery(g.scene)
	over := make(chan struct{})
	defer close(over)
	g.Pages.o.Limit = 5*time.Second + toWrite // enough for what does answer, on a busy machine too
	overview := g.overview()
	overview.board = stuck{over}
	overview.givenUp = func(context.Context) (int, error) { return 4, nil }
	health := g.health(
		Check{Name: "forge", Run: func(context.Context) error { return errors.New("HTTP 401") }, Remedy: "look at the key"})
	w := get(g.admin(overview, health), "/")
	if lacks := in(w.Body.String(), "Could not be read: the list of recent changes", "no answer within 5s",
		"Could not be read: the list of waiting changes",
		"Waiting", "not known", "Jobs given up", "4", "forge: HTTP 401 (look at the key)"); w.Code != 503 || lacks != "" {
		t.Errorf("%d, lacks %q:\n%s", w.Code, lacks, shownText(w.Body.String()))
	}
	g.Pages.o.Record = stuckRecord{g.Pages.o.Record, over}
	g.Pages.o.Limit = 50 * time.Millisecond
	if w := get(g.admin(overview, health), pagePath(pull(12))); w.Code != 503 ||
		!strings.Contains(w.Body.String(), "The record did not answer in time") {
		t.Errorf("a page: %d %s", w.Code, w.Body)
	}
}

type stuckRecord struct {
	Record
	over chan struct{}
}

func (s stuckRecord) Named(context.Context, change.Forge, string, string, int) ([]change.Record, error) {
	<-s.over
	return nil, nil
}
