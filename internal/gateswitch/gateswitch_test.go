package gateswitch

import (
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestFor: scope, time and order decide which switch is in force.
func TestFor(t *testing.T) {
	ref := change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: 1}, Connection: 11}
	in := func(id int64, state State, scope Scope, until time.Duration) Switch {
		return Switch{ID: id, State: state, Scope: scope, Until: noon.Add(until)}
	}
	repo, org := Scope{Forge: change.GitHub, RepoID: 7}, Scope{Forge: change.GitHub, Connection: 11}
	ended := in(9, Closed, Scope{}, time.Hour)
	ended.EndedAt = noon
	for name, c := range map[string]struct {
		all  []Switch
		want int64
	}{
		"none":               {nil, 0},
		"repository":         {[]Switch{in(1, Open, repo, time.Hour)}, 1},
		"another repository": {[]Switch{in(1, Open, Scope{Forge: change.GitHub, RepoID: 8, Connection: 11}, time.Hour)}, 0},
		"organisation":       {[]Switch{in(1, Open, org, time.Hour)}, 1},
		"another one":        {[]Switch{in(1, Open, Scope{Forge: change.GitHub, Connection: 12}, time.Hour)}, 0},
		"all":                {[]Switch{in(1, Open, Scope{}, time.Hour)}, 1},
		"over":               {[]Switch{in(1, Open, repo, 0)}, 0},
		"ended":              {[]Switch{ended}, 0},
		"closed wins":        {[]Switch{in(1, Closed, Scope{}, time.Hour), in(2, Open, repo, time.Hour)}, 1},
		"closed wins, later": {[]Switch{in(1, Open, repo, time.Hour), in(2, Closed, Scope{}, time.Hour)}, 2},
		"the newest":         {[]Switch{in(3, Open, org, time.Hour), in(2, Open, repo, time.Hour)}, 3},
	} {
		got := int64(0)
		if s := For(c.all, ref, noon); s != nil {
			got = s.ID
		}
		if got != c.want {
			t.Errorf("%s: switch %d, want %d", name, got, c.want)
		}
	}
}

// TestForAGroup: a group's switch covers its projects and those of its subgroups, and nobody else's of the same GitLab.
func TestForAGroup(t *testing.T) {
	scope := Scope{Forge: change.GitLab, Connection: 1, Name: "Acme/pay"}
	all := []Switch{{ID: 1, State: Open, Scope: scope, Until: noon.Add(time.Hour)}}
	for owner, covered := range map[string]bool{"acme/pay": true, "acme/Pay/till": true, "acme": false, "acme/payroll": false, "": false} {
		ref := change.Ref{Key: change.Key{Forge: change.GitLab, RepoID: 7, Number: 1}, Owner: owner, Connection: 1}
		if got := For(all, ref, noon) != nil; got != covered {
			t.Errorf("%q: covered %v", owner, got)
		}
	}
	if other := (Scope{Forge: change.GitLab, Connection: 1, Name: "acme"}); scope.Same(other) {
		t.Error("two groups of one GitLab are the same scope")
	}
	if again := (Scope{Forge: change.GitLab, Connection: 1, Name: "acme/pay"}); !scope.Same(again) {
		t.Error("one group is two scopes")
	}
}

// TestCheck: a switch names one scope, its end and its reason.
func TestCheck(t *testing.T) {
	good := Request{State: Open, Org: "acme", For: time.Hour, Reason: "GitHub is down"}
	for name, c := range map[string]struct {
		change func(*Request)
		says   string
	}{
		"good":          {func(*Request) {}, ""},
		"normal":        {func(r *Request) { r.State, r.For, r.Reason = Normal, 0, "" }, ""},
		"no state":      {func(r *Request) { r.State = "close" }, "cannot be switched"},
		"two scopes":    {func(r *Request) { r.All = true }, "of one organisation"},
		"no scope":      {func(r *Request) { r.Org = "" }, "of one organisation"},
		"no repository": {func(r *Request) { r.Org, r.Repo = "", "acme" }, "names no repository"},
		"no forge":      {func(r *Request) { r.Forge = "gitlba" }, "no forge"},
		"all of one":    {func(r *Request) { r.Org, r.All, r.Forge = "", true, change.GitHub }, "every forge"},
		"a subgroup's":  {func(r *Request) { r.Org, r.Repo = "", "acme/pay/till" }, ""},
		"empty parts":   {func(r *Request) { r.Org, r.Repo = "", "acme//till" }, "names no repository"},
		"no end":        {func(r *Request) { r.For = 0 }, "ends by itself"},
		"no near end":   {func(r *Request) { r.For = 8 * 24 * time.Hour }, "ends by itself"},
		"no reason":     {func(r *Request) { r.Reason = " " }, "needs a reason"},
		"two lines":     {func(r *Request) { r.Reason = "a\nb" }, "one line"},
	} {
		r := good
		c.change(&r)
		if what, _ := r.Check(); (what == "") != (c.says == "") || !strings.Contains(what, c.says) {
			t.Errorf("%s: %q", name, what)
		}
	}
}
