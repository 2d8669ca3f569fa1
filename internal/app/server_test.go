package app_test

import (
	"testing"

	"github.com/lintel-review/lintel/internal/fakehub"
)

// TestPullRequestGetsItsVerdict follows one pull request from its webhook to a refused check, its fix to a green one, and an owner's approval.
func TestPullRequestGetsItsVerdict(t *testing.T) {
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), nil)

	bad := commit(t, hub, shop, fakehub.Commit{Branch: "coupon", Author: "wendy", Message: "Added coupons.", Files: fakehub.Files{"cart/coupon.go": "package cart\n"}})
	n := open(t, hub, shop, fakehub.Pull{Head: "coupon", Base: "main", Title: "feat: coupons", Author: "wendy"})
	refused := r.run(bad, "failure")
	t.Logf("%s\n%s\n%s", refused.Title, refused.Summary, refused.Text)
	r.quiet()

	good := commit(t, hub, shop, fakehub.Commit{Branch: "coupon", Parents: []string{hub.Tip(shop, "main")}, Force: true, Author: "wendy", Message: "feat(cart): add coupons", Files: fakehub.Files{"cart/coupon.go": "package cart\n"}})
	r.run(good, "success")
	r.quiet()

	owned := commit(t, hub, shop, fakehub.Commit{Branch: "coupon", Author: "wendy", Message: "feat(pay): pay with coupons", Files: fakehub.Files{"pay/coupon.go": "package pay\n"}})
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
