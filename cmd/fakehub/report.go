package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/github/seed"
)

// runFile describes a run to scripts. It stands in the data folder as run.json.
type runFile struct {
	URL               string            `json:"url"`
	AppID             int64             `json:"app_id"`
	PrivateKeyFile    string            `json:"private_key_file"`
	WebhookSecretFile string            `json:"webhook_secret_file"`
	WebhookURL        string            `json:"webhook_url"`
	Installations     map[string]int64  `json:"installations"`
	Tokens            map[string]string `json:"tokens"`
}

// report writes the App's key and secret and run.json into the data folder, readable by their owner alone, and returns
// the text for the terminal.
func report(dir string, hub *fakehub.Hub, applied seed.Applied) (string, error) {
	app := hub.App()
	r := runFile{
		URL: hub.URL(), AppID: app.ID, WebhookURL: app.WebhookURL,
		PrivateKeyFile: filepath.Join(dir, "app.pem"), WebhookSecretFile: filepath.Join(dir, "webhook-secret"),
		Installations: applied.Installations, Tokens: applied.Tokens,
	}
	description, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", fmt.Errorf("describe the run: %w", err)
	}
	// run.json comes last and whole: a script that waits for it finds the other two.
	for _, f := range []struct {
		name string
		data []byte
	}{
		{r.PrivateKeyFile, app.PEM()},
		{r.WebhookSecretFile, []byte(app.WebhookSecret)},
		{filepath.Join(dir, ".run.json"), append(description, '\n')},
	} {
		if err := os.WriteFile(f.name, f.data, 0o600); err != nil {
			return "", fmt.Errorf("write the run's files: %w", err)
		}
	}
	if err := os.Rename(filepath.Join(dir, ".run.json"), filepath.Join(dir, "run.json")); err != nil {
		return "", fmt.Errorf("write the run's files: %w", err)
	}
	return r.text(dir), nil
}

func (r runFile) text(dir string) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-15s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "fakehub is ready. It protects nothing and forgets everything when it ends (Ctrl-C).\n")
	line("url", "%s   REST here and at /api/v3, GraphQL at /graphql, git at /OWNER/NAME.git", r.URL)
	line("requests", "%s/_fakehub", r.URL)
	line("app id", "%d", r.AppID)
	line("private key", "%s", r.PrivateKeyFile)
	line("webhook secret", "%s", r.WebhookSecretFile)
	webhook := r.WebhookURL
	if webhook == "" {
		webhook = "none; give --webhook URL to have them sent"
	}
	line("webhooks to", "%s", webhook)
	line("for scripts", "%s", filepath.Join(dir, "run.json"))
	for _, login := range slices.Sorted(maps.Keys(r.Installations)) {
		line("installed on", "%s (installation %d)", login, r.Installations[login])
	}
	for _, login := range slices.Sorted(maps.Keys(r.Tokens)) {
		line("token of "+login, "%s", r.Tokens[login])
	}
	return b.String()
}
