package demo

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/checkhost"
	"github.com/lintel-review/lintel/internal/config"
)

// priceFile is what the formatter finds; the check is for its folder alone.
const priceFile = "prices/price.go"

const price = "package prices\n\n// VAT is in percent.\nvar   VAT  =  19\n"

// formatting lets the server run a formatter in a sandbox of this machine. Where none runs it says why, and the story
// leaves that scene out.
func (s *stage) formatting(ctx context.Context, c *config.Checks) {
	try := *c
	try.Backend, try.Tools = "bwrap", []config.CheckTool{{Name: "gofmt"}}
	if _, err := checkhost.Open(ctx, try, "", nil, time.Now); err != nil {
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
	v, err := s.await(ctx, number, refused, "")
	if err != nil {
		return err
	}
	s.tell.step("lintel", "ran gofmt on %s in a sandbox of bubblewrap: no network, nothing of this machine's to write to", priceFile)
	s.tell.quote(reasons(v.text)...)
	var at remark
	var lines string
	err = s.until(ctx, fmt.Sprintf("suggestion for %s on %s%d", priceFile, s.named(), number), func() (bool, error) {
		_, all, err := s.forge.written(ctx, number)
		for _, r := range all {
			if words, ok := r.suggested(); ok && r.path == priceFile {
				at, lines = r, words
			}
		}
		return lines != "", err
	})
	if err != nil {
		return err
	}
	s.tell.step("lintel", "suggests for %s:%d: %s", at.path, at.line, strings.TrimSpace(lines))
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
	if _, err := s.await(ctx, number, passed, ""); err != nil {
		return err
	}
	return s.merge(ctx, wendy, number)
}

// applied is a file with the lines of a suggestion in their place, as the forge's button does it.
func applied(file string, at remark, lines string) (string, error) {
	all := strings.SplitAfter(file, "\n")
	first := cmp.Or(at.start, at.line)
	if first < 1 || at.line > len(all) || first > at.line {
		return "", fmt.Errorf("the suggestion for %s stands at the lines %d to %d of %d", at.path, first, at.line, len(all))
	}
	return strings.Join(all[:first-1], "") + lines + strings.Join(all[at.line:], ""), nil
}
