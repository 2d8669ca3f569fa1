package inbound

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/lintel-review/lintel/internal/upload"
)

// Verdicts answers a job that waits for a verdict, with what is written as JSON. Its error is an *upload.Refusal where
// asking again would not help.
type Verdicts interface {
	Verdict(ctx context.Context, token, repository, sha string, number int) (answer any, pending bool, err error)
}

// Awaited is the API that "lintel await" asks; docs/reports-api.md is its contract. It is safe for concurrent use.
type Awaited struct {
	verdicts Verdicts
	refusals *Reports
}

// pollSeconds is how long a job is told to wait before it asks again.
const pollSeconds = "3"

// NewAwaited checks that both parts are there.
func NewAwaited(verdicts Verdicts, log *slog.Logger) (*Awaited, error) {
	if verdicts == nil || log == nil {
		return nil, errors.New("answer jobs that wait: Verdicts and a Log are needed")
	}
	return &Awaited{verdicts: verdicts, refusals: &Reports{log: log}}, nil
}

// Route adds the path of the API.
func (h *Awaited) Route(mux *http.ServeMux) { mux.HandleFunc("GET /api/v1/verdict", h.serve) }

func (h *Awaited) serve(w http.ResponseWriter, r *http.Request) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token = ""
	}
	q := r.URL.Query()
	number, err := strconv.Atoi(q.Get("pull"))
	if err != nil && q.Get("pull") != "" {
		h.refusals.refuse(w, r, upload.Refuse(upload.Malformed, "send the number of the change", "pull is no number"))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), uploadTime)
	defer cancel()
	answer, pending, err := h.verdicts.Verdict(ctx, token, q.Get("repository"), q.Get("sha"), number)
	if err != nil {
		h.refusals.refuse(w, r, err)
		return
	}
	status := http.StatusOK
	if pending {
		w.Header().Set("Retry-After", pollSeconds)
		status = http.StatusAccepted
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, status, answer)
}
