package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/lintel-review/lintel/internal/past"
)

const (
	// maxPastAnswer is the longest answer about the past that is read; a longer one counts as a page that is too large.
	maxPastAnswer = 16 << 20
	// maxPastMore bounds the further pages of one pull request: 5,000 items of each of its lists.
	maxPastMore = 50
)

// PastPulls reads one page of what happened to a repository's pull requests, with all that their lists hold. An error
// is as of Snapshot, or *past.TooLarge: then ask for less.
func (f *Forge) PastPulls(ctx context.Context, q past.Query) (past.Page, error) {
	var data struct {
		Repository *struct {
			DatabaseID       int64              `json:"databaseId"`
			DefaultBranchRef *graphRef          `json:"defaultBranchRef"`
			PullRequests     pastList[pastPull] `json:"pullRequests"`
		} `json:"repository"`
	}
	rd := pastReading{Forge: f, q: q}
	err := rd.ask(ctx, pastPullsQuery, map[string]any{"owner": q.Owner, "name": q.Name, "first": q.Size.Pulls, "items": q.Size.Items,
		"threads": pastThreads, "after": orNil(q.After)}, &data)
	if err != nil {
		return rd.page, err
	}
	doing := "read the past of " + q.Owner + "/" + q.Name
	repo := data.Repository
	if repo == nil || repo.DatabaseID <= 0 {
		return rd.page, emptyAnswer(doing)
	}
	page := &rd.page
	page.RepoID, page.Total = repo.DatabaseID, repo.PullRequests.TotalCount
	page.Cursor, page.More = repo.PullRequests.more()
	if page.More && page.Cursor == q.After {
		return rd.page, fmt.Errorf("%s: the next page begins where this one does", doing)
	}
	of := pastOf{repo: repo.DatabaseID, name: q.Owner + "/" + q.Name}
	if repo.DefaultBranchRef != nil {
		of.standard = repo.DefaultBranchRef.Name
	}
	for _, p := range repo.PullRequests.Nodes {
		if p == nil || p.Number <= 0 || p.CreatedAt.IsZero() {
			return rd.page, emptyAnswer(doing)
		}
		if err := rd.complete(ctx, p); err != nil {
			return rd.page, err
		}
		page.Pulls++
		if page.Oldest.IsZero() || p.UpdatedAt.Before(page.Oldest) {
			page.Oldest = p.UpdatedAt
		}
		page.Events = append(page.Events, of.events(p)...)
	}
	return rd.page, nil
}

// pastReading is the reading of one page.
type pastReading struct {
	*Forge
	q    past.Query
	page past.Page
}

// complete reads the further pages of a pull request's lists.
func (rd *pastReading) complete(ctx context.Context, p *pastPull) error {
	for range maxPastMore {
		vars := map[string]any{"owner": rd.q.Owner, "name": rd.q.Name, "number": p.Number, "items": rd.q.Size.Items, "threads": 100}
		wanted := false
		for _, l := range []struct {
			after, more string
			list        interface{ more() (string, bool) }
		}{
			{"timeline", "moreTimeline", p.TimelineItems},
			{"commits", "moreCommits", p.Commits},
			{"reviews", "moreReviews", p.Reviews},
			{"comments", "moreComments", p.Comments},
			{"talk", "moreTalk", p.ReviewThreads},
		} {
			cursor, more := l.list.more()
			vars[l.after], vars[l.more] = orNil(cursor), more
			wanted = wanted || more
		}
		if !wanted {
			return rd.completeThreads(ctx, p)
		}
		var data struct {
			Repository *struct {
				PullRequest *pastLists `json:"pullRequest"`
			} `json:"repository"`
		}
		if err := rd.ask(ctx, pastMoreQuery, vars, &data); err != nil {
			return err
		}
		if data.Repository == nil || data.Repository.PullRequest == nil {
			return emptyAnswer(fmt.Sprintf("read the past of %s/%s#%d", rd.q.Owner, rd.q.Name, p.Number))
		}
		p.pastLists.join(data.Repository.PullRequest)
	}
	p.cut = true
	return nil
}

// completeThreads reads the rest of long threads.
func (rd *pastReading) completeThreads(ctx context.Context, p *pastPull) error {
	for _, t := range p.ReviewThreads.nodes() {
		for range maxPastMore {
			after, more := t.Comments.more()
			if !more {
				break
			}
			var data struct {
				Node *struct {
					Comments *pastList[pastInline] `json:"comments"`
				} `json:"node"`
			}
			if err := rd.ask(ctx, pastThreadQuery, map[string]any{"thread": t.ID, "after": after}, &data); err != nil {
				return err
			}
			if data.Node == nil || data.Node.Comments == nil {
				return emptyAnswer(fmt.Sprintf("read a thread of %s/%s#%d", rd.q.Owner, rd.q.Name, p.Number))
			}
			t.Comments.join(data.Node.Comments)
		}
	}
	return nil
}

// pastHidden are things that the App may be refused, such as a team of another organisation: what it would tell of them
// is left out.
var pastHidden = []string{"requestedReviewer", "commit", "beforeCommit", "afterCommit", "mergeCommit"}

// ask sends one query, and takes in what it cost. An error is one of the whole page.
func (rd *pastReading) ask(ctx context.Context, text string, variables map[string]any, data any) error {
	client := rd.installation(rd.q.Connection)
	req, err := client.NewRequest(http.MethodPost, rd.graph.String(), map[string]any{"query": text, "variables": variables})
	if err != nil {
		return fmt.Errorf("make GraphQL request: %w", err)
	}
	answer := capped{most: maxPastAnswer}
	rd.page.Calls++
	resp, err := client.Do(ctx, req, &answer)
	if err != nil {
		return rd.tooLarge(err)
	}
	var reply struct {
		Data   json.RawMessage `json:"data"`
		Errors []graphError    `json:"errors"`
	}
	if err := json.Unmarshal(answer.body.Bytes(), &reply); err != nil {
		return fmt.Errorf("decode GraphQL answer: %w", err)
	}
	for _, e := range reply.Errors {
		if e.late() {
			return &past.TooLarge{Err: errors.New(e.Message)}
		}
		if e.Type == "INVALID_CURSOR_ARGUMENTS" {
			return fmt.Errorf("query GitHub: %w: %s", past.ErrCursor, e.Message)
		}
		if err := rd.graphFault(e, resp, pastHidden); err != nil {
			return err
		}
	}
	var rate struct {
		RateLimit *pastRate `json:"rateLimit"`
	}
	if err := errors.Join(json.Unmarshal(reply.Data, &rate), json.Unmarshal(reply.Data, data)); err != nil {
		return fmt.Errorf("decode GraphQL answer: %w", err)
	}
	if r := rate.RateLimit; r != nil {
		rd.page.Points += r.Cost
		rd.page.Budget = past.Budget{Limit: r.Limit, Remaining: r.Remaining, Reset: r.ResetAt}
	}
	return nil
}

// late reports whether GitHub says that the query asked for too much. Of a time-out it has no type: its text is the wire
// format here.
func (e graphError) late() bool {
	return e.Type == "MAX_NODE_LIMIT_EXCEEDED" || e.Type == "RESOURCE_LIMITS_EXCEEDED" ||
		e.Type == "" && strings.HasPrefix(e.Message, "Something went wrong while executing your query")
}

// tooLarge tells an answer that did not come in time, or is too long, from other errors.
func (rd *pastReading) tooLarge(err error) error {
	var passing net.Error
	if isStatus(err, http.StatusBadGateway) || isStatus(err, http.StatusGatewayTimeout) || errors.Is(err, errTooLong) ||
		errors.As(err, &passing) && passing.Timeout() && !errors.Is(err, context.Canceled) {
		return &past.TooLarge{Err: err}
	}
	return rd.answer("query GitHub", err)
}

var errTooLong = errors.New("the answer is longer than is read")

// capped keeps what is written to it, up to a number of bytes.
type capped struct {
	body bytes.Buffer
	most int
}

// Write refuses what would be too much.
func (c *capped) Write(p []byte) (int, error) {
	if c.body.Len()+len(p) > c.most {
		return 0, errTooLong
	}
	return c.body.Write(p)
}

// orNil is null for an empty text.
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
