package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
)

// town is six changes and a merge group in two repositories and two connections, one of them closed.
func town(r *Rig) {
	r.t.Helper()
	into := func(t delivery.ReviewRequest, branch string) delivery.ReviewRequest {
		t.Base.Ref = branch
		return t
	}
	far := Opened(1, "aaa")
	ref := *far.Ref
	ref.RepoID, ref.Name, ref.Connection = 8, "bank", 12
	far.Ref = &ref
	group := Pull(0)
	group.Group = "fff"
	r.MustAdmit(r.Admission("", Opened(1, "aaa"), Opened(2, "bbb"), into(Opened(3, "aaa"), "stable"), Opened(4, "ddd"), far,
		delivery.ReviewRequest{
			Ref:   &group,
			Group: &change.Group{Head: "fff", Number: 1},
			Base:  change.Rev{Ref: "queue"},
			Why:   "merge_group",
		}))
	a := r.Admission("")
	a.Ended, a.EndState = []change.Ref{Pull(4)}, change.Closed
	r.MustAdmit(a)
	for number, teams := range map[int][]string{1: {"acme/back-end", "acme/web"}, 2: {"acme/back"}} {
		look := r.Verdict(number, "success", "x")
		look.Teams = teams
		r.Save(look)
	}
	r.Queue.Take()
}

var lookCases = map[string]func(t *testing.T, r *Rig){
	"by what": func(t *testing.T, r *Rig) {
		town(r)
		here := delivery.ReviewRequest{
			Forge:      change.GitHub,
			RepoID:     repoID,
			Connection: connection,
			Lane:       delivery.Interactive,
			Why:        "w",
		}
		for _, c := range []struct {
			name string
			ask  func(*delivery.ReviewRequest)
			want []string
		}{
			{"commit", func(t *delivery.ReviewRequest) { t.Commit = "aaa" }, []string{"github:7#1", "github:7#3"}},
			{"a commit of a closed change", func(t *delivery.ReviewRequest) { t.Commit = "ddd" }, nil},
			{"branch", func(t *delivery.ReviewRequest) { t.Branch = "main" }, []string{"github:7#1", "github:7#2"}},
			{"the groups of a change", func(t *delivery.ReviewRequest) { t.GroupsOf = 1 }, []string{"github:7@fff"}},
			{"a change without groups", func(t *delivery.ReviewRequest) { t.GroupsOf = 2 }, nil},
			{"merge base of the newest verdict", func(t *delivery.ReviewRequest) { t.MergeBase = "fork" },
				[]string{"github:7#1", "github:7#2"}},
			{"a commit that nothing was compared with", func(t *delivery.ReviewRequest) { t.MergeBase = "other" }, nil},
			{"repository", func(t *delivery.ReviewRequest) { t.Repo = true },
				[]string{"github:7#1", "github:7#2", "github:7#3", "github:7@fff"}},
			{"another repository", func(t *delivery.ReviewRequest) { t.Repo, t.RepoID = true, 8 }, []string{"github:8#1"}},
			{"team, by its whole name", func(t *delivery.ReviewRequest) { t.Team = "acme/back" }, []string{"github:7#2"}},
			{"a team that nothing read", func(t *delivery.ReviewRequest) { t.Team = "acme/ops" }, nil},
			{"installation", func(t *delivery.ReviewRequest) { t.All = true },
				[]string{"github:7#1", "github:7#2", "github:7#3", "github:7@fff"}},
			{"another connection", func(t *delivery.ReviewRequest) { t.All, t.Connection = true, 12 }, []string{"github:8#1"}},
			{"another forge", func(t *delivery.ReviewRequest) { t.All, t.Forge = true, change.GitLab }, nil},
		} {
			request := here
			c.ask(&request)
			r.MustAdmit(r.Admission("", request))
			var got []string
			for _, job := range r.Queue.Take() {
				got = append(got, job.Key)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
		if _, err := r.Admit(ctx(), r.Admission("", here)); err == nil {
			t.Error("a request that selects nothing was taken")
		}
	},
	"a long list is paced": func(t *testing.T, r *Rig) {
		for n := 1; n <= 23; n++ {
			r.MustAdmit(r.Admission("", Opened(n, fmt.Sprintf("sha-%d", n))))
		}
		r.Queue.Take()
		r.MustAdmit(r.Admission("",
			delivery.ReviewRequest{
				Forge:  change.GitHub,
				RepoID: repoID,
				Repo:   true,
				Lane:   delivery.Backfill,
				After:  time.Second,
				Pace:   2 * time.Second,
				Why:    "push",
			}))
		jobs := r.Queue.Take()
		for i, want := range map[int]time.Duration{0: time.Second, 20: time.Second, 21: 3 * time.Second, 22: 5 * time.Second} {
			if jobs[i].After != want {
				t.Errorf("job %d waits %s, want %s", i, jobs[i].After, want)
			}
		}
	},
	"a renamed repository keeps its changes": func(t *testing.T, r *Rig) {
		town(r)
		a := r.Admission("")
		a.Seen[0].Repository.Owner, a.Seen[0].Repository.Name, a.Seen[0].Repository.DefaultBranch = "Globex", "Store", ""
		r.MustAdmit(a)
		got, err := r.Find(ctx(), change.GitHub, "globex", "store", 1)
		r.fatal(err)
		if got.Owner != "Globex" || got.Name != "Store" || got.Key != Pull(1).Key {
			t.Errorf("%+v", got)
		}
		if repo, inst, err := r.Repository(ctx(), change.GitHub, repoID); err != nil || repo.DefaultBranch != "main" ||
			inst != connection {
			t.Errorf("an event without the default branch forgot it: %+v %d %v", repo, inst, err)
		}
		if got, err := r.Find(ctx(), change.GitHub, "acme", "shop", 1); err != nil || got.Name != "Store" {
			t.Errorf("by its old name, which nobody else has: %+v %v", got, err)
		}
		// Another repository takes the name: it is the first, and the renamed one is still found behind it.
		other := Pull(1)
		other.RepoID = repoID + 1
		b := r.Admission("", Opened(1, "bbb"))
		b.Seen[0].Repository.ID, b.Requests[0].Ref, b.Requests[0].RepoID = other.RepoID, &other, other.RepoID
		r.MustAdmit(b)
		named, err := r.Named(ctx(), change.GitHub, "acme", "shop", 1)
		r.fatal(err)
		if len(named) != 2 || named[0].Key != other.Key || named[1].Key != Pull(1).Key {
			t.Errorf("%+v", named)
		}
	},
	"a repository that is gone closes its changes": func(t *testing.T, r *Rig) {
		town(r)
		a := r.Admission("")
		a.Seen[0].Gone = true
		r.MustAdmit(a)
		for _, n := range []int{1, 2, 3} {
			if got := r.MustRecord(Pull(n).Key); got.State != change.Closed || got.Generation != got.Evaluated {
				t.Errorf("%d: %+v", n, got)
			}
		}
		watched, err := r.Watched(ctx(), change.GitHub, 10)
		r.fatal(err)
		if len(watched) != 0 {
			t.Errorf("still swept: %+v", watched)
		}
		// It comes back with the next event about it.
		r.MustAdmit(r.Admission(""))
		if watched, err = r.Watched(ctx(), change.GitHub, 10); err != nil || len(watched) != 1 {
			t.Errorf("%+v %v", watched, err)
		}
	},
	"a connection that is gone takes only its own": func(t *testing.T, r *Rig) {
		town(r)
		a := r.Admission("")
		a.Uninstalled, a.Seen = true, nil
		r.MustAdmit(a)
		if got := r.MustRecord(Pull(1).Key); got.State != change.Closed {
			t.Errorf("%+v", got)
		}
		far := Pull(1).Key
		far.RepoID = 8
		if got := r.MustRecord(far); got.State != change.Open {
			t.Errorf("%+v", got)
		}
		if lag, err := r.Lag(ctx()); err != nil || lag.Waiting != 1 {
			t.Errorf("what is gone still waits: %+v %v", lag, err)
		}
	},
}
