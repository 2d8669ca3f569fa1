package gitlab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/past"
)

// maxPastMore bounds the further pages of one merge request: 5,000 items of each of its lists.
const maxPastMore = 50

// pastQuery reads a page of merge requests, those that changed last first. Its names are of GitLab 15.0 or older.
const pastQuery = `query LintelPast($path: ID!, $first: Int!, $items: Int!, $after: String) {
  project(fullPath: $path) {
    id repository { rootRef }
    mergeRequests(sort: UPDATED_DESC, first: $first, after: $after) {
      count pageInfo { hasNextPage endCursor }
      nodes {
        iid state draft description createdAt updatedAt mergedAt sourceBranch targetBranch sourceProjectId targetProjectId
        diffHeadSha mergeCommitSha squashOnMerge diffStatsSummary { additions deletions fileCount }
        author { id username } mergeUser { id username }
        labels(first: 100) { nodes { title } }
        reviewers(first: 100) { nodes { id username } }
        notes(first: $items) { ...notes }
        commits(first: $items) { ...commits }
      }
    }
  }
}` + pastLists

// pastMoreQuery reads a further page of the lists of one merge request.
const pastMoreQuery = `query LintelPastMore($path: ID!, $iid: String!, $items: Int!, $notes: String, $commits: String,
  $moreNotes: Boolean!, $moreCommits: Boolean!) {
  project(fullPath: $path) {
    mergeRequest(iid: $iid) {
      notes(first: $items, after: $notes) @include(if: $moreNotes) { ...notes }
      commits(first: $items, after: $commits) @include(if: $moreCommits) { ...commits }
    }
  }
}` + pastLists

const pastLists = `
fragment notes on NoteConnection {
  nodes { id system body createdAt author { id username } position { positionType } } pageInfo { hasNextPage endCursor }
}
fragment commits on CommitConnection {
  nodes { sha title authoredDate author { id username } } pageInfo { hasNextPage endCursor }
}`

// pastRequest is what pastQuery says of a merge request.
type pastRequest struct {
	IID, State, Description          string
	Draft, SquashOnMerge             bool
	CreatedAt, UpdatedAt             time.Time
	MergedAt                         *time.Time
	SourceBranch, TargetBranch       string
	SourceProjectID, TargetProjectID int64
	DiffHeadSHA, MergeCommitSHA      string
	DiffStatsSummary                 *struct{ Additions, Deletions, FileCount int }
	Author, MergeUser                *graphUser
	Labels                           list[struct{ Title string }]
	Reviewers                        list[graphUser]
	Notes                            pastList[pastNote]
	Commits                          pastList[pastCommit]

	number int
	// states are what happened to its state, where that was asked.
	states []*gitlab.StateEvent
	// cut says that a list is longer than is read.
	cut bool
}

// pastNote is a comment, or what GitLab wrote of a happening.
type pastNote struct {
	ID        gid
	System    bool
	Body      string
	CreatedAt time.Time
	Author    *graphUser
	Position  *struct{ PositionType string }
}

type pastCommit struct {
	SHA, Title   string
	AuthoredDate *time.Time
	Author       *graphUser
}

// pastList is one page of a list, and with join all before it.
type pastList[T any] struct {
	Nodes    []T
	PageInfo struct {
		HasNextPage bool
		EndCursor   string
	}
}

func (l *pastList[T]) join(more *pastList[T]) {
	if more != nil {
		l.Nodes, l.PageInfo = append(l.Nodes, more.Nodes...), more.PageInfo
	}
}

// PastPulls reads one page of what happened to a project's merge requests, with all that their lists hold. An error is as
// of Snapshot, or *past.TooLarge: then ask for less. A merge request that is closed costs a call of its own, since no note
// tells when.
func (f *Forge) PastPulls(ctx context.Context, q past.Query) (past.Page, error) {
	rd := pastReading{Forge: f, q: q, page: past.Page{Loose: true}}
	var data struct {
		Project *struct {
			ID            gid
			Repository    *struct{ RootRef string }
			MergeRequests *struct {
				Count int
				pastList[*pastRequest]
			}
		}
	}
	err := rd.ask(ctx, pastQuery, map[string]any{"path": rd.path(), "first": q.Size.Pulls, "items": q.Size.Items,
		"after": orNil(q.After)}, &data)
	if err != nil {
		return rd.page, err
	}
	p, page := data.Project, &rd.page
	doing := "read the past of " + rd.path()
	switch {
	case p == nil:
		return rd.page, fmt.Errorf(
			"%s: %w",
			doing,
			&change.Gone{What: "GitLab knows no project " + rd.path() + ", or hides it from Lintel's user"},
		)
	case p.ID.number() <= 0 || p.MergeRequests == nil:
		return rd.page, fmt.Errorf("%s: %w", doing, &change.Refused{Kind: refusal.Permission,
			What: "GitLab does not show the merge requests of " + rd.path(), Remedy: "give Lintel's user the role Developer there"})
	}
	page.RepoID, page.Total = p.ID.number(), p.MergeRequests.Count
	page.Cursor, page.More = p.MergeRequests.PageInfo.EndCursor, p.MergeRequests.PageInfo.HasNextPage
	if page.More && (page.Cursor == q.After || page.Cursor == "") {
		return rd.page, fmt.Errorf("%s: the next page begins where this one does", doing)
	}
	of := pastOf{repo: page.RepoID, name: rd.path()}
	if p.Repository != nil {
		of.standard = p.Repository.RootRef
	}
	for _, m := range p.MergeRequests.Nodes {
		if m == nil {
			continue // it may not be seen
		}
		if m.number, err = strconv.Atoi(m.IID); err != nil || m.number <= 0 || m.CreatedAt.IsZero() {
			return rd.page, emptyAnswer(doing)
		}
		if err := rd.complete(ctx, m); err != nil {
			return rd.page, err
		}
		page.Pulls++
		if page.Oldest.IsZero() || m.UpdatedAt.Before(page.Oldest) {
			page.Oldest = m.UpdatedAt
		}
		page.Events = append(page.Events, of.events(m)...)
	}
	return rd.page, nil
}

// pastReading is the reading of one page.
type pastReading struct {
	*Forge
	q    past.Query
	page past.Page
}

func (rd *pastReading) path() string { return rd.q.Owner + "/" + rd.q.Name }

// complete reads the further pages of a merge request's lists, and how its state changed where it is closed.
func (rd *pastReading) complete(ctx context.Context, m *pastRequest) error {
	for more := 0; m.Notes.PageInfo.HasNextPage || m.Commits.PageInfo.HasNextPage; more++ {
		if more == maxPastMore {
			m.cut = true
			break
		}
		notes, commits := m.Notes.PageInfo, m.Commits.PageInfo
		var data struct {
			Project *struct {
				MergeRequest *struct {
					Notes   *pastList[pastNote]
					Commits *pastList[pastCommit]
				}
			}
		}
		err := rd.ask(ctx, pastMoreQuery, map[string]any{"path": rd.path(), "iid": m.IID, "items": rd.q.Size.Items,
			"notes": orNil(notes.EndCursor), "moreNotes": notes.HasNextPage,
			"commits": orNil(commits.EndCursor), "moreCommits": commits.HasNextPage}, &data)
		if err != nil {
			return err
		}
		if data.Project == nil || data.Project.MergeRequest == nil {
			return emptyAnswer(fmt.Sprintf("read the past of %s!%d", rd.path(), m.number))
		}
		m.Notes.join(data.Project.MergeRequest.Notes)
		m.Commits.join(data.Project.MergeRequest.Commits)
	}
	if m.State != "closed" {
		return nil
	}
	rd.page.Calls++
	rd.page.Points++
	states, resp, err := rd.client.ResourceStateEvents.ListMergeStateEvents(rd.page.RepoID, int64(m.number),
		&gitlab.ListStateEventsOptions{ListOptions: gitlab.ListOptions{PerPage: 100}}, within(ctx))
	if err != nil {
		return rd.answer(fmt.Sprintf("read when %s!%d was closed", rd.path(), m.number), err)
	}
	m.states, m.cut = states, m.cut || len(states) == 100
	rd.budget(resp)
	return nil
}

// What GitLab's answers begin with when a query asks for too much, and when it does not know a place in a list. They have
// no code: the text is the wire format here.
var (
	pastTooMuch = []string{"Timeout on", "Request timed out", "Query has complexity"}
	pastNoPlace = "Please provide a valid cursor"
)

// ask sends one query, and takes in what it cost.
func (rd *pastReading) ask(ctx context.Context, query string, variables map[string]any, data any) error {
	if rd.o.REST {
		return &change.Refused{Kind: refusal.NotAvailable, What: "the past of merge requests is read by GraphQL alone",
			Remedy: "set gitlab.graphql to true"}
	}
	const doing = "query GitLab"
	req, err := rd.client.NewRequest(http.MethodPost, "", gitlab.GraphQLQuery{Query: query, Variables: variables},
		[]gitlab.RequestOptionFunc{within(ctx)})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	toGraph(req.URL)
	rd.page.Calls++
	rd.page.Points++
	w := &bounded{left: maxAnswer}
	resp, err := rd.client.Do(req, w)
	if err != nil {
		return rd.tooLarge(doing, err, w)
	}
	rd.budget(resp)
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(w.buf.Bytes(), &answer); err != nil {
		return fmt.Errorf("decode GraphQL answer: %w", err)
	}
	for _, e := range answer.Errors {
		switch err := errors.New(e.Message); {
		case slices.ContainsFunc(pastTooMuch, func(begin string) bool { return strings.HasPrefix(e.Message, begin) }):
			return &past.TooLarge{Err: err}
		case strings.HasPrefix(e.Message, pastNoPlace):
			return fmt.Errorf("%s: %w: %w", doing, past.ErrCursor, err)
		default:
			return fmt.Errorf(
				"%s: %w",
				doing,
				&change.Refused{Kind: refusal.BadRequest, What: "GitLab does not answer our query: " + e.Message,
					Remedy: "this is a fault of Lintel, or a GitLab before 15.0: please report it with the log line"},
			)
		}
	}
	if err := json.Unmarshal(answer.Data, data); err != nil {
		return fmt.Errorf("decode GraphQL answer: %w", err)
	}
	return nil
}

// tooLarge tells an answer that did not come in time, or is too long, from other errors.
func (rd *pastReading) tooLarge(doing string, err error, w *bounded) error {
	var passing net.Error
	switch code := status(err); {
	case w.over || errors.Is(err, errOver), code == http.StatusBadGateway, code == http.StatusServiceUnavailable,
		code == http.StatusGatewayTimeout, errors.As(err, &passing) && passing.Timeout() && !errors.Is(err, context.Canceled):
		return &past.TooLarge{Err: err}
	}
	return rd.answer(doing, err)
}

// budget takes in what is left of the limit.
func (rd *pastReading) budget(resp *gitlab.Response) {
	if b := budgetOf(resp); b.Limit > 0 {
		rd.page.Budget = b
	}
}

// budgetOf is what is left of the limit, where GitLab says so: it has one for each minute.
func budgetOf(resp *gitlab.Response) past.Budget {
	number := func(name string) int {
		n, err := strconv.Atoi(resp.Header.Get("RateLimit-" + name))
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	limit, reset := number("Limit"), number("Reset")
	if limit == 0 || reset == 0 {
		return past.Budget{}
	}
	return past.Budget{Limit: limit, Remaining: number("Remaining"), Reset: time.Unix(int64(reset), 0)}
}

// orNil is null for an empty text.
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
