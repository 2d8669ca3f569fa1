package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/lintel-review/lintel/internal/evidence"
)

// shadowRule judges in shadow during the whole story.
const shadowRule = "commits/ticket"

// shadowed tells what a rule that nobody saw would have blocked. The numbers are those of the operators' page.
func (s *stage) shadowed(ctx context.Context) (err error) {
	s.tell.scene(7, "A rule in shadow was tried out all the while")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.admin+"/rules/evidence.json?repo="+repo, nil)
	if err != nil {
		return fmt.Errorf("ask what rules would have blocked: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask what rules would have blocked: %w", err)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	var report evidence.Report
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&report); err != nil {
		return fmt.Errorf("read what rules would have blocked: %w", err)
	}
	for _, e := range report.Rules {
		if e.Rule == shadowRule && e.WouldBlock > 0 {
			s.tell.step("olga", "lintel rules evidence --repo %s %s", repo, shadowRule)
			s.tell.quote(fmt.Sprintf("%s (%s) %s", e.Rule, e.Mode, e.Summary()))
			s.tell.note("Nobody saw it, and nobody was blocked. It is not ready to enforce.")
			return nil
		}
	}
	return fmt.Errorf("the rule %s in shadow should have found something, and did not: %+v", shadowRule, report)
}
