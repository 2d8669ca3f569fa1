package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/store"
)

// switchGate carries out a request that must succeed.
func (r *Rig) switchGate(q gateswitch.Request) *gateswitch.Switch {
	r.t.Helper()
	if q.Reason == "" {
		q.Reason = "why"
	}
	q.Actor = "olga"
	s, err := r.SwitchGate(ctx(), q)
	r.fatal(err)
	return s
}

// standing are the switches that stand.
func (r *Rig) standing() []gateswitch.Switch {
	r.t.Helper()
	all, err := r.GateSwitches(ctx())
	r.fatal(err)
	return all
}

// generations are those of the first two changes.
func (r *Rig) generations() [2]int64 {
	r.t.Helper()
	return [2]int64{r.MustRecord(Pull(1).Key).Generation, r.MustRecord(Pull(2).Key).Generation}
}

var gateCases = map[string]func(t *testing.T, r *Rig){
	"a switch stands, is replaced and ended, each with its record": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		since := r.Clock.Now().Add(time.Second)
		r.Clock.Add(time.Minute)
		first := r.switchGate(gateswitch.Request{State: gateswitch.Open, Org: "ACME", For: time.Hour})
		if all := r.standing(); len(all) != 1 || all[0].Scope.Name != "acme" || all[0].Scope.Connection != connection ||
			!all[0].Until.Equal(r.Clock.Now().Add(time.Hour)) {
			t.Errorf("%+v", all)
		}
		second := r.switchGate(gateswitch.Request{State: gateswitch.Closed, Org: "acme", For: time.Hour})
		if all := r.standing(); len(all) != 1 || all[0].ID != second.ID {
			t.Errorf("%+v", all)
		}
		r.switchGate(gateswitch.Request{State: gateswitch.Open, Repo: "acme/shop", For: time.Hour})
		if ended := r.switchGate(gateswitch.Request{State: gateswitch.Normal, Org: "acme"}); ended == nil || ended.ID != second.ID {
			t.Errorf("ended %+v", ended)
		}
		if none := r.switchGate(gateswitch.Request{State: gateswitch.Normal, Org: "acme"}); none != nil {
			t.Errorf("ended %+v", none)
		}
		want := []string{"gate.opened by olga", "gate.ended by olga", "gate.closed by olga", "gate.opened by olga", "gate.ended by olga"}
		if got := r.acts(since); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		past, err := r.PastGateSwitches(ctx(), 10)
		if r.fatal(err); len(past) != 3 || past[2].ID != first.ID || past[2].EndedBy != "olga" {
			t.Errorf("%+v", past)
		}
	},
	"a switch that began by a clock that was ahead ends as soon as it was meant to": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		const ahead = 60 * 24 * time.Hour
		r.Clock.Add(ahead)
		r.switchGate(gateswitch.Request{State: gateswitch.Open, Org: "acme", For: time.Hour})
		r.Clock.Add(-ahead)
		before := r.MustRecord(Pull(1).Key).Generation
		for range 2 {
			if ended, err := r.ExpireGateSwitches(ctx(), r.Clock.Now()); len(ended) != 0 || err != nil {
				t.Errorf("ended early: %+v %v", ended, err)
			}
		}
		if all := r.standing(); len(all) != 1 || !all[0].Until.Equal(r.Clock.Now().Add(time.Hour)) {
			t.Errorf("%+v", all)
		}
		if got := r.MustRecord(Pull(1).Key).Generation; got != before+1 {
			t.Errorf("%d looks follow, want one: the check says when it ends", got-before)
		}
		r.Clock.Add(time.Hour)
		if ended, err := r.ExpireGateSwitches(ctx(), r.Clock.Now()); len(ended) != 1 || err != nil {
			t.Errorf("ended: %+v %v", ended, err)
		}
	},
	"a switch that began while a sweep was on its way was not given by a clock ahead": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		swept := r.Clock.Now()
		r.Clock.Add(60 * 24 * time.Hour)
		r.switchGate(gateswitch.Request{State: gateswitch.Open, Org: "acme", For: time.Hour})
		if ended, err := r.ExpireGateSwitches(ctx(), swept); len(ended) != 0 || err != nil {
			t.Errorf("ended: %+v %v", ended, err)
		}
		if all := r.standing(); len(all) != 1 || !all[0].Until.Equal(r.Clock.Now().Add(time.Hour)) {
			t.Errorf("%+v", all)
		}
	},
	"a switch that ended is pruned with the history, and one that stands is not": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		r.switchGate(gateswitch.Request{State: gateswitch.Open, Org: "acme", For: time.Hour})
		r.switchGate(gateswitch.Request{State: gateswitch.Normal, Org: "acme"})
		stands := r.switchGate(gateswitch.Request{State: gateswitch.Open, Repo: "acme/shop", For: 3 * time.Hour})
		prune := func(age time.Duration) (left []gateswitch.Switch) {
			t.Helper()
			_, err := r.Prune(ctx(), store.Retention{History: age})
			r.fatal(err)
			left, err = r.PastGateSwitches(ctx(), 10)
			r.fatal(err)
			return left
		}
		r.Clock.Add(2 * time.Hour)
		if left := prune(3 * time.Hour); len(left) != 2 {
			t.Errorf("before its time went one of %+v", left)
		}
		if left := prune(time.Hour); len(left) != 1 || left[0].ID != stands.ID {
			t.Errorf("left are %+v, want the one that stands", left)
		}
	},
	"a name that both forges have is asked for, and a group's switch is its own": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa")))
		lab := delivery.Admission{Delivery: delivery.Delivery{Forge: change.GitLab, Connection: 1, ReceivedAt: r.Clock.Now()},
			Outcome: delivery.Accepted}
		for i, name := range []string{"acme", "acme/pay", "acmes"} {
			repo := change.Repository{ID: int64(70 + i), Owner: name, Name: "shop", OwnerID: int64(i + 1)}
			lab.Seen = append(lab.Seen, delivery.Seen{Forge: change.GitLab, Connection: 1, Repository: repo})
			lab.Requests = append(lab.Requests, delivery.ReviewRequest{Forge: change.GitLab, RepoID: repo.ID, Connection: 1,
				Lane: delivery.Interactive, Why: "opened", Head: change.Rev{SHA: name},
				Ref: &change.Ref{Key: change.Key{Forge: change.GitLab, RepoID: repo.ID, Number: 1}, Owner: name, Name: "shop",
					Connection: 1}})
		}
		r.MustAdmit(lab)
		generation := func(i int64) int64 {
			return r.MustRecord(change.Key{Forge: change.GitLab, RepoID: 70 + i, Number: 1}).Generation
		}
		request := gateswitch.Request{State: gateswitch.Open, Org: "acme", For: time.Hour, Reason: "why", Actor: "olga"}
		for _, request.Repo = range []string{"", "acme/shop"} {
			if request.Repo != "" {
				request.Org = ""
			}
			var both *change.Ambiguous
			if _, err := r.SwitchGate(ctx(), request); !errors.As(err, &both) || len(r.standing()) > 0 {
				t.Errorf("%+v: %v", request, err)
			}
		}
		before := []int64{generation(0), generation(1), generation(2)}
		s := r.switchGate(gateswitch.Request{State: gateswitch.Open, Org: "Acme", Forge: change.GitLab, For: time.Hour})
		if s.Scope.Name != "acme" || s.Scope.Forge != change.GitLab || s.Scope.RepoID != 0 {
			t.Errorf("%+v", s.Scope)
		}
		got := []int64{generation(0) - before[0], generation(1) - before[1], generation(2) - before[2]}
		if !slices.Equal(got, []int64{1, 1, 0}) {
			t.Errorf("looks %v: those of the group and its subgroups follow, and no others", got)
		}
		r.switchGate(gateswitch.Request{State: gateswitch.Closed, Org: "acme/pay", For: time.Hour})
		if all := r.standing(); len(all) != 2 || all[0].Scope.Name != "acme" || all[1].Scope.Name != "acme/pay" {
			t.Errorf("a group's switch replaces another's: %+v", all)
		}
		r.switchGate(gateswitch.Request{State: gateswitch.Open, Org: "acme", Forge: change.GitHub, For: time.Hour})
		if all := r.standing(); len(all) != 3 {
			t.Errorf("%+v", all)
		}
	},
	"a name that nobody knows switches nothing": func(t *testing.T, r *Rig) {
		_, err := r.SwitchGate(ctx(), gateswitch.Request{State: gateswitch.Open, Org: "acme", For: time.Hour, Reason: "why"})
		if !errors.Is(err, change.ErrNotFound) || len(r.standing()) > 0 {
			t.Error(err)
		}
	},
	"a switch looks at every open change of its scope, and its end at what it turned": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("d1", Opened(1, "aaa"), Opened(2, "bbb")))
		r.Save(r.Verdict(1, "failure", "x"))
		r.Save(r.Verdict(2, "success", "x"))
		before := r.generations()
		s := r.switchGate(gateswitch.Request{State: gateswitch.Open, All: true, For: time.Hour})
		if got := r.generations(); got[0] != before[0]+1 || got[1] != before[1]+1 {
			t.Errorf("generations %v after %v", got, before)
		}
		before = r.generations()
		look := r.Verdict(1, "success", "y")
		look.Turned = &gateswitch.Turned{Switch: s.ID, Ref: Pull(1), SHA: "aaa", Passed: true, Problems: 2}
		r.Save(look)
		r.Save(look) // the same commit once
		r.Save(r.Verdict(2, "success", "y"))
		turned, err := r.GateTurned(ctx(), s.ID, 10)
		if r.fatal(err); len(turned) != 1 || turned[0].Ref != Pull(1) || !turned[0].Passed || turned[0].Problems != 2 {
			t.Errorf("%+v", turned)
		}
		r.Clock.Add(time.Hour - time.Second)
		if ended, err := r.ExpireGateSwitches(ctx(), r.Clock.Now()); len(ended) > 0 || err != nil {
			t.Errorf("ended early: %+v %v", ended, err)
		}
		r.Clock.Add(time.Second)
		ended, err := r.ExpireGateSwitches(ctx(), r.Clock.Now())
		if r.fatal(err); len(ended) != 1 || ended[0].EndedBy != "clock" || len(r.standing()) > 0 {
			t.Errorf("%+v", ended)
		}
		if got := r.generations(); got[0] != before[0]+1 || got[1] != before[1] {
			t.Errorf("generations %v after %v: the end looks at what it turned alone", got, before)
		}
		if got := r.acts(time.Time{}); !slices.Contains(got, "gate.ended by clock") || len(got) != 3 {
			t.Errorf("%q", got)
		}
		r.verifies(3)
	},
}
