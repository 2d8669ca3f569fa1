package config

import (
	"fmt"
	"net/url"
	"os"
	"strings"
)

// GitLab is the GitLab that Lintel serves, beside a GitHub or alone. Without an address there is none.
type GitLab struct {
	URL       string `json:"url"`
	TokenFile string `json:"token_file"`
	// WebhookTokenFile is of X-Gitlab-Token, SigningSecretFile of signed webhooks, which are then required.
	WebhookTokenFile  string `json:"webhook_token_file"`
	SigningSecretFile string `json:"signing_secret_file"`
	// StatusCheckSecretFile is of external status checks.
	StatusCheckSecretFile string `json:"status_check_secret_file"`
	// MaintainerTokenFile is of a token that sees webhooks and changes nothing.
	MaintainerTokenFile string   `json:"maintainer_token_file"`
	Gate                string   `json:"gate" jsonschema:"enum=auto,enum=status,enum=approval,enum=external"`
	TrustedBranches     []string `json:"trusted_branches"`
	GraphQL             bool     `json:"graphql"`
	SettingsProject     string   `json:"settings_project"`
}

func defaultGitLab() GitLab {
	return GitLab{GraphQL: true, Gate: "auto", TrustedBranches: []string{}, SettingsProject: "lintel-settings"}
}

// On reports whether there is one.
func (c GitLab) On() bool { return c.URL != "" }

// gitLabKeys describes the keys from gitlab on.
var gitLabKeys = map[string]string{
	"gitlab":            "A GitLab, gitlab.com or your own, that Lintel serves beside GitHub or alone (docs/gitlab.md).",
	"gitlab.url":        "Its address, such as https://gitlab.com. Empty serves none.",
	"gitlab.token_file": "File with the access token of Lintel's own user: scope api, role Developer. It is read before each call.",
	"gitlab.webhook_token_file": "File with the secret token of the webhooks, 16 characters or more; of one of them, this or " +
		"signing_secret_file, there must be one.",
	"gitlab.signing_secret_file": "File with the signing secret of the webhooks, whsec_... . While it is set, unsigned deliveries " +
		"are refused.",
	"gitlab.status_check_secret_file": "File with the shared secret of the external status check (Ultimate).",
	"gitlab.maintainer_token_file": "File with the token of a Maintainer (scope read_api), by which lintel doctor and a metric tell " +
		"when GitLab disables a webhook. Lintel's own token serves where its user is a Maintainer.",
	"gitlab.gate": "What holds a merge: status, approval (Premium), external (Ultimate), or auto, the strongest that the project " +
		"is set up for.",
	"gitlab.graphql": "Read merge requests by GraphQL where GitLab answers it. false reads by REST alone, with three times as many calls.",
	"gitlab.settings_project": "Name of the project in which a group keeps, at organisation.path, defaults and a floor for all projects " +
		"in it and below; the topmost group's counts. Empty reads none.",
	"gitlab.trusted_branches": "Target branches whose settings, CODEOWNERS and policies are believed although they are neither " +
		"default nor protected.",
}

// check finds what the schema cannot express.
func (c GitLab) check(add func(key, format string, args ...any)) {
	if !c.On() {
		if c.TokenFile != "" || c.WebhookTokenFile != "" || c.SigningSecretFile != "" || c.StatusCheckSecretFile != "" ||
			c.MaintainerTokenFile != "" {
			add("gitlab.url", "it is missing, and other keys of gitlab are set: write GitLab's address")
		}
		return
	}
	if u, err := url.Parse(c.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" {
		add("gitlab.url", "%q is not an address such as https://gitlab.example.com", c.URL)
	}
	if c.TokenFile == "" {
		add("gitlab.token_file", "it is missing: make an access token with the scope api, write it into a file and name it")
	}
	if c.WebhookTokenFile == "" && c.SigningSecretFile == "" {
		add("gitlab.webhook_token_file", "it is missing: write the webhook's secret token into a file and name it")
	}
}

// GitLabSecrets are what the files of the section hold; empty where none is named.
type GitLabSecrets struct{ WebhookToken, Signing, StatusCheck string }

// Secrets reads the secrets that doors need. The access token is read when it is used.
func (c GitLab) Secrets() (s GitLabSecrets, err error) {
	for _, f := range []struct {
		key, path string
		to        *string
	}{
		{"webhook_token_file", c.WebhookTokenFile, &s.WebhookToken},
		{"signing_secret_file", c.SigningSecretFile, &s.Signing},
		{"status_check_secret_file", c.StatusCheckSecretFile, &s.StatusCheck},
	} {
		if f.path == "" {
			continue
		}
		if *f.to, err = secretIn("gitlab."+f.key, f.path); err != nil {
			return s, err
		}
		if len(*f.to) < 16 {
			return s, fmt.Errorf("gitlab.%s: the secret in %s has %d characters; use 16 or more at random", f.key, f.path, len(*f.to))
		}
	}
	return s, nil
}

// Token reads the access token, so that it can be rotated without a restart.
func (c GitLab) Token() (string, error) { return tokenIn("gitlab.token_file", c.TokenFile) }

// MaintainerToken reads the token of a Maintainer.
func (c GitLab) MaintainerToken() (string, error) {
	return tokenIn("gitlab.maintainer_token_file", c.MaintainerTokenFile)
}

func tokenIn(key, path string) (string, error) {
	token, err := secretIn(key, path)
	if err == nil && (token == "" || strings.ContainsAny(token, " \t\r\n")) {
		return "", fmt.Errorf("%s: %s holds no token on one line", key, path)
	}
	return token, err
}

func secretIn(key, path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// Exposed names the first file of a secret that everybody on the machine can read; empty when there is none.
func (c GitLab) Exposed() string {
	return exposed(c.TokenFile, c.WebhookTokenFile, c.SigningSecretFile, c.StatusCheckSecretFile, c.MaintainerTokenFile)
}
