package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/evidence"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/text"
	stored "github.com/lintel-review/lintel/internal/verdict"
)

// evidenceOf sums up what rules would have blocked in the last 200 pull requests of a repository that has 400, each with
// three verdicts, each of a decision with 40 findings.
func evidenceOf(ctx context.Context, b *bench) (err error) {
	jobs, err := queue.NewJobs(time.Now)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, "sqlite://"+filepath.Join(b.dir, "evidence.db"), time.Now, jobs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := queue.Migrate(ctx, st.Writer(), slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	for number := 1; number <= 400; number++ {
		if err := storePull(ctx, st, number); err != nil {
			return err
		}
	}
	got, err := repeat(15, func() error {
		sum, err := evidence.Read(ctx, st, change.GitHub, 7, evidence.Last)
		if err != nil {
			return err
		}
		if e := sum.Of("size/too-large"); e.Pulls != evidence.Last || e.WouldBlock == 0 {
			return fmt.Errorf("the evidence is %+v", e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.table.add(row{
		What:     "evidence of all rules over 200 stored pull requests, 600 verdicts",
		Measured: spread(got), Bar: "p50 < 500 ms", Verdict: judge(got.at(50) < 500*time.Millisecond),
		Values: map[string]float64{"seconds": got.at(50).Seconds()},
	})
	return nil
}

// storePull stores three verdicts on a pull request, the last on another head.
func storePull(ctx context.Context, st *store.Store, number int) error {
	ref := change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: number}, Owner: "acme", Name: "shop", Connection: 1}
	for look := range 3 {
		head := text.Digest(fmt.Sprint(number, look/2))
		now := time.Now()
		if _, err := st.Admit(ctx, delivery.Admission{
			Delivery: delivery.Delivery{ID: fmt.Sprint(number, "/", look), Forge: change.GitHub, ReceivedAt: now},
			Outcome:  delivery.Accepted,
			Requests: []delivery.ReviewRequest{{
				Ref:  &ref,
				Head: change.Rev{Ref: "topic", SHA: head},
				Base: change.Rev{Ref: "main", SHA: "base"},
				Lane: delivery.Interactive,
				Why:  "pull_request.synchronize",
			}},
		}); err != nil {
			return err
		}
		record, err := st.Record(ctx, ref.Key)
		if err != nil {
			return err
		}
		decision, err := json.Marshal(decisionOf(number, look))
		if err != nil {
			return err
		}
		v := &stored.Verdict{
			Ref: ref, Generation: record.Generation, Target: head, Head: head, Conclusion: "success", Digest: "d",
			Decision: text.Digest(decision), Title: "feat: sell", TakenAt: now, DecidedAt: now,
		}
		if _, err := st.SavePlan(ctx, plan.Look{
			Record: record, Verdict: v, Evidence: []stored.Evidence{{Digest: v.Decision, Kind: "decision", Body: decision}},
		}, func(plan.Standing) ([]effect.Effect, error) { return nil, nil }); err != nil {
			return err
		}
	}
	return nil
}

// decisionOf is a decision with 40 findings; every third pull request has one that would block, until its last look.
func decisionOf(number, look int) map[string]any {
	findings := []finding.Finding{}
	for i := range 40 {
		f := finding.Finding{
			Rule: fmt.Sprintf("lint/finding-%d", i%5), Family: "lint", Severity: finding.Warning, Mode: finding.Warn,
			Path: fmt.Sprintf("pkg/%d/file%d.go", number, i), Line: i, Title: "A linter's finding", Message: "This is not used anywhere.",
			Remedy: "Remove it.",
		}
		if i == 0 && number%3 == 0 && look < 2 {
			f.Rule, f.Severity, f.Mode = "size/too-large", finding.Error, finding.Shadow
		}
		findings = append(findings, f)
	}
	judged := []string{"size/too-large"}
	for i := range 140 {
		judged = append(judged, fmt.Sprintf("family-%d/rule-%d", i%10, i))
	}
	return map[string]any{"findings": findings, "judged": judged}
}
