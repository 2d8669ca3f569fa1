// Package organisationjobs reads organisations' settings files from the forge, lets their versions take effect, and gives
// each look what holds above its repository.
//
// Callers may rely on: a look asks the record alone, never the forge; what is in force stays in force until a newer valid
// version was read whole; looks at the changes that a version affects are asked for after it is saved, and again when a
// process dies between the two.
package organisationjobs

import (
	"context"
	"sync"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/organisation"
)

// Record is what is remembered of organisations' files.
type Record interface {
	Above(ctx context.Context, forge change.Forge, repo int64, groups []int64) (organisation.State, change.Traits, error)
	NoteAbove(ctx context.Context, forge change.Forge, repo int64, groups []int64) error
	OrganisationFile(ctx context.Context, forge change.Forge, owner int64, blob string) ([]byte, error)
}

// Above gives what holds above a repository. It is safe for concurrent use.
type Above struct {
	record Record
	server *change.File
	mu     sync.Mutex
	bodies map[string][]byte
}

// NewAbove makes an Above. The server's own file may be nil.
func NewAbove(record Record, server *change.File) *Above {
	return &Above{record: record, server: server, bodies: map[string][]byte{}}
}

// Of returns what holds above the repository of a change; nil when nothing does. It is *change.Unread while there may be a
// file of which no version was ever read, since nothing could be judged by what it asks for.
func (a *Above) Of(ctx context.Context, r change.Ref) (*change.Organisation, error) {
	return a.of(ctx, r, nil, true)
}

// Within is Of for a project in groups, the nearest first, as the forge says at this moment. They are noted.
func (a *Above) Within(ctx context.Context, r change.Ref, groups []int64) (*change.Organisation, error) {
	if groups == nil {
		groups = []int64{} // it is in none
	}
	if err := a.record.NoteAbove(ctx, r.Forge, r.RepoID, groups); err != nil {
		return nil, err
	}
	return a.of(ctx, r, groups, true)
}

// Known is Of by what was read, whatever could not be.
func (a *Above) Known(ctx context.Context, r change.Ref) (*change.Organisation, error) {
	return a.of(ctx, r, nil, false)
}

func (a *Above) of(ctx context.Context, r change.Ref, groups []int64, whole bool) (*change.Organisation, error) {
	st, traits, err := a.record.Above(ctx, r.Forge, r.RepoID, groups)
	if err != nil {
		return nil, err
	}
	if whole && st.Unknown {
		return nil, &change.Unread{What: st.Place + " could not be read yet", Remedy: "it may hold a floor for " + r.Owner + "/" + r.Name +
			"; let Lintel read that repository, or remove it; it is read every five minutes"}
	}
	traits.Name = r.Owner + "/" + r.Name
	o := &change.Organisation{Server: a.server, Traits: st.Traits(traits), Notes: st.Notes()}
	if v := st.For(r.RepoID); v != nil && v.Blob != "" {
		body, err := a.body(ctx, st, v.Blob)
		if err != nil {
			return nil, err
		}
		o.Own = &change.File{Path: st.Place, Blob: v.Blob, Size: int64(len(body)), Content: body}
	}
	if o.Server == nil && o.Own == nil && len(o.Notes) == 0 {
		return nil, nil
	}
	return o, nil
}

// maxBodies bounds how many texts are kept in memory.
const maxBodies = 64

func (a *Above) body(ctx context.Context, st organisation.State, blob string) ([]byte, error) {
	a.mu.Lock()
	body, ok := a.bodies[blob]
	a.mu.Unlock()
	if ok {
		return body, nil
	}
	body, err := a.record.OrganisationFile(ctx, st.Forge, st.OwnerID, blob)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.bodies) >= maxBodies {
		clear(a.bodies)
	}
	a.bodies[blob] = body
	return body, nil
}
