package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fleet"
)

var fleetCases = map[string]func(t *testing.T, r *Rig){
	"what a forge does for projects is known to all, and forgotten when nobody looks": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("one", Opened(1, "a")))
		shop := fleet.Watched{RepoID: repoID, Name: "acme/shop", Gate: "none", Webhook: "executable"}
		r.fatal(r.KeepWatches(ctx(), change.GitHub, []fleet.Watched{shop}))
		r.Clock.Add(time.Hour)
		shop.Gate, shop.Webhook = "status", "disabled"
		till := fleet.Watched{RepoID: 9, Name: "acme/till", Gate: "external"}
		r.fatal(r.KeepWatches(ctx(), change.GitHub, []fleet.Watched{till, shop}))
		shop.At, till.At = r.Clock.Now(), r.Clock.Now()
		got, err := r.WatchesOf(ctx(), change.GitHub)
		r.fatal(err)
		if d := cmp.Diff([]fleet.Watched{shop, till}, got.All); d != "" {
			t.Error(d)
		}
		list, err := r.Repositories(ctx())
		r.fatal(err)
		if len(list) != 1 || list[0].Gate != "status" || list[0].Webhook != "disabled" {
			t.Errorf("%+v", list)
		}
		if one, err := r.WatchOf(ctx(), change.GitHub, repoID); err != nil || one != shop {
			t.Errorf("of one project is known %+v, %v", one, err)
		}
		if one, err := r.WatchOf(ctx(), change.GitLab, repoID); err != nil || one.Gate != "" {
			t.Errorf("of another forge's is known %+v, %v", one, err)
		}
		r.Clock.Add(fleet.WatchedFor + time.Minute)
		if one, err := r.WatchOf(ctx(), change.GitHub, repoID); err != nil || one.Gate != "" {
			t.Errorf("what nobody looked at for hours is %+v, %v", one, err)
		}
		got, err = r.WatchesOf(ctx(), change.GitHub)
		r.fatal(err)
		if list, err = r.Repositories(ctx()); err != nil || len(got.All) != 0 || list[0].Gate != "" {
			t.Errorf("what nobody looked at for hours is %+v and %+v, %v", got.All, list, err)
		}
		// A gate that nobody shows any more is not shown, and another one is noticed all the same.
		shop.Gate = ""
		r.fatal(r.KeepWatches(ctx(), change.GitHub, []fleet.Watched{shop}))
		had, err := r.LastGates(ctx(), change.GitHub)
		r.fatal(err)
		if one, err := r.WatchOf(ctx(), change.GitHub, repoID); err != nil || one.Gate != "" || had[repoID] != "status" ||
			had[9] != "external" || len(had) != 2 {
			t.Errorf("shown is %+v, had was %v, %v", one, had, err)
		}
		r.Clock.Add(91 * 24 * time.Hour)
		r.fatal(r.KeepWatches(ctx(), change.GitHub, nil))
		if had, err := r.LastGates(ctx(), change.GitHub); err != nil || len(had) != 0 {
			t.Errorf("after months is known %v, %v", had, err)
		}
	},
	"what a note says of the gate is known to all": func(t *testing.T, r *Rig) {
		key := Pull(1).Key
		says := func(want string, known bool) {
			t.Helper()
			if got, ok, err := r.GateNote(ctx(), key); err != nil || got != want || ok != known {
				t.Errorf("it says %q, known %v, %v; want %q, %v", got, ok, err, want, known)
			}
		}
		says("", false)
		r.MustAdmit(r.Admission("one", Opened(1, "a"), Opened(2, "b")))
		says("", false)
		for _, text := range []string{"", "it holds *no* merge", "?!"} {
			r.fatal(r.KeepGateNote(ctx(), key, text, true))
			says(text, true)
		}
		r.fatal(r.KeepGateNote(ctx(), key, "", false))
		says("", false)
		if _, known, err := r.GateNote(ctx(), Pull(2).Key); known || err != nil {
			t.Errorf("another change: known %v, %v", known, err)
		}
	},
	"repositories are summed up, and what fails, waits and costs is told": func(t *testing.T, r *Rig) {
		r.MustAdmit(r.Admission("one", Opened(1, "a"), Opened(2, "b"), Opened(3, "c")))
		for number, conclusion := range map[int]string{1: "failure", 2: "success"} {
			r.Save(r.Verdict(number, conclusion, "x"))
			r.evaluate(Pull(number).Key, r.MustRecord(Pull(number).Key).Generation)
		}
		began := r.Clock.Now()
		r.Clock.Add(time.Hour)
		_, err := r.Writer().Exec(`INSERT INTO history (id, change_id, at, kind, detail, delivery, sha, actor) `+
			`SELECT MAX(id) + 1, $1, $2, 'failed', 'the forge is down', '', '', '' FROM history`,
			Pull(3).Key.String(), r.Clock.Now().UnixMilli())
		r.fatal(err)
		_, err = r.Writer().Exec(`INSERT INTO tally (forge, repo_id, day, rule, name, n) VALUES `+
			`('github', 7, $1, 'size/large-file', 'blocked', 3), ('github', 7, $1, 'size/large-file', 'fired', 5), `+
			`('github', 8, $1, 'size/large-file', 'blocked', 1), ('', 0, $1, 'size/large-file', 'blocked', 4), `+
			`('github', 7, $2, 'commits/type', 'blocked', 9)`, r.Clock.Now().Unix()/86400, r.Clock.Now().Unix()/86400-60)
		r.fatal(err)
		id, _ := r.reserve(reservation(1, "a"), budget.Caps{})
		r.settle(id, 300, 100)

		got, err := r.Repositories(ctx())
		r.fatal(err)
		want := []fleet.Repository{{
			Forge: change.GitHub, ID: repoID, Name: "acme/shop", Open: 3, Waiting: 1, WaitingSince: began, Refused: 1, Passing: 1,
			JudgedAt: began, Failing: 1, Failure: "the forge is down", FailedAt: r.Clock.Now(), Calls: 1, Tokens: 400, Micro: 1300,
		}}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		open, err := r.OpenOf(ctx(), change.Repository{ID: repoID, Owner: "acme", Name: "shop"}, change.GitHub)
		r.fatal(err)
		if len(open) != 3 || open[0].Ref.Number != 3 || open[0].Failure != "the forge is down" || open[1].Conclusion != "failure" ||
			open[1].Title != "feat: sell" ||
			!open[1].WaitingSince.IsZero() {
			t.Errorf("%+v", open)
		}
		for repo, want := range map[int64][]fleet.Refusals{
			0:      {{Rule: "size/large-file", Refused: 4, Repositories: 2}},
			repoID: {{Rule: "size/large-file", Refused: 3, Repositories: 1}},
			9:      {},
		} {
			got, err := r.RefusalsSince(ctx(), change.GitHub, repo, r.Clock.Now().AddDate(0, 0, -30))
			r.fatal(err)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%d: %s", repo, d)
			}
		}
	},
}
