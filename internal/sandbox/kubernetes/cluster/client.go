// Package cluster speaks to one namespace of a Kubernetes cluster: a few calls of its API over REST, a watch, and the
// streams of a container.
//
// Callers may rely on these promises:
//   - The address, the certificates, the token and the namespace are found as kubectl and pods find them. What is not
//     known here (plugins that fetch credentials, passwords, unchecked certificates) is an error and never left out.
//   - A token in a file is read anew for each request, as the kubelet replaces it while Lintel runs.
//   - The token goes to the server of the cluster alone: redirects are not followed.
//   - What is kept of an answer is bounded, whatever the server sends.
package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lintel-review/lintel/internal/text"
)

// Client speaks to one namespace. It is safe for concurrent use.
type Client struct {
	server    *url.URL
	http      *http.Client
	token     func() (string, error)
	namespace string
	// ahead is how far the server's clock was ahead of this machine's at its last answer, in nanoseconds.
	ahead atomic.Int64
}

// Namespace is the namespace that all paths of a client lie in.
func (c *Client) Namespace() string { return c.namespace }

// Now is the time by the server's clock, as far as its answers told it: machines of several workers differ.
func (c *Client) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Server is the address of the cluster.
func (c *Client) Server() string { return c.server.String() }

// Path is that of a resource in the namespace. The group is "core", or that of the resource with its version, such as
// batch/v1. Names are escaped.
func (c *Client) Path(group, resource string, names ...string) string {
	at := "/apis/" + group
	if group == "core" {
		at = "/api/v1"
	}
	at += "/namespaces/" + url.PathEscape(c.namespace)
	if resource != "" {
		at += "/" + resource
	}
	for _, n := range names {
		at += "/" + url.PathEscape(n)
	}
	return at
}

// Status is an answer of the API that is no success.
type Status struct {
	Code    int    // of HTTP
	Reason  string // a word of the API, such as NotFound; may be empty
	Message string // hostile text is cut and without control characters
}

func (s *Status) Error() string {
	if s.Message == "" {
		return fmt.Sprintf("the cluster answered with status %d", s.Code)
	}
	return fmt.Sprintf("the cluster answered with status %d: %s", s.Code, s.Message)
}

// Is reports whether an error is an answer of the API with this status code.
func Is(err error, code int) bool {
	s, ok := errors.AsType[*Status](err)
	return ok && s.Code == code
}

const (
	// maxAnswer is the most that is read of one answer: a list of objects of one namespace is far smaller.
	maxAnswer = 32 << 20
	maxStatus = 64 << 10
	attempts  = 4
	longCall  = 30 * time.Second // of a server that accepts and never answers
	firstWait = 200 * time.Millisecond
	longWait  = 5 * time.Second
)

// Get reads an object, or a list.
func (c *Client) Get(ctx context.Context, path string, query url.Values, into any) error {
	return c.call(ctx, http.MethodGet, path, query, nil, into)
}

// Create creates an object. It is tried again like the others, so the object needs a name that nobody else takes.
func (c *Client) Create(ctx context.Context, path string, query url.Values, object any) error {
	err := c.call(ctx, http.MethodPost, path, query, object, nil)
	if Is(err, http.StatusConflict) {
		return nil // an earlier try had arrived
	}
	return err
}

// Delete deletes an object and, before it goes itself, all that it owns. What is not there is deleted.
func (c *Client) Delete(ctx context.Context, path string) error {
	err := c.call(ctx, http.MethodDelete, path, nil, map[string]string{
		"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground",
	}, nil)
	if Is(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// call makes one request. It is tried again where the server is busy or did not answer.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, object, into any) error {
	var body []byte
	if object != nil {
		var err error
		if body, err = json.Marshal(object); err != nil {
			return fmt.Errorf("encode a request to the cluster: %w", err)
		}
	}
	wait := firstWait
	for attempt := 1; ; attempt++ {
		limited, cancel := context.WithTimeout(ctx, longCall)
		again, err := c.try(limited, method, path, query, body, into)
		cancel()
		if err == nil || !again || attempt == attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
		wait = min(3*wait, longWait)
	}
}

// try makes one request once. Again says that it may go better later.
func (c *Client) try(
	ctx context.Context,
	method, path string,
	query url.Values,
	body []byte,
	into any,
) (again bool, err error) {
	answer, err := c.send(ctx, method, path, query, body, nil)
	if err != nil {
		_, distrusted := errors.AsType[*tls.CertificateVerificationError](err)
		return ctx.Err() == nil && !distrusted, err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		err := status(answer)
		return err.Code == http.StatusTooManyRequests || err.Code >= 500, err
	}
	if into == nil {
		return false, nil
	}
	limited := &io.LimitedReader{R: answer.Body, N: maxAnswer + 1}
	if err := json.NewDecoder(limited).Decode(into); err != nil {
		if limited.N <= 0 {
			return false, fmt.Errorf("read %s of the cluster: it is larger than %d MiB", path, maxAnswer>>20)
		}
		return ctx.Err() == nil, fmt.Errorf("read %s of the cluster: %w", path, err)
	}
	return false, nil
}

// send sends a request and gives the answer, whatever its status.
func (c *Client) send(
	ctx context.Context,
	method, path string,
	query url.Values,
	body []byte,
	header http.Header,
) (*http.Response, error) {
	at := c.server.JoinPath(path)
	at.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask the cluster: %w", err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "lintel")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	token, err := c.token()
	if err != nil {
		return nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the cluster: %w", err)
	}
	if at, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		c.ahead.Store(int64(time.Until(at)))
	}
	return answer, nil
}

// status reads an answer that is no success. Its body may be anything.
func status(answer *http.Response) *Status {
	var reported struct {
		Message string `json:"message"`
		Reason  string `json:"reason"`
	}
	raw, _ := io.ReadAll(io.LimitReader(answer.Body, maxStatus)) // what came says what it can
	if json.Unmarshal(raw, &reported) != nil {
		reported.Message = string(raw)
	}
	return &Status{Code: answer.StatusCode, Reason: clean(reported.Reason), Message: clean(reported.Message)}
}

// clean makes a message of the cluster fit for a line of a log or a verdict.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return text.Clip(strings.Join(strings.Fields(s), " "), 400)
}
