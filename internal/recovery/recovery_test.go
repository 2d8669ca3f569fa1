package recovery

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/effect"
)

func TestNewNeedsEverything(t *testing.T) {
	rc, _, _, _ := world(t)
	whole := Options{
		Name:         rc.name,
		Forge:        rc.forge,
		Store:        rc.store,
		Checks:       rc.checks,
		Log:          rc.log,
		Now:          rc.now,
		TeamAge:      rc.teamAge,
		Repositories: rc.repositories,
	}
	for name, forget := range map[string]func(*Options){
		"name":         func(o *Options) { o.Name = "" },
		"forge":        func(o *Options) { o.Forge = nil },
		"store":        func(o *Options) { o.Store = nil },
		"checks":       func(o *Options) { o.Checks = nil },
		"log":          func(o *Options) { o.Log = nil },
		"now":          func(o *Options) { o.Now = nil },
		"team age":     func(o *Options) { o.TeamAge = 0 },
		"repositories": func(o *Options) { o.Repositories = 0 },
	} {
		o := whole
		forget(&o)
		if _, err := New(o); err == nil {
			t.Errorf("without %s it is made", name)
		}
	}
}

func TestRedeliver(t *testing.T) {
	rc, f, s, _ := world(t)
	late := noon.Add(-2 * time.Hour)
	f.missed = []drift.Missed{{ID: 1, GUID: "a", At: late}, {ID: 2, GUID: "b", At: late.Add(time.Minute)}, {ID: 3, GUID: "c", At: noon}}
	f.refuses[2] = &change.Refused{What: "gone"}
	if err := rc.Redeliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int64{1, 3}, f.sent); d != "" {
		t.Errorf("one that is refused keeps the others back:\n%s", d)
	}
	if want := noon.Add(-deliveriesKept); !f.since.Equal(want) {
		t.Errorf("the first sweep reads since %s, want %s", f.since, want)
	}
	// The refused one is asked for again: the next sweep begins before it.
	if err := rc.Redeliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !f.since.Equal(late.Add(time.Minute)) {
		t.Errorf("the second sweep reads since %s and misses the refused delivery of %s", f.since, late.Add(time.Minute))
	}
	// A fault that is no answer moves no mark.
	before := s.marks[sweptMark]
	f.refuses[1] = errBroken
	if err := rc.Redeliver(t.Context()); !errors.Is(err, errBroken) || s.marks[sweptMark] != before {
		t.Errorf("got %v, and the mark went from %s to %s", err, before, s.marks[sweptMark])
	}
}

// standing is a change on the forge and the record that agrees with it.
func standing() (drift.Listed, drift.Known, drift.Branch) {
	updated := noon.Add(-3 * time.Hour)
	branch := drift.Branch{Ref: "main", Default: "main", Tip: "base", Files: map[string]string{controls.SettingsPath: "blob"}}
	listed := drift.Listed{
		Number:    7,
		Head:      change.Rev{Ref: "topic", SHA: "head"},
		Base:      change.Rev{Ref: "main", SHA: "base"},
		UpdatedAt: updated,
	}
	known := drift.Known{
		Record: change.Record{
			Ref:  change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 1, Number: 7}},
			Head: listed.Head,
			Base: listed.Base,
		},
		TakenAt:      updated.Add(time.Minute),
		Judged:       "head",
		UpdatedAt:    updated,
		ControlFiles: controls.Digest(branch.Ref, branch.Merges.String(), branch.Files),
	}
	return listed, known, branch
}

// TestReconcileAsksWhenItDiffers changes one thing at a time between the forge and the record.
func TestReconcileAsksWhenItDiffers(t *testing.T) {
	for _, c := range []struct {
		why     string
		differs func(l *drift.Listed, k *drift.Known, b *drift.Branch)
	}{
		{"", func(*drift.Listed, *drift.Known, *drift.Branch) {}},
		{"never judged", func(_ *drift.Listed, k *drift.Known, _ *drift.Branch) { k.TakenAt = time.Time{} }},
		{"new head", func(l *drift.Listed, _ *drift.Known, _ *drift.Branch) { l.Head.SHA = "pushed" }},
		{"new base", func(l *drift.Listed, _ *drift.Known, _ *drift.Branch) { l.Base.Ref = "release" }},
		{"updated", func(l *drift.Listed, _ *drift.Known, _ *drift.Branch) { l.UpdatedAt = l.UpdatedAt.Add(time.Second) }},
		{"updated while it was read", func(_ *drift.Listed, k *drift.Known, _ *drift.Branch) { k.TakenAt = k.UpdatedAt.Add(time.Second) }},
		{"its owners' teams were read long ago", func(_ *drift.Listed, k *drift.Known, _ *drift.Branch) { k.Teams = true }},
		{"not all of it was shown when it was read",
			func(_ *drift.Listed, k *drift.Known, _ *drift.Branch) { k.UnsureAt = noon.Add(-16 * time.Minute) }},
		{"", func(_ *drift.Listed, k *drift.Known, _ *drift.Branch) { k.UnsureAt = noon.Add(-14 * time.Minute) }},
		{"its controls or the repository's merge settings changed",
			func(_ *drift.Listed, _ *drift.Known, b *drift.Branch) { b.Files[controls.SettingsPath] = "other" }},
		{"", func(_ *drift.Listed, _ *drift.Known, b *drift.Branch) { b.Tip = "pushed" }},
		{"its base moved", func(_ *drift.Listed, _ *drift.Known, b *drift.Branch) { b.Tip, b.Default = "pushed", "trunk" }},
	} {
		rc, f, s, _ := world(t)
		listed, known, branch := standing()
		c.differs(&listed, &known, &branch)
		f.pulls["shop"], f.branch = []drift.Listed{listed}, branch
		s.watched = []drift.Repository{{Repository: change.Repository{ID: 1, Owner: "acme", Name: "shop"}, Connection: 5}}
		s.open[1] = []drift.Known{known}
		if err := rc.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := ""
		if touches := s.touches(); len(touches) > 0 {
			got = touches[0].Why
		}
		want := c.why
		if want != "" {
			want = "reconciled: " + want
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if !s.scanned[1].Equal(noon) {
			t.Errorf("%q: the repository is not recorded as listed", c.why)
		}
	}
}

// TestReconcileOtherModes: a rollout that begins today, and another demotion, have a change looked at again; nothing else
// reads its settings twice a day, and nothing asks the forge.
func TestReconcileOtherModes(t *testing.T) {
	rc, f, s, _ := world(t)
	listed, known, branch := standing()
	f.pulls["shop"], f.branch = []drift.Listed{listed}, branch
	s.watched = []drift.Repository{{Repository: change.Repository{ID: 1, Owner: "acme", Name: "shop"}, Connection: 5}}
	s.open[1] = []drift.Known{known}
	today := noon
	rc.now = func() time.Time { return today }
	s.judgedBy = []byte(`{"size":{"mode":"enforce","from":"` + noon.AddDate(0, 0, 2).Format(time.DateOnly) + `"},"demote":"auto"}`)
	step := func(want string, read int) {
		t.Helper()
		before := len(s.touches())
		s.settingsRead = 0
		if err := rc.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := ""
		if touches := s.touches(); len(touches) > before {
			got = touches[len(touches)-1].Why
		}
		if got != want || s.settingsRead != read {
			t.Errorf("asked %q, want %q; read settings %d times, want %d", got, want, s.settingsRead, read)
		}
	}
	step("", 1)
	step("", 0)
	today = noon.AddDate(0, 0, 1)
	step("", 1)
	step("", 0)
	s.noisy = []change.NoisyRule{{Rule: "size/too-large", Decided: 60, Unwanted: 30}}
	step("reconciled: other rules are demoted", 1)
	s.noisy = nil
	step("", 0)
	today = noon.AddDate(0, 0, 2)
	step("reconciled: a rollout began or ended", 1)
	f.pulls["shop"], s.open[1] = nil, nil
	if got := rc.comparedOf(1); got != 1 {
		t.Fatalf("%d comparisons are kept of one pull request", got)
	}
	step("", 0)
	if got := rc.comparedOf(1); got != 0 {
		t.Errorf("%d comparisons are kept of a pull request that is over", got)
	}
}

// comparedOf is how many comparisons are kept of a repository.
func (rc *Recovery) comparedOf(repo int64) (n int) {
	rc.comparisons(repo).Range(func(any, any) bool {
		n++
		return true
	})
	return n
}

func TestReconcileNewClosedAndBroken(t *testing.T) {
	rc, f, s, _ := world(t)
	_, known, branch := standing()
	f.branch = branch
	for n := range 30 {
		f.pulls["shop"] = append(f.pulls["shop"], drift.Listed{Number: 100 + n, Base: change.Rev{Ref: "main"}})
	}
	s.watched = []drift.Repository{
		{Repository: change.Repository{ID: 2, Owner: "acme", Name: "broken"}, Connection: 5},
		{Repository: change.Repository{ID: 3, Owner: "acme", Name: "limited"}, Connection: 5},
		{Repository: change.Repository{ID: 1, Owner: "acme", Name: "shop"}, Connection: 5},
	}
	f.broken["broken"], f.broken["limited"] = errBroken, &change.Limited{Until: noon.Add(time.Minute)}
	s.open[1] = []drift.Known{known}
	if err := rc.Reconcile(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want the broken repository and not the limited one", err)
	}
	touches := s.touches()
	if len(touches) != 31 {
		t.Fatalf("%d looks were asked for, want 30 new pull requests and a closed one", len(touches))
	}
	if first, last := touches[paceFree].After, touches[29].After; touches[0].After != 0 || first != 0 || last != 9*paceEach {
		t.Errorf("the looks are not paced: %s, %s, %s", touches[0].After, first, last)
	}
	if over := touches[30]; over.Ref.Number != 7 || over.Why != "reconciled: no longer open" {
		t.Errorf("the closed one: %+v", over)
	}
	if f.branches != 0 {
		t.Errorf("%d branches were read, though no verdict could stand", f.branches)
	}
}

func TestUnsureMergeGroupIsAskedForAgain(t *testing.T) {
	rc, _, s, _ := world(t)
	_, group, _ := standing()
	group.Record.Group, group.UnsureAt = &change.Group{}, noon.Add(-time.Hour)
	s.watched = []drift.Repository{{Repository: change.Repository{ID: 1, Owner: "acme", Name: "shop"}, Connection: 5}}
	s.open[1] = []drift.Known{group}
	if err := rc.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if touches := s.touches(); len(touches) != 1 || touches[0].Group == nil {
		t.Errorf("%+v", touches)
	}
}

// TestDiscover takes what the forge lists and the record does not say into the record, some at a time, and lists no changes:
// the next reconciliation does.
func TestDiscover(t *testing.T) {
	rc, f, s, _ := world(t)
	same := change.Repository{ID: 1, Owner: "acme", Name: "shop", DefaultBranch: "main"}
	renamed := change.Repository{ID: 2, Owner: "acme", Name: "old"}
	s.watched = []drift.Repository{{Repository: same, Connection: 5}, {Repository: renamed, Connection: 5}}
	renamed.Name = "site"
	f.visible = []change.Repository{same, renamed}
	for id := range int64(2 * seenAtOnce) {
		f.visible = append(f.visible, change.Repository{ID: 10 + id, Owner: "acme", Name: fmt.Sprintf("many-%d", id)})
	}
	want := slices.Clone(f.visible[1:])
	if err := rc.Discover(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	if len(s.admitted) != 3 || len(f.listedFor) > 0 {
		t.Fatalf("%d transactions, and listed are the changes of %v", len(s.admitted), f.listedFor)
	}
	var got []change.Repository
	for _, a := range s.admitted {
		if len(a.Seen) > seenAtOnce {
			t.Errorf("deliveries wait for %d repositories", len(a.Seen))
		}
		for _, seen := range a.Seen {
			got = append(got, seen.Repository)
			if seen.Connection != 5 || seen.Forge != change.GitHub || seen.Gone {
				t.Errorf("%+v", seen)
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestScan(t *testing.T) {
	rc, f, s, _ := world(t)
	shop, site := change.Repository{ID: 1, Owner: "acme", Name: "shop"}, change.Repository{ID: 2, Owner: "acme", Name: "site"}
	f.visible = []change.Repository{shop, site}
	// A repository that is not in the record is found through the connection, and the others are not listed.
	if err := rc.Scan(t.Context(), delivery.Scan{Forge: change.GitHub, Connection: 5, RepoID: 2, Branch: "main"}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"site:main"}, f.listedFor); d != "" || len(s.admitted) != 1 || len(s.admitted[0].Seen) != 2 {
		t.Errorf("%s\n%+v", d, s.admitted)
	}
	s.watched = []drift.Repository{{Repository: shop, Connection: 5}}
	f.listedFor, f.visible = nil, nil
	if err := rc.Scan(t.Context(), delivery.Scan{Forge: change.GitHub, RepoID: 1}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"shop:"}, f.listedFor); d != "" {
		t.Error(d)
	}
}

func TestRetryLost(t *testing.T) {
	rc, _, s, _ := world(t)
	before := noon.Add(-time.Minute)
	if err := rc.RetryLost(t.Context(), before); err != nil || len(s.admitted) != 0 || !s.lostBefore.Equal(before) {
		t.Fatalf("nothing is lost: %v, %+v", err, s.admitted)
	}
	s.lost = []change.Record{{Ref: change.Ref{Key: change.Key{Number: 1}}}, {Ref: change.Ref{Key: change.Key{Number: 2}}}}
	if err := rc.RetryLost(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if touches := s.touches(); len(touches) != 2 || touches[1].Ref.Number != 2 || touches[1].Lane != delivery.Backfill {
		t.Errorf("%+v", touches)
	}
}

// TestWakeWaitingForgetsLast: what is due is forgotten only when the request for it is stored.
func TestWakeWaitingForgetsLast(t *testing.T) {
	rc, _, s, _ := world(t)
	s.due = []change.Record{{Ref: change.Ref{Key: change.Key{Number: 1}}}}
	s.full = errBroken
	if err := rc.WakeWaiting(t.Context()); !errors.Is(err, errBroken) || len(s.told) != 0 {
		t.Fatalf("got %v, and %d were forgotten", err, len(s.told))
	}
	s.full = nil
	if err := rc.WakeWaiting(t.Context()); err != nil || len(s.told) != 1 || len(s.touches()) != 1 {
		t.Errorf("got %v, %d forgotten, %d asked for", err, len(s.told), len(s.touches()))
	}
}

func TestRejudge(t *testing.T) {
	rc, _, s, _ := world(t)
	s.connections = []int64{5, 6}
	for i, c := range []struct {
		gate, policies string
		asked          int
	}{
		{"enforce", "one", 0}, // the first start of all
		{"enforce", "one", 0},
		{"warn", "one", 4}, // two connections of each forge
		{"warn", "two", 4},
		{"warn", "two", 0},
	} {
		s.admitted = nil
		if err := rc.Rejudge(t.Context(), c.gate, c.policies); err != nil {
			t.Fatal(err)
		}
		if got := len(s.touches()); got != c.asked {
			t.Errorf("start %d: %d requests, want %d", i, got, c.asked)
		}
	}
}

// TestStandIn: verdicts of a process that judged in place of another one are looked at again by whichever judges for good.
func TestStandIn(t *testing.T) {
	for _, after := range []string{"one", "two"} {
		rc, _, s, _ := world(t)
		s.connections = []int64{5, 6}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(rc.Rejudge(t.Context(), "enforce", "two"))
		must(rc.StandIn(t.Context(), "enforce", "one"))
		for _, want := range []int{4, 0} { // two connections of each forge, once
			s.admitted = nil
			must(rc.Rejudge(t.Context(), "enforce", after))
			if got := len(s.touches()); got != want {
				t.Errorf("%s judges after one stood in for two: %d requests, want %d", after, got, want)
			}
		}
	}
}

func TestConcludeStranded(t *testing.T) {
	stranded := func(shas ...string) (all []effect.Effect) {
		for _, sha := range shas {
			all = append(all, effect.Effect{Check: &effect.Check{SHA: sha}})
		}
		return all
	}
	rc, _, s, c := world(t)
	s.stranded = stranded("a", "b", "c", "d")
	c.fails["b"] = fmt.Errorf("conclude: %w", &change.Gone{})
	c.fails["c"] = errBroken
	if err := rc.ConcludeStranded(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	if d := cmp.Diff([]string{"a", "d"}, c.ended); d != "" {
		t.Error(d)
	}
	if len(s.dropped) != 1 || s.dropped[0].Check.SHA != "b" {
		t.Errorf("dropped %+v, want the one that the forge did not take", s.dropped)
	}
	// A rate limit ends the sweep without an error; the next one goes on.
	rc, _, s, c = world(t)
	s.stranded = stranded("a", "b")
	c.fails["a"] = &change.Limited{}
	if err := rc.ConcludeStranded(t.Context()); err != nil || len(c.ended) != 0 {
		t.Errorf("got %v, and %v were ended", err, c.ended)
	}
}
