package hook

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/upload"
)

// delivered is what payloads say of deployments and releases, at their top.
type delivered struct {
	DeploymentID    int64     `json:"deployment_id"`
	Environment     string    `json:"environment"`
	Tier            string    `json:"environment_tier"`
	Status          string    `json:"status"`
	StatusChangedAt timestamp `json:"status_changed_at"`
	CommitURL       string    `json:"commit_url"`

	Tag        string    `json:"tag"`
	ReleasedAt timestamp `json:"released_at"`
	Action     string    `json:"action"`
	Commit     *struct {
		ID        string    `json:"id"`
		Timestamp timestamp `json:"timestamp"`
	} `json:"commit"`
}

// kept is the reason for events that only figures gain by.
func kept(ev *change.Event) { ignore(ev, "it is kept for the figures of deployments") }

// Run is what GitLab says of a deployment that ended, by a webhook or by its API.
type Run struct {
	ID                             int64
	Environment, Tier, Status, SHA string
	EndedAt                        time.Time
}

// Deployment gives the run its meaning; false when it did not end, or does not say when. A tier says that an environment is
// of production, and its name where nobody gave one.
func (r Run) Deployment(repo int64) (dora.Deployment, bool) {
	ended := r.Status == "success" || r.Status == "failed"
	if !ended || r.ID <= 0 || r.EndedAt.IsZero() || repo == 0 {
		return dora.Deployment{}, false
	}
	if !upload.IsSHA(r.SHA) {
		r.SHA = ""
	}
	at := r.EndedAt.UTC()
	return dora.Deployment{
		ID: "gitlab:deployment:" + strconv.FormatInt(r.ID, 10), Forge: string(change.GitLab), RepoID: repo,
		Environment: r.Environment, Production: InProduction(r.Tier, r.Environment), Source: dora.ByStatus, SHA: r.SHA,
		Success: r.Status == "success", StartedAt: at, FinishedAt: at,
	}, true
}

// InProduction reports whether an environment is one of production: by its tier, or by its name where it has none.
func InProduction(tier, environment string) bool {
	return tier == "production" || tier == "" && dora.IsProduction(environment)
}

// Release is what GitLab says of a release, by a webhook or by its API.
type Release struct {
	Tag, SHA                string
	ReleasedAt, CommittedAt time.Time
}

// maxTag is the longest tag by which a release is known, in bytes.
const maxTag = 255

// Deployment gives the release its meaning; false for one that is to come, or has no commit. Only its tag is in both
// answers, so by that it is known.
func (r Release) Deployment(repo int64, now time.Time) (dora.Deployment, bool) {
	if r.Tag == "" || len(r.Tag) > maxTag || !upload.IsSHA(r.SHA) || r.ReleasedAt.IsZero() || r.ReleasedAt.After(now) ||
		repo == 0 {
		return dora.Deployment{}, false
	}
	return dora.Deployment{
		ID: fmt.Sprintf("gitlab:release:%d:%s", repo, r.Tag), Forge: string(change.GitLab), RepoID: repo,
		Environment: "release", Production: true, Source: dora.ByRelease, SHA: r.SHA, Success: true,
		FinishedAt: r.ReleasedAt.UTC(), Upto: some(r.CommittedAt),
	}, true
}

// Issue is what GitLab says of an issue, by a webhook or by its API.
type Issue struct {
	ID                             int64
	Type                           string
	Labels                         []string
	Closed                         bool
	CreatedAt, UpdatedAt, ClosedAt time.Time
}

// Called reports whether it is called an incident: by its type, or by a label.
func (i Issue) Called() bool {
	return strings.EqualFold(i.Type, "incident") || dora.IsIncident(i.Labels)
}

// Incident gives the issue its meaning; false when it does not say what it is. One that is called so no more never was one.
func (i Issue) Incident(repo int64) (dora.Incident, bool) {
	if i.ID <= 0 || i.CreatedAt.IsZero() || repo == 0 {
		return dora.Incident{}, false
	}
	if i.ClosedAt.IsZero() && i.Closed {
		i.ClosedAt = i.UpdatedAt
	}
	return dora.Incident{
		ID: "gitlab:issue:" + strconv.FormatInt(i.ID, 10), Forge: string(change.GitLab), RepoID: repo, Source: "issue",
		OpenedAt: i.CreatedAt.UTC(), ResolvedAt: some(i.ClosedAt), Withdrawn: !i.Called(), ToldAt: i.UpdatedAt.UTC(),
	}, true
}

// readDeployment reads that a deployment ended.
// https://docs.gitlab.com/user/project/integrations/webhook_events/#deployment-events
func (d *Door) readDeployment(p payload, ev *change.Event) {
	kept(ev)
	ev.Action = clip(p.Status)
	// The short name alone is a field of its own.
	r := Run{ID: p.DeploymentID, Environment: p.Environment, Tier: p.Tier, Status: p.Status,
		SHA: p.CommitURL[strings.LastIndexByte(p.CommitURL, '/')+1:], EndedAt: p.StatusChangedAt.Time}
	if deployed, ok := r.Deployment(ev.Repository.ID); ok {
		ev.Deployments = append(ev.Deployments, deployed)
	}
}

// readRelease reads a release that is out: one for a day to come is none yet, and an edit tells of it again.
// https://docs.gitlab.com/user/project/integrations/webhook_events/#release-events
func (d *Door) readRelease(p payload, ev *change.Event) {
	kept(ev)
	ev.Action = clip(p.delivered.Action)
	if out := p.delivered.Action == "create" || p.delivered.Action == "update"; !out || p.Commit == nil {
		return
	}
	r := Release{Tag: p.Tag, SHA: p.Commit.ID, ReleasedAt: p.ReleasedAt.Time, CommittedAt: p.Commit.Timestamp.Time}
	if released, ok := r.Deployment(ev.Repository.ID, d.o.Now()); ok {
		ev.Deployments = append(ev.Deployments, released)
	}
}

// readIssue reads an incident, or that an issue is called one no more.
// https://docs.gitlab.com/user/project/integrations/webhook_events/#work-item-events
func (d *Door) readIssue(p payload, ev *change.Event) {
	kept(ev)
	a := p.Attributes
	var labels []label
	if json.Unmarshal(p.RawLabels, &labels) != nil {
		return
	}
	i := Issue{ID: a.ID, Type: a.Type, Labels: titles(labels), Closed: a.State == "closed" || a.Action == "close",
		CreatedAt: a.CreatedAt.Time, UpdatedAt: a.UpdatedAt.Time, ClosedAt: a.ClosedAt.Time}
	if incident, ok := i.Incident(ev.Repository.ID); ok && (i.Called() || wasIncident(p)) {
		ev.Incidents = append(ev.Incidents, incident)
	}
}

type label struct {
	Title string `json:"title"`
}

func titles(labels []label) (names []string) {
	for _, l := range labels {
		names = append(names, l.Title)
	}
	return names
}

// wasIncident reports whether an edit took away what made an issue an incident.
func wasIncident(p payload) bool {
	labels, _ := changed[[]label](p, "labels")
	return dora.IsIncident(titles(labels)) ||
		slices.ContainsFunc(
			[]string{"type", "issue_type", "work_item_type_id"},
			func(key string) bool { return p.Changes[key] != nil },
		)
}

// some is a time, nil for none.
func some(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}
