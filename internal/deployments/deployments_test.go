package deployments_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/deployments"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/upload"
)

type reporters struct{}

func (reporters) Reporter(_ context.Context, token, _ string) (change.Repository, string, error) {
	if token != "good" {
		return change.Repository{}, "", upload.Refuse(upload.Unauthorised, "send a token", "no token")
	}
	return change.Repository{ID: 7}, "token", nil
}

type record struct {
	deployments []dora.Deployment
	incidents   []dora.Incident
	broken      error
}

func (r *record) KeepDeployments(_ context.Context, d []dora.Deployment, i []dora.Incident) error {
	r.deployments, r.incidents = append(r.deployments, d...), append(r.incidents, i...)
	return r.broken
}

const now = "2026-03-02T10:00:00Z"

func rig(t *testing.T) (*deployments.Receiver, *record) {
	t.Helper()
	kept := &record{}
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	r, err := deployments.New(reporters{}, kept, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	return r, kept
}

var sha = strings.Repeat("a", 40)

func TestTaken(t *testing.T) {
	r, kept := rig(t)
	id, err := r.Deployment(t.Context(), "good", "", strings.NewReader(`{"sha":"`+sha+`","service":"api","unplanned":true}`))
	if err != nil || id != "github:api:deployment:7:api:production:"+sha {
		t.Errorf("%q, %v", id, err)
	}
	d := kept.deployments[0]
	if !d.Success || !d.Production || d.Source != dora.ByAPI || d.RepoID != 7 || !*d.Unplanned || d.FinishedAt.Format(time.RFC3339) != now {
		t.Errorf("%+v", d)
	}
	id, err = r.Incident(t.Context(), "good", "", strings.NewReader(
		`{"id":"INC-4","opened_at":"2026-03-02T09:00:00Z","deployment":"`+id+`"}`))
	if err != nil || id != "github:api:incident:7::INC-4" || kept.incidents[0].Deployment == "" || kept.incidents[0].ResolvedAt != nil {
		t.Errorf("%q, %v, %+v", id, err, kept.incidents)
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ token, deployment, incident, reason string }{
		"no token":       {"bad", `{"sha":"` + sha + `"}`, "", upload.Unauthorised},
		"no commit":      {"good", `{}`, "", upload.Malformed},
		"a short commit": {"good", `{"sha":"abc"}`, "", upload.Malformed},
		"a misspelt key": {"good", `{"sha":"` + sha + `","enviroment":"prod"}`, "", upload.Malformed},
		"no JSON":        {"good", `sha=1`, "", upload.Malformed},
		"an odd result":  {"good", `{"sha":"` + sha + `","result":"ok"}`, "", upload.Malformed},
		"the future":     {"good", `{"sha":"` + sha + `","finished_at":"2027-01-01T00:00:00Z"}`, "", upload.Malformed},
		"ends first": {"good", `{"sha":"` + sha + `","started_at":"2026-03-02T09:00:00Z",` +
			`"finished_at":"2026-03-02T08:00:00Z"}`, "", upload.Malformed},
		"a line in a name": {"good", `{"sha":"` + sha + `","service":"a\nb"}`, "", upload.Malformed},
		"too large":        {"good", `{"service":"` + strings.Repeat("x", 70_000) + `"}`, "", upload.Malformed},
		"no beginning":     {"good", "", `{"id":"4"}`, upload.Malformed},
		"no id":            {"good", "", `{"opened_at":"2026-03-02T09:00:00Z"}`, upload.Malformed},
		"over before begun": {"good", "", `{"id":"4","opened_at":"2026-03-02T09:00:00Z",` +
			`"resolved_at":"2026-03-02T08:00:00Z"}`, upload.Malformed},
		"whose incident": {"bad", "", `{"id":"4","opened_at":"2026-03-02T09:00:00Z"}`, upload.Unauthorised},
	} {
		r, kept := rig(t)
		var err error
		if c.deployment != "" {
			_, err = r.Deployment(t.Context(), c.token, "", strings.NewReader(c.deployment))
		} else {
			_, err = r.Incident(t.Context(), c.token, "", strings.NewReader(c.incident))
		}
		refusal, ok := errors.AsType[*upload.Refusal](err)
		if !ok || refusal.Reason != c.reason || refusal.Remedy == "" || len(kept.deployments)+len(kept.incidents) > 0 {
			t.Errorf("%s: %v, kept %+v", name, err, kept)
		}
	}
	r, kept := rig(t)
	kept.broken = errors.New("disk full")
	_, err := r.Deployment(t.Context(), "good", "", strings.NewReader(`{"sha":"`+sha+`"}`))
	if refusal, ok := errors.AsType[*upload.Refusal](err); !ok || refusal.Reason != upload.Failed ||
		strings.Contains(refusal.Error(), "disk") {
		t.Errorf("%v", err)
	}
	if _, err := deployments.New(nil, kept, time.Now); err == nil {
		t.Error("a receiver without reporters")
	}
}
