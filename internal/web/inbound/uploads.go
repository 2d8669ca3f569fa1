package inbound

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/upload"
)

// uploadTime bounds how long a report may take to arrive and to be read.
const uploadTime = 2 * time.Minute

// Receiver receives reports. Its error is an *upload.Refusal, and then nothing was stored.
type Receiver interface {
	Receive(ctx context.Context, req upload.Request, body io.Reader) (upload.Answer, error)
}

// Reports is the API by which CI uploads reports; docs/reports-api.md is its contract. It is safe for concurrent use.
type Reports struct {
	receiver Receiver
	log      *slog.Logger
	logLimit logLimit
}

// NewReports checks that both parts are there.
func NewReports(receiver Receiver, log *slog.Logger) (*Reports, error) {
	if receiver == nil || log == nil {
		return nil, errors.New("take reports: a Receiver and a Log are needed")
	}
	return &Reports{receiver: receiver, log: log}, nil
}

// refusedReport is the body of every refusal.
type refusedReport struct {
	Error   string `json:"error"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

// statuses of refusals. A client retries after 429 and 5xx only.
var statuses = map[string]int{
	upload.Malformed: 400, upload.Unauthorised: 401, upload.TokenUsed: 401, upload.Forbidden: 403, upload.OtherRepo: 403,
	upload.NotTheHead: 403, upload.BaseForbidden: 403,
	upload.UnknownRepo: 404, upload.HeadMoved: 409, upload.Unmappable: 409, upload.TooLarge: 413, upload.BadEncoding: 415,
	upload.Unreadable: 422, upload.Busy: 503, upload.Failed: 500,
}

// Route adds the paths of the API.
func (h *Reports) Route(mux *http.ServeMux) {
	mux.HandleFunc("/api/v1/reports", func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, false) })
	mux.HandleFunc("/api/v1/reports/finalise", func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, true) })
}

func (h *Reports) serve(w http.ResponseWriter, r *http.Request, final bool) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeJSON(w, http.StatusMethodNotAllowed, refusedReport{upload.Malformed, "reports are sent by POST", "see docs/reports-api.md"})
		return
	}
	req, err := requestOf(r, final)
	if err == nil {
		control := http.NewResponseController(w)
		until := time.Now().Add(uploadTime)
		// A recorder in a test has no connection, and so no deadline to set. The answer needs a moment more than the body.
		if bad := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(10*time.Second))); bad != nil &&
			!errors.Is(bad, http.ErrNotSupported) {
			err = &upload.Refusal{Reason: upload.Failed, What: "the report could not be taken", Remedy: "send it again", Err: bad}
		}
	}
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), uploadTime)
	defer cancel()
	answer, err := h.receiver.Receive(ctx, req, r.Body)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	status := http.StatusAccepted
	if answer.Outcome != upload.Stored {
		status = http.StatusOK
	}
	writeJSON(w, status, answer)
}

func (h *Reports) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *upload.Refusal
	if !errors.As(err, &refusal) {
		refusal = &upload.Refusal{Reason: upload.Failed, What: "the report could not be taken", Remedy: "send it again", Err: err}
	}
	status, ok := statuses[refusal.Reason]
	if !ok {
		status = http.StatusInternalServerError
	}
	switch {
	case status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="lintel reports"`)
	case status >= 500:
		w.Header().Set("Retry-After", busyRetrySeconds)
	}
	// The rest of the body is not worth reading.
	w.Header().Set("Connection", "close")
	source, _, splitErr := net.SplitHostPort(r.RemoteAddr)
	if splitErr != nil {
		source = r.RemoteAddr
	}
	if allowed, silenced := h.logLimit.allow(source+" "+refusal.Reason, time.Now()); allowed {
		attrs := []any{"source", source, "reason", refusal.Reason, "status", status, "silenced", silenced}
		if refusal.Err != nil {
			attrs = append(attrs, "error", refusal.Err.Error())
		}
		h.log.WarnContext(r.Context(), "a report was not taken", attrs...)
	}
	writeJSON(w, status, refusedReport{refusal.Reason, refusal.What, refusal.Remedy})
}

// reportParameters and finalParameters are all parameters of a request. A misspelt one is refused: a report without its
// flag would give a wrong verdict.
var (
	finalParameters  = []string{"attempt", "base", "job", "measured_sha", "repository", "run", "sha"}
	reportParameters = append([]string{"flag", "format", "kind", "part"}, finalParameters...)
)

// requestOf reads the query and the headers.
func requestOf(r *http.Request, final bool) (upload.Request, error) {
	// Query would drop what it cannot parse, and act on half of a request; ParseQuery returns an error.
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return upload.Request{},
			upload.Refuse(upload.Malformed, "escape the parameters as in URLs, and part them by &", "the query cannot be read: %v", err)
	}
	known := reportParameters
	if final {
		known = finalParameters
	}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		values := q[name]
		if !slices.Contains(known, name) {
			return upload.Request{},
				upload.Refuse(upload.Malformed,
					"the parameters of this request are "+strings.Join(slices.Sorted(slices.Values(known)), ", "),
					"there is no parameter %.50q", name)
		}
		if len(values) > 1 {
			return upload.Request{},
				upload.Refuse(upload.Malformed, "send each parameter once", "the parameter %.50q stands there more than once", name)
		}
	}
	req := upload.Request{Kind: upload.KindOf(q.Get("kind")), Format: q.Get("format"), Flag: q.Get("flag"), Part: q.Get("part"),
		SHA: q.Get("sha"), Measured: q.Get("measured_sha"),
		Repository: q.Get("repository"), Run: q.Get("run"), Job: q.Get("job"), Length: r.ContentLength,
		Encoding: strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))}
	if final {
		req.Kind, req.Format, req.Flag, req.Part = upload.Final, "", "", ""
	} else if req.Kind == upload.Final {
		return req, upload.Refuse(upload.Malformed, "send kind=coverage or kind=lint, or use /api/v1/reports/finalise",
			"there is no kind of report %q", req.Kind)
	}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		req.Token = strings.TrimSpace(token)
	}
	if text := q.Get("attempt"); text != "" {
		if req.Attempt, err = strconv.Atoi(text); err != nil {
			return req, upload.Refuse(upload.Malformed, "send the number of the attempt, from 1", "attempt is no number")
		}
	}
	if text := q.Get("base"); text != "" {
		if req.Base, err = strconv.ParseBool(text); err != nil {
			return req, upload.Refuse(upload.Malformed, "send base=true, or leave it out", "base is neither true nor false")
		}
	}
	return req, nil
}
