// Package uploader hands reports of a CI job in to a Lintel server: it gets a token, compresses, sends, and tries again.
//
// Callers may rely on: a report is sent whole or not at all; a fault is tried again and a refusal is not; no token is
// in an error, and none follows a redirect.
package uploader

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/ci"
	"github.com/lintel-review/lintel/internal/text"
)

const (
	// maxPacked bounds a compressed report in memory. Servers take less.
	maxPacked = 256 << 20
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 64 << 10
	// maxWait bounds one wait, whatever the server asks for.
	maxWait = 2 * time.Minute
)

// Report is one report with what the server must know of it.
type Report struct {
	Kind, Format, Flag, Part string
	Base                     bool
	// Name is the file's, for people.
	Name string
	// Body is compressed; Encoding says how.
	Body     []byte
	Encoding string
}

// Answer is what the server says of a report that it took.
type Answer struct {
	// Outcome is "stored", "repeat", "older" or "unread".
	Outcome string   `json:"outcome"`
	Kind    string   `json:"kind"`
	Format  string   `json:"format"`
	Flag    string   `json:"flag"`
	Part    string   `json:"part"`
	SHA     string   `json:"sha"`
	Changes int      `json:"changes"`
	Notes   []string `json:"notes"`
}

// Refusal is the server's no, or with Status 0 our own: sending the same again would not help.
type Refusal struct {
	Status       int
	What, Remedy string
}

func (r *Refusal) Error() string {
	text := r.What
	if r.Status != 0 {
		text = fmt.Sprintf("the server refused it (%d): %s", r.Status, r.What)
	}
	if r.Remedy != "" {
		text += "\nto fix it: " + r.Remedy
	}
	return text
}

// Client sends to one server. Its fields are set once.
type Client struct {
	// Server is the address under which the server is reached, "https://lintel.example".
	Server string
	// Token gets a token for one request.
	Token func(ctx context.Context) (string, error)
	HTTP  *http.Client
	// Attempts is how often one request is tried.
	Attempts int
	// Sleep waits, or returns the context's error.
	Sleep func(ctx context.Context, d time.Duration) error
	// Again is told of each fault that is tried again, and after how long.
	Again func(err error, wait time.Duration)
	// Progress is told how much of a body was sent (nil: nobody).
	Progress func(sent, total int64)
}

// NewHTTP makes the client's transport: a redirect is an answer and not followed, as the token is meant for one server alone.
func NewHTTP() *http.Client {
	return &http.Client{
		Timeout:       5 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Pack reads a report and compresses it. What is compressed already, with gzip or zstd, is sent as it is.
func Pack(r io.Reader) (body []byte, encoding string, plain int64, err error) {
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, "", 0, fmt.Errorf("read report: %w", err)
	}
	head = head[:n]
	r = io.MultiReader(bytes.NewReader(head), r)
	var b bytes.Buffer
	out := &bounded{w: &b, left: maxPacked}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		plain, err = io.Copy(out, r)
		return b.Bytes(), "gzip", plain, err
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		plain, err = io.Copy(out, r)
		return b.Bytes(), "zstd", plain, err
	}
	z := gzip.NewWriter(out)
	if plain, err = io.Copy(z, r); err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, "", plain, fmt.Errorf("compress report: %w", err)
	}
	return b.Bytes(), "gzip", plain, nil
}

// bounded refuses to grow beyond its limit.
type bounded struct {
	w    io.Writer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, fmt.Errorf("it is larger than %d bytes when compressed; no server takes that", maxPacked)
	}
	return b.w.Write(p)
}

// Send hands one report in.
func (c *Client) Send(ctx context.Context, t ci.Target, r Report) (Answer, error) {
	q := query(t)
	for name, value := range map[string]string{"kind": r.Kind, "format": r.Format, "flag": r.Flag, "part": r.Part} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if r.Base {
		q.Set("base", "true")
	}
	return answered[Answer](c, ctx, http.MethodPost, "/api/v1/reports?"+q.Encode(), r.Body, r.Encoding)
}

// Finalise says that nothing more will come for a commit.
func (c *Client) Finalise(ctx context.Context, t ci.Target) (Answer, error) {
	return answered[Answer](c, ctx, http.MethodPost, "/api/v1/reports/finalise?"+query(t).Encode(), nil, "")
}

// Deployment says that a commit was deployed; body is JSON as docs/flow.md says.
func (c *Client) Deployment(ctx context.Context, t ci.Target, body []byte) error {
	q := url.Values{}
	if t.Repository != "" {
		q.Set("repository", t.Repository)
	}
	_, err := answered[Answer](c, ctx, http.MethodPost, "/api/v1/deployments?"+q.Encode(), body, "")
	return err
}

// Verdict is what the server says of the head of a change.
type Verdict struct {
	// State is "success", "failure" or "pending".
	State string `json:"state"`
	// Change is "acme/shop#12", URL the page of the verdict; both may be empty while nothing is known.
	Change string `json:"change"`
	URL    string `json:"url"`
}

// Verdict asks once for the verdict on a head. pull is 0 where the token names the change.
func (c *Client) Verdict(ctx context.Context, t ci.Target, pull int) (Verdict, error) {
	q := url.Values{"sha": {t.SHA}}
	if t.Repository != "" {
		q.Set("repository", t.Repository)
	}
	if pull > 0 {
		q.Set("pull", strconv.Itoa(pull))
	}
	v, err := answered[Verdict](c, ctx, http.MethodGet, "/api/v1/verdict?"+q.Encode(), nil, "")
	v.Change, v.URL = visible(v.Change), visible(v.URL)
	return v, err
}

func query(t ci.Target) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"sha": t.SHA, "measured_sha": t.Measured, "repository": t.Repository, "run": t.Run,
		"job": t.Job} {
		if value != "" {
			q.Set(name, value)
		}
	}
	// Also when both are equal: without it the server takes a run on a change to have measured its merge commit.
	if t.Attempt > 0 {
		q.Set("attempt", strconv.Itoa(t.Attempt))
	}
	return q
}

// answered sends until it is answered: at most Attempts times, with waits that double and are lengthened at random, so
// that jobs that failed together do not come back together.
func answered[T any](c *Client, ctx context.Context, method, path string, body []byte, encoding string) (answer T, err error) {
	for attempt := 1; ; attempt++ {
		after, err := c.once(ctx, method, path, body, encoding, &answer)
		var refusal *Refusal
		if err == nil || errors.As(err, &refusal) || ctx.Err() != nil {
			return answer, err
		}
		if attempt >= c.Attempts {
			return answer, fmt.Errorf("given up after %d tries: %w", attempt, err)
		}
		wait := time.Second << min(attempt-1, 6)
		wait = min(max(wait+rand.N(wait/2), after), maxWait)
		if c.Again != nil {
			c.Again(err, wait)
		}
		if err := c.Sleep(ctx, wait); err != nil {
			return answer, err
		}
	}
}

// once is one try. after is how long the server asks to wait.
func (c *Client) once(ctx context.Context, method, path string, body []byte, encoding string, answer any) (after time.Duration, err error) {
	token, err := c.Token(ctx)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.Server, "/")+path, c.counting(body))
	if err != nil {
		return 0,
			&Refusal{
				What:   "the address of the server is not one: " + c.Server,
				Remedy: "name it with --server, such as https://lintel.example",
			}
	}
	req.ContentLength = int64(len(body))
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("User-Agent", "lintel-report")
	if body != nil {
		req.Header.Set("Content-Type", "application/octet-stream")
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return 0, fmt.Errorf("reach %s: %w", c.Server, bare(err))
	}
	text, readErr := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err := errors.Join(readErr, resp.Body.Close()); err != nil {
		return 0, fmt.Errorf("read the answer of %s: %w", c.Server, err)
	}
	return read(resp, text, answer)
}

// bare is a network error without the address of the request, which is long and says nothing new.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

func (c *Client) counting(body []byte) io.Reader {
	if body == nil {
		return http.NoBody
	}
	if c.Progress == nil {
		return bytes.NewReader(body)
	}
	return &counted{r: bytes.NewReader(body), total: int64(len(body)), tell: c.Progress}
}

type counted struct {
	r           io.Reader
	sent, total int64
	tell        func(sent, total int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p[:min(len(p), 64<<10)])
	c.sent += int64(n)
	c.tell(c.sent, c.total)
	return n, err
}

// read tells an answer from a refusal and a refusal from a fault.
func read(resp *http.Response, text []byte, answer any) (after time.Duration, err error) {
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		if err := json.Unmarshal(text, answer); err != nil {
			return 0,
				&Refusal{
					Status: resp.StatusCode,
					What:   "its answer is not Lintel's",
					Remedy: "name the address of the Lintel server itself with --server",
				}
		}
		return 0, nil
	}
	var refusal struct{ Message, Remedy string }
	if json.Unmarshal(text, &refusal) != nil || refusal.Message == "" {
		refusal.Message, refusal.Remedy = plainly(resp.StatusCode)
	}
	switch status := resp.StatusCode; {
	case status >= 300 && status < 400:
		return 0,
			&Refusal{
				Status: status,
				What:   "it points elsewhere, to " + visible(resp.Header.Get("Location")),
				Remedy: "name the address of the Lintel server itself with --server",
			}
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500 && status != http.StatusNotImplemented:
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
			after = time.Duration(min(seconds, int(maxWait/time.Second))) * time.Second
		}
		return after, fmt.Errorf("the server answers %d: %s", status, visible(refusal.Message))
	}
	return 0, &Refusal{Status: resp.StatusCode, What: visible(refusal.Message), Remedy: visible(refusal.Remedy)}
}

// plainly words a status that came without Lintel's own words, as from a proxy before it.
func plainly(status int) (what, remedy string) {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "the token is not accepted", "make a new one with lintel token, or let the job have an OIDC token"
	case http.StatusNotFound:
		return "there is no Lintel that answers jobs of CI at this address", "look at --server"
	case http.StatusRequestEntityTooLarge:
		return "the report is larger than the server, or a proxy before it, takes",
			"split it by --part, or let whoever runs it raise the limit"
	}
	return http.StatusText(status), ""
}

// visible drops what a terminal would obey, and bounds the text.
func visible(s string) string {
	return text.Clip(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")), 2000)
}
