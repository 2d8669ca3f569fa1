package backfill

import (
	"errors"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/past"
)

// TestToldByWebhooksAlready: a forge whose pages date what happened by another clock than its webhooks brings nothing twice.
func TestToldByWebhooksAlready(t *testing.T) {
	rita, dev := flow.Actor{ID: 3}, flow.Actor{ID: 4}
	happened := func(kind flow.Kind, by flow.Actor, at time.Duration, d flow.Detail) flow.Event {
		e := flow.Event{
			Pull:   flow.Pull{Forge: "github", RepoID: 7, Number: 1},
			Kind:   kind,
			Actor:  by,
			At:     start.Add(at),
			Detail: d,
		}
		e.Key = flow.Key(e)
		return e
	}
	ready, asked := happened(flow.Ready, rita, 0, flow.Detail{}), happened(flow.ReviewRequested, rita, 0, flow.Detail{Reviewer: &rita})
	for name, c := range map[string]struct {
		known, page flow.Event
		kept        int
	}{
		"a second later": {ready, happened(flow.Ready, rita, time.Second, flow.Detail{}), 0},
		"much later":     {ready, happened(flow.Ready, rita, time.Hour, flow.Detail{}), 1},
		// The record drops it.
		"the same key":    {ready, ready, 1},
		"by another":      {ready, happened(flow.Ready, dev, time.Second, flow.Detail{}), 1},
		"of another kind": {ready, happened(flow.Drafted, rita, time.Second, flow.Detail{}), 1},
		"an approval": {
			happened(flow.Reviewed, dev, 0, flow.Detail{Review: 1}),
			happened(flow.Reviewed, dev, -time.Second, flow.Detail{Review: 2}), 0,
		},
		"another reviewer": {asked, happened(flow.ReviewRequested, rita, time.Second, flow.Detail{Reviewer: &dev}), 1},
		"a comment is one by its id": {
			happened(flow.Commented, dev, 0, flow.Detail{}),
			happened(flow.Commented, dev, time.Second, flow.Detail{}), 1,
		},
	} {
		for _, loose := range []bool{true, false} {
			r := newRig(t, 40)
			r.record.known = []flow.Event{c.known}
			r.answers = []func(past.Query) (past.Page, error){func(past.Query) (past.Page, error) {
				return past.Page{RepoID: 7, Events: []flow.Event{c.page}, Loose: loose}, nil
			}}
			if err := r.read(t); err != nil {
				t.Fatal(err)
			}
			if want := max(c.kept, map[bool]int{false: 1}[loose]); len(r.events) != want {
				t.Errorf("%s, loose %t: %d events are kept, want %d", name, loose, len(r.events), want)
			}
		}
	}
	r := newRig(t, 40)
	r.bookmark.Forge = change.GitLab
	if _, ok := errors.AsType[*job.GivenUp](r.reader.Read(t.Context(), change.GitLab, 7)); !ok {
		t.Error("the past of a forge that is not read is tried again and again")
	}
}
