package demo

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// comment writes a comment on a change.
func (s *stage) comment(ctx context.Context, who *developer, number int, line string) (id int64, err error) {
	if id, err = s.forge.comment(ctx, who, number, line); err != nil {
		return 0, fmt.Errorf("%s comments %q: %w", who.login, line, err)
	}
	s.tell.step(who.login, "comments: %s", line)
	return id, nil
}

// asked tells how wendy misspells a command and then asks why her change is red. docs/chat.md has the same lines.
func (s *stage) asked(ctx context.Context, wendy *developer, number int) error {
	p := s.forge.props()
	if err := s.answered(ctx, wendy, number, "/lintel rechek", p.confused, "😕", "There is no such command"); err != nil {
		return err
	}
	return s.answered(ctx, wendy, number, "/lintel why", p.good, "👍", "**Fix:**")
}

// answered has wendy write a command, and waits for the reaction and for the line of the answer that holds some words.
func (s *stage) answered(ctx context.Context, wendy *developer, number int, line, reaction, emoji, words string) error {
	id, err := s.comment(ctx, wendy, number, line)
	if err != nil {
		return err
	}
	return s.until(ctx, fmt.Sprintf("answer with %q to %q on %s%d", words, line, s.named(), number), func() (bool, error) {
		text, reacted, err := s.forge.answer(ctx, number, id, line)
		lines := linesWith(text, words)
		if err != nil || reacted != reaction || len(lines) == 0 {
			return false, err
		}
		s.tell.step("lintel", "reacts with %s and answers:", emoji)
		s.tell.quote(lines[0])
		return true, nil
	})
}

// until asks again and again until something is there, for as long as the story has patience.
func (s *stage) until(ctx context.Context, what string, there func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := there(); err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("there should be the %s, and there is none: %w", what, ctx.Err())
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
