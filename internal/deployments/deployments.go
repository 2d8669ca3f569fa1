// Package deployments takes what CI and people tell of production: deployments and incidents, as JSON, from whoever may
// hand in reports of the repository.
//
// Callers may rely on: the same id sent again is the same deployment or incident; an error is an *upload.Refusal, and
// then nothing was stored; a run on a change can tell nothing.
package deployments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/upload"
)

// maxBody is the most bytes of one request.
const maxBody = 64 << 10

// Reporters says who sends, and of which repository.
type Reporters interface {
	Reporter(ctx context.Context, token, repository string) (repo change.Repository, by string, err error)
}

// Record keeps deployments and incidents.
type Record interface {
	KeepDeployments(ctx context.Context, deployments []dora.Deployment, incidents []dora.Incident) error
}

// Receiver is safe for concurrent use.
type Receiver struct {
	reporters Reporters
	record    Record
	now       func() time.Time
}

// New checks that all parts are there.
func New(reporters Reporters, record Record, now func() time.Time) (*Receiver, error) {
	if reporters == nil || record == nil || now == nil {
		return nil, errors.New("take deployments: the reporters, the record and the clock are needed")
	}
	return &Receiver{reporters: reporters, record: record, now: now}, nil
}

var (
	word = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,99}$`)
	free = lazyregexp.New(`^[^\x00-\x1f\x7f]{0,100}$`)
)

// deployment is the body of POST /api/v1/deployments. The comments of both bodies are the tables of docs/flow.md.
type deployment struct {
	// Its own id: the same one is the same deployment. Default: the commit.
	ID string `json:"id"`
	// The whole commit that was deployed. Needed.
	SHA string `json:"sha"`
	// Default: `production`. Other environments are kept and count nowhere.
	Environment string `json:"environment"`
	// What was deployed, where a repository holds several services.
	Service string `json:"service"`
	// `success` or `failure`. Default: `success`.
	Result string `json:"result"`
	// RFC 3339.
	StartedAt time.Time `json:"started_at"`
	// RFC 3339. Default: now.
	FinishedAt time.Time `json:"finished_at"`
	// Whether it was made because of a failure. What is said goes before every rule.
	Unplanned *bool `json:"unplanned"`
}

// incident is the body of POST /api/v1/incidents.
type incident struct {
	// Needed. The same id again changes the incident.
	ID string `json:"id"`
	// What it is about.
	Service string `json:"service"`
	// The deployment that it is laid to, by the id that the answer gave.
	Deployment string `json:"deployment"`
	// Needed. RFC 3339.
	OpenedAt time.Time `json:"opened_at"`
	// When it was over.
	ResolvedAt *time.Time `json:"resolved_at"`
}

// Deployment takes a deployment and returns the id under which it is kept.
func (r *Receiver) Deployment(ctx context.Context, token, repository string, body io.Reader) (string, error) {
	repo, _, err := r.reporters.Reporter(ctx, token, repository)
	if err != nil {
		return "", err
	}
	d := deployment{Environment: "production", Result: "success"}
	if err := read(body, &d); err != nil {
		return "", err
	}
	if d.FinishedAt.IsZero() {
		d.FinishedAt = r.now()
	}
	if d.ID == "" {
		d.ID = d.SHA
	}
	switch {
	case !upload.IsSHA(d.SHA):
		return "", bad("sha is the whole commit that was deployed, in lower case", "sha %q is no commit", d.SHA)
	case !word.MatchString(d.ID) || !free.MatchString(d.Service) || !free.MatchString(d.Environment) || d.Environment == "":
		return "", bad("use up to 100 letters, digits and - _ . : / for the id, and no control characters elsewhere",
			"the id, service or environment cannot be used")
	case d.Result != "success" && d.Result != "failure":
		return "", bad("send success or failure", "result %q is not known", d.Result)
	case r.future(d.FinishedAt) || !d.StartedAt.IsZero() && d.StartedAt.After(d.FinishedAt):
		return "", bad("send times in RFC 3339, in their order", "the deployment ends before it starts, or in the future")
	}
	kept := dora.Deployment{
		ID:          id(repo, "deployment", d.Service, d.Environment, d.ID),
		Forge:       string(change.GitHub),
		RepoID:      repo.ID,
		Service:     d.Service,
		Environment: d.Environment,
		Production:  dora.IsProduction(d.Environment),
		Source:      dora.ByAPI,
		SHA:         d.SHA,
		Success:     d.Result == "success",
		Unplanned:   d.Unplanned,
		StartedAt:   d.StartedAt.UTC(),
		FinishedAt:  d.FinishedAt.UTC(),
	}
	return kept.ID, r.keep(ctx, []dora.Deployment{kept}, nil)
}

// Incident takes an incident and returns the id under which it is kept.
func (r *Receiver) Incident(ctx context.Context, token, repository string, body io.Reader) (string, error) {
	repo, _, err := r.reporters.Reporter(ctx, token, repository)
	if err != nil {
		return "", err
	}
	var i incident
	if err := read(body, &i); err != nil {
		return "", err
	}
	switch {
	case !word.MatchString(i.ID) || !free.MatchString(i.Service) || !free.MatchString(i.Deployment):
		return "", bad("use up to 100 letters, digits and - _ . : / for the id, and no control characters elsewhere",
			"the id, service or deployment cannot be used")
	case i.OpenedAt.IsZero() || r.future(i.OpenedAt) || i.ResolvedAt != nil && i.ResolvedAt.Before(i.OpenedAt):
		return "", bad("send opened_at, and resolved_at when it is over, in RFC 3339",
			"the incident has no beginning, begins in the future, or ends before it begins")
	}
	kept := dora.Incident{
		ID:         id(repo, "incident", i.Service, i.ID),
		Forge:      string(change.GitHub),
		RepoID:     repo.ID,
		Service:    i.Service,
		Source:     "api",
		Deployment: i.Deployment,
		OpenedAt:   i.OpenedAt.UTC(),
		ResolvedAt: i.ResolvedAt,
	}
	return kept.ID, r.keep(ctx, nil, []dora.Incident{kept})
}

func (r *Receiver) future(at time.Time) bool { return at.After(r.now().Add(time.Hour)) }

func (r *Receiver) keep(ctx context.Context, deployments []dora.Deployment, incidents []dora.Incident) error {
	if err := r.record.KeepDeployments(ctx, deployments, incidents); err != nil {
		return &upload.Refusal{Reason: upload.Failed, What: "it could not be kept", Remedy: "send it again", Err: err}
	}
	return nil
}

// id is the id of what one repository tells: no other repository can write it.
func id(repo change.Repository, kind string, parts ...string) string {
	s := fmt.Sprintf("%s:api:%s:%d", change.GitHub, kind, repo.ID)
	for _, p := range parts {
		s += ":" + p
	}
	return s
}

func bad(remedy, format string, args ...any) error {
	return upload.Refuse(upload.Malformed, remedy, format, args...)
}

// read reads one JSON object. A key that is not known is refused: a misspelt one would be lost without a word.
func read(body io.Reader, into any) error {
	limited := io.LimitReader(body, maxBody+1)
	dec := json.NewDecoder(limited)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return bad("see docs/flow.md for the fields", "the body is no JSON object of the known fields: %s", err)
	}
	if dec.InputOffset() > maxBody {
		return upload.Refuse(upload.TooLarge, "send less than 64 KiB", "the body is too large")
	}
	return nil
}
