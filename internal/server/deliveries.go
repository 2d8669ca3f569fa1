package server

import (
	"errors"
	"net/http"
	"slices"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/metrics"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// deliveriesPart receives webhooks.
type deliveriesPart struct {
	part
	intake *intake.Intake
}

func newDeliveries(
	o Options, c config.GitHub, st *store.Store, forges forge.Set, decoder *github.Decoder, engine *policy.Engine,
	files organisationPart, m *metrics.Metrics,
) (deliveriesPart, error) {
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
	if files.Jobs != nil {
		needs.Organisation = files.Is
	}
	if labelsOnlyExempt(engine) {
		needs.Unread = intake.UnreadLabels(st, o.Log)
	}
	in, err := intake.New(needs)
	if err != nil {
		return deliveriesPart{}, err
	}
	hooks, err := inbound.NewHooks(inbound.HookOptions{
		Decoder:         decoder,
		Unsigned:        func(err error) bool { return errors.Is(err, github.ErrSignature) },
		SignatureHeader: "X-Hub-Signature-256",
		Intake:          in,
		Log:             o.Log,
		Observe:         m.Hook,
	})
	if err != nil {
		return deliveriesPart{}, err
	}
	return deliveriesPart{intake: in, part: part{
		Name:   "deliveries",
		Routes: func(public, _ *http.ServeMux) { hooks.Route(public) },
	}}, nil
}

// labelsOnlyExempt reports whether every rule that reads labels does so for the setting ownership.exempt_labels alone.
func labelsOnlyExempt(engine *policy.Engine) bool {
	for _, r := range engine.Rules() {
		if slices.Contains(r.Reads, "labels") && !slices.Contains(r.Options, "ownership.exempt_labels") {
			return false
		}
	}
	return true
}
