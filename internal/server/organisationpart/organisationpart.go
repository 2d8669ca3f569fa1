// Package organisationpart is the server's part for organisations' settings files: it reads them from the forges and lets
// their versions take effect.
//
// Callers may rely on: a forge that is not given, or that has no place for such files, has none.
package organisationpart

import (
	"context"
	"log/slog"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
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

// Organisations reads the organisations' settings files and lets them take effect.
type Organisations struct {
	part.Part
	organisationjobs.All
	// Targets acts on what changed of repositories, on all forges.
	Targets *organisationjobs.Targets
}

// New makes the part. The server's own file may be nil.
func New(log *slog.Logger, now func() time.Time, c config.Config, st *store.Store, forges map[change.Forge]organisationjobs.Forge,
	engine *policy.Engine, server *change.File) (p Organisations, err error) {
	p.Name, p.Targets = "organisation", organisationjobs.NewTargets(st, server, now)
	p.All = organisationjobs.All{}
	p.Sweeps = []queue.Sweep{{Name: "targets of organisation files", Every: 30 * time.Second, Run: p.Targets.Ask}}
	for name, repository := range map[change.Forge]string{
		change.GitHub: c.Organisation.Repository, change.GitLab: c.GitLab.SettingsProject,
	} {
		forge := forges[name]
		if repository == "" || forge == nil {
			continue
		}
		p.All[name], err = organisationjobs.New(organisationjobs.Options{
			Name:       name,
			Repository: repository,
			Path:       c.Organisation.Path,
			Forge:      forge,
			Store:      st,
			Check: func(name string, data []byte) (lines []string) {
				for _, problem := range settings.CheckOrganisation(name, data, engine.Configurable()) {
					lines = append(lines, problem.String())
				}
				return lines
			},
			Changed: organisations.ErrChanged,
			Log:     log,
			Now:     now,
		})
		if err != nil {
			return p, err
		}
	}
	if len(p.All) == 0 {
		return p, nil
	}
	p.Sweeps = append(p.Sweeps, []queue.Sweep{
		{Name: "organisation files", Every: 5 * time.Minute, AtStart: true, Run: p.Refresh},
		{Name: "organisation waves", Every: 30 * time.Second, Run: p.Advance},
	}...)
	p.Metrics = []metrics.Set{metrics.Organisations(func(ctx context.Context) (map[string]int, error) {
		var known []organisation.State
		for _, forge := range change.Forges() {
			all, err := st.Organisations(ctx, forge)
			if err != nil {
				return nil, err
			}
			known = append(known, all...)
		}
		return organisation.Words(known), nil
	})}
	return p, nil
}
