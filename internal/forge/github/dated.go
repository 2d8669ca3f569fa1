package github

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/golang-jwt/jwt/v4"
)

// dated signs the App's tokens by GitHub's clock, once GitHub refused one that went by this machine's: it takes none whose
// times are a minute off, and each answer says what time it is there.
type dated struct {
	ghinstallation.Signer
	// ahead is how far GitHub's clock is ahead of this machine's, in nanoseconds.
	ahead atomic.Int64
	apps  *ghinstallation.AppsTransport
	log   *slog.Logger
}

// Sign gives a token the times of GitHub's clock.
func (d *dated) Sign(claims jwt.Claims) (string, error) {
	if c, ok := claims.(*jwt.RegisteredClaims); ok {
		ahead := time.Duration(d.ahead.Load())
		moved := *c
		moved.IssuedAt, moved.ExpiresAt = jwt.NewNumericDate(c.IssuedAt.Add(ahead)), jwt.NewNumericDate(c.ExpiresAt.Add(ahead))
		claims = &moved
	}
	return d.Signer.Sign(claims)
}

// least is how far clocks differ at the least before it is made up for: a token has half a minute on either side.
const least = 15 * time.Second

// learns reads from a refusal how far the clocks differ. It is true when that was not known as the request was signed, by
// a clock that was so far ahead: of many that were refused at once each is worth another try.
func (d *dated) learns(resp *http.Response, signed time.Duration) bool {
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if resp.StatusCode != http.StatusUnauthorized || err != nil {
		return false
	}
	ahead := time.Until(at)
	if (ahead - signed).Abs() < least {
		return false
	}
	before := time.Duration(d.ahead.Swap(int64(ahead)))
	if (ahead-before).Abs() >= least && d.log != nil {
		d.log.Warn("this machine's clock differs from GitHub's: the App's tokens go by GitHub's", "difference",
			(-ahead).Round(time.Second).String(), "remedy", "set the clock of this machine (NTP)")
	}
	return true
}

// again sends a refused request once more, with a token of GitHub's clock.
func (d *dated) again(req *http.Request, refused *http.Response) (*http.Response, error) {
	next := req.Clone(req.Context())
	if req.Body != nil && req.Body != http.NoBody {
		if req.GetBody == nil {
			return refused, nil
		}
		body, err := req.GetBody()
		if err != nil {
			return nil, fmt.Errorf("send a request once more: %w", err)
		}
		next.Body = body
	}
	if accepts := next.Header["Accept"]; len(accepts) > 0 {
		next.Header["Accept"] = accepts[:len(accepts)-1] // the last is the signer's, who adds it again
	}
	_ = refused.Body.Close() // it said what time it is
	return d.apps.RoundTrip(next)
}

// local is an answer with a token whose end is by this machine's clock, which is what it is compared with.
func (d *dated) local(body []byte, ends time.Time) io.ReadCloser {
	if ahead := time.Duration(d.ahead.Load()); ahead != 0 {
		var all map[string]any
		if json.Unmarshal(body, &all) == nil {
			all["expires_at"] = ends.Add(-ahead)
			if moved, err := json.Marshal(all); err == nil {
				body = moved
			}
		}
	}
	return io.NopCloser(bytes.NewReader(body))
}
