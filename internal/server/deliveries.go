package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/intake"
	"github.com/lintel-review/lintel/internal/web/inbound"
)

// deliveriesPart takes webhooks in.
type deliveriesPart struct {
	part
	intake *intake.Intake
}

func newDeliveries(b *base) (deliveriesPart, error) {
	in, err := intake.New(intake.Options{
		Store:         b.store,
		Reads:         b.engine.ReadsFact,
		Unread:        b.unread,
		Forget:        b.forge.Forget,
		Observe:       func(event, outcome string) { b.metrics.deliveries.WithLabelValues(event, outcome).Inc() },
		App:           b.config.GitHub.AppID,
		Now:           b.now,
		AtOnce:        256,
		AsksPerMinute: 30,
	})
	if err != nil {
		return deliveriesPart{}, err
	}
	hooks, err := inbound.NewHooks(inbound.HookOptions{
		Decoder:         b.decoder,
		Unsigned:        func(err error) bool { return errors.Is(err, github.ErrSignature) },
		SignatureHeader: "X-Hub-Signature-256",
		Intake:          in,
		Log:             b.log,
		Observe:         func(outcome string) { b.metrics.hooks.WithLabelValues(outcome).Inc() },
	})
	if err != nil {
		return deliveriesPart{}, err
	}
	return deliveriesPart{intake: in, part: part{
		Name:   "deliveries",
		Routes: func(public, _ *http.ServeMux) { hooks.Route(public) },
	}}, nil
}

// exempting is the setting that makes rules read labels; without it those that name it among their options read none.
const exempting = "ownership.exempt_labels"

// unread reports whether the settings that a change was judged by last let no rule read any of these facts, so that an
// event about them alone costs no look. What is not known is read: a change without a verdict, one that is looked at,
// settings that are no longer kept. When new settings are pushed, every change is looked at anyway.
func (b *base) unread(ctx context.Context, key change.Key, facts []string) bool {
	if !slices.Equal(facts, []string{"labels"}) || !b.onlyExempting() {
		return false
	}
	body, err := b.store.JudgedBy(ctx, key)
	if err != nil {
		b.log.Warn("the settings of the last verdict cannot be read; the change is looked at", "change", key.String(), "error", err.Error())
		return false
	}
	var judged struct {
		Ownership *struct {
			ExemptLabels *[]string `json:"exempt_labels"`
		} `json:"ownership"`
	}
	if body == nil || json.Unmarshal(body, &judged) != nil || judged.Ownership == nil || judged.Ownership.ExemptLabels == nil {
		return false
	}
	return len(*judged.Ownership.ExemptLabels) == 0
}

// onlyExempting reports whether every rule that reads labels does so for the one setting.
func (b *base) onlyExempting() bool {
	for _, r := range b.engine.Rules() {
		if slices.Contains(r.Reads, "labels") && !slices.Contains(r.Options, exempting) {
			return false
		}
	}
	return true
}
