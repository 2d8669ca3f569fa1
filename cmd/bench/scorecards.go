package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/scorecard"
	"github.com/lintel-review/lintel/internal/store"
)

// The findings of which a scorecard is read: of each merged pull request as many, by sixty rules, in fifty repositories,
// over the days that a scorecard looks back.
const (
	scoredChanges, scoredFew, scoredEach = 400, 80, 250
	scoredRules, scoredRepos             = 60, 50
)

// scorecards measures reading the scorecards of all rules from a record of many findings.
func scorecards(ctx context.Context, b *bench) (err error) {
	dir, err := os.MkdirTemp("", "lintel-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := now.Add(24*time.Hour - scorecard.Window)
	jobs, err := queue.NewJobs(time.Now)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, "sqlite://"+filepath.Join(dir, "lintel.db"), func() time.Time { return clock }, jobs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	begun := time.Now()
	changes := b.size(scoredChanges, scoredFew)
	for i := range changes {
		clock = clock.Add(now.Sub(clock) / time.Duration(changes-i))
		if err := scored(ctx, st, i); err != nil {
			return err
		}
	}
	took := time.Since(begun)
	var best time.Duration
	var cards []scorecard.Card
	for range 5 {
		begun := time.Now()
		counts, err := st.Scores(ctx, "", 0, scorecard.Recent(now))
		if err != nil {
			return err
		}
		cards = scorecard.Cards(counts)
		if took := time.Since(begun); best == 0 || took < best {
			best = took
		}
	}
	fired := int64(0)
	for _, c := range cards {
		fired += c.Fired
	}
	if fired != int64(changes*scoredEach) || len(cards) != scoredRules {
		return fmt.Errorf("%d findings of %d rules were counted", fired, len(cards))
	}
	b.table.add(row{
		What:     fmt.Sprintf("scorecards of %d rules over %s findings", scoredRules, grouped(int(fired))),
		Measured: ms(best),
		Bar:      "< 100 ms",
		Verdict:  judge(best < 100*time.Millisecond),
		Values:   map[string]float64{"scorecards_ms": inMS(best)},
		Notes: []string{fmt.Sprintf("best of five; storing the findings with their outcomes took %.0f us each",
			float64(took.Microseconds())/float64(fired))},
	})
	return nil
}

// scored stores a pull request that was merged after half of its findings were addressed.
func scored(ctx context.Context, st *store.Store, i int) error {
	key := change.Key{Forge: change.GitHub, RepoID: int64(1 + i%scoredRepos), Number: i + 1}
	save := func(state change.State, head, line string, found bool) error {
		look := plan.Look{Record: change.Record{Ref: change.Ref{Key: key}, State: state}}
		look.Seen = outcome.NewLook(head, []diff.File{{Path: "a.go", State: diff.Text, Blob: line,
			Hunks: []diff.Hunk{{NewStart: 1, Lines: []diff.Line{{Op: diff.Add, Text: line}}}}}})
		for n := range scoredEach {
			rule := fmt.Sprintf("family/rule-%d", (i+n)%scoredRules)
			look.Seen.Judged = append(look.Seen.Judged, rule)
			if found || n%2 == 0 {
				look.Seen.Sight(finding.Finding{Rule: rule, Mode: finding.Enforce, Blocking: true, Path: "a.go", Line: 1,
					Fingerprint: finding.Fingerprint(fmt.Sprint(n))}, false)
			}
		}
		_, err := st.SavePlan(ctx, look, func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
		return err
	}
	return errors.Join(save(change.Open, "one", "bad", true), save(change.Open, "two", "good", false),
		save(change.Merged, "two", "good", false))
}
