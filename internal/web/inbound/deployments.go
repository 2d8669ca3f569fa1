package inbound

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/upload"
)

// Production takes what CI tells of production. Its error is an *upload.Refusal, and then nothing was stored.
type Production interface {
	Deployment(ctx context.Context, token, repository string, body io.Reader) (id string, err error)
	Incident(ctx context.Context, token, repository string, body io.Reader) (id string, err error)
}

// Deployments is the API by which CI tells of deployments and incidents; docs/flow.md is its contract. It is safe for
// concurrent use.
type Deployments struct {
	production Production
	refusals   *Reports
}

// NewDeployments checks that both parts are there.
func NewDeployments(production Production, log *slog.Logger) (*Deployments, error) {
	if production == nil || log == nil {
		return nil, errors.New("take deployments: a Production and a Log are needed")
	}
	return &Deployments{production: production, refusals: &Reports{log: log}}, nil
}

// Route adds the paths of the API.
func (h *Deployments) Route(mux *http.ServeMux) {
	mux.HandleFunc("/api/v1/deployments", h.serve(h.production.Deployment))
	mux.HandleFunc("/api/v1/incidents", h.serve(h.production.Incident))
}

type taken struct {
	ID      string `json:"id"`
	Outcome string `json:"outcome"`
}

func (h *Deployments) serve(take func(context.Context, string, string, io.Reader) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			writeJSON(w, http.StatusMethodNotAllowed, refusedReport{upload.Malformed, "it is sent by POST", "see docs/flow.md"})
			return
		}
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			token = ""
		}
		ctx, cancel := context.WithTimeout(r.Context(), uploadTime)
		defer cancel()
		id, err := take(ctx, token, r.URL.Query().Get("repository"), http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			h.refusals.refuse(w, r, err)
			return
		}
		writeJSON(w, http.StatusAccepted, taken{id, "stored"})
	}
}
