package metrics

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func scrape(m *Metrics) (int, string) {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Code, w.Body.String()
}

// TestGaugesAreReadWhenAsked holds that a gauge that cannot be read leaves the others in the scrape.
func TestGaugesAreReadWhenAsked(t *testing.T) {
	t.Parallel()
	m := New(func(context.Context) (int, time.Duration, error) {
		return 2, 3 * time.Second, errors.New("database is closed")
	})
	m.Register(
		Gauges("lintel_blocked", "Blocked.", []string{"rule"}, func(context.Context) ([]Sample, error) {
			return []Sample{{Labels: []string{"size/lines"}, Value: 3}}, nil
		}),
		Gauges("lintel_unread", "Unread.", nil, func(context.Context) ([]Sample, error) {
			return nil, errors.New("database is closed")
		}),
	)
	code, text := scrape(m)
	if code != 200 {
		t.Fatalf("status %d: %s", code, text)
	}
	for _, want := range []string{`lintel_blocked{rule="size/lines"} 3`, "lintel_changes_waiting -1", "lintel_queue_lag_seconds -1"} {
		if !strings.Contains(text, want) {
			t.Errorf("the scrape has no %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, "lintel_unread") {
		t.Errorf("a gauge that could not be read is in the scrape:\n%s", text)
	}
}

// TestQueues: a queue that waits, and one that only this process knows, have an age beside those that all know.
func TestQueues(t *testing.T) {
	t.Parallel()
	m := New(func(context.Context) (int, time.Duration, error) { return 0, 0, nil })
	m.Register(Queues([]string{"look", "sweep"}, func(context.Context) (map[string]time.Duration, error) {
		return map[string]time.Duration{"look": 2 * time.Second, "notify": 0, "new": time.Second}, nil
	}))
	_, text := scrape(m)
	for _, want := range []string{`{queue="look"} 2`, `{queue="new"} 1`, `{queue="notify"} 0`, `{queue="sweep"} 0`} {
		if strings.Count(text, "lintel_queue_age_seconds"+want+"\n") != 1 {
			t.Errorf("the scrape has no single %s:\n%s", want, text)
		}
	}
}
