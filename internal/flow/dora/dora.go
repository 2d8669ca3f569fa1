// Package dora computes the five metrics of DORA from deployments, incidents and changes. It does no I/O and reads
// no clock.
//
// Callers may rely on:
//   - a rate lies between 0 and 1: it counts deployments, never incidents;
//   - deployments of one service come from one source, the best that there is, and the report names it;
//   - a merge that stands for a deployment has no time of deployment, so it gives no lead time.
//
// https://dora.dev/guides/dora-metrics
package dora

import (
	"cmp"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Source is where a deployment is known from, the best first.
type Source string

// The sources. ByMerge is a proxy: a merge into the default branch.
const (
	ByStatus  Source = "deployment_status"
	ByAPI     Source = "api"
	ByRelease Source = "release"
	ByMerge   Source = "merge"
)

// Sources are all sources, the best first.
func Sources() []Source { return []Source{ByStatus, ByAPI, ByRelease, ByMerge} }

// Deployment is one run that brought a commit to an environment.
type Deployment struct {
	ID     string
	Forge  string
	RepoID int64
	// Service is what was deployed; empty for the whole repository.
	Service     string
	Environment string
	Production  bool
	Source      Source
	SHA         string
	// Success is false for a run that failed before it changed the environment. It counts nowhere.
	Success bool
	// Unplanned is what the team says: that it was made because of a failure, or not; nil when it says nothing.
	Unplanned             *bool
	StartedAt, FinishedAt time.Time
	// Upto is the time on the default branch of the newest commit that it brings, when that is known.
	Upto *time.Time
}

// Incident is a failure in production that people had to act on.
type Incident struct {
	ID, Forge, Service string
	RepoID             int64
	Source             string
	// Deployment is the id of the deployment that caused it, when somebody said so.
	Deployment string
	OpenedAt   time.Time
	ResolvedAt *time.Time
	// Withdrawn is true when it is called an incident no more: then it never was one.
	Withdrawn bool
	// ToldAt is when the forge said so; zero is now.
	ToldAt time.Time
}

// Brought is a change that a deployment brought.
type Brought struct {
	Number        int
	FirstCommitAt *time.Time
	// Reverts is the change that it takes back, Fix is true when a label calls it a fix of an incident.
	Reverts int
	Fix     bool
}

// Link is how a failure was linked to a deployment.
type Link string

// The links, the surest first.
const (
	Told       Link = "told"
	Reverted   Link = "reverted"
	RolledBack Link = "rolled_back"
	InTime     Link = "in_time"
)

// Judged is a deployment with what became of it.
type Judged struct {
	Deployment
	Brought []Brought
	// FailedBy is the surest sign that it failed; empty when it did not.
	FailedBy Link
	// ReworkBy says why it counts as rework: "told", "reverts", "fixes" or "rolled_back"; empty when it does not.
	ReworkBy    string
	RecoveredAt *time.Time
}

// Failed reports whether it needed somebody at once.
func (j Judged) Failed() bool { return j.FailedBy != "" }

var production = lazyregexp.New(`(?i)^(prod|production|live|prd)([-_ /.].*)?$`)

// IsProduction reports whether an environment is one of production by its name.
func IsProduction(environment string) bool { return production.MatchString(environment) }

// IsIncident reports whether the labels of an issue call it an incident.
func IsIncident(labels []string) bool {
	return slices.ContainsFunc(labels, func(l string) bool { return incident.MatchString(l) })
}

var incident = lazyregexp.New(`(?i)^(type[:/ ]+)?(incident|outage|sev-?[0-3])$`)

// blame is how long after a deployment an incident that names none is laid to it.
const blame = 24 * time.Hour

// Judge says what became of the deployments of one service. brought says what each brought.
func Judge(all []Deployment, incidents []Incident, brought func(Deployment) []Brought) []Judged {
	judged := chosen(all)
	for i := range judged {
		if brought != nil {
			judged[i].Brought = brought(judged[i].Deployment)
		}
	}
	taken := map[int]int{} // by change, which deployment brought it
	for i := range judged {
		for _, b := range judged[i].Brought {
			if culprit, known := taken[b.Reverts]; known && b.Reverts != 0 && culprit != i {
				judged[culprit].fail(Reverted, &judged[i].FinishedAt)
			}
		}
		for _, b := range judged[i].Brought {
			taken[b.Number] = i
		}
		if i > 0 && goesBack(judged[:i], judged[i]) {
			judged[i-1].fail(RolledBack, &judged[i].FinishedAt)
			judged[i].ReworkBy = "rolled_back"
		}
	}
	for _, incident := range incidents {
		if i, link := culprit(judged, incident); i >= 0 {
			judged[i].fail(link, incident.ResolvedAt)
		}
	}
	for i := range judged {
		judged[i].rework()
	}
	return judged
}

// chosen takes the successful deployments to production of the best source in order. The same commit again, with no
// other in between, is the same deployment: its first end counts.
func chosen(all []Deployment) []Judged {
	best := Best(all)
	var out []Judged
	sorted := sorting.Sorted(slices.Values(all), func(a, b Deployment) int {
		return cmp.Or(a.FinishedAt.Compare(b.FinishedAt), cmp.Compare(a.ID, b.ID))
	})
	for _, d := range sorted {
		if !d.counts() || d.Source != best {
			continue
		}
		if n := len(out); n > 0 && d.SHA != "" && out[n-1].SHA == d.SHA {
			continue
		}
		out = append(out, Judged{Deployment: d})
	}
	return out
}

func (d Deployment) counts() bool { return d.Success && d.Production && !d.FinishedAt.IsZero() }

// Best is the best source among deployments; ByMerge when there is none.
func Best(all []Deployment) Source {
	for _, s := range Sources() {
		if slices.ContainsFunc(all, func(d Deployment) bool { return d.Source == s && d.counts() }) {
			return s
		}
	}
	return ByMerge
}

// goesBack reports whether a deployment brings a commit that was there before and left since.
func goesBack(before []Judged, d Judged) bool {
	last := before[len(before)-1]
	if d.SHA == "" || d.SHA == last.SHA {
		return false
	}
	older := d.Upto != nil && last.Upto != nil && d.Upto.Before(*last.Upto)
	return older || slices.ContainsFunc(before, func(b Judged) bool { return b.SHA == d.SHA })
}

// fail notes a sign of a failure. The surest one stays; the recovery is the last one that is known of it, and not known
// while anything of it goes on.
func (j *Judged) fail(link Link, recovered *time.Time) {
	order := []Link{Told, Reverted, RolledBack, InTime}
	if j.FailedBy != "" && slices.Index(order, j.FailedBy) < slices.Index(order, link) {
		return
	}
	same := j.FailedBy == link
	j.FailedBy = link
	switch {
	case recovered != nil && recovered.Before(j.FinishedAt):
		j.RecoveredAt = nil
	case !same:
		j.RecoveredAt = recovered
	case recovered == nil || j.RecoveredAt != nil && recovered.After(*j.RecoveredAt):
		j.RecoveredAt = recovered
	}
}

// culprit is the deployment that an incident is laid to: the one that somebody named, else the last one before it, if
// that was not long ago.
func culprit(judged []Judged, incident Incident) (int, Link) {
	if incident.Deployment != "" {
		i := slices.IndexFunc(judged, func(j Judged) bool { return j.ID == incident.Deployment })
		return i, Told
	}
	for i := len(judged) - 1; i >= 0; i-- {
		if !judged[i].FinishedAt.After(incident.OpenedAt) {
			if incident.OpenedAt.Sub(judged[i].FinishedAt) > blame {
				return -1, ""
			}
			return i, InTime
		}
	}
	return -1, ""
}

func (j *Judged) rework() {
	if j.Unplanned != nil {
		j.ReworkBy = ""
		if *j.Unplanned {
			j.ReworkBy = "told"
		}
		return
	}
	if j.ReworkBy != "" || len(j.Brought) == 0 {
		return
	}
	other := func(b Brought) bool { return b.Reverts == 0 && !b.Fix }
	switch {
	case slices.ContainsFunc(j.Brought, other):
	case slices.ContainsFunc(j.Brought, func(b Brought) bool { return b.Fix }):
		j.ReworkBy = "fixes"
	default:
		j.ReworkBy = "reverts"
	}
}
