// Package storetest is the behaviour that every record keeps, whatever database is under it: the promises of the
// store's rooms, one interface and one group of cases for each. Only tests import it.
//
// A new implementation calls Exercise with a function that opens an empty record; each case opens its own.
package storetest

import (
	"context"
	"testing"
	"time"
)

// Open makes an empty record that hands its jobs and steps to q and closes when the test ends.
type Open func(t *testing.T, now func() time.Time, q *Queue) Store

// Exercise runs the whole suite.
func Exercise(t *testing.T, open Open) {
	for _, group := range []struct {
		name  string
		cases map[string]func(t *testing.T, r *Rig)
	}{
		{"deliveries", deliveryCases},
		{"looks", lookCases},
		{"plan", planCases},
		{"journal", journalCases},
		{"findings", findingCases},
		{"feedback", feedbackCases},
		{"changes", changeCases},
		{"prune", pruneCases},
		{"reports", reportCases},
		{"tokens", tokenCases},
		{"waits", waitCases},
		{"sessions", sessionCases},
		{"unfinished", unfinishedCases},
		{"spending", spendingCases},
		{"consults", consultCases},
		{"checks", checkCases},
		{"audit", auditCases},
		{"organisations", organisationCases},
		{"outcomes", outcomeCases},
		{"demotions", demotionCases},
		{"responses", responseCases},
		{"flow", flowCases},
		{"deployments", deploymentCases},
		{"landings", landingCases},
		{"fleet", fleetCases},
		{"gate", gateCases},
		{"commands", commandCases},
		{"past", pastCases},
		{"bookmarks", bookmarkCases},
		{"limits", limitCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for name, run := range group.cases {
				t.Run(name, func(t *testing.T) { run(t, NewRig(t, open)) })
			}
		})
	}
}

// Rig is one empty record with its queue and its clock.
type Rig struct {
	Store
	Queue *Queue
	Clock *Clock
	t     *testing.T
}

// NewRig opens an empty record.
func NewRig(t *testing.T, open Open) *Rig {
	t.Helper()
	clock := &Clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	r := &Rig{Queue: &Queue{now: clock.Now}, Clock: clock, t: t}
	r.Store = open(t, r.Clock.Now, r.Queue)
	return r
}

func ctx() context.Context { return context.Background() }

func (r *Rig) fatal(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
