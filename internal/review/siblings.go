package review

import (
	"context"
	"fmt"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/plan"
)

// unjudgedSiblings lists the open changes with the same commit that have no verdict on it in our record.
func unjudgedSiblings(snap change.Snapshot, st plan.Standing) []change.Sibling {
	judged := map[int]bool{}
	for _, p := range st.Peers {
		judged[p.Record.Number] = p.Verdict != nil
	}
	var out []change.Sibling
	for _, s := range snap.Siblings {
		if !judged[s.Number] {
			out = append(out, s)
		}
	}
	return out
}

// requestLooks requests looks at changes that share the commit and were not judged yet.
func (v *Reviewer) requestLooks(ctx context.Context, r change.Record, siblings []change.Sibling) error {
	if len(siblings) == 0 {
		return nil
	}
	a := delivery.Admission{Delivery: delivery.Delivery{Forge: r.Forge, ReceivedAt: v.options.Now()}, Outcome: delivery.Accepted}
	for _, s := range siblings {
		ref := change.Ref{
			Key:        change.Key{Forge: r.Forge, RepoID: r.RepoID, Number: s.Number},
			Owner:      r.Owner,
			Name:       r.Name,
			Connection: r.Connection,
		}
		a.Requests = append(a.Requests,
			delivery.ReviewRequest{
				Ref:  &ref,
				Head: change.Rev{SHA: r.Head.SHA},
				Base: s.Base,
				Lane: delivery.Interactive,
				Why:  fmt.Sprintf("shares its commit with #%d", r.Number),
			})
	}
	_, err := v.options.Store.Admit(ctx, a)
	return err
}
