package organisationjobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/organisation"
	"github.com/lintel-review/lintel/internal/settings"
)

const (
	// pace lies between two changes of a repository, and between two repositories, beyond the first twenty.
	pace     = 2 * time.Second
	paceFree = 20
	// tries bounds how often a save that came second is decided again.
	tries = 5
)

func wavesOf(name string, data []byte) settings.Waves { return settings.WavesOf(name, data) }

// admission is an empty admission of our own, which no delivery asked for.
func (j *Jobs) admission() delivery.Admission {
	return delivery.Admission{Delivery: delivery.Delivery{Forge: j.o.Name, ReceivedAt: j.o.Now()}, Outcome: delivery.Accepted}
}

// Advance lets the waves of all organisations go on, and asks for the looks that somebody's rollback makes necessary.
func (j *Jobs) Advance(ctx context.Context) error {
	all, err := j.o.Store.Organisations(ctx, j.o.Name)
	if err != nil {
		return err
	}
	var failed error
	for _, st := range all {
		var since organisation.Share
		if st.Next != nil {
			holds := func(repo int64) bool { return st.For(repo) == st.Next }
			if since, _, err = j.o.Store.Refused(ctx, j.o.Name, st.OwnerID, st.After, holds); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
		}
		failed = errors.Join(failed, j.update(ctx, st.OwnerID, func(st *organisation.State) []audit.Entry {
			_, entries := st.Advance(j.o.Now(), since)
			return entries
		}))
	}
	return failed
}

// update changes the state of an owner's file, saves it when it is another one, and asks for the looks that follow.
func (j *Jobs) update(ctx context.Context, owner int64, change func(st *organisation.State) []audit.Entry) error {
	for range tries {
		st, err := j.state(ctx, owner)
		if err != nil {
			return err
		}
		before, err := json.Marshal(st)
		if err != nil {
			return fmt.Errorf("encode state of organisation %d: %w", owner, err)
		}
		entries := change(&st)
		after, err := json.Marshal(st)
		if err != nil {
			return fmt.Errorf("encode state of organisation %d: %w", owner, err)
		}
		if string(before) != string(after) {
			err = j.o.Store.SaveOrganisation(ctx, st, entries...)
			if errors.Is(err, j.o.Changed) {
				continue
			}
			if err != nil {
				return err
			}
			st.Revision++
			for _, e := range entries {
				j.o.Log.InfoContext(ctx, "an organisation's settings", "what", string(e.Act), "organisation",
					st.Login, "commit", e.SHA,
					"reached", e.Detail["reached"], "why", e.Detail["why"])
			}
		}
		return j.ask(ctx, st)
	}
	return fmt.Errorf("save state of organisation %d: %w", owner, j.o.Changed)
}

func (j *Jobs) state(ctx context.Context, owner int64) (organisation.State, error) {
	all, err := j.o.Store.Organisations(ctx, j.o.Name)
	for _, st := range all {
		if st.OwnerID == owner {
			return st, err
		}
	}
	return organisation.State{Forge: j.o.Name, OwnerID: owner}, err
}

// ask asks for looks at the open changes of the repositories for which another version holds than before. What is asked
// for is stored before it is forgotten that it had to be.
func (j *Jobs) ask(ctx context.Context, st organisation.State) error {
	if st.AskTo <= st.AskFrom {
		return nil
	}
	all, err := j.o.Store.OwnedBy(ctx, j.o.Name, st.OwnerID)
	if err != nil {
		return err
	}
	a := j.admission()
	for _, r := range all {
		if at := organisation.Position(r.ID); at < st.AskFrom || at >= st.AskTo {
			continue
		}
		a.Requests = append(a.Requests, delivery.ReviewRequest{
			Forge:      j.o.Name,
			RepoID:     r.ID,
			Connection: r.Connection,
			Repo:       true,
			Lane:       delivery.Backfill,
			After:      time.Duration(max(0, len(a.Requests)-paceFree)) * pace,
			Pace:       pace,
			Why:        "another version of " + st.Place + " holds",
		})
	}
	if _, err := j.o.Store.Admit(ctx, a); err != nil {
		return err
	}
	st.AskFrom, st.AskTo = 0, 0
	if err := j.o.Store.SaveOrganisation(ctx, st); err != nil && !errors.Is(err, j.o.Changed) {
		return err // changed meanwhile: the next round asks again
	}
	return nil
}
