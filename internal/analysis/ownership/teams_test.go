package ownership

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/settings"
)

// TestTeams: people of N different owners. acme/api is bob and carol, acme/web is carol and dora, acme/leads is the author and zed.
func TestTeams(t *testing.T) {
	files, both := []string{"api/a.go"}, "* @acme/api @acme/web\n"
	two := func(o *settings.Ownership) { o.Teams = 2 }
	hold(t, []demanded{
		{"nobody yet", owned(both, files), two, Pending, []string{"bob", "carol"}},
		{"one of each", owned(both, files, "bob", "dora"), two, Approved, nil},
		{"one who is in both counts for one", owned(both, files, "carol"), two, Pending, []string{"bob"}},
		{"who is in both and one of either", owned(both, files, "carol", "bob"), two, Approved, nil},
		{"one of the first", owned(both, files, "bob"), two, Pending, []string{"carol"}},
		{"two of one team", owned("* @acme/api @zed\n", files, "bob", "carol"), two, Pending, []string{"zed"}},
		{"a user is an owner of their own", owned("* @acme/api @zed\n", files, "bob", "zed"), two, Approved, nil},
		{"a member who is also named", owned("* @acme/api @bob\n", files, "bob"), two, Pending, []string{"carol"}},
		{"the author's own team has somebody else", owned("* @acme/leads @bob\n", files, "zed", "bob"), two, Approved, nil},
		{"the author never speaks", owned("* @ann @bob\n", files, "ann", "bob"), two, Short, nil},
		{"the author speaks where authors count", owned("* @ann @bob\n", files, "bob"),
			func(o *settings.Ownership) { o.Teams, o.AuthorCounts = 2, true }, Approved, nil},
		{"one owner on the line", owned("* @acme/api\n", files, "bob", "carol"), two, Short, nil},
		{"who cannot approve is no owner", owned("* @acme/api @ghost\n", files, "bob"), two, Short, nil},
		{"the same team twice is one", owned("* @acme/api @ACME/api\n", files, "bob", "carol"), two, Short, nil},
		{"the same person twice is one", owned("* @bob @Bob @carol\n", files, "bob"), two, Pending, []string{"carol"}},
		{"a team that is not known", owned("* @acme/api @acme/hidden\n", files, "bob"), two, Undecidable, nil},
		{"a team that is not known is not needed", owned(both+"*.go @acme/api @acme/web @acme/hidden\n", files, "bob", "dora"), two,
			Approved, nil},
		{"three of three", owned("* @acme/api @acme/web @acme/leads\n", files, "bob", "dora", "zed"),
			func(o *settings.Ownership) { o.Teams = 3 }, Approved, nil},
		{"three with one person twice", owned("* @acme/api @acme/web @acme/leads\n", files, "carol", "zed"),
			func(o *settings.Ownership) { o.Teams = 3 }, Pending, []string{"bob"}},
		{"more approvals than teams", owned(both, files, "bob", "dora"), func(o *settings.Ownership) { o.Teams, o.Approvals = 2, 3 },
			Pending, []string{"carol"}},
		{"each and two teams", owned(both, files, "carol"), func(o *settings.Ownership) { o.Teams, o.Require = 2, "each" }, Pending,
			[]string{"bob"}},
		{"a pusher does not speak", wrote(owned(both, files, "bob", "dora"), "dora"),
			func(o *settings.Ownership) { o.Teams, o.CountPushers = 2, false }, Pending, []string{"carol"}},
		{"the fallback team speaks for the line", owned("* @ann\n", files, "zed"), func(o *settings.Ownership) {
			o.SoleOwner, o.FallbackTeam, o.Teams = "fallback", "acme/api", 2
		}, Pending, []string{"bob", "carol"}},
	})
}

// TestSpeakingIsLargest holds the choice of speakers to trying all choices.
func TestSpeakingIsLargest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	people := []string{"a", "b", "c", "d", "e"}
	for range 3000 {
		g := &set{demand: demand{teams: 1 + r.IntN(5)}}
		for range 1 + r.IntN(5) {
			m := resolved{}
			for _, p := range people {
				if r.IntN(3) == 0 {
					m.people = append(m.people, p)
				}
			}
			g.asked = append(g.asked, m)
		}
		var approvers []string
		for _, p := range people {
			if r.IntN(2) == 0 {
				approvers = append(approvers, p)
			}
		}
		var most func(i int, used map[string]bool) int
		most = func(i int, used map[string]bool) int {
			if i == len(g.asked) {
				return 0
			}
			best := most(i+1, used)
			for _, p := range g.asked[i].people {
				if slices.Contains(approvers, p) && !used[p] {
					used[p] = true
					best = max(best, 1+most(i+1, used))
					used[p] = false
				}
			}
			return best
		}
		if got, want := g.speaking(approvers).count, min(g.demand.teams, most(0, map[string]bool{})); got != want {
			t.Fatalf("%d of %+v by %v, want %d", got, g.asked, approvers, want)
		}
	}
}

// TestWhoIsAskedIsEnough: once all who are asked have approved, no group waits any more.
func TestWhoIsAskedIsEnough(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	names := []string{"@bob", "@carol", "@dora", "@zed", "@acme/api", "@acme/web", "@acme/leads"}
	asked := 0
	for range 6000 {
		lines := ""
		for _, dir := range []string{"x", "y"} {
			lines += "/" + dir + "/"
			for range 1 + r.IntN(4) {
				lines += " " + names[r.IntN(len(names))]
			}
			lines += "\n"
		}
		s := owned(lines, []string{"x/a", "y/b"})
		for _, p := range []string{"bob", "carol", "dora", "zed"} {
			if r.IntN(4) == 0 {
				approve(s, p)
			}
		}
		opt := ordinary()
		opt.Teams, opt.Approvals, opt.Require = 1+r.IntN(3), 1+r.IntN(3), []string{"any", "each"}[r.IntN(2)]
		before := Analyse(s, opt)
		if len(before.Unblock.People) == 0 {
			continue
		}
		asked++
		for _, p := range before.Unblock.People {
			approve(s, p)
		}
		for _, g := range Analyse(s, opt).Groups {
			if g.Status == Pending {
				t.Fatalf("teams %d, approvals %d, %s: asked %v of\n%s%+v", opt.Teams, opt.Approvals, opt.Require, before.Unblock.People,
					lines, g)
			}
		}
	}
	if asked < 1000 {
		t.Errorf("somebody was asked in %d changes only", asked)
	}
}

func approve(s *change.Snapshot, login string) {
	yes := true
	s.Reviews = append(s.Reviews, change.Review{Author: change.Account{Login: login}, State: change.Approved, Commit: "h1", CanWrite: &yes})
}
