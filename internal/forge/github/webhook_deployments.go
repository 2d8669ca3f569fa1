package github

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/upload"
)

type deployment struct {
	ID         int64     `json:"id"`
	SHA        string    `json:"sha"`
	Production bool      `json:"production_environment"`
	CreatedAt  timestamp `json:"created_at"`
	// Environment is where it goes.
	Environment string `json:"environment"`
}

type deploymentStatus struct {
	State       string    `json:"state"`
	Environment string    `json:"environment"`
	CreatedAt   timestamp `json:"created_at"`
}

type release struct {
	ID     int64  `json:"id"`
	Target string `json:"target_commitish"`
	Draft  bool   `json:"draft"`
	Early  bool   `json:"prerelease"`
	// CreatedAt is the date of its commit, not of the release.
	CreatedAt   timestamp `json:"created_at"`
	PublishedAt timestamp `json:"published_at"`
}

type issue struct {
	Number    int              `json:"number"`
	State     string           `json:"state"`
	Pull      *json.RawMessage `json:"pull_request"`
	ID        int64            `json:"id"`
	CreatedAt timestamp        `json:"created_at"`
	ClosedAt  timestamp        `json:"closed_at"`
	UpdatedAt timestamp        `json:"updated_at"`
	Labels    []label          `json:"labels"`
}

// readDelivered is for events that only figures gain by.
func readDelivered(p payload, ev *change.Event) error {
	ignore(ev, "it is kept for the figures of deployments")
	return nil
}

// readDeployments tells what a delivery says of production.
func readDeployments(name string, p payload, ev *change.Event) {
	if p.Repository == nil || p.Repository.ID <= 0 {
		return
	}
	switch {
	case name == "deployment_status" && p.Deployment != nil && p.DeploymentStatus != nil:
		if d, ok := deployed(*p.Deployment, *p.DeploymentStatus); ok {
			d.Forge, d.RepoID = string(change.GitHub), p.Repository.ID
			ev.Deployments = append(ev.Deployments, d)
		}
	case name == "release" && p.Release != nil:
		if d, ok := released(*p.Release, p.Repository.DefaultBranch); ok {
			d.Forge, d.RepoID = string(change.GitHub), p.Repository.ID
			ev.Deployments = append(ev.Deployments, d)
		}
	case name == "issues" && p.Issue != nil:
		// An issue that leaves the repository takes its labels along.
		left := p.Action == "deleted" || p.Action == "transferred"
		if p.Action == "unlabeled" && p.Label != nil && !dora.IsIncident([]string{p.Label.Name}) {
			return
		}
		i, ok := incidentOf(p.Issue, p.Repository.ID, left)
		if ok && (!i.Withdrawn || left || p.Action == "unlabeled") {
			ev.Incidents = append(ev.Incidents, i)
		}
	}
}

// incidentOf is what an issue tells of an incident: that there is one, or that it is called so no more. It is false for a
// pull request.
func incidentOf(i *issue, repo int64, left bool) (dora.Incident, bool) {
	if i.Pull != nil || i.ID <= 0 || i.CreatedAt.IsZero() {
		return dora.Incident{}, false
	}
	var labels []string
	for _, l := range i.Labels {
		labels = append(labels, l.Name)
	}
	return dora.Incident{
		ID:         string(change.GitHub) + ":issue:" + strconv.FormatInt(i.ID, 10),
		Forge:      string(change.GitHub),
		RepoID:     repo,
		Source:     "issue",
		OpenedAt:   i.CreatedAt.UTC(),
		ResolvedAt: some(i.ClosedAt.Time),
		Withdrawn:  left || !dora.IsIncident(labels),
		ToldAt:     i.UpdatedAt.UTC(),
	}, true
}

// some is a time, nil for none.
func some(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}

// deployed is a run that came to an end.
func deployed(d deployment, s deploymentStatus) (dora.Deployment, bool) {
	ended := s.State == "success" || s.State == "failure" || s.State == "error"
	if !ended || d.ID <= 0 || s.CreatedAt.IsZero() {
		return dora.Deployment{}, false
	}
	environment := s.Environment
	if environment == "" {
		environment = d.Environment
	}
	return dora.Deployment{
		ID:          string(change.GitHub) + ":deployment:" + strconv.FormatInt(d.ID, 10),
		Environment: environment,
		Production:  d.Production || dora.IsProduction(environment),
		Source:      dora.ByStatus,
		SHA:         d.SHA,
		Success:     s.State == "success",
		StartedAt:   d.CreatedAt.UTC(),
		FinishedAt:  s.CreatedAt.UTC(),
	}, true
}

// released is a release of the default branch that everybody gets.
func released(r release, branch string) (dora.Deployment, bool) {
	known := r.Target == branch || upload.IsSHA(r.Target)
	if r.ID <= 0 || r.Draft || r.Early || !known || r.PublishedAt.IsZero() || r.CreatedAt.IsZero() {
		return dora.Deployment{}, false
	}
	d := dora.Deployment{
		ID:          string(change.GitHub) + ":release:" + strconv.FormatInt(r.ID, 10),
		Environment: "release",
		Production:  true,
		Source:      dora.ByRelease,
		Success:     true,
		FinishedAt:  r.PublishedAt.UTC(),
		Upto:        some(r.CreatedAt.Time),
	}
	if r.Target != branch {
		d.SHA = r.Target
	}
	return d, true
}
