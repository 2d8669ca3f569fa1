package storetest

import (
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/plan"
	"github.com/lintel-review/lintel/internal/verdict"
)

// repoID is the repository of the suite's changes, connection the connection there.
const (
	repoID     = 7
	connection = 11
)

// Pull is a change of the suite's repository.
func Pull(number int) change.Ref {
	return change.Ref{
		Key:        change.Key{Forge: change.GitHub, RepoID: repoID, Number: number},
		Owner:      "acme",
		Name:       "shop",
		Connection: connection,
	}
}

// Opened asks for a look at a change at a head, into main.
func Opened(number int, head string) delivery.ReviewRequest {
	ref := Pull(number)
	return delivery.ReviewRequest{
		Ref:   &ref,
		Head:  change.Rev{Ref: fmt.Sprintf("topic-%d", number), SHA: head},
		Base:  change.Rev{Ref: "main", SHA: "base"},
		Lane:  delivery.Interactive,
		Why:   "pull_request.opened",
		Actor: "mona",
	}
}

// Admission is an accepted delivery with some requests for looks.
func (r *Rig) Admission(id string, requests ...delivery.ReviewRequest) delivery.Admission {
	return delivery.Admission{
		Delivery: delivery.Delivery{
			ID:         id,
			Forge:      change.GitHub,
			Name:       "pull_request",
			Action:     "opened",
			Connection: connection,
			RepoID:     repoID,
			Sender:     "mona",
			ReceivedAt: r.Clock.Now(),
		},
		Outcome: delivery.Accepted, Requests: requests,
		Seen: []delivery.Seen{
			{
				Forge:      change.GitHub,
				Connection: connection,
				Repository: change.Repository{ID: repoID, Owner: "acme", Name: "shop", DefaultBranch: "main"},
			},
		}}
}

// MustAdmit admits and fails the test on an error.
func (r *Rig) MustAdmit(a delivery.Admission) delivery.Receipt {
	r.t.Helper()
	got, err := r.Admit(ctx(), a)
	r.fatal(err)
	return got
}

// MustRecord reads a record and fails the test on an error.
func (r *Rig) MustRecord(key change.Key) change.Record {
	r.t.Helper()
	got, err := r.Record(ctx(), key)
	r.fatal(err)
	return got
}

// Verdict is a look at a change as it is remembered, with a verdict and its evidence.
func (r *Rig) Verdict(number int, conclusion, evidence string) plan.Look {
	r.t.Helper()
	record := r.MustRecord(Pull(number).Key)
	now := r.Clock.Now()
	v := &verdict.Verdict{Ref: record.Ref, Generation: record.Generation, Target: record.Target(), Head: record.Head.SHA,
		Base: record.Base, MergeBase: "fork", Conclusion: conclusion,
		Digest: "sha256:seen", Facts: "sha256:facts" + evidence, Policy: "sha256:policy", Settings: "sha256:settings",
		Decision: "sha256:decision" + evidence, Engine: "opa", Controls: "main-tip", ControlFiles: "sha256:controls",
		Title: "feat: sell", UpdatedAt: now.Add(-time.Minute), TakenAt: now.Add(-time.Second), DecidedAt: now}
	return plan.Look{Record: record, Verdict: v, Evidence: []verdict.Evidence{
		{Digest: v.Facts, Kind: "facts", Body: []byte(`{"facts":"` + evidence + `"}`)},
		{Digest: v.Decision, Kind: "decision", Body: []byte(`{"decision":"` + evidence + `"}`)},
		{Digest: v.Policy, Kind: "policies", Body: []byte(`[]`)}, {Digest: v.Settings, Kind: "settings", Body: []byte(`{}`)}}}
}

// Save saves a look with some effects and returns what stood before.
func (r *Rig) Save(look plan.Look, effects ...effect.Effect) plan.Standing {
	r.t.Helper()
	var standing plan.Standing
	_, err := r.SavePlan(ctx(), look, func(st plan.Standing) ([]effect.Effect, error) {
		standing = st
		return effects, nil
	})
	r.fatal(err)
	return standing
}

// Check is a concluded check of a change on a commit.
func Check(key string, number int, sha string, conclusion effect.Conclusion) effect.Effect {
	return effect.Effect{
		Key: key,
		Ref: Pull(number),
		Check: &effect.Check{
			Name:       "lintel",
			SHA:        sha,
			Status:     effect.Completed,
			Conclusion: conclusion,
			Digest:     "digest of " + key,
			Title:      "t",
			Summary:    "s",
		},
	}
}

// Comment is a comment on a change.
func Comment(key string, number int) effect.Effect {
	return effect.Effect{Key: key, Ref: Pull(number), Comment: &effect.Comment{Body: "b", Digest: "digest of " + key}}
}
