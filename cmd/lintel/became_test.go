//race:unwatched
package main

import (
	"context"
	"fmt"
	"hash/crc32"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/outcome"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
)

// became stores that a rule refused N merged pull requests of the recorded repository, and that the finding was
// "addressed" there by a later push, or "ignored", as when the operator let everything pass.
func became(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: became RULE OUTCOME N FILE")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	jobs, err := queue.NewJobs(time.Now)
	ts.Check(err)
	st, err := store.Open(context.Background(), "sqlite://"+ts.MkAbs(args[3]), time.Now, jobs)
	ts.Check(err)
	first := 1000 * int(1+crc32.ChecksumIEEE([]byte(args[0]+args[1]))%1000) // far from those of other calls
	for i := range n {
		key := change.Key{Forge: change.GitHub, RepoID: 7, Number: first + i}
		looks := []struct {
			state change.State
			line  string
			found bool
		}{{change.Open, "bad", true}, {change.Open, "good", false}, {change.Merged, "", false}}
		for at, look := range looks {
			if at == 1 && args[1] != string(outcome.Addressed) {
				continue
			}
			saved := plan.Look{Record: change.Record{Ref: change.Ref{Key: key}, State: look.state}}
			saved.Seen = outcome.NewLook(fmt.Sprint("head", at), []diff.File{{Path: "a.go", State: diff.Text, Blob: look.line,
				Hunks: []diff.Hunk{{NewStart: 1, Lines: []diff.Line{{Op: diff.Add, Text: look.line}}}}}})
			saved.Seen.Judged = []string{args[0]}
			if look.found {
				saved.Seen.Sight(finding.Finding{Rule: args[0], Mode: finding.Enforce, Blocking: true, Path: "a.go", Line: 1}, false)
			}
			_, err := st.SavePlan(context.Background(), saved, func(plan.Standing) ([]effect.Effect, error) { return nil, nil })
			ts.Check(err)
		}
	}
	ts.Check(st.Close())
}
