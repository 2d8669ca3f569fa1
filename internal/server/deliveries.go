package server

import (
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/server/organisationpart"
	"github.com/lintel-review/lintel/internal/store"
)

// newIntake decides what webhooks ask for, of all forges.
func newIntake(
	o Options, c config.GitHub, st *store.Store, forges forge.Set, engine *policy.Engine,
	files organisationpart.Organisations, m *metrics.Metrics,
) (*intake.Intake, error) {
	needs := intake.Options{
		Store:         st,
		Reads:         engine.ReadsFact,
		Forget:        forges.Forget,
		Observe:       m.Delivery,
		App:           c.AppID,
		Now:           o.Now,
		AtOnce:        256,
		AsksPerMinute: 30,
	}
	if len(files.All) > 0 {
		needs.Organisation = files.Is
	}
	if engine.ReadsOnlyFor("labels", "ownership.exempt_labels") {
		needs.Unread = intake.UnreadLabels(st, o.Log)
	}
	return intake.New(needs)
}
