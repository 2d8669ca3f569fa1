package github

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/markdown"
)

// Longest texts of an inline comment, in bytes; GitHub takes 65,536 characters. A suggestion that is longer is left
// out: nobody can check it in a comment.
const (
	maxInline     = 60000
	maxSuggestion = 10000
)

// inlineMarker is the hidden last line of an inline comment of ours. It holds digests alone and counts only at the very
// end, in comments by our App: a copy of it in another's comment, or in the text that a suggestion quotes, says
// nothing.
var inlineMarker = lazyregexp.New(`\n<!-- lintel:remark:v1 point=([0-9a-f]{64}) key=([0-9a-f]{64}) -->\s*$`)

func sum(s string) string {
	d := sha256.Sum256([]byte(s))
	return hex.EncodeToString(d[:])
}

func inlineBody(e effect.Effect) string {
	m := e.Inline
	body := markdown.Truncate(m.Body, maxInline-maxSuggestion)
	if m.Suggestion != nil && m.AddressedIn == "" && len(*m.Suggestion) <= maxSuggestion {
		if block, ok := markdown.GitHub.Suggestion(*m.Suggestion, m.Line-m.StartLine+1); ok {
			body += "\n\n" + block
		}
	}
	return body + "\n\n<!-- lintel:remark:v1 point=" + sum(m.Fingerprint) + " key=" + sum(e.Key) + " -->"
}

func (f *Forge) applyInlineComment(ctx context.Context, e effect.Effect, tried bool) (effect.Receipt, error) {
	client, m := f.installation(e.Ref.Connection), e.Inline
	if err := m.Check(); err != nil {
		return effect.Receipt{}, err
	}
	id := m.Edits.Number()
	if tried || id == 0 {
		// Also before the first one: the record may have been restored from a backup, and a finding gets one comment.
		ours, err := f.findInlineComment(ctx, client, e)
		if err != nil {
			return effect.Receipt{}, err
		}
		if ours != nil {
			id = ours.GetID()
			if strings.Contains(ours.GetBody(), " key="+sum(e.Key)+" -->") {
				return f.receipt(e, id, ours.GetHTMLURL(), true), f.closeThread(ctx, e, id)
			}
		}
	}
	body := inlineBody(e)
	if id != 0 {
		comment, _, err := client.PullRequests.EditComment(ctx, e.Ref.Owner, e.Ref.Name, id, &github.PullRequestComment{Body: &body})
		if isMissing(err) {
			if _, _, getErr := client.PullRequests.GetComment(ctx, e.Ref.Owner, e.Ref.Name, id); !isMissing(getErr) {
				return effect.Receipt{}, f.answer("edit an inline comment", cmp.Or(getErr, err))
			}
			// Somebody deleted it. That is an answer, so it is not made again.
			return effect.Receipt{}, &effect.InvalidPosition{Reason: "the comment was deleted on the forge", Err: err}
		}
		if err != nil {
			return effect.Receipt{}, f.answer("edit an inline comment", err)
		}
		return f.receipt(e, comment.GetID(), comment.GetHTMLURL(), false), f.closeThread(ctx, e, id)
	}
	if m.AddressedIn != "" {
		return effect.Receipt{}, &effect.InvalidPosition{Reason: "what it is about was addressed before the comment was made"}
	}
	made := &github.PullRequestComment{Body: &body, CommitID: &m.SHA, Path: &m.Path, Line: &m.Line, Side: github.String(string(m.Side))}
	if m.StartLine < m.Line {
		made.StartLine, made.StartSide = &m.StartLine, made.Side
	}
	comment, _, err := client.PullRequests.CreateComment(ctx, e.Ref.Owner, e.Ref.Name, e.Ref.Number, made)
	if outsideDiff(err) {
		return effect.Receipt{},
			&effect.InvalidPosition{Reason: fmt.Sprintf("%s:%d is not part of the diff that the forge shows", m.Path, m.Line), Err: err}
	}
	if err != nil {
		return effect.Receipt{}, f.answer("comment on a line", err)
	}
	if comment.GetID() == 0 {
		return effect.Receipt{}, emptyAnswer("comment on a line")
	}
	return f.receipt(e, comment.GetID(), comment.GetHTMLURL(), false), nil
}

// outsideDiff reports whether GitHub said that a comment's lines are not in the diff. It says so in several ways, all
// of them with status 422: a message about the line, the path, the position or the commit, in the list of errors that
// the client keeps as they came.
func outsideDiff(err error) bool {
	var response *github.ErrorResponse
	if !errors.As(err, &response) || response.Response == nil || response.Response.StatusCode != http.StatusUnprocessableEntity {
		return false
	}
	text := response.Message
	for _, e := range response.Errors {
		text += " " + e.Field + " " + e.Message
	}
	return placeWords.MatchString(text)
}

var placeWords = lazyregexp.New(`(?i)\b(line|path|position|diff|diff_hunk|hunk|commit|commit_id)\b|pull_request_review_thread`)

// findInlineComment looks for our comment on the same finding: by our App, with our marker for its point at the end.
func (f *Forge) findInlineComment(ctx context.Context, client *github.Client, e effect.Effect) (*github.PullRequestComment, error) {
	slug, err := f.Slug(ctx)
	if err != nil {
		return nil, err
	}
	point := sum(e.Inline.Fingerprint)
	opts := &github.PullRequestListCommentsOptions{ListOptions: github.ListOptions{PerPage: page}}
	for {
		comments, resp, err := client.PullRequests.ListComments(ctx, e.Ref.Owner, e.Ref.Name, e.Ref.Number, opts)
		if err != nil {
			return nil, f.answer("look for an inline comment", err)
		}
		if comments == nil {
			return nil, emptyAnswer("look for an inline comment")
		}
		for _, c := range comments {
			if c.GetUser().GetLogin() != slug+"[bot]" || c.GetUser().GetType() != "Bot" || c.GetInReplyTo() != 0 {
				continue
			}
			if m := inlineMarker.FindStringSubmatch(c.GetBody()); m != nil && m[1] == point {
				return c, nil
			}
		}
		if resp.NextPage == 0 {
			return nil, nil
		}
		opts.Page = resp.NextPage
	}
}

// refusedFor is how long an installation that may not resolve threads is not asked again.
const refusedFor = time.Hour

// closeThread resolves the thread of a comment whose finding is addressed. GitHub wants contents:write for that; where
// the App has less, the edited comment says the same, so a refusal is no error.
func (f *Forge) closeThread(ctx context.Context, e effect.Effect, comment int64) error {
	if e.Inline.AddressedIn == "" || f.REST {
		return nil
	}
	if at, refused := f.unresolvable.get(e.Ref.Connection); refused && f.Now().Sub(at) < refusedFor {
		return nil
	}
	thread, err := f.threadOf(ctx, e.Ref, comment)
	if err != nil || thread == "" {
		return err
	}
	var done struct{}
	err = f.query(ctx, e.Ref.Connection, resolveMutation, map[string]any{"thread": thread}, &done)
	no, refused := errors.AsType[*change.Refused](err)
	switch {
	case !refused:
		return err
	case no.Kind == refusal.Permission:
		f.unresolvable.put(e.Ref.Connection, f.Now())
		f.Log.DebugContext(ctx, "a thread stays unresolved; its comment says that it is addressed", "change",
			e.Ref.String(), "error", err.Error())
	default:
		// It says nothing of other threads, so the next one is asked for.
		f.Log.WarnContext(ctx, "a thread stays unresolved", "change", e.Ref.String(), "refusal", string(no.Kind),
			"error", err.Error())
	}
	return nil
}

const resolveMutation = `mutation LintelResolve($thread: ID!) {
  resolveReviewThread(input: { threadId: $thread }) { thread { id isResolved } }
}`

const threadsQuery = `query LintelThreads($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id isResolved comments(first: 1) { nodes { fullDatabaseId } } }
      }
    }
  }
}`

// maxThreadPages bounds how many threads are looked through for one.
const maxThreadPages = 10

// threadOf finds the open thread that a comment began; empty when there is none.
func (f *Forge) threadOf(ctx context.Context, ref change.Ref, comment int64) (string, error) {
	variables := map[string]any{"owner": ref.Owner, "name": ref.Name, "number": ref.Number, "after": nil}
	for range maxThreadPages {
		var data struct {
			Repository struct {
				PullRequest struct {
					ReviewThreads graphThreads `json:"reviewThreads"`
				} `json:"pullRequest"`
			} `json:"repository"`
		}
		if err := f.query(ctx, ref.Connection, threadsQuery, variables, &data); err != nil {
			return "", err
		}
		threads := data.Repository.PullRequest.ReviewThreads
		for _, t := range threads.Nodes {
			if t.root() == comment {
				if t.IsResolved {
					return "", nil
				}
				return t.ID, nil
			}
		}
		if !threads.PageInfo.HasNextPage {
			return "", nil
		}
		variables["after"] = threads.PageInfo.EndCursor
	}
	return "", nil
}
