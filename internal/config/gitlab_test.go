package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGitLab(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	token, secret := file("token", "glpat-1\n"), file("secret", strings.Repeat("s", 16))
	const lab = "https://gitlab.example.com"
	for name, c := range map[string]struct {
		given   map[string]string
		problem string
	}{
		"alone, without a GitHub": {map[string]string{"gitlab.url": lab, "gitlab.token_file": token,
			"gitlab.webhook_token_file": secret}, ""},
		"neither": {map[string]string{"log.level": "info"}, "github.app_id"},
		"beside half of GitHub": {map[string]string{"gitlab.url": lab, "gitlab.token_file": token,
			"gitlab.webhook_token_file": secret, "github.app_id": "3"}, "github.private_key_file"},
		"no token":   {map[string]string{"gitlab.url": lab, "gitlab.webhook_token_file": secret}, "gitlab.token_file"},
		"no door":    {map[string]string{"gitlab.url": lab, "gitlab.token_file": token}, "gitlab.webhook_token_file"},
		"no address": {map[string]string{"gitlab.token_file": token, "github.app_id": "3"}, "gitlab.url"},
		"a bad address": {map[string]string{"gitlab.url": "gitlab", "gitlab.token_file": token,
			"gitlab.webhook_token_file": secret}, "gitlab.url"},
		"an unknown gate": {map[string]string{"gitlab.gate": "hope"}, "gitlab.gate"},
	} {
		_, err := Load("", nil, c.given)
		if c.problem == "" && err != nil ||
			c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%s: %v, want a problem with %q", name, err, c.problem)
		}
	}
	server := file("server.yml", "github:\n  app_id: 3\ngitlab:\n  gate: approval\n  graphql: false\n  trusted_branches: [next]\n")
	_, err := Load(server, []string{"LINTEL_GITLAB_GATE=status"}, nil)
	for _, want := range []string{server + ":4:3: gitlab.gate: nothing reads it", server + ":5:3: gitlab.graphql",
		server + ":6:3: gitlab.trusted_branches", "environment variable LINTEL_GITLAB_GATE: nothing reads it"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("keys without gitlab.url: %v, want %q", err, want)
		}
	}
	if _, err := LoadDatabase(server, nil, nil); err != nil {
		t.Errorf("what needs no forge refuses them: %v", err)
	}
	c := GitLab{TokenFile: token, WebhookTokenFile: secret}
	if got, err := c.Token(); got != "glpat-1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	must(t, os.WriteFile(token, []byte("glpat-2"), 0o600))
	if got, err := c.Token(); got != "glpat-2" || err != nil {
		t.Errorf("after a rotation: %q, %v", got, err)
	}
	if s, err := c.Secrets(); s.WebhookToken != strings.Repeat("s", 16) || err != nil {
		t.Errorf("%+v, %v", s, err)
	}
	c.SigningSecretFile = file("short", "abc")
	if _, err := c.Secrets(); err == nil || !strings.Contains(err.Error(), "gitlab.signing_secret_file") {
		t.Errorf("a short secret: %v", err)
	}
	must(t, os.WriteFile(token, []byte("two words"), 0o600))
	if _, err := c.Token(); err == nil {
		t.Error("two words are a token")
	}
}
