package gitlab

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/forge/gitlab/hook"
	"github.com/lintel-review/lintel/internal/past"
	"github.com/lintel-review/lintel/internal/sorting"
)

// The lists that tell of production, in the order in which they are read. A place in one is its name, the number of a page,
// and the environment or the label whose items it holds.
const (
	pastDeployments = "deployments"
	pastReleases    = "releases"
	pastIncidents   = "incidents"
)

const (
	// maxPastPages is how many pages of one list are read, and maxPastNames how many of those that name its parts: a hundred
	// items each. GitLab numbers no pages beyond 50,000 items.
	maxPastPages = 100
	maxPastNames = 20
)

// PastProduction reads one page of a project's deployments to production, releases or incidents, with the ids and meanings
// that webhooks give them. A list that GitLab does not show to Lintel's user is named and passed over. What went to an
// environment that is deleted went with it.
func (f *Forge) PastProduction(ctx context.Context, q past.ProductionQuery) (past.ProductionPage, error) {
	rd := productionReading{Forge: f, q: q}
	at, err := pastPlaceOf(q.After)
	if err != nil {
		return rd.page, err
	}
	if at.list == pastDeployments && at.name == "" {
		at.name, err = rd.environmentAfter(ctx, "")
	}
	var more bool
	if err == nil {
		more, err = rd.read(ctx, at)
	}
	switch {
	case isMissing(err) || status(err) == http.StatusForbidden:
		rd.miss(at.list)
		rd.page.Next = at.rest()
	case err != nil:
		return rd.page, rd.answer("list "+at.list, err)
	case more && at.page < maxPastPages:
		at.page++
		rd.page.Next = at.String()
	default:
		if rd.page.Next, err = rd.after(ctx, at); err != nil {
			return rd.page, rd.answer("list what names "+at.list, err)
		}
	}
	return rd.page, nil
}

// pastPlace is a place in the lists.
type pastPlace struct {
	list string
	page int
	// name is of the environment or the label; of incidents, none is those of the type. It may hold blanks.
	name string
}

func (at pastPlace) String() string {
	if at.name == "" {
		return fmt.Sprintf("%s %d", at.list, at.page)
	}
	return fmt.Sprintf("%s %d %s", at.list, at.page, at.name)
}

// rest is the place of the next list; empty after the last one.
func (at pastPlace) rest() string {
	switch at.list {
	case pastDeployments:
		return pastPlace{list: pastReleases, page: 1}.String()
	case pastReleases:
		return pastPlace{list: pastIncidents, page: 1}.String()
	}
	return ""
}

// pastPlaceOf reads a place. An unknown one is as a lost cursor.
func pastPlaceOf(after string) (pastPlace, error) {
	if after == "" {
		return pastPlace{list: pastDeployments, page: 1}, nil
	}
	parts := append(strings.SplitN(after, " ", 3), "", "")
	n, err := strconv.Atoi(parts[1])
	if !slices.Contains([]string{pastDeployments, pastReleases, pastIncidents}, parts[0]) || err != nil || n < 1 {
		return pastPlace{}, fmt.Errorf("read the past of production at %q: %w", after, past.ErrCursor)
	}
	return pastPlace{list: parts[0], page: n, name: parts[2]}, nil
}

// productionReading is the reading of one page.
type productionReading struct {
	*Forge
	q    past.ProductionQuery
	page past.ProductionPage
}

func (rd *productionReading) miss(what string) {
	if rd.page.Missing != "" {
		what = rd.page.Missing + ", " + what
	}
	rd.page.Missing = what
}

// spent takes in what a call cost.
func (rd *productionReading) spent(resp *gitlab.Response) {
	rd.page.Calls++
	rd.page.Points++
	if resp != nil {
		if b := budgetOf(resp); b.Limit > 0 {
			rd.page.Budget = b
		}
	}
}

// read reads the page at a place. It reports whether there is another one of the same list.
func (rd *productionReading) read(ctx context.Context, at pastPlace) (more bool, err error) {
	var resp *gitlab.Response
	switch {
	case at.list == pastReleases:
		resp, err = rd.releases(ctx, at)
	case at.list == pastIncidents:
		resp, err = rd.incidents(ctx, at)
	case at.name != "":
		resp, err = rd.deployments(ctx, at)
	default:
		return false, nil // no environment is one of production
	}
	rd.spent(resp)
	// In the order in which webhooks told of them.
	sorting.StableBy(
		rd.page.Deployments,
		func(a, b dora.Deployment) int { return a.FinishedAt.Compare(b.FinishedAt) },
	)
	return err == nil && resp.NextPage > int64(at.page), err
}

func (at pastPlace) options() gitlab.ListOptions {
	return gitlab.ListOptions{PerPage: 100, Page: int64(at.page)}
}

// since is how far back to read; nil for the beginning.
func (rd *productionReading) since() *time.Time {
	if rd.q.Since.IsZero() {
		return nil
	}
	return new(rd.q.Since.UTC())
}

// deployments reads a page of the deployments to an environment, those that changed last first: a deployment that is
// still under way is none.
// https://docs.gitlab.com/api/deployments/#list-project-deployments
func (rd *productionReading) deployments(ctx context.Context, at pastPlace) (*gitlab.Response, error) {
	list, resp, err := rd.client.Deployments.ListProjectDeployments(rd.q.RepoID, &gitlab.ListProjectDeploymentsOptions{
		ListOptions: at.options(), OrderBy: new("updated_at"), Sort: new("desc"), Environment: &at.name, UpdatedAfter: rd.since()},
		within(ctx))
	for _, d := range list {
		if d.Environment == nil || d.Environment.Name != at.name {
			continue
		}
		// A deployment without a job, which somebody told GitLab of, has no end of its own.
		run := hook.Run{ID: d.ID, Environment: at.name, Tier: "production", Status: d.Status, SHA: d.SHA,
			EndedAt: when(cmp.Or(d.Deployable.FinishedAt, d.UpdatedAt))}
		if kept, ok := run.Deployment(rd.q.RepoID); ok && !kept.FinishedAt.Before(rd.q.Since) {
			rd.page.Deployments = append(rd.page.Deployments, kept)
		}
	}
	return resp, err
}

// releases reads a page of releases, the newest first.
// https://docs.gitlab.com/api/releases/#list-releases
func (rd *productionReading) releases(ctx context.Context, at pastPlace) (*gitlab.Response, error) {
	list, resp, err := rd.client.Releases.ListReleases(
		rd.q.RepoID,
		&gitlab.ListReleasesOptions{
			ListOptions: at.options(),
			OrderBy:     new("released_at"),
			Sort:        new("desc"),
		},
		within(ctx),
	)
	for _, r := range list {
		release := hook.Release{
			Tag:         r.TagName,
			SHA:         r.Commit.ID,
			ReleasedAt:  when(r.ReleasedAt),
			CommittedAt: when(r.Commit.CommittedDate),
		}
		kept, ok := release.Deployment(rd.q.RepoID, rd.o.Now())
		switch {
		case !ok:
		case kept.FinishedAt.Before(rd.q.Since):
			resp.NextPage = 0
		default:
			rd.page.Deployments = append(rd.page.Deployments, kept)
		}
	}
	return resp, err
}

// incidents reads a page of the issues that are incidents by their type, or by the label.
// https://docs.gitlab.com/api/issues/#list-project-issues
func (rd *productionReading) incidents(ctx context.Context, at pastPlace) (*gitlab.Response, error) {
	o := &gitlab.ListProjectIssuesOptions{
		ListOptions:  at.options(),
		Scope:        new("all"),
		OrderBy:      new("updated_at"),
		Sort:         new("desc"),
		UpdatedAfter: rd.since(),
	}
	if at.name == "" {
		o.IssueType = new("incident")
	} else {
		o.Labels = &gitlab.LabelOptions{at.name}
	}
	list, resp, err := rd.client.Issues.ListProjectIssues(rd.q.RepoID, o, within(ctx))
	for _, i := range list {
		issue := hook.Issue{ID: i.ID, Labels: i.Labels, Closed: i.State == "closed",
			CreatedAt: when(i.CreatedAt), UpdatedAt: when(i.UpdatedAt), ClosedAt: when(i.ClosedAt)}
		if i.IssueType != nil {
			issue.Type = *i.IssueType
		}
		if kept, ok := issue.Incident(rd.q.RepoID); ok && issue.Called() {
			rd.page.Incidents = append(rd.page.Incidents, kept)
		}
	}
	return resp, err
}

// after is the place behind the last page of a part of a list.
func (rd *productionReading) after(ctx context.Context, at pastPlace) (string, error) {
	name := ""
	var err error
	switch {
	case at.list == pastDeployments && at.name != "":
		name, err = rd.environmentAfter(ctx, at.name)
	case at.list == pastIncidents:
		name, err = rd.labelAfter(ctx, at.name)
	}
	if err != nil || name == "" {
		return at.rest(), err
	}
	return pastPlace{list: at.list, page: 1, name: name}.String(), nil
}

// environmentAfter is the next environment of production by name; empty after the last one.
// https://docs.gitlab.com/api/environments/#list-environments
func (rd *productionReading) environmentAfter(ctx context.Context, last string) (string, error) {
	return pastNameAfter(
		rd,
		last,
		"environments",
		func(o gitlab.ListOptions) (names []string, resp *gitlab.Response, err error) {
			list, resp, err := rd.client.Environments.ListEnvironments(
				rd.q.RepoID,
				&gitlab.ListEnvironmentsOptions{ListOptions: o},
				within(ctx),
			)
			for _, e := range list {
				if hook.InProduction(e.Tier, e.Name) {
					names = append(names, e.Name)
				}
			}
			return names, resp, err
		},
	)
}

// labelAfter is the next label that calls an issue an incident; empty after the last one.
func (rd *productionReading) labelAfter(ctx context.Context, last string) (string, error) {
	return pastNameAfter(
		rd,
		last,
		"labels",
		func(o gitlab.ListOptions) (names []string, resp *gitlab.Response, err error) {
			list, resp, err := rd.client.Labels.ListLabels(
				rd.q.RepoID,
				&gitlab.ListLabelsOptions{ListOptions: o},
				within(ctx),
			)
			for _, l := range list {
				if dora.IsIncident([]string{l.Name}) {
					names = append(names, l.Name)
				}
			}
			return names, resp, err
		},
	)
}

// pastNameAfter is the least of the names in all pages that comes after another.
func pastNameAfter(
	rd *productionReading,
	last, what string,
	ask func(gitlab.ListOptions) ([]string, *gitlab.Response, error),
) (found string, err error) {
	for n := int64(1); ; n++ {
		names, resp, err := ask(gitlab.ListOptions{PerPage: 100, Page: n})
		rd.spent(resp)
		if err != nil {
			return "", err
		}
		for _, name := range names {
			if name > last && (found == "" || name < found) {
				found = name
			}
		}
		if resp.NextPage <= n {
			return found, nil
		}
		if n == maxPastNames {
			if last == "" {
				rd.miss(what + " beyond the first 2,000")
			}
			return found, nil
		}
	}
}
