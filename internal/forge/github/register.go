package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// Registration is a new App with its key and secret. Nobody can fetch them a second time.
type Registration struct {
	ID         int64
	Slug, Name string
	// Page is the App's public page, "https://github.com/apps/lintel-acme"; below it /installations/new installs it.
	Page string
	// Key is the private key in PEM, WebhookSecret what deliveries are signed with.
	Key, WebhookSecret []byte
}

// maxAppName is the longest name of an App that GitHub takes.
const maxAppName = 34

// Manifest is what GitHub's form of a new App takes as the field manifest: the permissions and events that Lintel needs,
// and the addresses. GitHub sends the browser to redirect with a code for Register.
// https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
func Manifest(name, public, redirect string) ([]byte, error) {
	if n := len([]rune(name)); n == 0 || n > maxAppName {
		return nil, fmt.Errorf("the App's name has %d characters; GitHub takes 1 to %d", n, maxAppName)
	}
	return json.Marshal(map[string]any{
		"name":                name,
		"url":                 "https://github.com/lintel-review/lintel",
		"description":         "Reviews pull requests by rules and concludes one check.",
		"hook_attributes":     map[string]any{"url": strings.TrimSuffix(public, "/") + "/hooks/github", "active": true},
		"redirect_url":        redirect,
		"public":              false,
		"default_permissions": Needs(),
		"default_events":      Events(),
	})
}

var manifestCode = lazyregexp.New(`^[A-Za-z0-9_-]{1,200}$`)

// ErrCode is why a code cannot be exchanged: it was used before, is older than an hour, or came from another GitHub.
var ErrCode = errors.New("GitHub does not know the code: it was used before, is older than an hour, or is another GitHub's")

// Register exchanges the code of a manifest for the App, once. It needs no key: the code is the permission.
// https://docs.github.com/en/rest/apps/apps#create-a-github-app-from-a-manifest
func Register(ctx context.Context, apiURL, code string, transport http.RoundTripper) (Registration, error) {
	if !manifestCode.MatchString(code) {
		return Registration{}, ErrCode
	}
	f, err := newForge(Options{APIURL: apiURL, Transport: transport, Now: time.Now})
	if err != nil {
		return Registration{}, err
	}
	app, resp, err := f.client(f.Transport).Apps.CompleteAppManifest(ctx, code)
	switch {
	case resp != nil && resp.StatusCode == http.StatusNotFound:
		return Registration{}, ErrCode
	case err != nil:
		return Registration{}, f.answer("fetch the new App", err)
	case app.GetID() == 0 || app.GetPEM() == "" || app.GetWebhookSecret() == "":
		return Registration{}, &change.Unread{What: "the answer about the new App has no id, key or secret"}
	}
	return Registration{
		ID:            app.GetID(),
		Slug:          app.GetSlug(),
		Name:          app.GetName(),
		Page:          app.GetHTMLURL(),
		Key:           []byte(app.GetPEM()),
		WebhookSecret: []byte(app.GetWebhookSecret()),
	}, nil
}
