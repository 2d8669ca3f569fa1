package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/app"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

func TestGraphQLCanBeSwitchedOff(t *testing.T) {
	file := filepath.Join(t.TempDir(), "server.yml")
	text := "github: { app_id: 1, private_key_file: k, webhook_secret_file: s }\n"
	must(t, os.WriteFile(file, []byte(text), 0o600))
	for environment, want := range map[string]bool{"": true, "LINTEL_GITHUB_GRAPHQL=true": true, "LINTEL_GITHUB_GRAPHQL=false": false} {
		c, err := app.LoadConfig(file, []string{environment}, nil)
		must(t, err)
		if c.GitHub.GraphQL != want {
			t.Errorf("with %q GraphQL is %v, want %v", environment, c.GitHub.GraphQL, want)
		}
	}
	must(t, os.WriteFile(file, []byte("github: { app_id: 1, private_key_file: k, webhook_secret_file: s, graphql: false }\n"), 0o600))
	c, err := app.LoadConfig(file, nil, nil)
	must(t, err)
	if c.GitHub.GraphQL {
		t.Error("graphql: false in the file is not taken over")
	}
	_, err = app.LoadConfig(file, []string{"LINTEL_GITHUB_GRAPHQL=1"}, nil)
	var wrong *app.ConfigError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "LINTEL_GITHUB_GRAPHQL") {
		t.Errorf("LINTEL_GITHUB_GRAPHQL=1 gives %v, want a problem that names the variable", err)
	}
}

// TestServerReadsByRESTAlone judges a pull request without one call to GraphQL.
func TestServerReadsByRESTAlone(t *testing.T) {
	hub := world(t, fakehub.Options{})
	r := start(t, hub, t.TempDir(), func(c *app.Config, _ *app.ServerOptions) { c.GitHub.GraphQL = false })
	_, err := hub.Install("acme")
	must(t, err)
	sha := commit(t, hub, shop, fakehub.Commit{Branch: "coupon", Author: "wendy", Message: "feat: coupons", Files: fakehub.Files{"pay/coupon.go": "package pay\n"}})
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
