package github

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// reviewInput is the body of POST reviews.
type reviewInput struct {
	CommitID string         `json:"commit_id"`
	Body     string         `json:"body"`
	Event    string         `json:"event"`
	Comments []commentInput `json:"comments"`
}

// commentInput is one review comment: by line and side, or by the older position in the diff.
type commentInput struct {
	Path        string `json:"path"`
	Body        string `json:"body"`
	Position    *int   `json:"position"`
	Line        *int   `json:"line"`
	Side        string `json:"side"`
	StartLine   *int   `json:"start_line"`
	StartSide   string `json:"start_side"`
	CommitID    string `json:"commit_id"`
	InReplyTo   int64  `json:"in_reply_to"`
	SubjectType string `json:"subject_type"`
}

func (h *Hub) addReview(p *pull, in reviewInput, by *account) (*review, error) {
	state, ok := map[string]string{"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED",
		"": "PENDING"}[in.Event]
	switch {
	case !ok:
		return nil, unprocessable("Variable $event of type PullRequestReviewEvent was provided invalid value")
	case by == p.user && state == "APPROVED":
		return nil, unprocessable("Can not approve your own pull request")
	case by == p.user && state == "CHANGES_REQUESTED":
		return nil, unprocessable("Can not request changes on your own pull request")
	case in.Body == "" && (state == "CHANGES_REQUESTED" || (state == "COMMENTED" && len(in.Comments) == 0)):
		return nil, unprocessable("Body can't be blank")
	}
	commit := in.CommitID
	if commit == "" {
		commit = p.headSHA
	}
	if _, err := p.repo.git.Commit(commit); err != nil {
		return nil, unprocessable("The commit_id is not part of the pull request")
	}
	v := &review{id: h.id(), user: by, state: state, body: in.Body, commit: commit, submittedAt: h.now(),
		canPush: h.role(p.repo, by) >= rank("write")}
	var threads []*reviewComment
	for _, c := range in.Comments {
		t, err := h.place(p, c, commit)
		if err != nil {
			return nil, err
		}
		t.user, t.review = by, v.id
		threads = append(threads, t)
	}
	p.reviews = append(p.reviews, v)
	p.threads = append(p.threads, threads...)
	p.updated = h.now()
	p.reviewers = slices.DeleteFunc(slices.Clone(p.reviewers), func(u *account) bool { return u == by })
	if state != "PENDING" {
		h.reviewEvent(p, v, "submitted", by, nil)
		for _, t := range threads {
			h.threadEvent(p, t, "created", by)
		}
	}
	return v, nil
}

func (h *Hub) threadEvent(p *pull, t *reviewComment, action string, by *account) {
	h.emit(audience{repo: p.repo}, "pull_request_review_comment", action, by,
		object{"comment": h.reviewComment(p, t), "pull_request": h.simplePull(p)})
}

// place checks that a comment's lines are part of the diff and makes it.
func (h *Hub) place(p *pull, in commentInput, commit string) (*reviewComment, error) {
	outside := func(what string) error {
		return &apiError{Status: http.StatusUnprocessableEntity, Message: "Unprocessable Entity", Errors: []any{what}}
	}
	if in.Body == "" {
		return nil, invalid("PullRequestReviewComment", "body", "missing_field", "")
	}
	if len([]rune(in.Body)) > maxReviewComment {
		return nil, invalid("PullRequestReviewComment", "body", "unprocessable", "body is too long (maximum is 65536 characters)")
	}
	if _, err := p.repo.git.Commit(commit); err != nil {
		return nil, unprocessable("The commit_id is not part of the pull request")
	}
	c, err := p.comparison()
	if err != nil {
		return nil, err
	}
	t := &reviewComment{
		id:             h.id(),
		body:           in.Body,
		path:           in.Path,
		commit:         commit,
		originalCommit: commit,
		side:           "RIGHT",
		created:        h.now(),
		updated:        h.now(),
	}
	for _, f := range c.Files {
		if f.Path != in.Path {
			continue
		}
		if in.SubjectType == "file" {
			return t, nil
		}
		lines := diffLines(f.Patch)
		if in.Line == nil {
			if in.Position == nil {
				return nil, invalid("PullRequestReviewComment", "line", "missing_field", "")
			}
			for _, l := range lines {
				if l.position == *in.Position {
					t.line, t.position, t.side, t.hunk = l.new, l.position, "RIGHT", hunkUpTo(f.Patch, l.position)
					if l.new == 0 {
						t.line, t.side = l.old, "LEFT"
					}
					return t, nil
				}
			}
			return nil, outside("Position could not be resolved")
		}
		if in.Side != "" {
			t.side = in.Side
		}
		end, ok := find(lines, *in.Line, t.side)
		if !ok {
			return nil, outside("Line could not be resolved")
		}
		t.line, t.position, t.hunk = *in.Line, end.position, hunkUpTo(f.Patch, end.position)
		if in.StartLine != nil {
			t.startLine, t.startSide = *in.StartLine, in.StartSide
			if t.startSide == "" {
				t.startSide = t.side
			}
			start, ok := find(lines, t.startLine, t.startSide)
			if !ok || start.position >= end.position || start.hunk != end.hunk {
				return nil, outside("Start line could not be resolved: it must be in the same hunk and before line")
			}
		}
		return t, nil
	}
	return nil, outside("Path could not be resolved")
}

func (h *Hub) dismissReview(p *pull, v *review, text string, by *account) error {
	if v.state != "APPROVED" && v.state != "CHANGES_REQUESTED" {
		return unprocessable("Can not dismiss a " + strings.ToLower(v.state) + " pull request review")
	}
	if text == "" {
		return fail(http.StatusUnprocessableEntity, "message is required")
	}
	was := v.state
	v.state, p.updated = "DISMISSED", h.now()
	h.note(p, "", by, moment{kind: "ReviewDismissedEvent", review: v, state: was, text: text})
	h.reviewEvent(p, v, "dismissed", by, nil)
	return nil
}

func (h *Hub) editReview(p *pull, v *review, body string, by *account) {
	changes := object{}
	if body != v.body {
		changes["body"] = object{"from": v.body}
	}
	v.body, p.updated = body, h.now()
	h.reviewEvent(p, v, "edited", by, object{"changes": changes})
}

func (p *pull) review(id int64) (*review, error) {
	for _, v := range p.reviews {
		if v.id == id {
			return v, nil
		}
	}
	return nil, fmt.Errorf("review %d: %w", id, errNotFound)
}
