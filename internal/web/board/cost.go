package board

import (
	"context"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/flow/figure"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/scorecard"
)

// Spent says what models cost on the UTC days of a period.
type Spent func(ctx context.Context, from, to time.Time) (figure.Spent, error)

func dollars(micro, per int64) string {
	if per == 0 {
		return dash
	}
	return fmt.Sprintf("$%.2f", float64(micro)/1e6/float64(per))
}

// cost is a tile of what advice costs; there is none when no model was asked.
func cost(s figure.Spent, cards []scorecard.Card, merged int64, to string) (t tile, ok bool) {
	if s.Calls == 0 {
		return t, false
	}
	var addressed int64
	for _, c := range cards {
		addressed += c.Outcomes[outcome.Addressed]
	}
	micro := s.Micro
	t = tile{
		Title:      "Cost of advice",
		Definition: defined("cost"),
		Value:      dollars(micro, s.Pulls),
		URL:        to,
		Unit:       "per pull request with advice",
		Second: fmt.Sprintf("%s per addressed finding, %s per merged pull request", dollars(micro, addressed),
			dollars(micro, merged)),
		Note: fmt.Sprintf("%s for %d pull requests, whosever, %d calls, by days of UTC", dollars(micro, 1), s.Pulls, s.Calls),
	}
	if s.Unpriced > 0 {
		t.Note += fmt.Sprintf("; too low, since %d calls have no price", s.Unpriced)
	}
	return t, true
}
