package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/checkhost"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// priceFile is what the formatter finds; the check is for its folder alone.
const priceFile = "prices/price.go"

const price = "package prices\n\n// VAT is in percent.\nvar   VAT  =  19\n"

// formatting lets the server run a formatter in a sandbox of this machine. Where none runs it says why, and the story
// leaves that scene out.
func (s *stage) formatting(ctx context.Context, c *config.Checks) {
	try := *c
	try.Backend, try.Tools = "bwrap", []config.CheckTool{{Name: "gofmt"}}
	if _, err := checkhost.Open(ctx, try, time.Now); err != nil {
		s.unformatted = err.Error()
		return
	}
	*c = try
}

// formatted tells of a check that Lintel runs itself: a formatter finds a file in a sandbox, and its suggestion is taken.
func (s *stage) formatted(ctx context.Context, wendy *developer) error {
	s.tell.scene(7, "Lintel runs a formatter itself, in a sandbox, and suggests what to write")
	if s.unformatted != "" {
		s.tell.note("  (No formatter runs in a sandbox here, so this scene is left out. %s.)", s.unformatted)
		return nil
	}
	const title = "feat(prices): add the tax"
	number, err := s.propose(ctx, wendy, "prices", title, map[string]string{priceFile: price}, title)
	if err != nil {
		return err
	}
	run, err := s.await(ctx, number, "failure", "")
	if err != nil {
		return err
	}
	s.tell.step("lintel", "ran gofmt on %s in a sandbox of bubblewrap: no network, nothing of this machine's to write to", priceFile)
	s.tell.quote(reasons(run.Summary)...)
	at, lines, err := s.suggested(ctx, number)
	if err != nil {
		return err
	}
	s.tell.step("lintel", "suggests for %s:%d: %s", at.Path, at.Line, strings.TrimSpace(lines))
	text, err := applied(price, at, lines)
	if err != nil {
		return err
	}
	if err := wendy.write(ctx, map[string]string{priceFile: text}); err != nil {
		return err
	}
	if err := wendy.git(ctx, "commit", "-q", "-m", "style(prices): take the suggestion"); err != nil {
		return err
	}
	if err := s.push(ctx, wendy, "prices", "commits the suggestion"); err != nil {
		return err
	}
	if _, err := s.await(ctx, number, "success", ""); err != nil {
		return err
	}
	return s.merge(ctx, wendy, number)
}

// suggested waits for the comment with what the formatter would write.
func (s *stage) suggested(ctx context.Context, number int) (at fakehub.ThreadView, lines string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		all, err := s.hub.Threads(repo, number)
		if err != nil {
			return at, "", fmt.Errorf("look at the comments of pull request #%d: %w", number, err)
		}
		for _, t := range all {
			_, rest, begun := strings.Cut(t.Body, "```suggestion\n")
			if lines, _, ended := strings.Cut(rest, "```"); begun && ended && t.Path == priceFile {
				return t, lines, nil
			}
		}
		select {
		case <-ctx.Done():
			return at, "", fmt.Errorf("pull request #%d should have a suggestion for %s, and has none", number, priceFile)
		case <-tick.C:
		}
	}
}

// applied is a file with the lines of a suggestion in their place, as the forge's button does it.
func applied(file string, at fakehub.ThreadView, lines string) (string, error) {
	all := strings.SplitAfter(file, "\n")
	first := at.StartLine
	if first == 0 {
		first = at.Line
	}
	if first < 1 || at.Line > len(all) || first > at.Line {
		return "", fmt.Errorf("the suggestion for %s stands at the lines %d to %d of %d", at.Path, first, at.Line, len(all))
	}
	return strings.Join(all[:first-1], "") + lines + strings.Join(all[at.Line:], ""), nil
}
