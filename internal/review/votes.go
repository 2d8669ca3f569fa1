package review

import (
	"context"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// maxVoters bounds how many people's permissions are read because of their thumbs after one look; the rest are read after
// the next.
const maxVoters = 5

// weighVotes reads what the people may do who gave a thumbs-down of which a delivery told: GitLab's does not say it, and it
// depends on that whether the vote counts. It runs when the gate is done, and what was read is recorded, so nobody is asked
// about twice. What cannot be read stays unknown until the next look.
func (v *Reviewer) weighVotes(ctx context.Context, r change.Record) error {
	if r.Group != nil || !r.HasInlineComments {
		return nil
	}
	votes, err := v.options.Drafts.Unweighed(ctx, r.Key)
	if err != nil || len(votes) == 0 {
		return err
	}
	a := delivery.Admission{Delivery: delivery.Delivery{Forge: r.Forge, Connection: r.Connection, RepoID: r.RepoID,
		ReceivedAt: v.options.Now()}, Outcome: delivery.Accepted}
	roles := map[string]change.Role{}
	for _, vote := range votes {
		login := strings.ToLower(vote.Actor)
		role, known := roles[login]
		if !known {
			if len(roles) == maxVoters {
				continue
			}
			role = change.RoleUnknown
			if write, err := v.options.People.Permission(ctx, r.Ref, vote.Actor); err == nil {
				role = change.RoleReader
				if write {
					role = change.RoleWriter
				}
			}
			roles[login] = role
		}
		if vote.Role = role; role != change.RoleUnknown {
			a.Feedback = append(a.Feedback, vote)
		}
	}
	if len(a.Feedback) == 0 {
		return nil
	}
	_, err = v.options.Store.Admit(ctx, a)
	return err
}
