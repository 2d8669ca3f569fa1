package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/flow/dora"
)

func (r *Rig) deploy(events ...any) {
	r.t.Helper()
	for _, e := range events {
		switch e := e.(type) {
		case dora.Deployment:
			r.fatal(r.KeepDeployments(ctx(), []dora.Deployment{e}, nil))
		case dora.Incident:
			r.fatal(r.KeepDeployments(ctx(), nil, []dora.Incident{e}))
		case flow.Event:
			r.append(e)
		}
	}
}

func deployment(id, sha string, at time.Time) dora.Deployment {
	return dora.Deployment{ID: id, Forge: "github", RepoID: 7, Environment: "production", Production: true, Source: dora.ByStatus,
		SHA: sha, Success: true, FinishedAt: at}
}

var deploymentCases = map[string]func(t *testing.T, r *Rig){
	"a deployment brings what was merged since the one before, in any order of telling": func(t *testing.T, r *Rig) {
		start := r.Clock.Now()
		merge := func(n int) time.Time { return start.Add(time.Duration(n)*time.Hour + 2*time.Hour) }
		var told []any
		for n := 1; n < 7; n++ {
			for _, e := range pullLife(n, start.Add(time.Duration(n)*time.Hour)) {
				told = append(told, e)
			}
		}
		pushed := flow.Event{
			Pull: flow.Pull{Forge: "github", RepoID: 7},
			Kind: flow.Landed,
			SHA:  "direct",
			At:   merge(5).Add(time.Minute),
		}
		pushed.Key = flow.Key(pushed)
		told = append(told, pushed,
			deployment("d1", "landed1", merge(1).Add(time.Minute)),
			deployment("d2", "landed3", merge(3).Add(10*time.Minute)),
			deployment("d3", "direct", merge(5).Add(20*time.Minute)),
			deployment("d4", "unknown", merge(6).Add(time.Minute)),
			dora.Incident{ID: "i1", Forge: "github", RepoID: 7, OpenedAt: merge(3).Add(12 * time.Minute)})
		want := "deploy_s=60 deploy_s=4200 deploy_s=600 deploy_s=4800 deploy_s=1200 deploy_s= "
		chance := rand.New(rand.NewPCG(23, 1))
		for round := range 6 {
			for _, table := range []string{"flow_event", "flow_fact", "deployment", "incident"} {
				_, err := r.Writer().Exec(`DELETE FROM ` + table)
				r.fatal(err)
			}
			r.deploy(told...)
			got := ""
			for n := 1; n < 7; n++ {
				got += r.rowOf("deploy_s", n)
			}
			if got != want {
				t.Fatalf("round %d: %s\nwant %s", round, got, want)
			}
			m, err := r.Dora(ctx(), dora.Scope{Forge: "github", RepoID: 7}, start, start.Add(24*time.Hour))
			r.fatal(err)
			if m.Deployments != 4 || m.Source != dora.ByStatus || m.FailedBy[dora.InTime] != 1 || m.Unrecovered != 1 ||
				m.LeadTime.Of != 5 {
				t.Fatalf("round %d: %+v", round, m)
			}
			chance.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
		}
	},
	"an incident that was withdrawn never was one": func(t *testing.T, r *Rig) {
		at := r.Clock.Now()
		incident := dora.Incident{ID: "i1", Forge: "github", RepoID: 7, OpenedAt: at.Add(time.Minute)}
		failed := func() int64 {
			m, err := r.Dora(ctx(), dora.Scope{Forge: "github", RepoID: 7}, at.Add(-time.Hour), at.Add(time.Hour))
			r.fatal(err)
			return m.FailedBy[dora.InTime]
		}
		r.deploy(deployment("d1", "a", at), incident)
		if n := failed(); n != 1 {
			t.Fatalf("%d deployments failed by an incident", n)
		}
		incident.Withdrawn = true
		r.deploy(incident, incident)
		if n := failed(); n != 0 {
			t.Errorf("%d deployments failed by an incident that is none", n)
		}
	},
	"an older word about an incident changes nothing": func(t *testing.T, r *Rig) {
		at := r.Clock.Now()
		word := func(second int, withdrawn bool) dora.Incident {
			return dora.Incident{ID: "i1", Forge: "github", RepoID: 7, OpenedAt: at.Add(time.Minute), Withdrawn: withdrawn,
				ToldAt: at.Add(time.Minute + time.Duration(second)*time.Second)}
		}
		r.deploy(deployment("d1", "a", at), word(2, true))
		for i, tt := range []struct {
			told dora.Incident
			want int64
		}{
			{word(1, false), 0}, {word(2, false), 0}, {word(4, false), 1}, {word(3, true), 1}, {word(4, true), 0}, {word(5, false), 1},
		} {
			r.deploy(tt.told)
			m, err := r.Dora(ctx(), dora.Scope{Forge: "github", RepoID: 7}, at.Add(-time.Hour), at.Add(time.Hour))
			r.fatal(err)
			if n := m.FailedBy[dora.InTime]; n != tt.want {
				t.Errorf("step %d: %d deployments failed by the incident, want %d", i, n, tt.want)
			}
		}
	},
	"a run that failed becomes a deployment when it succeeds, at its first end": func(t *testing.T, r *Rig) {
		at := r.Clock.Now()
		failed := deployment("d1", "a", at)
		failed.Success = false
		r.deploy(failed)
		count := func() int64 {
			m, err := r.Dora(ctx(), dora.Scope{}, at.Add(-time.Hour), at.Add(24*time.Hour))
			r.fatal(err)
			return m.Deployments
		}
		if n := count(); n != 0 {
			t.Errorf("%d deployments of a failed run", n)
		}
		r.deploy(deployment("d1", "a", at.Add(2*time.Hour)), deployment("d1", "a", at.Add(time.Hour)),
			deployment("d1", "a", at.Add(3*time.Hour)), failed)
		var finished int64
		r.fatal(r.Writer().QueryRow(`SELECT finished_at FROM v_deploy_v1`).Scan(&finished))
		if n := count(); n != 1 || finished != at.Add(time.Hour).UnixMilli() {
			t.Errorf("%d deployments, at %d", n, finished)
		}
	},
	"services of one repository are measured apart": func(t *testing.T, r *Rig) {
		at := r.Clock.Now()
		for n := 1; n < 4; n++ {
			r.append(pullLife(n, at.Add(time.Duration(n)*time.Hour))...)
		}
		of := func(service, id, sha string, hours int) dora.Deployment {
			d := deployment(id, sha, at.Add(time.Duration(hours)*time.Hour))
			d.Service = service
			return d
		}
		r.deploy(
			of("api", "a1", "landed1", 4),
			of("web", "w1", "landed1", 5),
			of("api", "a2", "landed3", 6),
			of("web", "w2", "landed3", 9),
			dora.Incident{ID: "i1", Forge: "github", RepoID: 7, Service: "web", OpenedAt: at.Add(9*time.Hour + time.Minute)},
		)
		for _, c := range []struct {
			scope            dora.Scope
			n, pulls, failed int64
		}{
			{dora.Scope{}, 4, 3, 1},
			{dora.Scope{Forge: "github", RepoID: 7}, 4, 3, 1},
			{dora.Scope{Forge: "github", RepoID: 7, Service: "api"}, 2, 3, 0},
			{dora.Scope{Service: "web"}, 2, 3, 1},
			{dora.Scope{Forge: "github", RepoID: 7, Service: "none"}, 0, 0, 0},
			{dora.Scope{Forge: "github", RepoID: 8, Service: "api"}, 0, 0, 0},
		} {
			m, err := r.Dora(ctx(), c.scope, at, at.Add(24*time.Hour))
			r.fatal(err)
			if m.Deployments != c.n || m.LeadTime.Of != c.pulls || m.FailedBy[dora.InTime] != c.failed {
				t.Errorf(
					"%+v: %d deployments of %d changes, %d failed",
					c.scope,
					m.Deployments,
					m.LeadTime.Of,
					m.FailedBy[dora.InTime],
				)
			}
		}
		for scope, want := range map[dora.Scope]string{{}: "[api web]", {Forge: "github", RepoID: 7}: "[api web]",
			{Forge: "gitlab", RepoID: 7}: "[]"} {
			names, err := r.Services(ctx(), scope)
			r.fatal(err)
			if fmt.Sprint(names) != want {
				t.Errorf("%+v: services %v, want %s", scope, names, want)
			}
		}
	},
	"a change counts once, however many deployments ended with its own": func(t *testing.T, r *Rig) {
		at := r.Clock.Now()
		r.append(pullLife(1, at.Add(time.Hour))...)
		end := at.Add(4 * time.Hour)
		for _, name := range []string{"api", "web"} {
			for _, place := range []string{"production-eu", "production-us"} {
				d := deployment(name+place, "landed1", end)
				d.Service, d.Environment = name, place
				r.deploy(d)
			}
		}
		for _, scope := range []dora.Scope{{}, {Forge: "github", RepoID: 7}, {Service: "web"}} {
			m, err := r.Dora(ctx(), scope, at, at.Add(24*time.Hour))
			r.fatal(err)
			if m.LeadTime.Of != 1 {
				t.Errorf("%+v: %d changes, want 1", scope, m.LeadTime.Of)
			}
		}
	},
	"merges stand for deployments where there are none": func(t *testing.T, r *Rig) {
		at := r.Clock.Now()
		for n := 1; n < 4; n++ {
			r.append(pullLife(n, at)...)
		}
		m, err := r.Dora(ctx(), dora.Scope{Forge: "github", RepoID: 7}, at.Add(-time.Hour), at.Add(24*time.Hour))
		r.fatal(err)
		if m.Deployments != 3 || m.Source != dora.ByMerge || m.LeadTime.N != 0 || m.ChangeFail != nil {
			t.Errorf("%+v", m)
		}
		var rows int
		r.fatal(r.Writer().QueryRow(`SELECT COUNT(cycle_s) FROM v_pr_v1 WHERE name IS NULL AND merged_unreviewed = 0`).Scan(&rows))
		if rows != 3 {
			t.Errorf("%d rows in the view", rows)
		}
	},
}
