package queue

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestRiverSpeaksOurWords: of what River says, its account of jobs and of its own stop are left out, and the rest is said in our words.
func TestRiverSpeaksOurWords(t *testing.T) {
	var out bytes.Buffer
	log := quiet(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	said := func(speak func(string, ...any), msg string, args ...any) string {
		out.Reset()
		speak(msg, args...)
		return out.String()
	}
	for _, msg := range []string{"JobExecutor: Job errored", "JobExecutor: Job errored; retrying", "JobExecutor: Job panicked",
		"JobExecutor: panic recovery; possible bug with Worker"} {
		if got := said(log.Error, msg, "error", "x"); got != "" {
			t.Errorf("%s: %s", msg, got)
		}
	}
	if got := said(log.Info, "Client: started") + said(log.Debug, "Producer: fetched"); got != "" {
		t.Error(got)
	}
	if got := said(log.Error, "Elector: error", "error", fmt.Errorf("ask: %w", context.Canceled)); got != "" {
		t.Error(got)
	}
	got := said(log.With("a", 1).Error, "JobScheduler: Error scheduling jobs", "error", "database is locked")
	for _, want := range []string{`msg="the queue's upkeep is in trouble`, `what="JobScheduler: Error scheduling jobs"`,
		`error="database is locked"`, "a=1", "level=ERROR"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}
