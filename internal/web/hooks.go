package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/intake"
)

// Limits of deliveries. GitHub caps a payload at 25 MB and gives up on an answer after ten seconds.
// https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
const (
	DefaultMaxBody   = 25 << 20
	DefaultInFlight  = 128 << 20
	// Body and record together take at most answerTime: a later answer would not be heard, and the delivery would count as failed and stored.
	answerTime       = 8 * time.Second
	defaultBodyTime  = 6 * time.Second
	busyRetrySeconds = "10"
)

// Decoder authenticates a delivery and reads it.
type Decoder interface {
	Decode(header http.Header, body []byte) (change.Event, error)
}

// Acceptor stores what a delivery asks for, whole or not at all.
type Acceptor interface {
	Accept(ctx context.Context, ev change.Event) (intake.Result, error)
}

// What became of a request to the hook, for Hooks.Observe.
const (
	HookAccepted  = "accepted"
	HookIgnored   = "ignored"
	HookRepeat    = "repeat"
	HookUnsigned  = "unsigned"
	HookMalformed = "malformed"
	HookTooLarge  = "too_large"
	HookForm      = "wrong_type"
	HookSlow      = "slow"
	HookBusy      = "busy"
	HookFailed    = "failed"
)

// Hooks takes webhooks in. It is safe for concurrent use; the fields are set before use.
type Hooks struct {
	Decoder Decoder
	// Unsigned tells a delivery that is not signed by us from one that cannot be read, by the Decoder's error.
	Unsigned func(error) bool
	// SignatureHeader is the header that every signed delivery carries. What comes without it is refused before its body is read; empty reads every body.
	SignatureHeader string
	Intake          Acceptor
	Log             *slog.Logger
	// Observe is told of every request (nil: nobody). It must not block.
	Observe func(outcome string)
	// MaxBody bounds one body, InFlight all bodies that are held at once, in bytes; 0 is the default.
	MaxBody, InFlight int64

	// bodyTime bounds how long a body may take; tests are in a hurry.
	bodyTime time.Duration
	held     atomic.Int64
	noises   noises
}

// answer is the body of every answer to a delivery. The forge keeps it in its delivery log.
type answer struct {
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
	// Changes counts the changes that will be looked at.
	Changes int `json:"changes,omitempty"`
}

func (h *Hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		plain(w, http.StatusMethodNotAllowed, "405: the forge sends its webhooks here by POST. There is nothing to see.\n")
		return
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		h.refuse(w, r, http.StatusUnsupportedMediaType, HookForm, "deliveries are read as application/json only: set the webhook's content type to application/json in the App's settings", nil)
		return
	}
	if h.SignatureHeader != "" && r.Header.Get(h.SignatureHeader) == "" {
		h.refuse(w, r, http.StatusUnauthorized, HookUnsigned, unsignedReason, nil)
		return
	}
	body, release, err := h.body(w, r)
	defer release()
	if err != nil {
		h.refuseBody(w, r, err)
		return
	}
	ev, err := h.Decoder.Decode(r.Header, body)
	switch {
	case err != nil && h.Unsigned(err):
		h.refuse(w, r, http.StatusUnauthorized, HookUnsigned, unsignedReason, err)
		return
	case err != nil:
		h.refuse(w, r, http.StatusBadRequest, HookMalformed, "the delivery is signed and cannot be read", err)
		return
	}
	ctx, cancel := context.WithDeadline(r.Context(), began.Add(answerTime))
	defer cancel()
	got, err := h.Intake.Accept(ctx, ev)
	if err != nil {
		outcome, reason := HookFailed, "the delivery could not be stored, and nothing of it was kept; it will be asked for again"
		if errors.Is(err, intake.ErrBusy) {
			outcome, reason = HookBusy, "too many deliveries at once, and nothing of this one was kept; it will be asked for again"
		}
		w.Header().Set("Retry-After", busyRetrySeconds)
		h.refuse(w, r, http.StatusServiceUnavailable, outcome, reason, err)
		return
	}
	a := answer{Outcome: string(got.Outcome), Reason: got.Reason, Changes: got.Touched}
	if got.Repeat {
		a = answer{Outcome: HookRepeat, Reason: "this delivery was stored before"}
	}
	h.Log.Debug("delivery stored", "delivery", ev.Delivery, "event", ev.Name, "action", ev.Action, "outcome", a.Outcome, "reason", a.Reason, "changes", a.Changes)
	h.reply(w, http.StatusAccepted, a)
}

// unsignedReason says the same for a missing, a malformed and a wrong signature.
const unsignedReason = "the delivery is not signed with our secret: compare the webhook secret in the App's settings with the one that Lintel reads"

var (
	errTooLarge = errors.New("the body is too large")
	errHeld     = errors.New("too many bytes of bodies are held at once")
)

// body reads the body, within its own limit, within that of all bodies together, and in time. release gives its bytes back.
func (h *Hooks) body(w http.ResponseWriter, r *http.Request) (body []byte, release func(), err error) {
	limit, all := h.MaxBody, h.InFlight
	if limit <= 0 {
		limit = DefaultMaxBody
	}
	if all <= 0 {
		all = DefaultInFlight
	}
	within := h.bodyTime
	if within <= 0 {
		within = defaultBodyTime
	}
	var mine int64
	release = func() { h.held.Add(-mine) }
	if r.ContentLength > limit {
		return nil, release, errTooLarge
	}
	// A recorder in a test has no connection, and so no deadline to set.
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(within)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, release, err
	}
	body = make([]byte, 0, min(max(r.ContentLength, 512), 64<<10))
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		mine += int64(n)
		held := h.held.Add(int64(n))
		switch {
		case int64(len(body)) > limit:
			return nil, release, errTooLarge
		case held > all:
			return nil, release, errHeld
		case err == io.EOF:
			if err := control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return nil, release, err
			}
			return body, release, nil
		case err != nil:
			return nil, release, err
		}
	}
}

func (h *Hooks) refuseBody(w http.ResponseWriter, r *http.Request, err error) {
	// What is left of the body is not worth reading.
	w.Header().Set("Connection", "close")
	switch {
	case errors.Is(err, errTooLarge):
		h.refuse(w, r, http.StatusRequestEntityTooLarge, HookTooLarge, "the body is larger than deliveries are", err)
	case errors.Is(err, errHeld):
		w.Header().Set("Retry-After", busyRetrySeconds)
		h.refuse(w, r, http.StatusServiceUnavailable, HookBusy, "too many deliveries at once, and nothing of this one was kept", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		h.refuse(w, r, http.StatusRequestTimeout, HookSlow, "the body took too long to arrive", err)
	default:
		h.refuse(w, r, http.StatusBadRequest, HookMalformed, "the body ended early", err)
	}
}

// refuse answers, counts, and logs once for each source, outcome and minute. The caller sees the reason, the log also the error.
func (h *Hooks) refuse(w http.ResponseWriter, r *http.Request, status int, outcome, reason string, err error) {
	source, _, splitErr := net.SplitHostPort(r.RemoteAddr)
	if splitErr != nil {
		source = r.RemoteAddr
	}
	if tell, silenced := h.noises.tell(source+" "+outcome, time.Now()); tell {
		attrs := []any{"source", source, "outcome", outcome, "status", status, "reason", reason, "silenced", silenced}
		if err != nil {
			attrs = append(attrs, "error", err.Error())
		}
		h.Log.Warn("a delivery was not taken", attrs...)
	}
	h.reply(w, status, answer{Outcome: outcome, Reason: reason})
}

func (h *Hooks) reply(w http.ResponseWriter, status int, a answer) {
	if h.Observe != nil {
		h.Observe(a.Outcome)
	}
	writeJSON(w, status, a)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("web: plain data cannot be written as JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", itoa(len(b)+1))
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}
