package signin

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/access"
	"github.com/lintel-review/lintel/internal/change"
)

// readFor is how long the forge's answer counts whether somebody can read a repository.
const readFor = 3 * time.Minute

// read returns the repository that a viewer asks for; none when there is none, when both forges have the name and the
// viewer says no forge, or when they may not read it.
func (d *Door) read(r *http.Request, id string, p access.Person, n need) (access.Repository, error) {
	none := access.Repository{}
	forge, repository, err := change.OnForge(n.forge, n.name, func(forge change.Forge) (change.Repository, error) {
		return d.o.Repositories.RepositoryNamed(r.Context(), forge, n.owner, n.name)
	})
	if _, both := errors.AsType[*change.Ambiguous](err); both || errors.Is(err, change.ErrNotFound) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	found := access.Repository{Forge: string(forge), ID: repository.ID}
	if p.Way == access.ByOIDC {
		if !d.o.Rules.Reads(p, repository.Owner+"/"+repository.Name) {
			return none, nil
		}
		return found, nil
	}
	token := d.tokens.of(hashed(id), d.o.Now())
	if d.o.Reader == nil || token == "" || forge != change.GitHub {
		return none, nil
	}
	key := readKey{hashed(id), repository.ID}
	if may, known := d.reading.of(key, d.o.Now()); known {
		return allowed(may, found), nil
	}
	now, err := d.o.Reader.CanRead(r.Context(), token, repository.Owner, repository.Name)
	if err != nil {
		return none, err
	}
	// By the id: another repository may have the name today.
	may := now == repository.ID
	d.reading.keep(key, may, d.o.Now())
	return allowed(may, found), nil
}

// readable are the repositories of which a viewer sees figures: by the rules for people of the OpenID provider, else those
// that the forge lists for them. A public one that it does not list has a page of its own, and no figures for them.
func (d *Door) readable(r *http.Request, id string, p access.Person) (map[access.Repository]bool, error) {
	all := map[access.Repository]bool{}
	if p.Way == access.ByOIDC {
		for _, forge := range []change.Forge{change.GitHub, change.GitLab} {
			known, err := d.o.Repositories.KnownRepositories(r.Context(), forge)
			if err != nil {
				return nil, err
			}
			for _, repository := range known {
				if d.o.Rules.Reads(p, repository.Owner+"/"+repository.Name) {
					all[access.Repository{Forge: string(forge), ID: repository.ID}] = true
				}
			}
		}
		return all, nil
	}
	token := d.tokens.of(hashed(id), d.o.Now())
	if d.o.Reader == nil || token == "" {
		return all, nil
	}
	ids, known := d.listing.of(hashed(id), d.o.Now())
	if !known {
		var err error
		if ids, err = d.o.Reader.Readable(r.Context(), token); err != nil {
			return nil, err
		}
		d.listing.keep(hashed(id), ids, d.o.Now())
	}
	for _, repository := range ids {
		all[access.Repository{Forge: string(change.GitHub), ID: repository}] = true
	}
	return all, nil
}

func allowed(may bool, found access.Repository) access.Repository {
	if may {
		return found
	}
	return access.Repository{}
}

// tokens are people's own tokens, by the hashes of their sessions. They are in memory alone: after a restart, a viewer
// signs in once more.
type tokens struct {
	mu  sync.Mutex
	all map[string]token
}

type token struct {
	text string
	ends time.Time
}

func (t *tokens) keep(session, text string, ends, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string]token{}
	}
	for s, x := range t.all {
		if !now.Before(x.ends) {
			delete(t.all, s)
		}
	}
	if text != "" {
		t.all[session] = token{text, ends}
	}
}

func (t *tokens) of(session string, now time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if x, ok := t.all[session]; ok && now.Before(x.ends) {
		return x.text
	}
	return ""
}

func (t *tokens) forget(session string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, session)
}

// reading is what the forge answered lately.
type reading struct {
	mu  sync.Mutex
	all map[readKey]answer
}

type readKey struct {
	session string
	repo    int64
}

type answer struct {
	may bool
	at  time.Time
}

func (m *reading) of(key readKey, now time.Time) (may, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.all[key]
	if age := now.Sub(a.at); !ok || age < 0 || age >= readFor {
		return false, false
	}
	return a.may, true
}

func (m *reading) keep(key readKey, may bool, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil || len(m.all) > 10_000 {
		m.all = map[readKey]answer{}
	}
	m.all[key] = answer{may, now}
}

// listing is what the forge listed lately, by the hashes of sessions.
type listing struct {
	mu  sync.Mutex
	all map[string]listed
}

type listed struct {
	ids []int64
	at  time.Time
}

func (l *listing) of(session string, now time.Time) (ids []int64, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x, ok := l.all[session]
	if age := now.Sub(x.at); !ok || age < 0 || age >= readFor {
		return nil, false
	}
	return x.ids, true
}

func (l *listing) keep(session string, ids []int64, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil || len(l.all) > 1000 {
		l.all = map[string]listed{}
	}
	l.all[session] = listed{ids, now}
}
