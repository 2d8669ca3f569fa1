package config

import (
	"fmt"
	"os"
	"strings"
)

// WebhookSecrets reads the secret and the one that it replaces.
func (c GitHub) WebhookSecrets() ([]string, error) {
	var secrets []string
	for _, f := range []struct{ key, path string }{
		{"webhook_secret_file", c.WebhookSecretFile},
		{"previous_webhook_secret_file", c.PreviousWebhookSecretFile},
	} {
		if f.path == "" {
			continue
		}
		b, err := os.ReadFile(f.path)
		if err != nil {
			return nil, fmt.Errorf("github.%s: %w", f.key, err)
		}
		secret := strings.TrimSpace(string(b))
		if secret != "" && len(secret) < 16 {
			return nil, fmt.Errorf("github.%s: the secret in %s has %d characters; use 16 or more at random", f.key, f.path, len(secret))
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

// Exposed names the first file of a secret that everybody on the machine can read; empty when there is none. A file that
// a group can read is fine: the group may be Lintel's own.
func (c GitHub) Exposed() string {
	return exposed(c.PrivateKeyFile, c.WebhookSecretFile, c.PreviousWebhookSecretFile)
}

func exposed(paths ...string) string {
	for _, path := range paths {
		if path == "" {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 {
			return path
		}
	}
	return ""
}
