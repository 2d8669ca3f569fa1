package github

import (
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
	case name == "issues" && p.Issue != nil && p.Issue.Pull == nil && p.Issue.ID > 0 && !p.Issue.CreatedAt.IsZero():
		var labels []string
		for _, l := range p.Issue.Labels {
			labels = append(labels, l.Name)
		}
		// An issue that leaves the repository takes its labels along.
		is := dora.IsIncident(labels) && p.Action != "deleted" && p.Action != "transferred"
		if !is && p.Action != "unlabeled" && p.Action != "deleted" && p.Action != "transferred" {
			return
		}
		if p.Action == "unlabeled" && p.Label != nil && !dora.IsIncident([]string{p.Label.Name}) {
			return
		}
		ev.Incidents = append(ev.Incidents, dora.Incident{
			ID:         string(change.GitHub) + ":issue:" + strconv.FormatInt(p.Issue.ID, 10),
			Forge:      string(change.GitHub),
			RepoID:     p.Repository.ID,
			Source:     "issue",
			OpenedAt:   p.Issue.CreatedAt.UTC(),
			ResolvedAt: some(p.Issue.ClosedAt.Time),
			Withdrawn:  !is,
			ToldAt:     p.Issue.UpdatedAt.UTC(),
		})
	}
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
