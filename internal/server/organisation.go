package server

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/organisationjobs"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/server/part"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/organisations"
)

// organisationPart reads the organisations' settings files and lets them take effect.
type organisationPart struct {
	part.Part
	*organisationjobs.Jobs
	// Targets acts on what changed of repositories, on all forges.
	Targets *organisationjobs.Targets
}

func newOrganisation(o Options, c config.Organisation, st *store.Store, forge *github.Forge, engine *policy.Engine,
	server *change.File) (
	p organisationPart, err error) {
	p.Name, p.Targets = "organisation", organisationjobs.NewTargets(st, server, o.Now)
	p.Sweeps = []queue.Sweep{{Name: "targets of organisation files", Every: 30 * time.Second, Run: p.Targets.Ask}}
	if c.Repository == "" || forge == nil {
		return p, nil
	}
	p.Jobs, err = organisationjobs.New(organisationjobs.Options{
		Name:       change.GitHub,
		Repository: c.Repository,
		Path:       c.Path,
		Forge:      forge,
		Store:      st,
		Check: func(name string, data []byte) (lines []string) {
			for _, problem := range settings.CheckOrganisation(name, data, engine.Configurable()) {
				lines = append(lines, problem.String())
			}
			return lines
		},
		Changed: organisations.ErrChanged,
		Log:     o.Log,
		Now:     o.Now,
	})
	p.Sweeps = append(p.Sweeps, []queue.Sweep{
		{Name: "organisation files", Every: 5 * time.Minute, AtStart: true, Run: p.Refresh},
		{Name: "organisation waves", Every: 30 * time.Second, Run: p.Advance},
	}...)
	p.Metrics = []metrics.Set{metrics.Organisations(func(ctx context.Context) (map[string]int, error) {
		known, err := st.Organisations(ctx, change.GitHub)
		return organisation.Words(known), err
	})}
	return p, err
}
