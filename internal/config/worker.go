package config

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// LoadWorker reads the file of a worker that asks a model. It needs no App, and must hold no key of a forge.
func LoadWorker(path string, environ []string, overrides map[string]string) (Config, error) {
	return loadWorker(path, environ, overrides, func(c Config) []string {
		if c.Model.Endpoint == "" {
			return []string{"model.endpoint: it is missing: a worker asks a model, so name one"}
		}
		return nil
	})
}

// LoadCheckWorker reads the file of a worker that runs checks. It needs no App, and must hold no key of a forge.
func LoadCheckWorker(path string, environ []string, overrides map[string]string) (Config, error) {
	return loadWorker(path, environ, overrides, func(c Config) (all []string) {
		if c.Checks.Backend == "off" {
			all = append(all, "checks.backend: it is off: a worker runs checks, so name a sandbox, as the server's file does")
		}
		switch at, err := url.Parse(c.Checks.Server); {
		case c.Checks.Server == "":
			all = append(all, "checks.server: it is missing: name the address at which this worker reaches lintel serve, such as "+
				"http://lintel:8080")
		case err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" || at.User != nil:
			all = append(all, "checks.server: it is no address of a server, such as http://lintel:8080")
		}
		return all
	})
}

// loadWorker reads the file of a worker; needs says what is missing in it.
func loadWorker(path string, environ []string, overrides map[string]string, needs func(Config) []string) (Config, error) {
	c, err := load(path, environ, overrides, func(c Config, _ source) []string {
		all := slices.DeleteFunc(c.check(), func(p string) bool {
			return strings.HasPrefix(p, "github.") || strings.HasPrefix(p, "listen:")
		})
		return append(append(all, forgeKeys(c, environ)...), needs(c)...)
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
		"gitlab.maintainer_token_file":        c.GitLab.MaintainerTokenFile,
	} {
		if value != "" {
			all = append(all,
				key+" is set: a worker must not know where the forge's keys are; give it a file "+
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
