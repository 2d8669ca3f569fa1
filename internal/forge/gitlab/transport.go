package gitlab

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// foreignAddress is what bearer answers: somebody led us to another address than GitLab's.
type foreignAddress struct{ host string }

func (e *foreignAddress) Error() string { return "the answer leads to " + e.host }

// bearer puts the token on requests to GitLab itself and sends no other: no redirect can take the token elsewhere.
type bearer struct {
	token func() (string, error)
	base  *url.URL
	next  http.RoundTripper
}

func (b *bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	var err error
	var token string
	if req.URL.Scheme != b.base.Scheme || !strings.EqualFold(req.URL.Host, b.base.Host) {
		err = &foreignAddress{req.URL.Scheme + "://" + req.URL.Host}
	} else if token, err = b.token(); err != nil {
		err = fmt.Errorf("read GitLab's access token: %w", err)
	}
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // it was not read, and there is nobody to tell
		}
		return nil, err
	}
	req = req.Clone(req.Context())
	req.Header.Del("Private-Token")
	req.Header.Set("Authorization", "Bearer "+token)
	return b.next.RoundTrip(req)
}
