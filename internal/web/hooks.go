package web

import (
	"context"
	"encoding/json"
	"errors"
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
	DefaultMaxBody  = 25 << 20
	DefaultInFlight = 64 << 20
	// Body and record together take at most answerTime: a later answer would not be heard, and the delivery would count as failed and stored.
	answerTime       = 8 * time.Second
	defaultBodyTime  = 6 * time.Second
	busyRetrySeconds = "10"
)

// Decoder authenticates a delivery and reads it.
type Decoder interface {
	// Verify checks the signature of a body that is held in pieces, so that a stranger's body is never held twice.
	Verify(header http.Header, pieces ...[]byte) error
	// Decode reads a body; it checks the signature as well.
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
	// MaxBody bounds one body, InFlight the memory of all bodies that are held at once, in bytes; 0 is the default. Large bodies together get three
	// quarters of it, so that somebody who sends large ones cannot keep the small ones out, which nearly all deliveries are.
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

// Route mounts the webhook.
func (h *Hooks) Route(mux *http.ServeMux) { mux.Handle("/hooks/github", h) }

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
	held := &body{hooks: h}
	defer held.release()
	if err := held.read(w, r); err != nil {
		h.refuseBody(w, r, err)
		return
	}
	err = h.Decoder.Verify(r.Header, held.pieces...)
	if err == nil {
		// Only who knows the secret gets a second copy.
		err = held.join()
	}
	if errors.Is(err, errHeld) {
		h.refuseBody(w, r, err)
		return
	}
	var ev change.Event
	if err == nil {
		ev, err = h.Decoder.Decode(r.Header, held.whole)
	}
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
