package github

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/google/go-github/v66/github"

	"github.com/lintel-review/lintel/internal/change"
)

// compared is the part of GitHub's answer to a comparison that a snapshot takes. The answer tells some forty things of
// the author and the committer of each commit; the client's own type keeps them all, and most of the time went into
// that.
type compared struct {
	BaseCommit      comparedID           `json:"base_commit"`
	MergeBaseCommit comparedID           `json:"merge_base_commit"`
	TotalCommits    int                  `json:"total_commits"`
	Commits         []comparedCommit     `json:"commits"`
	Files           []*github.CommitFile `json:"files"`
}

type comparedID struct {
	SHA string `json:"sha"`
}

type comparedCommit struct {
	SHA    string `json:"sha"`
	Commit struct {
		Message      string            `json:"message"`
		Author       comparedSignature `json:"author"`
		Committer    comparedSignature `json:"committer"`
		Verification struct {
			Verified bool `json:"verified"`
		} `json:"verification"`
	} `json:"commit"`
	// Author and Committer are accounts, empty where GitHub knows none.
	Author    comparedAccount `json:"author"`
	Committer comparedAccount `json:"committer"`
	Parents   []comparedID    `json:"parents"`
}

type comparedSignature struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Date  string `json:"date"`
}

// signature takes over who signed a commit. A date that cannot be read is not known: a commit may hold any.
func (c comparedSignature) signature() change.Signature {
	s := change.Signature{Name: c.Name, Email: c.Email}
	if when, err := time.Parse(time.RFC3339, c.Date); err == nil {
		s.When = when.UTC()
	}
	return s
}

type comparedAccount struct {
	Login string `json:"login"`
	ID    int64  `json:"id"`
	Type  string `json:"type"`
}

// askForComparison asks for one page of a comparison.
func (rd *reading) askForComparison(ctx context.Context, base, head string, number int) (*compared, error) {
	more := ""
	if number > 1 {
		more = fmt.Sprintf("&page=%d", number)
	}
	raw := &compared{}
	_, err := rd.getJSON(ctx, rd.installation(rd.r.Connection), fmt.Sprintf("repos/%s/%s/compare/%s...%s?per_page=%d%s", rd.r.Owner,
		rd.r.Name, url.QueryEscape(base), url.QueryEscape(head), page, more), raw)
	return raw, err
}
