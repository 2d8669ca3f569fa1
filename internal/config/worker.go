package config

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// LoadWorker reads the file of a worker. It needs no App, and must hold no key of a forge.
func LoadWorker(path string, environ []string, overrides map[string]string) (Config, error) {
	c, err := load(path, environ, overrides, func(c Config, _ source) []string {
		all := slices.DeleteFunc(c.check(), func(p string) bool {
			return strings.HasPrefix(p, "github.") || strings.HasPrefix(p, "listen:")
		})
		all = append(all, forgeKeys(c, environ)...)
		if c.Model.Endpoint == "" {
			all = append(all, "model.endpoint: it is missing: a worker asks a model, so name one")
		}
		return all
	})
	return c, unstarted(err)
}

// forgeVariables are the environment variables in which programs look for a forge's keys.
var forgeVariables = []string{"GITHUB_TOKEN", "GH_TOKEN", "GITHUB_PAT", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN",
	"GITHUB_APP_PRIVATE_KEY", "GITLAB_TOKEN", "GL_TOKEN", "CI_JOB_TOKEN"}

// forgeKey matches the beginning of a forge's token or of a private key.
var forgeKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`gh[opsru]_[A-Za-z0-9]{20}|github_pat_[A-Za-z0-9_]{20}|glpat-[A-Za-z0-9_-]{20}|whsec_[A-Za-z0-9+/=]{20}|` +
			`-----BEGIN [A-Z ]*PRIVATE KEY-----`)
})

// forgeKeys lists where a configuration or an environment holds a key of a forge. It never repeats the keys themselves.
func forgeKeys(c Config, environ []string) []string {
	var all []string
	for key, value := range map[string]string{
		"github.private_key_file":             c.GitHub.PrivateKeyFile,
		"github.webhook_secret_file":          c.GitHub.WebhookSecretFile,
		"github.previous_webhook_secret_file": c.GitHub.PreviousWebhookSecretFile,
		"gitlab.token_file":                   c.GitLab.TokenFile,
		"gitlab.webhook_token_file":           c.GitLab.WebhookTokenFile,
		"gitlab.signing_secret_file":          c.GitLab.SigningSecretFile,
		"gitlab.status_check_secret_file":     c.GitLab.StatusCheckSecretFile,
	} {
		if value != "" {
			all = append(all,
				key+" is set: a process that talks to a model must not know where the forge's keys are; give it a file "+
					"of its own, without the sections github and gitlab")
		}
	}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if value != "" && (slices.Contains(forgeVariables, name) || forgeKey().MatchString(value)) {
			all = append(all, "environment variable "+name+" holds what looks like a key of a forge: start the worker without it")
		}
	}
	slices.Sort(all)
	return all
}
