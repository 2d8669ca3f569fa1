package organisationjobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/organisation"
)

// Forge reads an organisation's file, and what a connection can see.
type Forge interface {
	OrganisationFile(ctx context.Context, connection int64, owner, name, path string) (organisation.Found, error)
	Repositories(ctx context.Context, connection int64) ([]change.Repository, error)
	Repository(ctx context.Context, connection int64, owner, name string) (change.Repository, error)
}

// states is the record of organisations.
type states interface {
	Organisations(ctx context.Context, forge change.Forge) ([]organisation.State, error)
	SaveOrganisation(ctx context.Context, st organisation.State, entries ...audit.Entry) error
	KeepOrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string, body []byte) error
	OrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string) ([]byte, error)
}

// repositories is the record of repositories and of the verdicts on their changes.
type repositories interface {
	OrganisationHomes(ctx context.Context, forge change.Forge, name string) ([]drift.Repository, error)
	OwnedBy(ctx context.Context, forge change.Forge, owner int64) ([]drift.Repository, error)
	Refused(ctx context.Context, forge change.Forge, owner, after int64, counts func(repo int64) bool) (organisation.Share, int64, error)
}

// Store is the record.
type Store interface {
	states
	repositories
	Admit(ctx context.Context, a delivery.Admission) (delivery.Receipt, error)
}

// Options are what Jobs need. Every field is needed.
type Options struct {
	// Name is the forge; Repository and Path are where each organisation's file stands.
	Name             change.Forge
	Repository, Path string
	Forge            Forge
	Store            Store
	// Check finds what is wrong with a file of a name.
	Check func(name string, data []byte) []string
	// Changed tells the error of a save that came second.
	Changed error
	Log     *slog.Logger
	Now     func() time.Time
}

// Jobs is safe for concurrent use.
type Jobs struct{ o Options }

// New checks that nothing is missing. It reads nothing.
func New(o Options) (*Jobs, error) {
	if o.Name == "" || o.Repository == "" || o.Path == "" || o.Forge == nil || o.Store == nil || o.Check == nil || o.Changed == nil ||
		o.Log == nil || o.Now == nil {
		return nil, errors.New("make the jobs of organisations: something is missing")
	}
	return &Jobs{o}, nil
}

// Is reports whether a file of a repository is an organisation's file.
func (j *Jobs) Is(r change.Repository, path string) bool {
	return strings.EqualFold(r.Name, j.o.Repository) && path == j.o.Path
}

// Refresh reads the files of all organisations.
func (j *Jobs) Refresh(ctx context.Context) error { return j.refresh(ctx, 0) }

// Scan reads the file of a repository, when it is one that holds an organisation's file.
func (j *Jobs) Scan(ctx context.Context, s delivery.Scan) error {
	if s.RepoID == 0 {
		return nil
	}
	return j.refresh(ctx, s.RepoID)
}

func (j *Jobs) refresh(ctx context.Context, only int64) error {
	homes, err := j.o.Store.OrganisationHomes(ctx, j.o.Name, j.o.Repository)
	if err != nil {
		return err
	}
	var failed error
	seen := map[int64]bool{}
	for i := range homes {
		if homes[i].OwnerID != 0 {
			continue
		}
		if homes[i].OwnerID, err = j.owner(ctx, homes[i]); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	homes = slices.DeleteFunc(homes, func(home drift.Repository) bool { return home.OwnerID == 0 })
	for _, home := range homes {
		owner := home.OwnerID
		if only == 0 || only == home.ID {
			owner, err = j.read(ctx, home)
			failed = errors.Join(failed, err)
		}
		seen[owner] = true
	}
	if only != 0 {
		return failed
	}
	all, err := j.o.Store.Organisations(ctx, j.o.Name)
	if err != nil {
		return errors.Join(failed, err)
	}
	for _, st := range all {
		if !seen[st.OwnerID] {
			failed = errors.Join(failed, j.update(ctx, st.OwnerID, func(st *organisation.State) []audit.Entry {
				st.Cannot("Lintel no longer sees the repository "+j.o.Repository+" of "+st.Login, false, j.o.Now())
				st.Doubt(false)
				return nil
			}))
			continue
		}
		failed = errors.Join(failed, j.learn(ctx, st))
	}
	return failed
}

// owner asks the forge whose a repository is, and notes it; 0 when it is not there.
func (j *Jobs) owner(ctx context.Context, home drift.Repository) (int64, error) {
	now, err := j.o.Forge.Repository(ctx, home.Connection, home.Owner, home.Name)
	if _, gone := errors.AsType[*change.Gone](err); gone || err == nil && now.ID != home.ID {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	a := j.admission()
	a.Seen = []delivery.Seen{{Forge: j.o.Name, Connection: home.Connection, Repository: now}}
	_, err = j.o.Store.Admit(ctx, a)
	return now.OwnerID, err
}

// read reads one organisation's file and takes what it finds. It returns whose the file is.
func (j *Jobs) read(ctx context.Context, home drift.Repository) (owner int64, err error) {
	found, err := j.find(ctx, home)
	cannot := func(note func(*organisation.State)) error {
		return j.update(ctx, home.OwnerID, func(st *organisation.State) []audit.Entry {
			st.Login, st.Place = orElse(st.Login, home.Owner), orElse(st.Place, j.place(home.Owner))
			note(st)
			return nil
		})
	}
	if limited, ok := errors.AsType[*change.Limited](err); ok {
		j.o.Log.InfoContext(ctx, "an organisation's file waits for the rate limit", "organisation", home.Owner,
			"until", limited.Until)
		return home.OwnerID, cannot(func(st *organisation.State) { st.Doubt(true) })
	}
	if err != nil {
		if ctx.Err() != nil {
			return home.OwnerID, ctx.Err()
		}
		j.o.Log.WarnContext(ctx, "an organisation's file could not be read; what is in force stays", "organisation",
			home.Owner, "error", err.Error())
		var gone *change.Gone
		var refused *change.Refused
		why, mayPass, there := err.Error(), true, true
		switch {
		case errors.As(err, &gone):
			why, mayPass, there = gone.What, false, false
		case errors.As(err, &refused):
			why, mayPass = refused.What, false
		}
		return home.OwnerID, cannot(func(st *organisation.State) {
			st.Cannot(why, mayPass, j.o.Now())
			st.Doubt(there)
		})
	}
	owner = home.OwnerID
	if now := found.Repository; now.OwnerID != 0 && now.OwnerID != owner {
		// It is in another group by now, and speaks for that one.
		owner = now.OwnerID
		a := j.admission()
		a.Seen = []delivery.Seen{{Forge: j.o.Name, Connection: home.Connection, Repository: now}}
		if _, err := j.o.Store.Admit(ctx, a); err != nil {
			return owner, err
		}
	}
	return owner, j.take(ctx, owner, found)
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// place is what people know the file by.
func (j *Jobs) place(owner string) string { return owner + "/" + j.o.Repository + ":" + j.o.Path }

// find reads the file. Where the repository is gone, it may have another name now: the connection's list tells.
func (j *Jobs) find(ctx context.Context, home drift.Repository) (organisation.Found, error) {
	found, err := j.o.Forge.OrganisationFile(ctx, home.Connection, home.Owner, home.Name, j.o.Path)
	if err == nil && found.Repository.ID == home.ID {
		return found, nil
	}
	if _, gone := errors.AsType[*change.Gone](err); err != nil && !gone {
		return found, err
	}
	listed, lerr := j.o.Forge.Repositories(ctx, home.Connection)
	if lerr != nil {
		return found, lerr
	}
	a := j.admission()
	for _, r := range listed {
		a.Seen = append(a.Seen, delivery.Seen{Forge: j.o.Name, Connection: home.Connection, Repository: r})
	}
	if _, aerr := j.o.Store.Admit(ctx, a); aerr != nil {
		return found, aerr
	}
	for _, r := range listed {
		if r.OwnerID == home.OwnerID && strings.EqualFold(r.Name, j.o.Repository) && (r.Owner != home.Owner || r.ID != home.ID) {
			return j.o.Forge.OrganisationFile(ctx, home.Connection, r.Owner, r.Name, j.o.Path)
		}
	}
	if err == nil {
		err = &change.Gone{What: fmt.Sprintf("%s/%s is now another repository", home.Owner, home.Name)}
	}
	return found, err
}

// take gives what was read to the state, and asks for looks where another version holds now.
func (j *Jobs) take(ctx context.Context, owner int64, found organisation.Found) error {
	r := organisation.Reading{
		Login:  found.Repository.Owner,
		Place:  j.place(found.Repository.Owner),
		Commit: found.Commit,
		At:     j.o.Now(),
	}
	if f := found.File; f != nil {
		r.Blob, r.Problems, r.Waves = f.Blob, j.o.Check(r.Place, f.Content), wavesOf(r.Place, f.Content)
		if err := j.o.Store.KeepOrganisationFile(ctx, j.o.Name, owner, f.Blob, f.Content); err != nil {
			return err
		}
		if len(r.Problems) > 0 {
			j.o.Log.ErrorContext(ctx, "an organisation's file is not valid; the last valid version holds", "file",
				r.Place, "commit", r.Commit,
				"problems", strings.Join(r.Problems, "\n"))
		}
	}
	var err error
	if r.Before, r.Newest, err = j.o.Store.Refused(ctx, j.o.Name, owner, 0, func(int64) bool { return true }); err != nil {
		return err
	}
	return j.update(ctx, owner, func(st *organisation.State) []audit.Entry { return st.Read(r) })
}
