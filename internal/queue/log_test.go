package queue_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/queue"
)

// ledger is a log that several goroutines write.
type ledger struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *ledger) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *ledger) lines(t *testing.T) (all []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(l.buf.Bytes()) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		all = append(all, m)
	}
	return all
}

// TestEachFaultIsSaidOnce has jobs of every kind fail in every way: each try that failed has one line, in our words and
// with the reason, and River says nothing of its own.
func TestEachFaultIsSaidOnce(t *testing.T) {
	var log ledger
	fault := errors.New("reason-fault")
	var mu sync.Mutex
	tried := map[int]int{}
	h := handler{
		look: func(_ context.Context, r change.Record, a job.Attempt) error {
			mu.Lock()
			tried[r.Number]++
			mu.Unlock()
			switch {
			case r.Number == 1 && a.Number <= 2:
				return fmt.Errorf("reason-look-%d: %w", a.Number, fault)
			case r.Number == 2 && a.Number == 1:
				panic("reason-panic")
			case r.Number == 3:
				return &change.Refused{Kind: refusal.NotAvailable, What: "reason-refused", Remedy: "do it"}
			}
			return nil
		},
		scan: func(context.Context, delivery.Scan) error {
			return &change.Refused{Kind: refusal.BadRequest, What: "reason-scan", Remedy: "do it"}
		},
	}
	sweeps := []queue.Sweep{
		{Name: "broken", Every: time.Hour, AtStart: true, Run: func(context.Context) error { return errors.New("reason-sweep") }},
	}
	r := start(t, filepath.Join(t.TempDir(), "lintel.db"), h, func(s *setup) {
		s.queue.Log = slog.New(slog.NewJSONHandler(&log, nil))
		s.looks.Log, s.queue.Pace, s.queue.Sweeps = s.queue.Log, time.Millisecond, sweeps
	})
	for n := 1; n <= 3; n++ {
		r.touch(t, fmt.Sprint("d", n), n, 11)
	}
	if _, err := r.store.Admit(t.Context(),
		delivery.Admission{Delivery: delivery.Delivery{ID: "d4", Forge: change.GitHub, ReceivedAt: time.Now()}, Outcome: delivery.Accepted,
			Scans: []delivery.Scan{{Forge: change.GitHub, Connection: 11, Why: "test"}}}); err != nil {
		t.Fatal(err)
	}
	if err := r.queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	reasons := []string{"reason-look-1", "reason-look-2", "reason-panic", "reason-refused", "reason-scan", "reason-sweep"}
	said := func() map[string]int {
		count := map[string]int{}
		for _, line := range log.lines(t) {
			for _, reason := range reasons {
				if b, err := json.Marshal(line); err == nil && bytes.Contains(b, []byte(reason)) {
					count[reason]++
				}
			}
		}
		return count
	}
	for deadline := time.Now().Add(patience); len(said()) < len(reasons) && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	stop, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.queue.Stop(stop); err != nil { // what would be said a second time is said by now
		t.Fatal(err)
	}
	for _, reason := range reasons {
		if n := said()[reason]; n != 1 {
			t.Errorf("%s is said %d times: %v", reason, n, log.lines(t))
		}
	}
	refusals := map[string]int{}
	for _, line := range log.lines(t) {
		refusals[fmt.Sprint(line["refusal"])]++
	}
	if refusals[string(refusal.NotAvailable)] != 1 || refusals[string(refusal.BadRequest)] != 1 {
		t.Errorf("the kinds of refusals in the log: %v", refusals)
	}
	river := regexp.MustCompile(`^[A-Za-z]+: `)
	for _, line := range log.lines(t) {
		if msg := fmt.Sprint(line["msg"]); river.MatchString(msg) {
			t.Errorf("River's own line: %v", line)
		}
	}
}
