package github

import (
	"context"
	"strings"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/markdown"
)

// TellOnce writes a comment on an issue or a pull request, unless our App wrote one with that key since a time. The key
// has hexadecimal digits alone.
func (f *Forge) TellOnce(ctx context.Context, issue change.Ref, key, body string, since time.Time) error {
	client := f.installation(issue.Connection)
	slug, err := f.Slug(ctx)
	if err != nil {
		return err
	}
	opts := &github.IssueListCommentsOptions{Since: &since, ListOptions: github.ListOptions{PerPage: page}}
	for {
		comments, resp, err := client.Issues.ListComments(ctx, issue.Owner, issue.Name, issue.Number, opts)
		if err != nil {
			return f.answer("look for what was told", err)
		}
		if comments == nil {
			return emptyAnswer("look for what was told")
		}
		for _, c := range comments {
			// A comment of another author with a copied marker is not ours.
			ours := c.GetUser().GetLogin() == slug+"[bot]" && c.GetUser().GetType() == "Bot"
			if ours && strings.Contains(c.GetBody(), markdown.Hidden("weekly", key)) {
				return nil
			}
		}
		if resp.NextPage == 0 {
			break
		}
		opts.Page = resp.NextPage
	}
	body = markdown.Truncate(body, markdown.GitHub.MaxBody-200) + "\n\n" + markdown.Hidden("weekly", key)
	comment, _, err := client.Issues.CreateComment(ctx, issue.Owner, issue.Name, issue.Number, &github.IssueComment{Body: &body})
	if err != nil {
		return f.answer("tell of a week", err)
	}
	if comment.GetID() == 0 {
		return emptyAnswer("tell of a week")
	}
	return nil
}
