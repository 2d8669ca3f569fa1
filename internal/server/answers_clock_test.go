package server_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
)

// What the works of the clock ask.
var (
	deliveriesOf = rest("GET", "/app/hook/deliveries")
	attempts     = rest("POST", "/app/hook/deliveries/{delivery_id}/attempts")
	repositories = rest("GET", "/installation/repositories")
)

// clockSpots are the addresses of the works of the clock.
func clockSpots(byREST bool) []spot {
	if byREST {
		return at(access, listed, rest("GET", anyRepo), branches, repositories)
	}
	return at(access, listed, graph("LintelRuled"), repositories)
}

// TestEveryAnswerToTheClock plays every fault at every address that the sweeps ask, while a new head waits to be found.
// What must hold: no change is taken for closed, nothing green is said meanwhile, and the next sweep finds the head.
//
//race:unwatched
func TestEveryAnswerToTheClock(t *testing.T) {
	t.Parallel() // each has a hub and a server of its own, and no clock but its own
	for name, byREST := range map[string]bool{"graphql": false, "rest": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := plain(t, byREST)
			a.green()
			// Of a change that nothing happened to, its rules are asked about.
			commit(t, a.hub, shop,
				fakehub.Commit{
					Branch:  "idle",
					From:    "main",
					Author:  "wendy",
					Message: "docs: idle",
					Files:   fakehub.Files{"docs/idle.md": "words\n"},
				})
			idle := open(t, a.hub, shop, fakehub.Pull{Head: "idle", Base: "main", Title: "docs: idle", Author: "wendy"})
			a.find()
			if _, err := a.server.LookThrough(t.Context(), change.Key{Forge: change.GitHub, RepoID: a.repo.ID, Number: idle}); err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, s := range clockSpots(byREST) {
				met := 0
				for _, name := range sortedNames(faultsAt(s)) {
					n++
					sha := a.push(n)
					a.hub.Reset()
					remove := a.play(s, faultsAt(s)[name])
					a.clock.forward(10 * time.Minute)
					_ = a.server.Rescue(t.Context())                 // what it could not read, it says
					_ = a.server.Discover(t.Context(), a.connection) // as the event of a new installation does
					met += a.hits(s)
					record, err := a.server.Record().Record(t.Context(), a.key)
					must(t, err)
					if record.State != change.Open {
						t.Errorf("%s %s: the change is %s", s, name, record.State)
					}
					remove()
					a.clock.forward(10 * time.Minute)
					must(t, a.server.Rescue(t.Context()))
					a.look()
					if got := a.stands(sha); got != "success" {
						t.Errorf("%s %s: after the fault the check is %s", s, name, got)
					}
				}
				if met == 0 {
					t.Errorf("no sweep asks %s", s)
				}
			}
		})
	}
}

// TestEveryAnswerToARedelivery plays every fault at the App's log of deliveries, in two sweeps after one another, while
// a delivery is lost. What must hold: the sweep that follows asks for it.
func TestEveryAnswerToARedelivery(t *testing.T) {
	t.Parallel() // each has a hub and a server of its own, and no clock but its own
	a := plain(t, false)
	a.hub.SetWebhook("http://127.0.0.1:1/nobody", "")
	deliveries := func() []hooklog.Delivery {
		must(t, a.hub.WaitDelivered(t.Context()))
		return a.hub.Webhooks().Deliveries(a.hub.App().ID)
	}
	const step = 9 * time.Minute // less than sweeps overlap, so that the first of them sees it in any case
	for _, s := range at(deliveriesOf, attempts) {
		for _, name := range sortedNames(faultsAt(s)) {
			must(t, a.server.Record().SetMark(t.Context(), "deliveries-swept", strconv.FormatInt(time.Now().UnixMilli(), 10)))
			known := map[string]bool{}
			for _, d := range deliveries() {
				known[d.GUID] = true
			}
			commit(t, a.hub, shop,
				fakehub.Commit{
					Branch:  "topic",
					Author:  "wendy",
					Message: "feat: more",
					Files:   fakehub.Files{"docs/more.md": name + s.String()},
				})
			remove := a.play(s, faultsAt(s)[name])
			for range 2 {
				deliveries()
				a.clock.forward(step)
				_ = a.server.Redeliver(t.Context()) // what it could not ask, it says
			}
			remove()
			a.clock.forward(step)
			must(t, a.server.Redeliver(t.Context()))
			tries := map[string]int{}
			for _, d := range deliveries() {
				if !known[d.GUID] {
					tries[d.GUID]++
				}
			}
			for guid, n := range tries {
				if n < 2 {
					t.Errorf("%s %s: the lost delivery %s was not asked for again", s, name, guid)
				}
			}
			if len(tries) == 0 {
				t.Fatal("nothing was lost")
			}
			a.clock.forward(-3 * step)
		}
	}
}
