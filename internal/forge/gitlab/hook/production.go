package hook

import (
	"encoding/json"
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

	ReleaseID  int64     `json:"id"`
	ReleasedAt timestamp `json:"released_at"`
	Action     string    `json:"action"`
	Commit     *struct {
		ID        string    `json:"id"`
		Timestamp timestamp `json:"timestamp"`
	} `json:"commit"`
}

// kept is the reason for events that only figures gain by.
func kept(ev *change.Event) { ignore(ev, "it is kept for the figures of deployments") }

// readDeployment reads that a deployment ended. A tier says that an environment is of production, and its name where
// nobody gave one.
// https://docs.gitlab.com/user/project/integrations/webhook_events/#deployment-events
func (d *Door) readDeployment(p payload, ev *change.Event) {
	kept(ev)
	ev.Action = clip(p.Status)
	ended := p.Status == "success" || p.Status == "failed"
	if !ended || p.DeploymentID <= 0 || p.StatusChangedAt.IsZero() || ev.Repository.ID == 0 {
		return
	}
	// The short name alone is a field of its own.
	sha := p.CommitURL[strings.LastIndexByte(p.CommitURL, '/')+1:]
	if !upload.IsSHA(sha) {
		sha = ""
	}
	at := p.StatusChangedAt.UTC()
	ev.Deployments = append(ev.Deployments, dora.Deployment{
		ID: "gitlab:deployment:" + strconv.FormatInt(
			p.DeploymentID,
			10,
		), Forge: string(change.GitLab), RepoID: ev.Repository.ID,
		Environment: p.Environment, Production: p.Tier == "production" || p.Tier == "" && dora.IsProduction(p.Environment),
		Source: dora.ByStatus, SHA: sha, Success: p.Status == "success", StartedAt: at, FinishedAt: at,
	})
}

// readRelease reads a release that is out: one for a day to come is none yet, and an edit tells of it again.
// https://docs.gitlab.com/user/project/integrations/webhook_events/#release-events
func (d *Door) readRelease(p payload, ev *change.Event) {
	kept(ev)
	ev.Action = clip(p.delivered.Action)
	out := p.delivered.Action == "create" || p.delivered.Action == "update"
	if !out || p.ReleaseID <= 0 || p.Commit == nil || !upload.IsSHA(p.Commit.ID) || p.ReleasedAt.IsZero() ||
		p.ReleasedAt.After(d.o.Now()) || ev.Repository.ID == 0 {
		return
	}
	ev.Deployments = append(ev.Deployments, dora.Deployment{
		ID: "gitlab:release:" + strconv.FormatInt(
			p.ReleaseID,
			10,
		), Forge: string(change.GitLab), RepoID: ev.Repository.ID,
		Environment: "release", Production: true, Source: dora.ByRelease, SHA: p.Commit.ID, Success: true,
		FinishedAt: p.ReleasedAt.UTC(), Upto: some(p.Commit.Timestamp.Time),
	})
}

// readIssue reads an incident: an issue of that type, or one whose label says so. One that is called so no more never was one.
// https://docs.gitlab.com/user/project/integrations/webhook_events/#work-item-events
func (d *Door) readIssue(p payload, ev *change.Event) {
	kept(ev)
	a := p.Attributes
	var labels []label
	if json.Unmarshal(p.RawLabels, &labels) != nil || a.ID <= 0 || a.CreatedAt.IsZero() || ev.Repository.ID == 0 {
		return
	}
	is := incident(a.Type, labels)
	if !is && !wasIncident(p) {
		return
	}
	closed := a.ClosedAt.Time
	if closed.IsZero() && (a.State == "closed" || a.Action == "close") {
		closed = a.UpdatedAt.Time
	}
	ev.Incidents = append(ev.Incidents, dora.Incident{
		ID: "gitlab:issue:" + strconv.FormatInt(
			a.ID,
			10,
		), Forge: string(change.GitLab), RepoID: ev.Repository.ID, Source: "issue",
		OpenedAt: a.CreatedAt.UTC(), ResolvedAt: some(closed), Withdrawn: !is, ToldAt: a.UpdatedAt.UTC(),
	})
}

type label struct {
	Title string `json:"title"`
}

func incident(kind string, labels []label) bool {
	var names []string
	for _, l := range labels {
		names = append(names, l.Title)
	}
	return strings.EqualFold(kind, "incident") || dora.IsIncident(names)
}

// wasIncident reports whether an edit took away what made an issue an incident.
func wasIncident(p payload) bool {
	labels, _ := changed[[]label](p, "labels")
	return incident("", labels) ||
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
