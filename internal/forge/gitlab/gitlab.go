// Package gitlab reads merge requests from GitLab (gitlab.com and self-managed) and writes verdicts to it. It is the
// only door to GitLab's client; its child hook is the door for what GitLab sends by itself.
//
// Every call goes to a project by its number, never by its path: a path may belong to another project tomorrow. The
// client neither tries again nor waits: the queue alone has the time, and a rate limit is a change.Limited.
package gitlab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// Options configure a Forge. Every field is needed, but those that say otherwise.
type Options struct {
	// URL is GitLab's address, such as https://gitlab.example.com.
	URL string
	// Token gives the access token of Lintel's own user; it is asked before each call, so that a token can be rotated.
	Token func() (string, error)
	// Transport is the network (nil: http.DefaultTransport).
	Transport http.RoundTripper
	Now       func() time.Time
}

// Forge is one GitLab as Lintel's user sees it. It is safe for concurrent use.
type Forge struct {
	o      Options
	base   *url.URL
	client *gitlab.Client
}

// timeout bounds one call.
const timeout = 30 * time.Second

// New makes a forge. It reads nothing.
func New(o Options) (*Forge, error) {
	base, err := url.Parse(strings.TrimRight(o.URL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("gitlab.url %q is not an http(s) address such as https://gitlab.example.com", o.URL)
	}
	if o.Token == nil || o.Now == nil {
		return nil, errors.New("make a GitLab forge: the token and the clock are needed")
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	f := &Forge{o: o, base: base}
	// The token is put on each request below, where no redirect can take it elsewhere.
	f.client, err = gitlab.NewClient("", gitlab.WithBaseURL(base.String()), gitlab.WithoutRetries(),
		gitlab.WithCustomLimiter(atOnce{}), gitlab.WithUserAgent("lintel"),
		gitlab.WithHTTPClient(&http.Client{Transport: &bearer{token: o.Token, base: base, next: o.Transport}, Timeout: timeout}))
	if err != nil {
		return nil, fmt.Errorf("make GitLab's client: %w", err)
	}
	return f, nil
}

// atOnce is a limiter that never waits: the client's own would make a call of a verdict sleep.
type atOnce struct{}

func (atOnce) Wait(context.Context) error { return nil }
