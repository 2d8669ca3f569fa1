package server_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// gate posts to the admin listener, and returns the status and the answer.
func (r *rig) gate(body string, header ...string) (status int, answer string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://"+r.config.AdminListen+"/gate",
		bytes.NewBufferString(body))
	must(r.t, err)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return asked(r.t, req)
}

func asked(t testing.TB, req *http.Request) (status int, answer string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(text)
}

// switched posts a switch that must be taken.
func (r *rig) switched(body string) {
	r.t.Helper()
	if status, answer := r.gate(body); status != http.StatusOK {
		r.t.Fatalf("%d %s", status, answer)
	}
	r.quiet()
}

func (r *rig) adminPage(path string) string {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "http://"+r.config.AdminListen+path, nil)
	must(r.t, err)
	_, text := asked(r.t, req)
	return text
}

// TestStoryGateOpen: an operator opens the gate of an organisation. The red check turns green and says why, the page
// lists it, and when the time is over the rules decide again by themselves.
//
//race:unwatched
func TestStoryGateOpen(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), func(_ *config.Config, o *server.Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		o.ExpireSweep = pace
	})
	r.quiet()
	sha := commit(t, hub, shop, fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "Fixed it.",
		Files: fakehub.Files{"cart/cart.go": "package cart // fixed\n"}})
	open(t, hub, shop, fakehub.Pull{Title: "fix: it", Head: "topic", Base: "main", Author: "wendy"})
	r.run(sha, "failure")
	r.switched(`{"state":"open","org":"acme","for":"2m","reason":"the CI provider is down","actor":"olga"}`)
	run := r.run(sha, "success")
	for _, want := range []string{"The gate is open: passes although", "The gate of acme is open", "the CI provider is down", "olga"} {
		if !strings.Contains(run.Title+run.Summary, want) {
			t.Errorf("the check lacks %q:\n%s\n%s", want, run.Title, run.Summary)
		}
	}
	r.expectAudit("gate.opened gate.passed")
	if page := r.adminPage("/gate"); !strings.Contains(page, "acme/shop#1") || !strings.Contains(page, "the CI provider is down") {
		t.Errorf("the page does not list the verdict:\n%s", page)
	}
	// A pull request that comes later passes, too.
	later := commit(t, hub, shop, fakehub.Commit{Branch: "later", From: "main", Author: "wendy", Message: "Later.",
		Files: fakehub.Files{"cart/later.go": "package cart\n"}})
	open(t, hub, shop, fakehub.Pull{Title: "fix: later", Head: "later", Base: "main", Author: "wendy"})
	r.run(later, "success")
	r.quiet()
	ahead.Store(int64(3 * time.Minute))
	r.run(sha, "failure")
	r.run(later, "failure")
	r.expectAudit("gate.opened gate.passed gate.passed gate.ended")
}

// TestStoryGateClosed: a closed gate refuses what the rules let pass, wins over an open one, and is ended by hand.
//
//race:unwatched
func TestStoryGateClosed(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), nil)
	r.quiet()
	sha := commit(t, hub, shop, fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "fix: it",
		Files: fakehub.Files{"cart/cart.go": "package cart // fixed\n"}})
	open(t, hub, shop, fakehub.Pull{Title: "fix: it", Head: "topic", Base: "main", Author: "wendy"})
	r.run(sha, "success")
	r.switched(`{"state":"closed","all":true,"for":"1h","reason":"a secret leaked"}`)
	if run := r.run(sha, "failure"); !strings.Contains(run.Title+run.Summary, "The gate of all is closed") {
		t.Errorf("%s\n%s", run.Title, run.Summary)
	}
	r.switched(`{"state":"open","repo":"acme/shop","for":"1h","reason":"let me"}`)
	runs := r.runs(sha)
	if last := runs[len(runs)-1]; last.Conclusion != "failure" {
		t.Errorf("an open gate won over the closed one: %s", last.Conclusion)
	}
	r.switched(`{"state":"normal","all":true}`)
	r.run(sha, "success")
	r.expectAudit("gate.closed gate.opened gate.ended")
}

// ATTACK: open the gate without being the operator: by a page that the operator's browser shows, by a form, by nonsense.
//
// WHAT MUST HOLD: nothing is switched.
func TestStoryGateRefused(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), nil)
	r.quiet()
	const good = `{"state":"open","org":"acme","for":"2h","reason":"x"}`
	for name, c := range map[string]struct {
		body   string
		header []string
		want   int
	}{
		"another site":      {good, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"another origin":    {good, []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		"a form":            {good, []string{"Content-Type", "application/x-www-form-urlencoded"}, http.StatusUnsupportedMediaType},
		"no JSON":           {"open", nil, http.StatusBadRequest},
		"no end":            {`{"state":"open","org":"acme","reason":"x"}`, nil, http.StatusBadRequest},
		"no reason":         {`{"state":"open","org":"acme","for":"2h"}`, nil, http.StatusBadRequest},
		"a misspelt state":  {`{"state":"close","org":"acme","for":"2h","reason":"x"}`, nil, http.StatusBadRequest},
		"two scopes":        {`{"state":"open","org":"acme","all":true,"for":"2h","reason":"x"}`, nil, http.StatusBadRequest},
		"a strange key":     {`{"state":"open","org":"acme","hours":2,"reason":"x"}`, nil, http.StatusBadRequest},
		"an unknown owner":  {`{"state":"open","org":"nobody","for":"2h","reason":"x"}`, nil, http.StatusNotFound},
		"a strange address": {good, []string{"Host", "evil.example"}, http.StatusOK},
	} {
		if name == "a strange address" {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.config.AdminListen+"/gate",
				strings.NewReader(good))
			must(t, err)
			req.Host = "evil.example"
			if status, _ := asked(t, req); status != http.StatusMisdirectedRequest {
				t.Errorf("%s: %d", name, status)
			}
			continue
		}
		if status, answer := r.gate(c.body, c.header...); status != c.want {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.config.Listen+"/gate", strings.NewReader(good))
	must(t, err)
	if status, _ := asked(t, req); status != http.StatusNotFound {
		t.Errorf("the public listener answers %d", status)
	}
	r.expectAudit("")
}

// STEPS: a repository and then its organisation are renamed while the gate of the organisation is open and an override
// of a pull request is in force.
//
// WHAT MUST HOLD: both go by ids and still hold; the check, the page and the list of switches say the new name; the new
// name ends the switch, and the override outlives it.
//
//race:unwatched
func TestStoryRenamedUnderASwitch(t *testing.T) {
	t.Parallel()
	r, n, overridden := overriding(t, "")
	r.expectReply(n, r.write(n, "mika", overrideHeader), "+1", "")
	r.run(overridden, "success")
	second, turned := r.topic("second", "Second.", "cart/second.go")
	r.run(turned, "failure")
	r.switched(`{"state":"closed","repo":"acme/shop","for":"1h","reason":"a leak"}`)
	r.run(overridden, "failure")
	must(t, r.hub.RenameRepo(shop, "store", "olga"))
	must(t, r.hub.RenameOrg("acme", "emca", "olga"))
	r.quiet()
	r.says(n, overridden, "failure", "The gate of emca/store is closed")
	r.switched(`{"state":"normal","repo":"emca/store"}`)
	r.switched(`{"state":"open","org":"emca","for":"2h","reason":"the CI provider is down"}`)
	must(t, r.hub.RenameOrg("emca", "acme-shops", "olga"))
	r.quiet()
	r.says(second, turned, "success", "The gate of acme-shops is open")
	r.says(n, overridden, "success", "Passes by 1 override")
	past, err := r.server.Record().PastGateSwitches(t.Context(), 10)
	must(t, err)
	if len(past) != 2 || past[0].Scope.Name != "acme-shops" || past[1].Scope.Name != "acme-shops/store" {
		t.Errorf("the list of switches: %+v", past)
	}
	if page := r.adminPage("/gate"); !strings.Contains(page, "acme-shops") || strings.Contains(page, "emca") {
		t.Errorf("the page says an old name:\n%s", page)
	}
	r.switched(`{"state":"normal","org":"acme-shops"}`)
	r.says(second, turned, "failure", "")
	r.says(n, overridden, "success", "Passes by 1 override")
}

// says asks for a look at a pull request and waits until its check has a conclusion and some words.
func (r *rig) says(n int, sha, conclusion, words string) {
	r.t.Helper()
	r.write(n, "olga", "/lintel recheck")
	runs := r.runs(sha)
	last := runs[len(runs)-1]
	if last.Conclusion != conclusion || !strings.Contains(last.Title+last.Summary, words) {
		r.t.Errorf("the check of #%d is %s, want %s and %q:\n%s\n%s", n, last.Conclusion, conclusion, words, last.Title, last.Summary)
	}
}
