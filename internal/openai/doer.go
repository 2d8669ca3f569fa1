package openai

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxBody bounds a response. Text in JSON is at most six times itself, and what surrounds it is small.
const maxBody = 1 << 20

// maxWait bounds the wait that an endpoint may ask for; nobody waits longer anyway.
const maxWait = 24 * time.Hour

var errBody = errors.New("the body is larger than 1 MiB")

// exchange is what the library drops of a response.
type exchange struct {
	status     int
	retryAfter time.Duration
	broken     error // what ended the body early
}

type exchangeKey struct{}

// withExchange returns a context whose request fills the exchange.
func withExchange(ctx context.Context) (context.Context, *exchange) {
	e := &exchange{}
	return context.WithValue(ctx, exchangeKey{}, e), e
}

// bounded limits bodies and records what the errors of the library omit of a response.
type bounded struct{ next Doer }

func (b bounded) Do(req *http.Request) (*http.Response, error) {
	resp, err := b.next.Do(req)
	if err != nil {
		return nil, err
	}
	e, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		e = &exchange{}
	}
	e.status, e.retryAfter = resp.StatusCode, retryAfter(resp.Header, time.Now())
	resp.Body = &limitedBody{ReadCloser: resp.Body, left: maxBody, exchange: e}
	return resp, nil
}

type limitedBody struct {
	io.ReadCloser
	left     int64
	exchange *exchange
}

func (l *limitedBody) Read(p []byte) (int, error) {
	if l.left <= 0 {
		l.exchange.broken = errBody
		return 0, errBody
	}
	n, err := l.ReadCloser.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		l.exchange.broken = err
	}
	return n, err
}

// retryAfter reads Retry-After, in seconds or as a date (RFC 9110, 10.2.3), and the milliseconds that some gateways
// send. 0 when nothing sensible is there.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return min(time.Duration(ms*float64(time.Millisecond)), maxWait)
	}
	text := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(text, 64); err == nil && s > 0 && s < 1e9 {
		return min(time.Duration(s*float64(time.Second)), maxWait)
	}
	// The date is by the endpoint's clock, which each answer tells.
	if told, err := http.ParseTime(h.Get("Date")); err == nil {
		now = told
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return min(at.Sub(now), maxWait)
	}
	return 0
}
