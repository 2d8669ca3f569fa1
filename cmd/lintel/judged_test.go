package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/text"
	"github.com/lintel-review/lintel/internal/verdict"
)

// judged is "judged FILE PULLS": it makes a server's database of acme/shop in which pull requests were judged. A line
// of PULLS is "NUMBER STATE TITLE", and each line below it, indented, is a verdict: "HEAD MINUTE", and the rule in
// shadow that found something, if one did.
func judged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: judged FILE PULLS")
	}
	start := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	now := start
	clock := func() time.Time { return now }
	jobs, err := queue.NewJobs(clock)
	ts.Check(err)
	ctx := context.Background()
	st, err := store.Open(ctx, "sqlite://"+ts.MkAbs(args[0]), clock, jobs)
	ts.Check(err)
	defer func() { ts.Check(st.Close()) }()
	ts.Check(queue.Migrate(ctx, st.Writer(), slog.New(slog.DiscardHandler)))
	admit := func(requests []delivery.ReviewRequest, ended []change.Ref, state change.State) {
		now = now.Add(time.Minute)
		_, err := st.Admit(ctx, delivery.Admission{
			Delivery: delivery.Delivery{ID: now.String(), Forge: change.GitHub, ReceivedAt: now},
			Outcome:  delivery.Accepted,
			Requests: requests,
			Ended:    ended,
			EndState: state,
			Seen: []delivery.Seen{{Forge: change.GitHub, Connection: 1,
				Repository: change.Repository{ID: 7, Owner: "acme", Name: "shop", DefaultBranch: "main"}}},
		})
		ts.Check(err)
	}
	var ref change.Ref
	var state, title string
	end := func() {
		if ref.Number > 0 && state != "open" {
			admit(nil, []change.Ref{ref}, change.State(state))
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(ts.ReadFile(args[1])), "\n") {
		if words := strings.Fields(line); !strings.HasPrefix(line, " ") {
			end()
			number, err := strconv.Atoi(words[0])
			ts.Check(err)
			key := change.Key{Forge: change.GitHub, RepoID: 7, Number: number}
			ref = change.Ref{Key: key, Owner: "acme", Name: "shop", Connection: 1}
			state, title = words[1], strings.Join(words[2:], " ")
			continue
		}
		words := append(strings.Fields(line), "")
		minute, err := strconv.Atoi(words[1])
		ts.Check(err)
		admit([]delivery.ReviewRequest{{
			Ref:  &ref,
			Head: change.Rev{Ref: "topic", SHA: words[0]},
			Base: change.Rev{Ref: "main", SHA: "base"},
			Lane: delivery.Interactive,
			Why:  "pull_request.synchronize",
		}}, nil, "")
		record, err := st.Record(ctx, ref.Key)
		ts.Check(err)
		ts.Check(saveVerdict(ctx, st, record, title, words[2], start.Add(time.Duration(minute)*time.Minute)))
	}
	end()
}

// saveVerdict stores a verdict in which one rule in shadow found something.
func saveVerdict(ctx context.Context, st *store.Store, r change.Record, title, rule string, at time.Time) error {
	findings := []map[string]any{}
	if rule != "" {
		findings = append(findings, map[string]any{"rule": rule, "severity": "error", "mode": "shadow", "blocking": false})
	}
	decision, err1 := json.Marshal(map[string]any{"findings": findings, "judged": []string{"size/too-large", "size/too-many-files"}})
	facts, err2 := json.Marshal(map[string]any{"change": map[string]any{"body": ""}})
	v := &verdict.Verdict{Ref: r.Ref, Generation: r.Generation, Target: r.Target(), Head: r.Head.SHA, Base: r.Base, Conclusion: "success",
		Digest: "d", Facts: text.Digest(facts), Decision: text.Digest(decision), Title: title, TakenAt: at, DecidedAt: at}
	_, err3 := st.SavePlan(ctx, plan.Look{Record: r, Verdict: v, Evidence: []verdict.Evidence{
		{Digest: v.Facts, Kind: "facts", Body: facts}, {Digest: v.Decision, Kind: "decision", Body: decision},
	}}, func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
	if err := errors.Join(err1, err2, err3); err != nil {
		return fmt.Errorf("store a verdict on %s: %w", r.Ref, err)
	}
	return nil
}
