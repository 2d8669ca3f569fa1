package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// TestPullRequestGetsItsVerdict follows one pull request from its webhook to a refused check, its fix to a green one,
// and an owner's approval.
//
//race:unwatched
func TestPullRequestGetsItsVerdict(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), nil)

	bad := badCoupon(t, hub)
	n := open(t, hub, shop, fakehub.Pull{Head: "coupon", Base: "main", Title: "feat: coupons", Author: "wendy"})
	refused := r.run(bad, "failure")
	t.Logf("%s\n%s\n%s", refused.Title, refused.Summary, refused.Text)
	r.quiet()

	good := commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "coupon",
			Parents: []string{hub.Tip(shop, "main")},
			Force:   true,
			Author:  "wendy",
			Message: "feat(cart): add coupons",
			Files:   fakehub.Files{"cart/coupon.go": "package cart\n"},
		})
	r.run(good, "success")
	r.quiet()

	owned := commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "coupon",
			Author:  "wendy",
			Message: "feat(pay): pay with coupons",
			Files:   fakehub.Files{"pay/coupon.go": "package pay\n"},
		})
	refused = r.run(owned, "failure")
	t.Logf("%s\n%s\n%s", refused.Title, refused.Summary, refused.Text)
	_, err = hub.Review(shop, n, fakehub.Review{Author: "mika", State: "APPROVE"})
	must(t, err)
	r.run(owned, "success")
	r.quiet()
	view, err := hub.Pull(shop, n)
	must(t, err)
	for _, c := range view.Comments {
		t.Logf("comment by %s: %s", c.Author, c.Body)
	}
	for _, q := range hub.Requests() {
		t.Logf("%s %s %d", q.Method, q.Path, q.Status)
	}
}

// TestPagesAnswer opens the page that the check links to, and the operators' pages, beside a running server.
//
//race:unwatched
func TestPagesAnswer(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), nil)
	bad := badCoupon(t, hub)
	open(t, hub, shop, fakehub.Pull{Head: "coupon", Base: "main", Title: "feat: <b>coupons</b>", Author: "wendy"})
	run := r.run(bad, "failure")
	for _, url := range []string{run.Details, "http://" + r.config.AdminListen + "/",
		"http://" + r.config.AdminListen + "/pr/github/acme/shop/1", "http://" + r.config.AdminListen + "/metrics",
		"http://" + r.config.AdminListen + "/readyz"} {
		status, body := answers(t, url)
		// On a busy machine a page says that the record did not answer in time.
		for until := time.Now().Add(patience); status == http.StatusServiceUnavailable && time.Now().Before(until); {
			status, body = answers(t, url)
		}
		if status != http.StatusOK {
			t.Errorf("%s answers %d: %s", url, status, body)
		}
		if strings.Contains(body, "<b>coupons") {
			t.Errorf("%s shows a title as markup", url)
		}
	}
}

// TestGateSwitchReachesOpenPullRequests restarts the server with the gate switched to warn, and back: what stands on
// open pull requests follows.
//
//race:unwatched
func TestGateSwitchReachesOpenPullRequests(t *testing.T) {
	t.Parallel()
	hub, dir := world(t, fakehub.Options{}), t.TempDir()
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, dir, nil)
	bad := badCoupon(t, hub)
	open(t, hub, shop, fakehub.Pull{Head: "coupon", Base: "main", Title: "feat: coupons", Author: "wendy"})
	r.run(bad, "failure")
	r.quiet()
	r.stop()

	r = start(t, hub, dir, func(c *config.Config, _ *server.Options) { c.Gate = "warn" })
	if run := r.run(bad, "success"); !strings.Contains(run.Summary, "switched the gate to warn") {
		t.Errorf("the check does not announce the switch:\n%s", run.Summary)
	}
	r.quiet()
	r.stop()

	r = start(t, hub, dir, nil)
	r.run(bad, "failure")
}
