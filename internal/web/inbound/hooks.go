// Package inbound receives what machines send over HTTP: the forge's webhooks and the reports of CI.
//
// Callers may rely on this: a delivery is answered 202 only when it is stored, and any other answer means that nothing
// was kept; bodies are read within limits of size, memory and time; what is refused is logged once a minute for each
// source.
package inbound

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/trace"
)

// Limits of deliveries. GitHub caps a payload at 25 MB and gives up on an answer after ten seconds.
// https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
const (
	defaultMaxBody  = 25 << 20
	defaultInFlight = 64 << 20
	// Reading the body and storing it take at most answerTime together: the forge would miss a later answer, and count a
	// stored delivery as failed.
	answerTime       = 8 * time.Second
	defaultBodyTime  = 6 * time.Second
	busyRetrySeconds = "10"
)

// Decoder authenticates a delivery and reads it.
type Decoder interface {
	// Verify checks the signature of a body in pieces, so that a stranger's body is never in memory twice.
	Verify(header http.Header, pieces ...[]byte) error
	// Decode reads a body; it checks the signature, too.
	Decode(header http.Header, body []byte) (change.Event, error)
}

// Acceptor stores what a delivery asks for, whole or not at all.
type Acceptor interface {
	Accept(ctx context.Context, ev change.Event) (intake.Result, error)
}

// What became of a request to the hook, for HookOptions.Observe.
const (
	hookAccepted  = "accepted"
	hookIgnored   = "ignored"
	hookRepeat    = "repeat"
	hookUnsigned  = "unsigned"
	hookMalformed = "malformed"
	hookTooLarge  = "too_large"
	hookForm      = "wrong_type"
	hookSlow      = "slow"
	hookBusy      = "busy"
	hookFailed    = "failed"
)

// HookOptions are the parts of Hooks. Decoder, Unsigned, Intake and Log are required.
type HookOptions struct {
	Decoder Decoder
	// Unsigned reports whether the Decoder's error means a wrong signature; other errors mean an unreadable delivery.
	Unsigned func(error) bool
	// SignatureHeader is the header of every signed delivery. A request without it is refused before its
	// body is read (empty: every body is read).
	SignatureHeader string
	Intake          Acceptor
	Log             *slog.Logger
	// Path is where the forge sends them; empty is /hooks/github.
	Path string
	// Missed takes note of an authentic delivery that could not be stored, so that its change is found by a sweep; then it
	// is answered 202 all the same. It is for a forge that never sends again and stops sending after failures (nil: the
	// answer is 503, and the forge sends again).
	Missed func(ev change.Event)
	// Traces follow what comes of a delivery (nil: only log lines do).
	Traces trace.Tracer
	// Observe is called for every request (nil: nothing is). It must not block.
	Observe func(outcome string)
	// MaxBody bounds one body, InFlight the memory of all bodies that are held at once, in bytes; 0 is the default.
	// Large bodies together get three quarters of it, so that somebody who sends large ones cannot keep the small ones
	// out, which nearly all deliveries are.
	MaxBody, InFlight int64
	// BodyTime bounds how long a body may take to arrive; 0 is the default.
	BodyTime time.Duration
}

// Hooks receives webhooks. It is safe for concurrent use.
type Hooks struct {
	o        HookOptions
	held     atomic.Int64
	logLimit logLimit
}

// NewHooks checks that all parts are there.
func NewHooks(o HookOptions) (*Hooks, error) {
	if o.Decoder == nil || o.Unsigned == nil || o.Intake == nil || o.Log == nil {
		return nil, errors.New("take webhooks: a Decoder, Unsigned, an Intake and a Log are needed")
	}
	return &Hooks{o: o}, nil
}

// Held is how many bytes of bodies are in memory now.
func (h *Hooks) Held() int64 { return h.held.Load() }

// answer is the body of every answer to a delivery. The forge keeps it in its delivery log.
type answer struct {
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
	// Changes counts the changes that will be looked at.
	Changes int `json:"changes,omitempty"`
}

// Route mounts the webhook.
func (h *Hooks) Route(mux *http.ServeMux) { mux.Handle(cmp.Or(h.o.Path, "/hooks/github"), h) }

func (h *Hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeText(w, http.StatusMethodNotAllowed, "405: the forge sends its webhooks here by POST. There is nothing to see.\n")
		return
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		h.refuse(
			w,
			r,
			http.StatusUnsupportedMediaType,
			hookForm,
			"deliveries are read as application/json only: set the webhook's content type to application/json in the App's settings",
			nil,
		)
		return
	}
	if h.o.SignatureHeader != "" && r.Header.Get(h.o.SignatureHeader) == "" {
		h.refuse(w, r, http.StatusUnauthorized, hookUnsigned, unsignedReason, nil)
		return
	}
	held := &body{hooks: h}
	defer held.release()
	if err := held.read(w, r); err != nil {
		h.refuseBody(w, r, err)
		return
	}
	err = h.o.Decoder.Verify(r.Header, held.pieces...)
	if err == nil {
		// Only a signed body gets a second copy.
		err = held.join()
	}
	if errors.Is(err, errHeld) {
		h.refuseBody(w, r, err)
		return
	}
	var ev change.Event
	told := r // its context names the delivery
	defer func() {
		if p := recover(); p != nil {
			h.panicked(w, told, ev, p)
		}
	}()
	if err == nil {
		told = named(r)
		ev, err = h.o.Decoder.Decode(r.Header, held.whole)
	}
	switch {
	case err != nil && h.o.Unsigned(err):
		h.refuse(w, r, http.StatusUnauthorized, hookUnsigned, unsignedReason, err)
		return
	case err != nil:
		h.refuse(w, r, http.StatusBadRequest, hookMalformed, "the delivery is signed and cannot be read", err)
		return
	}
	ctx, cancel := context.WithDeadline(r.Context(), began.Add(answerTime))
	defer cancel()
	ctx, end := trace.Deliver(ctx, h.o.Traces, ev.Delivery, trace.Word(trace.Forge, ev.Forge), trace.Word(trace.Event, spoken(ev.Name)),
		trace.Int(trace.Connection, ev.Connection), trace.Int(trace.Repository, ev.Repository.ID))
	told = r.WithContext(ctx)
	got, err := h.o.Intake.Accept(ctx, ev)
	trace.Note(ctx, trace.Word(trace.Outcome, got.Outcome))
	end(err)
	if err != nil {
		outcome, reason := hookFailed, "the delivery could not be stored, and nothing of it was kept; it will be asked for again"
		if errors.Is(err, intake.ErrBusy) {
			outcome, reason = hookBusy, "too many deliveries at once, and nothing of this one was kept; it will be asked for again"
		}
		if h.o.Missed != nil {
			h.o.Missed(ev)
			h.refuse(w, told, http.StatusAccepted, outcome, "the delivery is kept in memory and stored as soon as that works", err)
			return
		}
		w.Header().Set("Retry-After", busyRetrySeconds)
		h.refuse(w, told, http.StatusServiceUnavailable, outcome, reason, err)
		return
	}
	a := answer{Outcome: string(got.Outcome), Reason: got.Reason, Changes: got.Changes}
	if got.Repeat {
		a = answer{Outcome: hookRepeat, Reason: "this delivery was stored before"}
	}
	h.o.Log.DebugContext(ctx, "delivery stored", "event", ev.Name, "action", ev.Action, "outcome", a.Outcome, "reason",
		a.Reason, "changes", a.Changes)
	h.reply(w, http.StatusAccepted, a)
}

// named gives a request that is signed and not read yet the delivery that its headers name.
func named(r *http.Request) *http.Request {
	id := cmp.Or(r.Header.Get("X-GitHub-Delivery"), r.Header.Get("Idempotency-Key"), r.Header.Get("webhook-id"))
	ctx, _ := trace.Deliver(r.Context(), nil, id)
	return r.WithContext(ctx)
}

// panicked says which delivery Lintel has a fault with. Nothing of it was kept, so the change is found as after any other
// failure.
func (h *Hooks) panicked(w http.ResponseWriter, r *http.Request, ev change.Event, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint,err113 // a value to compare with, as net/http does
		panic(p)
	}
	h.o.Log.ErrorContext(r.Context(), "a delivery panicked", "event", ev.Name, "action", ev.Action, "panic", fmt.Sprint(p),
		"stack", string(debug.Stack()))
	if ev.Delivery != "" && h.o.Missed != nil {
		h.o.Missed(ev)
		h.reply(w, http.StatusAccepted, answer{Outcome: hookFailed, Reason: "its change is kept in memory and looked at later"})
		return
	}
	h.reply(w, http.StatusInternalServerError,
		answer{Outcome: hookFailed, Reason: "Lintel has a fault, which whoever runs it finds in its log; nothing of the delivery was kept"})
}

// unsignedReason is the same for a missing, a malformed and a wrong signature.
const unsignedReason = "the delivery is not signed with our secret: compare the webhook secret in the App's settings " +
	"with the one that Lintel reads"

func (h *Hooks) refuseBody(w http.ResponseWriter, r *http.Request, err error) {
	// The rest of the body is not worth reading.
	w.Header().Set("Connection", "close")
	switch {
	case errors.Is(err, errTooLarge):
		h.refuse(w, r, http.StatusRequestEntityTooLarge, hookTooLarge, "the body is larger than deliveries are", err)
	case errors.Is(err, errHeld):
		w.Header().Set("Retry-After", busyRetrySeconds)
		h.refuse(w, r, http.StatusServiceUnavailable, hookBusy, "too many deliveries at once, and nothing of this one was kept", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		h.refuse(w, r, http.StatusRequestTimeout, hookSlow, "the body took too long to arrive", err)
	default:
		h.refuse(w, r, http.StatusBadRequest, hookMalformed, "the body ended early", err)
	}
}

// refuse answers, counts, and logs once a minute for each source and outcome. The client sees the reason, the log also the
// error.
func (h *Hooks) refuse(w http.ResponseWriter, r *http.Request, status int, outcome, reason string, err error) {
	source, _, splitErr := net.SplitHostPort(r.RemoteAddr)
	if splitErr != nil {
		source = r.RemoteAddr
	}
	if allowed, silenced := h.logLimit.allow(source+" "+outcome, time.Now()); allowed {
		attrs := []any{"source", source, "outcome", outcome, "status", status, "reason", reason, "silenced", silenced}
		if err != nil {
			attrs = append(attrs, "error", err.Error())
		}
		h.o.Log.WarnContext(r.Context(), "a delivery was not taken", attrs...)
	}
	h.reply(w, status, answer{Outcome: outcome, Reason: reason})
}

func (h *Hooks) reply(w http.ResponseWriter, status int, a answer) {
	if h.o.Observe != nil {
		h.o.Observe(a.Outcome)
	}
	writeJSON(w, status, a)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("inbound: plain data cannot be written as JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)+1))
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	// A client that went away is not worth a log line.
	_, _ = w.Write([]byte(text))
}

// spoken is the name of a forge's event as a word: GitLab's "Merge Request Hook" is merge_request.
func spoken(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSuffix(name, " Hook")), " ", "_")
}
