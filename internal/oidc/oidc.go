// Package oidc checks the tokens by which jobs of GitHub Actions and GitLab CI prove which repository, commit and event
// they run for.
// It is the only door to go-oidc. The keys are the issuer's own, fetched when they are needed and fetched again when a
// token names one that is not known, so that rotation needs nobody.
//
// Callers may rely on: claims are those of a token that a configured issuer signed for our audience and that has not
// expired. Whether it was used before, and what it may write, is for others to decide.
package oidc

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/upload"
)

const (
	// maxToken bounds a token; those of GitHub have about two thousand bytes.
	maxToken = 16 << 10
	// maxKeys bounds what an issuer answers.
	maxKeys = 1 << 20
	// quiet is how long an answer of an issuer serves all who ask: tokens with made-up keys must not make us ask without end.
	quiet = 10 * time.Second
	// fetchTime bounds one question to an issuer.
	fetchTime = 10 * time.Second
	// longest is how long a token may live at most. GitHub's live for minutes.
	longest = 24 * time.Hour
)

// Verifier is safe for concurrent use.
type Verifier struct {
	issuers  []string
	gitLab   string
	audience string
	now      func() time.Time
	client   *http.Client

	mu    sync.Mutex
	ready map[string]*oidc.IDTokenVerifier
}

// New makes a verifier that believes these issuers, "https://token.actions.githubusercontent.com", for this audience.
// It asks nobody before the first token.
func New(issuers []string, audience string, transport http.RoundTripper, now func() time.Time) *Verifier {
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &Verifier{issuers: issuers, audience: audience, now: now, ready: map[string]*oidc.IDTokenVerifier{},
		client: &http.Client{Transport: &calm{next: transport, now: now, kept: map[string]*kept{}}, Timeout: fetchTime}}
}

// claims are GitHub's, as far as we read them. Numbers come as text.
// https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims
type claims struct {
	ID         string `json:"jti"`
	Repository string `json:"repository"`
	RepoID     string `json:"repository_id"`
	OwnerID    string `json:"repository_owner_id"`
	Event      string `json:"event_name"`
	Ref        string `json:"ref"`
	SHA        string `json:"sha"`
	Run        string `json:"run_id"`
	Attempt    string `json:"run_attempt"`
	Workflow   string `json:"workflow"`
}

// Verify reads a token. Its error is an *upload.Refusal when the token is at fault, and another when the issuer did not answer.
func (v *Verifier) Verify(ctx context.Context, token string) (upload.Claims, error) {
	const again = "let the job have a token with this server's audience (GitHub: permissions: id-token: write; GitLab: id_tokens)"
	if v.audience == "" || len(v.issuers) == 0 {
		return upload.Claims{},
			upload.Refuse(upload.Unauthorised, "set public_url or reports.audience in the server's file, or use an upload token",
				"this server takes no OIDC tokens: it has no audience or no issuer")
	}
	issuer, err := issuerOf(token)
	if err != nil {
		return upload.Claims{},
			&upload.Refusal{
				Reason: upload.Unauthorised,
				What:   "the token is neither an upload token nor an OIDC token",
				Remedy: again,
				Err:    err,
			}
	}
	// Whoever sends such a token needs no answer of the issuer, and must not make us ask for one.
	if algorithmOf(token) != oidc.RS256 {
		return upload.Claims{}, upload.Refuse(upload.Unauthorised, again, "the token is not signed with RS256, as those of CI are")
	}
	if !slices.Contains(v.issuers, issuer) {
		return upload.Claims{},
			upload.Refuse(upload.Unauthorised, "name the issuer under reports.issuers in the server's file if it is your own",
				"the token's issuer is not one that this server believes")
	}
	check, err := v.verifier(ctx, issuer)
	if err != nil {
		return upload.Claims{}, err
	}
	var unread unreadKeys
	got, err := check.Verify(context.WithValue(oidc.ClientContext(ctx, v.client), unreadKeys{}, &unread), token)
	if err != nil {
		return upload.Claims{}, refusal(err, unread.err, again)
	}
	if !slices.Contains(got.Audience, v.audience) {
		return upload.Claims{}, upload.Refuse(upload.Unauthorised, again, "the token is for another audience than %q", v.audience)
	}
	if issuer == v.gitLab {
		return gitLabClaims(got, issuer, v.now())
	}
	var c claims
	if err := got.Claims(&c); err != nil {
		return upload.Claims{},
			&upload.Refusal{
				Reason: upload.Unauthorised,
				What:   "the token's claims are not those of GitHub Actions",
				Remedy: again,
				Err:    err,
			}
	}
	if c.ID == "" || len(c.ID) > 200 || got.Expiry.After(v.now().Add(longest)) {
		return upload.Claims{}, upload.Refuse(upload.Unauthorised, again, "the token has no id, or lives too long")
	}
	repo, err := strconv.ParseInt(c.RepoID, 10, 64)
	owner, err2 := strconv.ParseInt(c.OwnerID, 10, 64)
	if err != nil || err2 != nil || repo <= 0 || owner <= 0 {
		return upload.Claims{}, upload.Refuse(upload.Unauthorised, again, "the token does not name a repository and its owner by their ids")
	}
	attempt, err := strconv.Atoi(c.Attempt)
	if err != nil || attempt < 1 {
		attempt = 1
	}
	return upload.Claims{Nonce: upload.Nonce{Issuer: issuer, ID: c.ID, Expires: got.Expiry},
		Forge: change.GitHub, RepoID: repo, OwnerID: owner, Repository: c.Repository,
		Event: c.Event, Ref: c.Ref, SHA: c.SHA, Run: c.Run, Attempt: attempt, Job: c.Workflow}, nil
}

// refusal says what is wrong with a token that was not accepted. With unread, its issuer's keys could not be read, and
// the token is not at fault.
func refusal(err, unread error, again string) error {
	if unread != nil {
		return fmt.Errorf("fetch the issuer's keys: %w", unread)
	}
	r := &upload.Refusal{Reason: upload.Unauthorised, Remedy: again, Err: err}
	if _, expired := errors.AsType[*oidc.TokenExpiredError](err); expired {
		r.What, r.Remedy = "the token has expired", "ask for a new token right before each report; the client does so by itself"
	} else {
		r.What = "the token is not signed by its issuer, or is not valid yet"
	}
	return r
}

// keys are an issuer's. go-oidc says in prose alone that they could not be read, and not in a type; so it is noted
// here, in the context's unreadKeys.
type keys struct{ remote oidc.KeySet }

// unreadKeys holds why an issuer's keys could not be read. It is its own key in the context.
type unreadKeys struct{ err error }

// VerifySignature implements oidc.KeySet.
func (k keys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, token)
	// The error of a question to the issuer wraps what went wrong; that of a signature wraps nothing.
	if cause := errors.Unwrap(err); cause != nil {
		if noted, ok := ctx.Value(unreadKeys{}).(*unreadKeys); ok {
			noted.err = cause
		}
	}
	return payload, err
}

// issuerOf reads who claims to have signed a token. Nothing else of it is believed before the signature is checked.
func issuerOf(token string) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > maxToken {
		return "", errors.New("it is no JSON Web Token")
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", err
	}
	var c struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return "", err
	}
	return c.Issuer, nil
}

// algorithmOf reads how a token claims to be signed; empty when that cannot be read.
func algorithmOf(token string) string {
	head, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	var h struct {
		Algorithm string `json:"alg"`
	}
	if err != nil || json.Unmarshal(raw, &h) != nil {
		return ""
	}
	return h.Algorithm
}

// verifier finds an issuer's keys out once.
func (v *Verifier) verifier(ctx context.Context, issuer string) (*oidc.IDTokenVerifier, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if known := v.ready[issuer]; known != nil {
		return known, nil
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(context.WithoutCancel(ctx), v.client), fetchTime)
	defer cancel()
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, fmt.Errorf("ask issuer %s for its keys: %w", issuer, err)
	}
	// RS256 alone, whatever the issuer's list says: no token is read without a signature, or by a key that is public.
	var found struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&found); err != nil {
		return nil, fmt.Errorf("read where issuer %s has its keys: %w", issuer, err)
	}
	set := keys{oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), v.client), found.Keys)}
	// The audience is checked by us, so that a token for another one is told apart by more than a sentence.
	known := oidc.NewVerifier(issuer, set, &oidc.Config{SkipClientIDCheck: true, SupportedSigningAlgs: []string{oidc.RS256}, Now: v.now})
	v.ready[issuer] = known
	return known, nil
}

// calm asks each address once in a while, and gives the same answer meanwhile. It bounds answers.
type calm struct {
	next http.RoundTripper
	now  func() time.Time
	mu   sync.Mutex
	kept map[string]*kept
}

type kept struct {
	at     time.Time
	status int
	header http.Header
	body   []byte
	err    error
}

// RoundTrip implements http.RoundTripper.
func (c *calm) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	url := r.URL.String()
	k := c.kept[url]
	if k == nil || c.now().Sub(k.at) >= quiet {
		k = c.ask(r)
		if len(c.kept) > 100 {
			clear(c.kept)
		}
		c.kept[url] = k
	}
	if k.err != nil {
		return nil, k.err
	}
	return &http.Response{Status: http.StatusText(k.status), StatusCode: k.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: k.header.Clone(), Body: io.NopCloser(bytes.NewReader(k.body)),
		ContentLength: int64(len(k.body)), Request: r}, nil
}

func (c *calm) ask(r *http.Request) *kept {
	k := &kept{at: c.now()}
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		k.err = err
		return k
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeys+1))
	err = errors.Join(err, resp.Body.Close())
	switch {
	case err != nil:
		k.err = err
	case len(body) > maxKeys:
		k.err = fmt.Errorf("the answer of %s has more than %d bytes", r.URL.Host, maxKeys)
	case resp.StatusCode >= 500:
		k.err = fmt.Errorf("%s answers %d", r.URL.Host, resp.StatusCode)
	}
	k.status, k.header, k.body = resp.StatusCode, resp.Header, body
	return k
}
