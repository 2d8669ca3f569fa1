package gitlab

import (
	"context"
	"errors"
	"fmt"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/organisation"
)

// errNoFile is a place where something else stands than a file, or a file that is larger than a group's may be.
var errNoFile = errors.New("it is no plain file of the size that is read")

// Repository reads what GitLab says of a project, its topics included. What is not there, or hidden, is *change.Gone.
func (f *Forge) Repository(ctx context.Context, _ int64, owner, name string) (change.Repository, error) {
	doing := "read project " + owner + "/" + name
	p, _, err := f.client.Projects.GetProject(owner+"/"+name, nil, within(ctx))
	if err != nil {
		return change.Repository{}, f.goneIfMissing(doing, err)
	}
	r, ok := repository(p)
	if !ok {
		return change.Repository{}, emptyAnswer(doing)
	}
	// GitLab has no custom properties for projects, so what targets ask of them is known, and holds for none.
	r.Traits.Properties = map[string][]string{}
	if r.Traits.Topics == nil {
		r.Traits.Topics = []string{}
	}
	return r, nil
}

// OrganisationFile reads a group's settings file: its project, the tip of the default branch, and the file there. The file
// is read by the project's number.
func (f *Forge) OrganisationFile(ctx context.Context, connection int64, owner, name, path string) (organisation.Found, error) {
	r, err := f.Repository(ctx, connection, owner, name)
	if err != nil {
		return organisation.Found{}, err
	}
	found := organisation.Found{Repository: r}
	where := owner + "/" + name
	at, err := f.tip(ctx, r.ID, r.DefaultBranch)
	if err != nil {
		return found, f.answer("read branch "+r.DefaultBranch+" of "+where, err)
	}
	if at == nil {
		return found, &change.Gone{What: where + " has no branch " + r.DefaultBranch}
	}
	found.Commit = at.Commit.ID
	rd := f.begin(change.Record{Ref: change.Ref{Key: change.Key{Forge: change.GitLab, RepoID: r.ID}, Connection: connection,
		Owner: r.Owner, Name: r.Name}})
	file, problem, err := rd.controlFile(ctx, found.Commit, controls.Place{Path: path, Fact: "settings", Max: controls.MaxSettings})
	if err == nil && problem != "" {
		err = errNoFile
	}
	if err != nil {
		return found, f.answer("read "+path+" of "+where+" at "+change.Short(found.Commit), err)
	}
	found.File = file
	return found, nil
}

// maxGroups bounds how many groups are above a project; GitLab lets twenty be.
const maxGroups = 20

// groups are the groups that the project is in, the nearest first, by the ids that no rename changes. The moment brings
// four of them; REST is asked for more, one call a group. https://docs.gitlab.com/api/groups/
func (rd *reading) groups(ctx context.Context) (ids []int64, err error) {
	p := rd.project
	if p.Namespace == nil || p.Namespace.Kind == "user" {
		return nil, nil
	}
	deep := strings.Count(p.PathWithNamespace, "/")
	if rd.graphed != nil {
		for g := rd.graphed.Group; g != nil && g.ID.number() != 0; g = g.Parent {
			ids = append(ids, g.ID.number())
		}
		if len(ids) >= deep {
			return ids, nil
		}
		now, err := rd.askedProject(ctx)
		if err != nil {
			return nil, err
		}
		if p = &now; p.Namespace == nil {
			return nil, emptyAnswer(fmt.Sprintf("read project %d", rd.r.RepoID))
		}
	}
	ids = []int64{p.Namespace.ID}
	withProjects := false
	//nolint:staticcheck // deprecated, and until it is gone GitLab lists all projects of the group without it
	bare := &gitlab.GetGroupOptions{WithProjects: &withProjects}
	for next := p.Namespace.ParentID; next != 0 && len(ids) < maxGroups; {
		ids = append(ids, next)
		if len(ids) >= deep {
			break
		}
		g, _, err := rd.client.Groups.GetGroup(next, bare, within(ctx))
		if isMissing(err) {
			break // whose projects Lintel sees is a group that it sees, so none of those above has a file
		}
		if err != nil {
			return nil, rd.answer(fmt.Sprintf("read group %d", next), err)
		}
		next = g.ParentID
	}
	return ids, nil
}

// proposedOrganisation reads the group's file that the change itself wants to replace.
func (rd *reading) proposedOrganisation(ctx context.Context) (err error) {
	place := controls.Place{Path: rd.o.OrganisationPath, Fact: "settings", Max: controls.MaxSettings}
	rd.s.ProposedOrganisation, err = rd.proposed(ctx, []controls.Place{place})
	if err == nil && rd.s.ProposedOrganisation == nil {
		rd.s.ProposedOrganisation = &change.File{Path: place.Path} // the change removes it
	}
	return err
}
