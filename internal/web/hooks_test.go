package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/otlp"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

const secret = "it is a secret to everybody"

// opened is a webhook as GitHub sends it, cut to what is read.
const opened = `{"action":"opened","number":12,"repository":{"id":7,"name":"shop","full_name":"acme/shop",` +
	`"default_branch":"main","owner":{"login":"acme"}},"installation":{"id":3},"sender":{"login":"ann"},` +
	`"pull_request":{"number":12,"state":"open","head":{"ref":"checkout",` +
	`"sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},"base":{"ref":"main",` +
	`"sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","repo":{"id":7,"name":"shop","full_name":"acme/shop"}}}}`

// gate is the public listener with a real decoder, a real intake and a real record.
type gate struct {
	*scene
	options inbound.HookOptions
	Hooks   *inbound.Hooks
	Health  *Health
	Handler http.Handler
	counted []string
}

// answer is the body of every answer to a delivery.
type answer struct {
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
	Changes int    `json:"changes"`
}

func newGate(t testing.TB) *gate {
	g := &gate{scene: newScene(t)}
	decoder, err := github.NewDecoder(secret)
	if err != nil {
		t.Fatal(err)
	}
	g.options = inbound.HookOptions{
		Decoder: decoder, Unsigned: func(err error) bool { return errors.Is(err, github.ErrSignature) },
		SignatureHeader: "X-Hub-Signature-256", Log: g.Pages.o.Log,
		Intake:  g.intake(t, g.Store, 4),
		Observe: func(outcome string) { g.counted = append(g.counted, outcome) },
	}
	g.Health = g.health()
	g.receive(t, func(*inbound.HookOptions) {})
	return g
}

// receive receives webhooks with other options from now on.
func (g *gate) receive(t testing.TB, edit func(*inbound.HookOptions)) {
	t.Helper()
	edit(&g.options)
	hooks, err := inbound.NewHooks(g.options)
	if err != nil {
		t.Fatal(err)
	}
	g.Hooks, g.Handler = hooks, Public(g.Pages.o.Log, g.Health, g.Pages, hooks.Route)
}

// intake stores at most so many deliveries at once.
func (g *gate) intake(t testing.TB, st intake.Store, atOnce int) *intake.Intake {
	in, err := intake.New(intake.Options{
		Store:         st,
		Reads:         func(fact string) bool { return fact != "labels" },
		Now:           g.Pages.o.Now,
		AtOnce:        atOnce,
		AsksPerMinute: 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func sign(key, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// request is a delivery as GitHub signs it.
func request(id, body string) *http.Request {
	r := httptest.NewRequest("POST", "/hooks/github", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", "pull_request")
	r.Header.Set("X-GitHub-Delivery", id)
	r.Header.Set("X-Hub-Signature-256", sign(secret, body))
	return r
}

func (g *gate) send(r *http.Request) (*httptest.ResponseRecorder, answer) {
	g.t.Helper()
	w := httptest.NewRecorder()
	g.Handler.ServeHTTP(w, r)
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil && w.Code != http.StatusMethodNotAllowed {
		g.t.Fatalf("the answer %q is not JSON: %v", w.Body, err)
	}
	return w, a
}

// waits counts the changes that wait for a look.
func (g *gate) waits() int {
	g.t.Helper()
	lag, err := g.Store.Lag(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	return lag.Waiting
}

func TestDeliveries(t *testing.T) {
	g := newGate(t)
	for _, c := range []struct {
		name    string
		request func() *http.Request
		status  int
		outcome string
		waits   int
	}{
		{"opened", func() *http.Request { return request("1", opened) }, 202, "accepted", 1},
		{"the same again", func() *http.Request { return request("1", opened) }, 202, "repeat", 1},
		{"nothing that is read", func() *http.Request { return request("2", strings.Replace(opened, `"opened"`, `"labeled"`, 1)) }, 202,
			"ignored", 1},
		{"another type of media with a parameter", func() *http.Request {
			r := request("3", opened)
			r.Header.Set("Content-Type", "application/json; charset=utf-8")
			return r
		}, 202, "accepted", 1},
		{"a form", func() *http.Request {
			r := request("4", opened)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return r
		}, 415, "wrong_type", 1},
		{"no type", func() *http.Request { r := request("5", opened); r.Header.Del("Content-Type"); return r }, 415, "wrong_type", 1},
		{"signed and not JSON", func() *http.Request { return request("6", "{") }, 400, "malformed", 1},
		{"signed and empty", func() *http.Request { return request("7", "") }, 400, "malformed", 1},
		{"no event's name", func() *http.Request { r := request("8", opened); r.Header.Del("X-GitHub-Event"); return r }, 400,
			"malformed", 1},
		{"cut off", func() *http.Request {
			r := request("9", opened)
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(opened[:20]), iotest.ErrReader(io.ErrUnexpectedEOF)))
			return r
		}, 400, "malformed", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, a := g.send(c.request())
			if w.Code != c.status || a.Outcome != c.outcome || g.waits() != c.waits {
				t.Errorf("got %d %q with %d waiting, want %d %q with %d", w.Code, a.Outcome, g.waits(), c.status, c.outcome, c.waits)
			}
			if got := g.counted[len(g.counted)-1]; got != c.outcome {
				t.Errorf("counted %q", got)
			}
			if c.status >= 400 && a.Reason == "" {
				t.Error("no reason is given")
			}
		})
	}
	w, _ := g.send(httptest.NewRequest("GET", "/hooks/github", nil))
	if w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d, allow %q", w.Code, w.Header().Get("Allow"))
	}
}

// What is not ours learns nothing: every wrong signature has the same answer, and nothing is kept.
//
// Attack by anybody on the network: A forged or unsigned delivery: HMAC-SHA-256 over the raw body, compared in
// constant time; an empty secret is refused at start; an unsigned body is not read. Also
// `internal/web/hooks_test.go` `TestUnsignedBodyIsNotRead`.
func TestForgedDeliveries(t *testing.T) {
	g := newGate(t)
	var first string
	for i, signature := range []string{
		"", "sha256=", "sha256=zz", "sha256=" + strings.Repeat("0", 64), sign("", opened), sign("another secret", opened),
		sign(secret, opened+" "),
		strings.TrimPrefix(sign(secret, opened), "sha256="), "sha1=" + strings.Repeat("a", 40), sign(secret, opened)[:70],
		sign(secret, opened) + "00",
	} {
		r := request(fmt.Sprint(i), opened)
		if r.Header.Del("X-Hub-Signature-256"); signature != "" {
			r.Header.Set("X-Hub-Signature-256", signature)
		}
		w, _ := g.send(r)
		all := fmt.Sprint(w.Code, w.Header(), w.Body)
		if first == "" {
			first = all
		}
		if w.Code != 401 || all != first {
			t.Errorf("%q: got %s, want %s", signature, all, first)
		}
	}
	if g.waits() != 0 {
		t.Error("a forged delivery was kept")
	}
	if n := strings.Count(g.log.String(), "a delivery was not taken"); n != 1 {
		t.Errorf("%d lines in the log for one source within a minute, want 1:\n%s", n, g.log)
	}
	if strings.Contains(g.log.String(), "pull_request") {
		t.Error("a body is in the log")
	}
}

// Without a signature the body is not even read.
func TestUnsignedBodyIsNotRead(t *testing.T) {
	g := newGate(t)
	r := request("1", opened)
	r.Header.Del("X-Hub-Signature-256")
	r.Body = io.NopCloser(readerFunc(func([]byte) (int, error) { t.Error("the body was read"); return 0, io.EOF }))
	if w, _ := g.send(r); w.Code != 401 {
		t.Errorf("got %d", w.Code)
	}
}

// pieceSize is how much of a body is held in one piece, and largeBody from where a body counts as large.
const (
	pieceSize = 64 << 10
	largeBody = 1 << 20
)

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestBodyLimits tries what an attacker would.
//
// Attack by anybody on the network: Huge, slow or endless bodies: limits for one body and for all together, ten
// seconds to arrive. Also `internal/web/hooks_test.go` `TestSlowBody`.
func TestBodyLimits(t *testing.T) {
	g := newGate(t)
	g.receive(t, func(o *inbound.HookOptions) { o.MaxBody = int64(len(opened)) })
	if w, a := g.send(request("1", opened)); w.Code != 202 {
		t.Errorf("a body at the limit: %d %v", w.Code, a)
	}
	w, a := g.send(request("2", opened+" "))
	if w.Code != 413 || a.Outcome != "too_large" || w.Header().Get("Connection") != "close" {
		t.Errorf("a body beyond the limit: %d %v", w.Code, a)
	}
	r := request("3", opened+" ")
	r.ContentLength = -1 // as in a chunked body, whose length nobody says
	if w, _ := g.send(r); w.Code != 413 {
		t.Errorf("a body of unknown length beyond the limit: %d", w.Code)
	}
	// Bodies together: one that hangs half read leaves no room for another.
	g.receive(t, func(o *inbound.HookOptions) { o.InFlight = pieceSize + 10 })
	half, more := io.Pipe()
	hanging := request("4", opened)
	hanging.Body, hanging.ContentLength = half, -1
	done := make(chan int)
	go func() {
		w := httptest.NewRecorder()
		g.Hooks.ServeHTTP(w, hanging)
		done <- w.Code
	}()
	if _, err := io.WriteString(more, opened[:100]); err != nil {
		t.Fatal(err)
	}
	// The pipe hands over what was written; the byte after it is asked for only when it was counted.
	if _, err := io.WriteString(more, opened[100:101]); err != nil {
		t.Fatal(err)
	}
	w, a = g.send(request("5", opened))
	if w.Code != 503 || a.Outcome != "busy" || w.Header().Get("Retry-After") == "" {
		t.Errorf("a body for which there is no room: %d %v", w.Code, a)
	}
	if _, err := io.WriteString(more, opened[101:]); err != nil {
		t.Fatal(err)
	}
	more.Close()
	if code := <-done; code != 202 {
		t.Errorf("the body that hung: %d", code)
	}
	if w, _ := g.send(request("5", opened)); w.Code != 202 {
		t.Errorf("after the room was given back: %d", w.Code)
	}
	if held := g.Hooks.Held(); held != 0 {
		t.Errorf("%d bytes are still counted", held)
	}
}

// storeFunc is a store of one function.
type storeFunc func(ctx context.Context, a delivery.Admission) (delivery.Receipt, error)

func (f storeFunc) Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error) {
	return f(ctx, a)
}

func TestNothingIsHalfKept(t *testing.T) {
	g := newGate(t)
	admit := func(context.Context, delivery.Admission) (delivery.Receipt, error) {
		return delivery.Receipt{}, errors.New("disk I/O error: /var/lib/lintel/lintel.db")
	}
	in := g.intake(t,
		storeFunc(func(ctx context.Context, a delivery.Admission) (delivery.Receipt, error) { return admit(ctx, a) }), 1)
	g.receive(t, func(o *inbound.HookOptions) { o.Intake = in })
	w, a := g.send(request("1", opened))
	if w.Code != 503 || a.Outcome != "failed" || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "/var/lib") {
		t.Errorf("a full disk: %d %s", w.Code, w.Body)
	}
	if !strings.Contains(g.log.String(), "/var/lib") {
		t.Error("the operator does not learn why")
	}
	admit = func(ctx context.Context, a delivery.Admission) (delivery.Receipt, error) {
		if w, a := g.send(request("2", opened)); w.Code != 503 || a.Outcome != "busy" {
			t.Errorf("while the only one is stored: %d %v", w.Code, a)
		}
		return g.Store.Admit(ctx, a)
	}
	if w, a := g.send(request("1", opened)); w.Code != 202 || a.Outcome != "accepted" {
		t.Errorf("the same delivery once there is room: %d %v", w.Code, a)
	}
}

// A real server answers a client that stops in the middle of a body, and closes the connection.
func TestSlowBody(t *testing.T) {
	g := newGate(t)
	g.receive(t, func(o *inbound.HookOptions) { o.BodyTime = time.Millisecond })
	server := httptest.NewUnstartedServer(nil)
	server.Config = NewServer(slog.New(slog.DiscardHandler), g.Handler)
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /hooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Hub-Signature-256: "+
		"sha256=00\r\nContent-Length: 100\r\n\r\n{")
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 408 ")) || !bytes.Contains(answer, []byte("Connection: close")) {
		t.Errorf("got %q, %v", answer, err)
	}
}

// Somebody sends large bodies and never ends them: they get three quarters of the memory, and what is small still comes in.
func TestLargeBodiesLeaveRoom(t *testing.T) {
	g := newGate(t)
	g.receive(t, func(o *inbound.HookOptions) { o.InFlight = 8 << 20 })
	large := strings.Repeat("x", pieceSize)
	codes := make(chan int)
	send := func() *io.PipeWriter {
		half, more := io.Pipe()
		r := request("large", "")
		r.Body, r.ContentLength = half, -1
		go func() {
			w := httptest.NewRecorder()
			g.Hooks.ServeHTTP(w, r)
			half.Close()
			codes <- w.Code
		}()
		return more
	}
	// The first takes what large bodies may have, byte for byte: the piece behind it is counted and refused.
	more := send()
	for n := 0; ; n++ {
		if _, err := io.WriteString(more, large); err != nil {
			if n != 6<<20/pieceSize {
				t.Errorf("%d pieces of a large body were taken, want %d", n, 6<<20/pieceSize)
			}
			break
		}
	}
	if code := <-codes; code != 503 {
		t.Errorf("the large body got %d", code)
	}
	// Five of them with a megabyte and a bit each hold six megabytes; a delivery of the usual size has room.
	var open []*io.PipeWriter
	for range 5 {
		more := send()
		open = append(open, more)
		for range largeBody/pieceSize + 1 {
			if _, err := io.WriteString(more, large); err != nil {
				t.Fatal(err)
			}
		}
	}
	if w, a := g.send(request("small", opened)); w.Code != 202 {
		t.Errorf("a small delivery beside large ones: %d %v", w.Code, a)
	}
	for _, more := range open {
		more.CloseWithError(io.ErrUnexpectedEOF)
		if code := <-codes; code != 400 {
			t.Errorf("a body that was cut got %d", code)
		}
	}
	if held := g.Hooks.Held(); held != 0 {
		t.Errorf("%d bytes are held by nobody", held)
	}
}

func TestPanicAnswers500(t *testing.T) {
	g := newGate(t)
	whole := g.options.Decoder
	g.receive(t, func(o *inbound.HookOptions) {
		o.Decoder, o.Log = explodes{}, slog.New(otlp.Handler(g.Pages.o.Log.Handler()))
	})
	w := httptest.NewRecorder()
	g.Handler.ServeHTTP(w, request("1", opened))
	if w.Code != 500 || strings.Contains(w.Body.String(), "boom") || !strings.Contains(g.log.String(), "boom") {
		t.Errorf("got %d %q, log %q", w.Code, w.Body, g.log)
	}
	if held := g.Hooks.Held(); held != 0 {
		t.Errorf("%d bytes are still counted", held)
	}
	if got := g.log.String(); !strings.Contains(got, "delivery=1") {
		t.Errorf("the log does not name the delivery:\n%s", got)
	}
	// One that is read already is taken note of where the forge never sends again.
	var missed []change.Event
	g.receive(t, func(o *inbound.HookOptions) {
		o.Intake = g.intake(t, storeFunc(func(context.Context, delivery.Admission) (delivery.Receipt, error) { panic("bang") }), 4)
		o.Decoder, o.Missed = whole, func(ev change.Event) { missed = append(missed, ev) }
	})
	w = httptest.NewRecorder()
	g.Handler.ServeHTTP(w, request("2", opened))
	if w.Code != 202 || len(missed) != 1 || missed[0].Delivery != "2" {
		t.Errorf("got %d %q, missed %+v", w.Code, w.Body, missed)
	}
	if got := g.log.String(); !strings.Contains(got, "bang") || !strings.Contains(got, "delivery=2") {
		t.Errorf("the log does not name the delivery:\n%s", got)
	}
}

type explodes struct{}

func (explodes) Verify(http.Header, ...[]byte) error { return nil }

func (explodes) Decode(http.Header, []byte) (change.Event, error) { panic("boom") }

// TestMissedIsTakenNote: a forge that never sends again and stops after failures is told that all is well; what could not
// be stored is noted, so that a sweep finds its change.
func TestMissedIsTakenNote(t *testing.T) {
	g := newGate(t)
	var missed []change.Event
	broken := storeFunc(func(context.Context, delivery.Admission) (delivery.Receipt, error) {
		return delivery.Receipt{}, errors.New("the disk is full")
	})
	g.receive(t, func(o *inbound.HookOptions) {
		o.Path, o.Intake = "/hooks/gitlab", g.intake(t, broken, 4)
		o.Missed = func(ev change.Event) { missed = append(missed, ev) }
	})
	r := request("1", opened)
	r.URL.Path = "/hooks/gitlab"
	w := httptest.NewRecorder()
	g.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusAccepted || !strings.Contains(w.Body.String(), "stored as soon as that works") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if len(missed) != 1 || missed[0].Repository.ID != 7 || missed[0].Ref.Number != 12 {
		t.Errorf("%+v", missed)
	}
	forged := request("2", opened)
	forged.Header.Set("X-Hub-Signature-256", "sha256=00")
	forged.URL.Path = "/hooks/gitlab"
	if w, _ := g.send(forged); w.Code != http.StatusUnauthorized || len(missed) != 1 {
		t.Errorf("a forged delivery: %d, %d missed", w.Code, len(missed))
	}
}
