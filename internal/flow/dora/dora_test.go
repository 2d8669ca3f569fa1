package dora_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/flow/dora"
	"github.com/lintel-review/lintel/internal/flow/figure"
)

var epoch = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func at(hour int) time.Time { return epoch.Add(time.Duration(hour) * time.Hour) }

func after(hour int) *time.Time { t := at(hour); return &t }

// deploy is a successful deployment to production.
func deploy(id string, hour int, sha string) dora.Deployment {
	return dora.Deployment{ID: id, Environment: "production", Production: true, Source: dora.ByStatus, SHA: sha, Success: true,
		FinishedAt: at(hour)}
}

// shown is what became of deployments, each as "id:failed by:rework by:hours to recover".
func shown(all []dora.Judged) string {
	var parts []string
	for _, j := range all {
		recovered := ""
		if j.RecoveredAt != nil {
			recovered = fmt.Sprint(int(j.RecoveredAt.Sub(j.FinishedAt).Hours()))
		}
		parts = append(parts, fmt.Sprintf("%s:%s:%s:%s", j.ID, j.FailedBy, j.ReworkBy, recovered))
	}
	return strings.Join(parts, " ")
}

// TestJudge are the traps of the five metrics.
func TestJudge(t *testing.T) {
	yes, no := true, false
	staging := deploy("s", 1, "x")
	staging.Production = false
	broken := deploy("f", 1, "x")
	broken.Success = false
	api := deploy("api", 1, "x")
	api.Source = dora.ByAPI
	planned, hot := deploy("b", 2, "b"), deploy("b", 2, "b")
	planned.Unplanned, hot.Unplanned = &no, &yes
	for _, tt := range []struct {
		name      string
		all       []dora.Deployment
		incidents []dora.Incident
		brought   map[string][]dora.Brought
		want      string
	}{
		{"other environments and failed runs count nowhere", []dora.Deployment{staging, broken, deploy("a", 2, "a")}, nil, nil, "a:::"},
		{"one source alone", []dora.Deployment{api, deploy("a", 2, "a")}, nil, nil, "a:::"},
		{"one commit by several jobs is one", []dora.Deployment{deploy("a", 1, "x"), deploy("b", 2, "x"), deploy("c", 3, "y")}, nil, nil,
			"a::: c:::"},
		{"an incident that names its deployment", []dora.Deployment{deploy("a", 1, "a"), deploy("b", 2, "b")},
			[]dora.Incident{{Deployment: "a", OpenedAt: at(90), ResolvedAt: after(95)}}, nil, "a:told::94 b:::"},
		{"an incident that names an unknown one", []dora.Deployment{deploy("a", 1, "a")},
			[]dora.Incident{{Deployment: "z", OpenedAt: at(2)}}, nil, "a:::"},
		{"an incident soon after", []dora.Deployment{deploy("a", 1, "a"), deploy("b", 2, "b")},
			[]dora.Incident{{OpenedAt: at(3), ResolvedAt: after(5)}}, nil, "a::: b:in_time::3"},
		{"an incident long after is nobody's", []dora.Deployment{deploy("a", 1, "a")}, []dora.Incident{{OpenedAt: at(30)}}, nil, "a:::"},
		{"an incident before any", []dora.Deployment{deploy("a", 4, "a")}, []dora.Incident{{OpenedAt: at(1)}}, nil, "a:::"},
		{"two incidents, one goes on", []dora.Deployment{deploy("a", 1, "a")},
			[]dora.Incident{{OpenedAt: at(2), ResolvedAt: after(3)}, {OpenedAt: at(4)}}, nil, "a:in_time::"},
		{"two incidents of one deployment are one failure", []dora.Deployment{deploy("a", 1, "a")},
			[]dora.Incident{{OpenedAt: at(2), ResolvedAt: after(3)}, {OpenedAt: at(4), ResolvedAt: after(9)}}, nil, "a:in_time::8"},
		{"what is told goes before what is guessed", []dora.Deployment{deploy("a", 1, "a")},
			[]dora.Incident{{OpenedAt: at(2), ResolvedAt: after(9)}, {Deployment: "a", OpenedAt: at(2), ResolvedAt: after(3)}},
			nil, "a:told::2"},
		{"rolled back", []dora.Deployment{deploy("a", 1, "a"), deploy("b", 2, "b"), deploy("c", 4, "a")}, nil, nil,
			"a::: b:rolled_back::2 c::rolled_back:"},
		{"a revert was deployed", []dora.Deployment{deploy("a", 1, "a"), deploy("b", 2, "b"), deploy("c", 8, "c")}, nil,
			map[string][]dora.Brought{"a": {{Number: 1}}, "b": {{Number: 2}}, "c": {{Number: 3, Reverts: 1}}},
			"a:reverted::7 b::: c::reverts:"},
		{"a revert among other changes is no rework", []dora.Deployment{deploy("a", 1, "a"), deploy("c", 8, "c")}, nil,
			map[string][]dora.Brought{"a": {{Number: 1}}, "c": {{Number: 3, Reverts: 1}, {Number: 4}}}, "a:reverted::7 c:::"},
		{"a revert of what came along", []dora.Deployment{deploy("a", 1, "a")}, nil,
			map[string][]dora.Brought{"a": {{Number: 1}, {Number: 2, Reverts: 1}}}, "a:::"},
		{"fixes alone", []dora.Deployment{deploy("a", 1, "a")}, nil, map[string][]dora.Brought{"a": {{Number: 1, Fix: true}}}, "a::fixes:"},
		{"the team says so", []dora.Deployment{deploy("a", 1, "a"), hot}, nil, nil, "a::: b::told:"},
		{"the team says no", []dora.Deployment{deploy("a", 1, "a"), planned}, nil,
			map[string][]dora.Brought{"b": {{Number: 1, Fix: true}}}, "a::: b:::"},
		{"nothing", nil, []dora.Incident{{OpenedAt: at(1)}}, nil, ""},
	} {
		got := shown(dora.Judge(tt.all, tt.incidents, func(d dora.Deployment) []dora.Brought { return tt.brought[d.ID] }))
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestRatesStayRates throws dice: no rate leaves 0 to 1, however many incidents there are.
func TestRatesStayRates(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 5))
	for range 500 {
		var all []dora.Deployment
		var incidents []dora.Incident
		for i := range r.IntN(60) {
			d := deploy(fmt.Sprint(i), r.IntN(900), fmt.Sprint(r.IntN(40)))
			d.Success, d.Production = r.IntN(9) > 0, r.IntN(9) > 0
			all = append(all, d)
		}
		for range r.IntN(200) {
			incidents = append(incidents, dora.Incident{Deployment: []string{"", "1", "2"}[r.IntN(3)], OpenedAt: at(r.IntN(900)),
				ResolvedAt: after(r.IntN(900))})
		}
		brought := func(d dora.Deployment) []dora.Brought {
			first := d.FinishedAt.Add(-time.Hour)
			return []dora.Brought{{Number: len(d.ID), FirstCommitAt: &first, Reverts: r.IntN(9)}}
		}
		m := dora.Measure(dora.Judge(all, incidents, brought), nil, at(0), at(900))
		for name, rate := range map[string]*float64{"fail": share(m.ChangeFail), "rework": share(m.Rework)} {
			if rate != nil && (*rate < 0 || *rate > 1) {
				t.Fatalf("%s rate %v", name, *rate)
			}
		}
		if p := m.Recovery.P50; p != nil && *p < 0 {
			t.Fatalf("recovered before it failed: %d", *p)
		}
		if m.DaysWith > m.Days || m.Deployments > int64(len(all)) {
			t.Fatalf("%+v", m)
		}
	}
}

func share(rate *figure.Rate) *float64 {
	if rate == nil {
		return nil
	}
	return &rate.Share
}

// TestMeasure counts one period by hand.
func TestMeasure(t *testing.T) {
	var all []dora.Deployment
	for i := range 25 {
		all = append(all, deploy(fmt.Sprint(i), 24*i, fmt.Sprint("sha", i)))
	}
	incidents := []dora.Incident{{Deployment: "3", OpenedAt: at(80), ResolvedAt: after(24*3 + 5)}}
	judged := dora.Judge(all, incidents, func(d dora.Deployment) []dora.Brought {
		first := d.FinishedAt.Add(-10 * time.Hour)
		return []dora.Brought{{Number: 1, FirstCommitAt: &first}, {Number: 2}}
	})
	m := dora.Measure(judged, []time.Time{at(1)}, at(0), at(28*24))
	if m.Source != dora.ByStatus || m.Deployments != 25 || m.PerWeek != 6.25 || m.Days != 28 || m.DaysWith != 25 ||
		m.LeadTime.N != 25 || m.LeadTime.Of != 50 || *m.LeadTime.P50 != 36000 || m.ChangeFail.K != 1 || m.ChangeFail.N != 25 ||
		m.Recovery.N != 1 || m.Recovery.P50 != nil || m.FailedBy[dora.Told] != 1 || m.Rework.K != 0 {
		t.Errorf("%+v", m)
	}
	// Merges stand for deployments, and say nothing of times.
	m = dora.Measure(nil, []time.Time{at(1), at(30), at(5000)}, at(0), at(28*24))
	if m.Source != dora.ByMerge || m.Deployments != 2 || m.DaysWith != 2 || m.LeadTime.P50 != nil || m.ChangeFail != nil {
		t.Errorf("by merges: %+v", m)
	}
}

func TestIsProduction(t *testing.T) {
	for name, want := range map[string]bool{"production": true, "Prod": true, "prod-eu": true, "live": true, "prd/us": true,
		"staging": false, "preprod": false, "product-docs": false, "": false, "productive": false} {
		if dora.IsProduction(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestIsIncident(t *testing.T) {
	for label, want := range map[string]bool{"incident": true, "Type: Incident": true, "sev1": true, "SEV-2": true, "outage": true,
		"incidental": false, "several": false, "bug": false} {
		if dora.IsIncident([]string{"x", label}) != want {
			t.Errorf("%q: %v", label, !want)
		}
	}
}
