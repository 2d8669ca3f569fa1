package github_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/flow"
	"github.com/lintel-review/lintel/internal/past"
)

// pastPull reads the events of a repository's only pull request, under a name that it has now.
func (s *shop) pastPull(t *testing.T, owner, name string) []flow.Event {
	t.Helper()
	q := s.pastQuery(past.FirstSize(), "")
	q.Owner, q.Name = owner, name
	page, err := s.forge.PastPulls(t.Context(), q)
	must(t, err)
	if page.RepoID != s.repo || page.Pulls != 1 {
		t.Fatalf("%s/%s: %d pull requests of repository %d", owner, name, page.Pulls, page.RepoID)
	}
	return page.Events
}

// TestPastOfEachWayToLand: squashed, rebased or merged by a commit, a pull request begins with its own first commit and
// landed as what the branch holds then. Tools that look for its head in a deployment find no squashed one.
func TestPastOfEachWayToLand(t *testing.T) {
	for _, way := range []string{"squash", "rebase", "merge"} {
		t.Run(way, func(t *testing.T) {
			clock := &ticking{at: time.Now().UTC()}
			s := newWatched(t, fakehub.Options{Now: clock.now})
			began := clock.now().Add(-3 * time.Hour)
			for i, file := range []string{"a", "b"} {
				_, err := s.hub.Commit("acme/shop", fakehub.Commit{Branch: "topic", Author: "wendy", Message: "feat: " + file,
					Files: fakehub.Files{file: "x\n"}, When: began.Add(time.Duration(i) * time.Hour)})
				must(t, err)
			}
			_, err := s.hub.Commit("acme/shop", fakehub.Commit{Branch: "main", Author: "olga", Message: "feat: beside",
				Files: fakehub.Files{"c": "x\n"}})
			must(t, err)
			n, err := s.hub.OpenPull("acme/shop", fakehub.Pull{Head: "topic", Base: "main", Title: "feat: both", Author: "wendy"})
			must(t, err)
			must(t, s.hub.MergePull("acme/shop", n, way, "olga"))
			events := s.pastPull(t, "acme", "shop")
			at := slices.IndexFunc(events, func(e flow.Event) bool { return e.Kind == flow.Merged })
			if at < 0 || events[at].SHA != s.hub.Tip("acme/shop", "main") {
				t.Fatalf("it did not land as the tip of the branch: %+v", events)
			}
			deployed := events[at].At.Add(time.Hour)
			f, ok := flow.Derive(events, flow.Given{DeployedAt: deployed})
			if !ok || f.FirstCommitAt == nil || !f.FirstCommitAt.Equal(began.Truncate(time.Second)) || f.Lead == nil ||
				*f.Lead != int64(deployed.Sub(began.Truncate(time.Second)).Seconds()) {
				t.Errorf("first commit %v, lead %v; it began %s", f.FirstCommitAt, f.Lead, began)
			}
		})
	}
}

// TestPastOutlivesNames: a repository that is renamed, and given to another owner, has the same events under the same keys.
func TestPastOutlivesNames(t *testing.T) {
	s := newShop(t, fakehub.Options{})
	s.life(t)
	sorted := func(all []flow.Event) []flow.Event {
		return slices.SortedFunc(slices.Values(all), func(a, b flow.Event) int { return cmp.Compare(a.Key, b.Key) })
	}
	before := sorted(s.pastPull(t, "acme", "shop"))
	must(t, s.hub.RenameRepo("acme/shop", "store", "olga"))
	if d := gocmp.Diff(before, sorted(s.pastPull(t, "acme", "store"))); d != "" {
		t.Errorf("renamed: %s", d)
	}
	must(t, s.hub.AddOrg(fakehub.Org{Login: "umbrella", Members: map[string]string{"olga": "admin"}}))
	must(t, s.hub.TransferRepo("acme/store", "umbrella", "olga"))
	var err error
	s.installation, err = s.hub.Install("umbrella")
	must(t, err)
	got := sorted(s.pastPull(t, "umbrella", "store"))
	keys := func(all []flow.Event) (out []string) {
		for _, e := range all {
			out = append(out, e.Key)
		}
		return out
	}
	// Teams do not move along: what was asked of one is no longer told.
	want := slices.DeleteFunc(keys(before), func(k string) bool { return !slices.Contains(keys(got), k) })
	if d := gocmp.Diff(want, keys(got)); d != "" || len(before)-len(got) > 1 {
		t.Errorf("transferred: %d events of %d: %s", len(got), len(before), d)
	}
}
