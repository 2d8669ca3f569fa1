package intake

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// judgedBy is the settings of the last verdict, or the fault of the database.
type judgedBy struct {
	body string
	err  error
}

func (j judgedBy) JudgedBy(context.Context, change.Key) ([]byte, error) {
	if j.body == "" {
		return nil, j.err
	}
	return []byte(j.body), j.err
}

func TestUnreadLabels(t *testing.T) {
	labels := []string{"labels"}
	for name, c := range map[string]struct {
		record judgedBy
		facts  []string
		want   bool
	}{
		"no exempt labels":      {judgedBy{body: `{"ownership":{"exempt_labels":[]}}`}, labels, true},
		"an exempt label":       {judgedBy{body: `{"ownership":{"exempt_labels":["docs"]}}`}, labels, false},
		"no verdict":            {judgedBy{}, labels, false},
		"not said":              {judgedBy{body: `{"ownership":{}}`}, labels, false},
		"no ownership":          {judgedBy{body: `{}`}, labels, false},
		"no JSON":               {judgedBy{body: `{`}, labels, false},
		"a fault":               {judgedBy{body: `{"ownership":{"exempt_labels":[]}}`, err: errors.New("disk")}, labels, false},
		"another fact":          {judgedBy{body: `{"ownership":{"exempt_labels":[]}}`}, []string{"title"}, false},
		"labels and the title":  {judgedBy{body: `{"ownership":{"exempt_labels":[]}}`}, []string{"labels", "title"}, false},
		"a change of no labels": {judgedBy{body: `{"ownership":{"exempt_labels":[]}}`}, nil, false},
	} {
		unread := UnreadLabels(c.record, slog.New(slog.DiscardHandler))
		if got := unread(t.Context(), pull.Key, c.facts); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
