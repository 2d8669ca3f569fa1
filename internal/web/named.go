package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/lintel-review/lintel/internal/change"
)

// names finds repositories by what people call them.
type names interface {
	// RepositoryNamed is change.ErrNotFound for a repository that nobody has heard of.
	RepositoryNamed(ctx context.Context, forge change.Forge, owner, name string) (change.Repository, error)
}

// asked is the repository that an address is about: ?repo=OWNER/NAME, with &forge= where both forges have the name; all
// of them for none. It answers itself when there is none such.
func (p *Pages) asked(w http.ResponseWriter, r *http.Request, in names) (on change.Forge, repo change.Repository, ok bool) {
	name := r.FormValue("repo")
	if name == "" {
		return "", repo, true
	}
	owner, short, _ := change.SplitName(name)
	on, repo, err := change.OnForge(change.Forge(r.FormValue("forge")), name, func(forge change.Forge) (change.Repository, error) {
		return in.RepositoryNamed(r.Context(), forge, owner, short)
	})
	both, ambiguous := errors.AsType[*change.Ambiguous](err)
	switch {
	case ambiguous:
		fail(w, r, http.StatusBadRequest, "Two repositories have this name",
			both.Error()+". Add forge=github or forge=gitlab to the address.")
	case errors.Is(err, change.ErrNotFound):
		notFound(w, r)
	case err != nil:
		p.trouble(w, r, err)
	default:
		return on, repo, true
	}
	return "", change.Repository{}, false
}
