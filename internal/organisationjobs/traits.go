package organisationjobs

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/organisation"
)

// atOnce bounds how many repositories one sweep asks about.
const atOnce = 20

// learn asks the forge what targets go by, of repositories of which no event has told it. Without such targets it asks
// nothing. The changes of a repository that is known now are looked at again.
func (j *Jobs) learn(ctx context.Context, st organisation.State) error {
	needs, err := j.needsTraits(ctx, st)
	if err != nil || !needs {
		return err
	}
	all, err := j.o.Store.OwnedBy(ctx, j.o.Name, st.OwnerID)
	if err != nil {
		return err
	}
	a := j.admission()
	asked := 0
	for _, r := range all {
		if r.Traits != nil && r.Traits.Topics != nil && r.Traits.Properties != nil {
			continue
		}
		if asked++; asked > atOnce {
			break
		}
		now, err := j.o.Forge.Repository(ctx, r.Connection, r.Owner, r.Name)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			j.o.Log.WarnContext(ctx, "what targets go by could not be read of a repository; their floors hold",
				"repository", r.Owner+"/"+r.Name,
				"error", err.Error())
			if _, limited := errors.AsType[*change.Limited](err); limited {
				break
			}
			continue
		}
		if now.ID != r.ID {
			continue
		}
		a.Seen = append(a.Seen, delivery.Seen{Forge: j.o.Name, Connection: r.Connection, Repository: now})
		a.Requests = append(a.Requests, delivery.ReviewRequest{
			Forge:      j.o.Name,
			RepoID:     r.ID,
			Connection: r.Connection,
			Repo:       true,
			Lane:       delivery.Backfill,
			Pace:       pace,
			Why:        "what targets of " + st.Place + " go by is known now",
		})
	}
	if len(a.Seen) == 0 {
		return nil
	}
	_, err = j.o.Store.Admit(ctx, a)
	return err
}

// goesBy finds targets that go by more than a name.
var goesBy = lazyregexp.New(`(?m)\b(topics|properties|visibility)["']?\s*:`)

func (j *Jobs) needsTraits(ctx context.Context, st organisation.State) (bool, error) {
	for _, v := range []*organisation.Version{st.InForce, st.Next} {
		if v == nil || v.Blob == "" {
			continue
		}
		body, err := j.o.Store.OrganisationFile(ctx, j.o.Name, st.OwnerID, v.Blob)
		if err != nil || goesBy.Match(body) {
			return err == nil, err
		}
	}
	return false, nil
}
