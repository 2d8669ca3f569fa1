package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// foreignAddress is what a guard answers: somebody led us to another address than the API's.
type foreignAddress struct{ host string }

func (e *foreignAddress) Error() string { return "the answer leads to " + e.host }

// guard lets requests through to the API's own scheme and host alone. It stands below whatever puts a credential on a
// request, so no redirect can take one elsewhere: neither those that the HTTP client follows nor those that go-github
// follows by itself. GitHub redirects within its API when a repository was renamed; that goes through.
// https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
type guard struct {
	next http.RoundTripper
	base *url.URL
}

func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme == g.base.Scheme && strings.EqualFold(req.URL.Host, g.base.Host) {
		return g.next.RoundTrip(req)
	}
	if req.Body != nil {
		_ = req.Body.Close() // it was not read, and there is nobody to tell
	}
	return nil, &foreignAddress{req.URL.Scheme + "://" + req.URL.Host}
}

// maxToken bounds the answer to a request for a token.
const maxToken = 1 << 20

// tokens holds answers to requests for a token to their form: ghinstallation takes a token from whatever was answered
// with success, and one that is not there for one that is.
type tokens struct {
	next  http.RoundTripper
	dated *dated
}

func (t tokens) RoundTrip(req *http.Request) (*http.Response, error) {
	signed := time.Duration(t.dated.ahead.Load())
	resp, err := t.next.RoundTrip(req)
	// Requests for an installation come this way, too, and the App's own token opens nothing of it.
	if err == nil && signedByApp(req) && t.dated.learns(resp, signed) {
		return t.dated.again(req, resp)
	}
	if err != nil || req.Method != http.MethodPost || !strings.HasSuffix(req.URL.Path, "/access_tokens") || resp.StatusCode/100 != 2 {
		return resp, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the token: %w", err)
	}
	var made struct {
		Token string    `json:"token"`
		Ends  time.Time `json:"expires_at"`
	}
	if err := json.Unmarshal(body, &made); err != nil {
		return nil, fmt.Errorf("read the token: %w", err)
	}
	if made.Token == "" {
		return nil, errors.New("read the token: the answer holds none")
	}
	resp.Body = t.dated.local(body, made.Ends)
	return resp, nil
}

// renewing acts for an installation. A token can end before its hour: an owner revokes it, or a copy of GitHub's data
// does not know it yet. One that is not taken is replaced at once and the request sent once more; GitHub did nothing of
// what it answered with 401. A refusal (403) is asked about again with a new token now and then: a token keeps the
// permissions of when it was made, and only the request for one tells that the installation is suspended.
type renewing struct {
	make func() http.RoundTripper
	time func() time.Time
	mu   sync.Mutex
	now  http.RoundTripper
	// refused is when a refusal was asked about last.
	refused time.Time
}

// askAgain is how long refusals of one installation are taken as they are.
const askAgain = time.Minute

func newRenewing(make func() http.RoundTripper, now func() time.Time) *renewing {
	return &renewing{make: make, time: now, now: make()}
}

func (t *renewing) RoundTrip(req *http.Request) (*http.Response, error) {
	t.mu.Lock()
	used := t.now
	t.mu.Unlock()
	resp, err := used.RoundTrip(req)
	bodiless := req.Body == nil || req.Body == http.NoBody
	if err != nil || (!bodiless && req.GetBody == nil) || !t.worthRenewing(resp) {
		return resp, err
	}
	again := req.Clone(req.Context())
	if !bodiless {
		if again.Body, err = req.GetBody(); err != nil {
			return resp, nil //nolint:nilerr // the answer stands; only the second try cannot be made
		}
	}
	_ = resp.Body.Close() // an answer that nobody reads
	return t.renew(used).RoundTrip(again)
}

// worthRenewing reports whether another token may get another answer.
func (t *renewing) worthRenewing(r *http.Response) bool {
	if r.StatusCode == http.StatusUnauthorized {
		return true
	}
	if r.StatusCode != http.StatusForbidden || r.Header.Get("Retry-After") != "" || r.Header.Get("X-RateLimit-Remaining") == "0" {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.time()
	if now.Sub(t.refused) < askAgain {
		return false
	}
	t.refused = now
	return true
}

// renew makes a new token take the place of one that was used; others may have replaced it meanwhile.
func (t *renewing) renew(used http.RoundTripper) http.RoundTripper {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now == used {
		t.now = t.make()
	}
	return t.now
}
