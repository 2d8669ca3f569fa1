package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/past"
	"github.com/lintel-review/lintel/internal/sorting"
)

// The lists that tell of production, in the order in which they are read. A place in one is its name and the number of a
// page, and of incidents also a label.
const (
	pastDeployments = "deployments"
	pastReleases    = "releases"
	pastIncidents   = "incidents"
)

const (
	// maxPastPages is how many pages of one list are read: GitHub gives no more than 10,000 of its items.
	maxPastPages = 100
	// maxLabels is how many pages of labels are looked at for those that call an issue an incident.
	maxLabels = 20
)

// PastProduction reads one page of a repository's deployments, releases or incidents, with the ids and meanings that
// webhooks give them. A list that GitHub does not show to the App is named and passed over.
func (f *Forge) PastProduction(ctx context.Context, q past.ProductionQuery) (past.ProductionPage, error) {
	rd := productionReading{Forge: f, q: q}
	list, n, label, err := placeOf(q.After)
	if err != nil {
		return past.ProductionPage{}, err
	}
	var more bool
	switch list {
	case pastDeployments:
		more, err = rd.deployments(ctx, n)
	case pastReleases:
		more, err = rd.releases(ctx, n)
	default:
		label, more, err = rd.incidents(ctx, n, label)
	}
	if hidden(err) {
		rd.page.Missing, more, err = list, false, nil
		label = ""
	}
	if err != nil {
		return rd.page, err
	}
	switch {
	case more && n < maxPastPages:
		rd.page.Next = strings.TrimSpace(fmt.Sprint(list, " ", n+1, " ", label))
	case list == pastDeployments:
		rd.page.Next = pastReleases + " 1"
	case list == pastReleases:
		rd.page.Next = pastIncidents + " 1"
	case label != "":
		rd.page.Next, err = rd.labelAfter(ctx, label)
	}
	return rd.page, err
}

// placeOf reads a place in the lists. An unknown one is as a lost cursor.
func placeOf(after string) (list string, n int, label string, err error) {
	if after == "" {
		return pastDeployments, 1, "", nil
	}
	parts := strings.SplitN(after, " ", 3)
	known := slices.Contains([]string{pastDeployments, pastReleases, pastIncidents}, parts[0]) && len(parts) > 1
	if known {
		n, err = strconv.Atoi(parts[1])
	}
	if !known || err != nil || n < 1 {
		return "", 0, "", fmt.Errorf("read the past of production at %q: %w", after, past.ErrCursor)
	}
	if len(parts) == 3 {
		label = parts[2]
	}
	return parts[0], n, label, nil
}

// hidden reports whether GitHub does not show a list to the App, or has it switched off.
func hidden(err error) bool {
	if _, refused := errors.AsType[*change.Refused](err); refused {
		return true
	}
	_, unread := errors.AsType[*change.Unread](err)
	return unread && isMissing(err)
}

// productionReading is the reading of one page.
type productionReading struct {
	*Forge
	q    past.ProductionQuery
	page past.ProductionPage
}

// get reads one page of a list, by the repository's id: its name may be another's meanwhile. It reports whether there is more.
func (rd *productionReading) get(ctx context.Context, list string, n int, query url.Values, into any) (more bool, err error) {
	query.Set("per_page", strconv.Itoa(page))
	query.Set("page", strconv.Itoa(n))
	client := rd.installation(rd.q.Connection)
	req, err := client.NewRequest(http.MethodGet, fmt.Sprintf("repositories/%d/%s?%s", rd.q.RepoID, list, query.Encode()), nil)
	if err != nil {
		return false, fmt.Errorf("make request for %s: %w", list, err)
	}
	rd.page.Calls++
	resp, err := client.Do(ctx, req, into)
	if err != nil {
		return false, rd.answer("list "+list, err)
	}
	rd.spent(past.Budget{Limit: resp.Rate.Limit, Remaining: resp.Rate.Remaining, Reset: resp.Rate.Reset.Time}, 1)
	return resp.NextPage > n, nil
}

// spent notes what is left of a limit. GitHub counts REST and GraphQL apart: the one of which less is left counts.
func (rd *productionReading) spent(b past.Budget, points int) {
	rd.page.Points += points
	old := rd.page.Budget
	if b.Limit > 0 && (old.Limit == 0 || b.Remaining*old.Limit < old.Remaining*b.Limit) {
		rd.page.Budget = b
	}
}

// deployments reads a page of deployments, and the ends of those that are young enough. The newest come first.
func (rd *productionReading) deployments(ctx context.Context, n int) (more bool, err error) {
	var all []struct {
		deployment
		NodeID string `json:"node_id"`
	}
	if more, err = rd.get(ctx, pastDeployments, n, url.Values{}, &all); err != nil {
		return false, err
	}
	byNode, ids := map[string]deployment{}, []string{}
	for _, d := range all {
		if d.NodeID == "" {
			return false, emptyAnswer("list deployments")
		}
		if d.CreatedAt.Before(rd.q.Since) {
			more = false
			continue
		}
		byNode[d.NodeID] = d.deployment
		ids = append(ids, d.NodeID)
	}
	if len(ids) == 0 {
		return more, nil
	}
	var data struct {
		Nodes []*struct {
			ID       string                         `json:"id"`
			Statuses pastList[pastDeploymentStatus] `json:"statuses"`
		} `json:"nodes"`
	}
	ask := pastReading{Forge: rd.Forge, q: past.Query{Connection: rd.q.Connection}}
	err = ask.ask(ctx, pastDeploymentsQuery, map[string]any{"ids": ids}, &data)
	rd.page.Calls += ask.page.Calls
	rd.spent(ask.page.Budget, ask.page.Points)
	if err != nil {
		return false, err
	}
	for _, node := range data.Nodes {
		if node == nil {
			return false, emptyAnswer("read how deployments ended")
		}
		for _, s := range node.Statuses.Nodes {
			if d, ok := deployed(byNode[node.ID], s.status()); ok {
				d.Forge, d.RepoID = string(change.GitHub), rd.q.RepoID
				rd.page.Deployments = append(rd.page.Deployments, d)
			}
		}
	}
	// In the order in which webhooks told of them: what a run ended as is what it was told last to be.
	sorting.StableBy(rd.page.Deployments, func(a, b dora.Deployment) int { return a.FinishedAt.Compare(b.FinishedAt) })
	return more, nil
}

// releases reads a page of releases. Their order is not that of their publication, so all pages are read.
func (rd *productionReading) releases(ctx context.Context, n int) (more bool, err error) {
	var all []release
	if more, err = rd.get(ctx, pastReleases, n, url.Values{}, &all); err != nil || len(all) == 0 {
		return false, err
	}
	branch, err := rd.defaultBranch(ctx)
	if err != nil {
		return false, err
	}
	for _, r := range all {
		if d, ok := released(r, branch); ok && !d.FinishedAt.Before(rd.q.Since) {
			d.Forge, d.RepoID = string(change.GitHub), rd.q.RepoID
			rd.page.Deployments = append(rd.page.Deployments, d)
		}
	}
	sorting.StableBy(rd.page.Deployments, func(a, b dora.Deployment) int { return a.FinishedAt.Compare(b.FinishedAt) })
	return more, nil
}

func (rd *productionReading) defaultBranch(ctx context.Context) (string, error) {
	rd.page.Calls++
	r, resp, err := rd.installation(rd.q.Connection).Repositories.GetByID(ctx, rd.q.RepoID)
	if err != nil {
		return "", rd.answer("read repository", err)
	}
	rd.spent(past.Budget{Limit: resp.Rate.Limit, Remaining: resp.Rate.Remaining, Reset: resp.Rate.Reset.Time}, 1)
	return r.GetDefaultBranch(), nil
}

// incidents reads a page of the issues of one label that calls them incidents; of the first such label when none is named.
func (rd *productionReading) incidents(ctx context.Context, n int, label string) (read string, more bool, err error) {
	if label == "" {
		next, err := rd.labelAfter(ctx, "")
		if err != nil || next == "" {
			return "", false, err
		}
		if _, _, label, err = placeOf(next); err != nil {
			return "", false, err
		}
	}
	var all []issue
	query := url.Values{"labels": {label}, "state": {"all"}, "sort": {"updated"}, "direction": {"desc"}}
	if !rd.q.Since.IsZero() {
		query.Set("since", rd.q.Since.UTC().Format(time.RFC3339))
	}
	if more, err = rd.get(ctx, "issues", n, query, &all); err != nil {
		return label, false, err
	}
	for i := range all {
		if incident, ok := incidentOf(&all[i], rd.q.RepoID, false); ok {
			rd.page.Incidents = append(rd.page.Incidents, incident)
		}
	}
	return label, more, nil
}

// labelAfter is the place of the first page of the next label that calls an issue an incident; empty when there is none.
func (rd *productionReading) labelAfter(ctx context.Context, last string) (string, error) {
	var names []string
	more := true
	for n := 1; more && n <= maxLabels; n++ {
		var labels []struct {
			Name string `json:"name"`
		}
		var err error
		if more, err = rd.get(ctx, "labels", n, url.Values{}, &labels); err != nil {
			return "", err
		}
		for _, l := range labels {
			if dora.IsIncident([]string{l.Name}) {
				names = append(names, l.Name)
			}
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if name > last {
			return pastIncidents + " 1 " + name, nil
		}
	}
	return "", nil
}
