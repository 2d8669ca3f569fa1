package demo

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// comment writes a comment on a pull request.
func (s *stage) comment(ctx context.Context, who *developer, name string, number int, line string) (id int64, err error) {
	var comment struct {
		ID int64 `json:"id"`
	}
	if err := who.ask(ctx, http.MethodPost, fmt.Sprintf("/repos/%s/issues/%d/comments", repo, number), map[string]any{"body": line},
		&comment); err != nil {
		return 0, fmt.Errorf("%s comments %q: %w", name, line, err)
	}
	s.tell.step(name, "comments: %s", line)
	return comment.ID, nil
}

// asked tells how wendy misspells a command and then asks why her pull request is red. docs/chat.md has the same lines.
func (s *stage) asked(ctx context.Context, wendy *developer, number int) error {
	if err := s.answered(ctx, wendy, number, "/lintel rechek", "confused", "😕", "There is no such command"); err != nil {
		return err
	}
	return s.answered(ctx, wendy, number, "/lintel why", "+1", "👍", "**Fix:**")
}

// answered has wendy write a command, and waits for the reaction and for the line of the answer that holds some words.
func (s *stage) answered(ctx context.Context, wendy *developer, number int, line, reaction, emoji, words string) error {
	id, err := s.comment(ctx, wendy, "wendy", number, line)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		pull, err := s.hub.Pull(repo, number)
		if err != nil {
			return fmt.Errorf("look at pull request #%d: %w", number, err)
		}
		reacted, answer := false, []string(nil)
		for _, c := range pull.Comments {
			if c.ID == id {
				reacted = slices.ContainsFunc(c.Reactions, func(r string) bool { return strings.HasSuffix(r, "[bot] "+reaction) })
			}
			if _, body, ok := strings.Cut(c.Body, "`"+line+"` by wendy: "); ok && strings.HasSuffix(c.Author, "[bot]") {
				answer = linesWith(body, words)
			}
		}
		if reacted && len(answer) > 0 {
			s.tell.step("lintel", "reacts with %s and answers:", emoji)
			s.tell.quote(answer...)
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the comment %q on pull request #%d should be answered with %q, and is not", line, number, words)
		case <-tick.C:
		}
	}
}

// linesWith are the lines of a text that hold some words.
func linesWith(text, words string) (all []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, words) {
			all = append(all, strings.TrimSpace(strings.TrimSuffix(line, `\`)))
		}
	}
	return all
}
