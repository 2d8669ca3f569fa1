// Package identity finds out who somebody is: by an OpenID provider, or by GitHub. Both follow OAuth 2.0's
// authorization code with PKCE. It is the only door to oauth2.
//
// Callers may rely on: a person is returned only for a code that the provider took together with the verifier of the
// same sign-in; an answer of a provider is bounded in size and time.
package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/oauth2"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/oidc"
)

const (
	// askTime bounds one question to a provider.
	askTime = 10 * time.Second
	// maxAnswer bounds what a provider answers.
	maxAnswer = 1 << 20
)

// Client is what a provider knows this server by.
type Client struct {
	ID, Secret string
	// Back is the address that the browser comes back to.
	Back string
	// Transport is the network to the provider (nil: the default one).
	Transport http.RoundTripper
}

func (c Client) http() *http.Client {
	next := c.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	return &http.Client{Transport: bounded{next}, Timeout: askTime,
		// A code and a token go to the address that was configured, and to no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// bounded lets nobody read more of an answer than it may have.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

// OIDC is the way by an OpenID provider.
type OIDC struct {
	client   Client
	provider *oidc.Provider
}

// NewOIDC makes it. It asks nobody before the first sign-in.
func NewOIDC(c Client, p *oidc.Provider) *OIDC { return &OIDC{c, p} }

func (w *OIDC) config(ctx context.Context) (*oauth2.Config, error) {
	authorize, token, err := w.provider.Endpoints(ctx)
	if err != nil {
		return nil, err
	}
	return &oauth2.Config{ClientID: w.client.ID, ClientSecret: w.client.Secret, RedirectURL: w.client.Back,
		Endpoint: oauth2.Endpoint{AuthURL: authorize, TokenURL: token}, Scopes: []string{"openid", "profile", "email"}}, nil
}

// Start is the address at the provider where a sign-in goes on.
func (w *OIDC) Start(ctx context.Context, a access.Attempt) (string, error) {
	c, err := w.config(ctx)
	if err != nil {
		return "", err
	}
	return c.AuthCodeURL(a.State, oauth2.S256ChallengeOption(a.Verifier), oauth2.SetAuthURLParam("nonce", a.Nonce)), nil
}

// Finish exchanges the code that the browser brought for the person.
func (w *OIDC) Finish(ctx context.Context, a access.Attempt, code string) (p access.Person, token string, err error) {
	c, err := w.config(ctx)
	if err != nil {
		return p, "", err
	}
	got, err := c.Exchange(context.WithValue(ctx, oauth2.HTTPClient, w.client.http()), code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return p, "", fmt.Errorf("exchange the code: %w", err)
	}
	raw, ok := got.Extra("id_token").(string)
	if !ok {
		return p, "", errors.New("exchange the code: the provider gives no id_token")
	}
	p, err = w.provider.Identify(ctx, raw, a.Nonce)
	return p, "", err
}

// GitHub is the way by an OAuth App or the App itself on GitHub.
type GitHub struct {
	client   Client
	web, api string
}

// NewGitHub makes it for the addresses of pages and API, "https://github.com" and "https://api.github.com".
func NewGitHub(c Client, web, api string) *GitHub { return &GitHub{c, web, api} }

func (w *GitHub) config() *oauth2.Config {
	return &oauth2.Config{ClientID: w.client.ID, ClientSecret: w.client.Secret, RedirectURL: w.client.Back,
		Endpoint: oauth2.Endpoint{AuthURL: w.web + "/login/oauth/authorize", TokenURL: w.web + "/login/oauth/access_token",
			AuthStyle: oauth2.AuthStyleInParams}}
}

// Start is the address at GitHub where a sign-in goes on.
func (w *GitHub) Start(_ context.Context, a access.Attempt) (string, error) {
	return w.config().AuthCodeURL(a.State, oauth2.S256ChallengeOption(a.Verifier)), nil
}

// Finish exchanges the code that the browser brought for the person, and for the token to ask what they may read.
func (w *GitHub) Finish(ctx context.Context, a access.Attempt, code string) (p access.Person, token string, err error) {
	got, err := w.config().Exchange(context.WithValue(ctx, oauth2.HTTPClient, w.client.http()), code,
		oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return p, "", fmt.Errorf("exchange the code: %w", err)
	}
	var user struct {
		ID    int64  `json:"id"`
		Login string `json:"login"`
	}
	found, err := w.ask(ctx, got.AccessToken, "/user", &user)
	if err == nil && (!found || user.ID <= 0 || user.Login == "") {
		err = errors.New("GitHub does not say who it is")
	}
	if err != nil {
		return p, "", fmt.Errorf("ask who signed in: %w", err)
	}
	return access.Person{Way: access.ByGitHub, Subject: strconv.FormatInt(user.ID, 10), Login: user.Login}, got.AccessToken, nil
}

// CanRead returns the id of a repository that the holder of a token can read; 0 when they cannot.
func (w *GitHub) CanRead(ctx context.Context, token, owner, name string) (id int64, err error) {
	var r struct {
		ID int64 `json:"id"`
	}
	found, err := w.ask(ctx, token, "/repos/"+url.PathEscape(owner)+"/"+url.PathEscape(name), &r)
	if err != nil || !found {
		return 0, err
	}
	return r.ID, nil
}

// maxListed is how many pages of a hundred repositories are read for one person.
const maxListed = 30

// Readable are the ids of the repositories that GitHub lists for the holder of a token: their own, and those that they were
// given or have by an organisation.
func (w *GitHub) Readable(ctx context.Context, token string) (ids []int64, err error) {
	for page := 1; page <= maxListed; page++ {
		var some []struct {
			ID int64 `json:"id"`
		}
		found, err := w.ask(ctx, token, "/user/repos?per_page=100&page="+strconv.Itoa(page), &some)
		if err != nil {
			return nil, err
		}
		for _, r := range some {
			ids = append(ids, r.ID)
		}
		if !found || len(some) < 100 {
			break
		}
	}
	return ids, nil
}

// ask reads one answer of the API; found is false when it says that there is nothing to see for this token.
func (w *GitHub) ask(ctx context.Context, token, path string, into any) (found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.api+path, nil)
	if err != nil {
		return false, fmt.Errorf("ask GitHub: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/vnd.github+json")
	resp, err := w.client.http().Do(req)
	if err != nil {
		return false, fmt.Errorf("ask GitHub: %w", err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusOK:
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			return false, fmt.Errorf("read GitHub's answer: %w", err)
		}
		return true, nil
	case resp.StatusCode >= 300 && resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests:
		return false, nil // moved, hidden, forbidden, or the token has ended
	}
	return false, fmt.Errorf("GitHub answers %d", resp.StatusCode)
}
