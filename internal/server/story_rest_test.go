package server_test

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// TestServerReadsByRESTAlone judges a pull request without one call to GraphQL.
//
//race:unwatched
func TestServerReadsByRESTAlone(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	r := start(t, hub, t.TempDir(), func(c *config.Config, _ *server.Options) { c.GitHub.GraphQL = false })
	_, err := hub.Install("acme")
	must(t, err)
	sha := commit(t, hub, shop,
		fakehub.Commit{Branch: "coupon", Author: "wendy", Message: "feat: coupons", Files: fakehub.Files{"pay/coupon.go": "package pay\n"}})
	open(t, hub, shop, fakehub.Pull{Head: "coupon", Base: "main", Title: "feat: coupons", Author: "wendy"})
	r.run(sha, "failure")
	r.quiet()
	must(t, r.server.Sweep(t.Context()))
	for _, q := range hub.Requests() {
		if strings.HasSuffix(q.Path, "/graphql") {
			t.Errorf("%s %s was asked although graphql is false", q.Method, q.Path)
		}
	}
}
