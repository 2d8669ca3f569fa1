package recovery

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// atOnce bounds how many changes one sweep asks for.
const atOnce = 500

// RetryLost asks again for changes that have waited without a job since before a time: the job was given up after many
// tries, or lost with the queue.
func (rc *Recovery) RetryLost(ctx context.Context, before time.Time) error {
	records, err := rc.store.Lost(ctx, before, atOnce)
	if err != nil || len(records) == 0 {
		return err
	}
	a := rc.request()
	for _, r := range records {
		ref := r.Ref
		a.Requests = append(a.Requests,
			delivery.ReviewRequest{Ref: &ref, Group: r.Group, Lane: delivery.Backfill, Why: "waited without a job"})
	}
	_, err = rc.store.Admit(ctx, a)
	return err
}

// WakeWaiting asks for a look at each head that has waited for reports of CI for half of its time, or for all of it: no
// event may ever come again. The request is stored before the head is no longer due, so a process that is killed
// between the two asks twice.
func (rc *Recovery) WakeWaiting(ctx context.Context) error {
	now := rc.now()
	records, err := rc.store.Due(ctx, now, atOnce)
	if err != nil || len(records) == 0 {
		return err
	}
	a := rc.request()
	for _, r := range records {
		ref := r.Ref
		a.Requests = append(a.Requests,
			delivery.ReviewRequest{Ref: &ref, Lane: delivery.Interactive, Why: "the time to wait for reports of CI goes by"})
	}
	if _, err := rc.store.Admit(ctx, a); err != nil {
		return err
	}
	for _, r := range records {
		if err := rc.store.Told(ctx, r.Key, now); err != nil {
			return err
		}
	}
	return nil
}

// Rejudge asks for a look at every open change of all forges when the gate or the policies differ from those of the last
// start.
// Without it an old verdict would stand until something happens to its change.
func (rc *Recovery) Rejudge(ctx context.Context, gate, policies string) error {
	now := gate + " " + policies
	before, err := rc.store.Mark(ctx, judgedBy)
	if err != nil || before == now {
		return err
	}
	a := rc.request()
	for _, forge := range change.Forges() {
		connections, err := rc.store.Connections(ctx, forge)
		if err != nil {
			return err
		}
		for _, id := range connections {
			a.Requests = append(a.Requests, delivery.ReviewRequest{
				All:        true,
				Forge:      forge,
				Connection: id,
				Lane:       delivery.Backfill,
				Pace:       paceEach,
				Why:        "the gate or the policies are not those of the last start",
			})
		}
	}
	if len(a.Requests) > 0 && before != "" {
		receipt, err := rc.store.Admit(ctx, a)
		if err != nil {
			return err
		}
		rc.log.InfoContext(ctx,
			"the gate or the policies changed since the last start; open changes are looked at again", "gate", gate,
			"changes", len(receipt.Changes))
	}
	return rc.store.SetMark(ctx, judgedBy, now)
}

// StandIn notes that verdicts are of two kinds while this process judges for one with newer policies that is gone:
// whichever of the two judges for good afterwards looks again at all.
func (rc *Recovery) StandIn(ctx context.Context, gate, policies string) error {
	return rc.store.SetMark(ctx, judgedBy, "in place of others: "+gate+" "+policies)
}

// judgedBy is the mark of what judged last.
const judgedBy = "judged-by"
