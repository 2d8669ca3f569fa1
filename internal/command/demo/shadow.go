package demo

import (
	"context"
	"fmt"

	"github.com/lintel-review/lintel/internal/evidence"
)

// shadowRule judges in shadow during the whole story.
const shadowRule = "commits/ticket"

// shadowed tells what a rule that nobody saw would have blocked. The numbers are those of the operators' page.
func (s *stage) shadowed(ctx context.Context) error {
	s.tell.scene(8, "A rule in shadow was tried out all the while")
	var report evidence.Report
	if err := s.operators(ctx, "/rules/evidence.json?repo="+repo, &report); err != nil {
		return fmt.Errorf("read what rules would have blocked: %w", err)
	}
	for _, e := range report.Rules {
		if e.Rule == shadowRule && e.WouldBlock > 0 {
			s.tell.step("olga", "lintel rules evidence --repo %s %s", repo, shadowRule)
			s.tell.quote(s.put(fmt.Sprintf("%s (%s) %s", e.Rule, e.Mode, e.Summary())))
			s.tell.note("Nobody saw it, and nobody was blocked. It is not ready to enforce.")
			return nil
		}
	}
	return fmt.Errorf("the rule %s in shadow should have found something, and did not: %+v", shadowRule, report)
}
