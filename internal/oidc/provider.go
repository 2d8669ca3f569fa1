package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/lintel-review/lintel/internal/access"
)

// signed are the ways in which a provider may sign what it says of a person. All are by keys that the provider alone has:
// "none", and those by a secret that we share, are not among them.
var signed = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512,
	oidc.EdDSA}

// Provider is an OpenID provider that people sign in by. It is safe for concurrent use, and asks nobody before it is
// used.
type Provider struct {
	issuer, audience, groups string
	now                      func() time.Time
	client                   *http.Client

	mu    sync.Mutex
	known *discovered
}

// discovered is what the provider says of itself.
type discovered struct {
	Authorize string `json:"authorization_endpoint"`
	Token     string `json:"token_endpoint"`
	Keys      string `json:"jwks_uri"`
	verify    *oidc.IDTokenVerifier
}

// NewProvider makes one for an issuer and the id that it knows us by. groups names the claim that lists somebody's groups.
func NewProvider(issuer, clientID, groups string, transport http.RoundTripper, now func() time.Time) *Provider {
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &Provider{issuer: issuer, audience: clientID, groups: groups, now: now,
		client: &http.Client{Transport: &calm{next: transport, now: now, kept: map[string]*kept{}}, Timeout: fetchTime}}
}

// Endpoints are where a person signs in, and where a code is exchanged for a token.
func (p *Provider) Endpoints(ctx context.Context) (authorize, token string, err error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	return d.Authorize, d.Token, nil
}

func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(context.WithoutCancel(ctx), p.client), fetchTime)
	defer cancel()
	provider, err := oidc.NewProvider(ctx, p.issuer)
	if err != nil {
		return nil, fmt.Errorf("ask provider %s about itself: %w", p.issuer, err)
	}
	var d discovered
	if err := provider.Claims(&d); err != nil {
		return nil, fmt.Errorf("read what provider %s says of itself: %w", p.issuer, err)
	}
	if d.Authorize == "" || d.Token == "" || d.Keys == "" {
		return nil, fmt.Errorf("provider %s does not say where people sign in, or where its keys are", p.issuer)
	}
	set := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), p.client), d.Keys)
	d.verify = oidc.NewVerifier(p.issuer, set, &oidc.Config{ClientID: p.audience, SupportedSigningAlgs: signed, Now: p.now})
	p.known = &d
	return &d, nil
}

// Identify reads who a token is about. It believes only a token that this provider signed for us, that answers the
// sign-in with this nonce, and that has not expired.
func (p *Provider) Identify(ctx context.Context, token, nonce string) (access.Person, error) {
	person := access.Person{Way: access.ByOIDC}
	d, err := p.discover(ctx)
	if err != nil {
		return person, err
	}
	if len(token) > maxToken {
		return person, errors.New("the provider's token is too long")
	}
	if !slices.Contains(signed, algorithmOf(token)) {
		return person, errors.New("the provider's token is not signed by a key of its own")
	}
	got, err := d.verify.Verify(oidc.ClientContext(ctx, p.client), token)
	if err != nil {
		return person, fmt.Errorf("check the provider's token: %w", err)
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(got.Nonce), []byte(nonce)) != 1 {
		return person, errors.New("the provider's token answers another sign-in")
	}
	var c struct {
		Party    string `json:"azp"`
		Login    string `json:"preferred_username"`
		Name     string `json:"name"`
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	claims := map[string]json.RawMessage{}
	if err := errors.Join(got.Claims(&c), got.Claims(&claims)); err != nil {
		return person, fmt.Errorf("read the provider's token: %w", err)
	}
	if len(got.Audience) > 1 && c.Party != p.audience || c.Party != "" && c.Party != p.audience {
		return person, errors.New("the provider's token was made for another program")
	}
	person.Subject, person.Login = got.Subject, c.Login
	for _, other := range []string{c.Name, c.Email, got.Subject} {
		if person.Login == "" {
			person.Login = other
		}
	}
	if c.Verified {
		person.Email = c.Email
	}
	person.Groups = textsOf(claims[p.groups])
	if person.Subject == "" {
		return person, errors.New("the provider's token is about nobody")
	}
	return person, nil
}

// textsOf reads a claim that is a list of texts, or one text. Anything else is none.
func textsOf(raw json.RawMessage) []string {
	var all []string
	var one string
	if json.Unmarshal(raw, &all) == nil {
		return all
	}
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}
	}
	return nil
}
