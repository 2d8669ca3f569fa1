package ownership

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
)

// demanded is what is asked for one change: the status of its only group, and unless nil the people to ask.
type demanded struct {
	name string
	s    *change.Snapshot
	set  func(*settings.Ownership)
	want string
	ask  []string
}

func hold(t *testing.T, cases []demanded) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			opt := ordinary()
			c.set(&opt)
			f := Analyse(c.s, opt)
			if len(f.Groups) != 1 || f.Groups[0].Status != c.want || c.ask != nil && !slices.Equal(f.Unblock.People, c.ask) {
				t.Errorf("groups %+v, unblock %+v; want %s and %v", f.Groups, f.Unblock, c.want, c.ask)
			}
		})
	}
}

func ordinary() settings.Ownership {
	return settings.Ownership{SoleOwner: "block", KeepApprovals: true, Approvals: 1, Require: settings.RequireAny, CountPushers: true}
}

// owned is a change by ann of one file for each line, approved by the given people.
func owned(owners string, files []string, approved ...string) *change.Snapshot {
	yes := true
	s := &change.Snapshot{
		Kind: change.Request, Author: &change.Account{Login: "ann"}, Head: change.Rev{SHA: "h1"},
		Controls: change.Controls{
			Files: map[string]change.File{"CODEOWNERS": {Path: "CODEOWNERS", Size: int64(len(owners)), Content: []byte(owners)}}},
		Owners: map[string]change.OwnerAccount{"ghost": {}},
		Teams: map[string]change.Team{
			"acme/api":   {Exists: true, CanWrite: &yes, Members: []string{"bob", "carol"}},
			"acme/web":   {Exists: true, CanWrite: &yes, Members: []string{"carol", "dora"}},
			"acme/leads": {Exists: true, CanWrite: &yes, Members: []string{"ann", "zed"}},
		},
	}
	for _, login := range []string{"ann", "bob", "carol", "dora", "zed"} {
		s.Owners[login] = change.OwnerAccount{Exists: true, CanWrite: &yes}
	}
	for _, path := range files {
		s.Files = append(s.Files, diff.File{Path: path, Status: diff.Modified, State: diff.Text})
	}
	for _, login := range approved {
		s.Reviews = append(s.Reviews,
			change.Review{Author: change.Account{Login: login}, State: change.Approved, Commit: "h1", CanWrite: &yes})
	}
	return s
}

func wrote(s *change.Snapshot, logins ...string) *change.Snapshot {
	for _, l := range logins {
		s.Commits = append(s.Commits, change.Commit{SHA: "c-" + l, AuthorAccount: &change.Account{Login: l}})
	}
	s.CommitsTotal = len(s.Commits)
	return s
}

func TestDemands(t *testing.T) {
	two, api := 2, []string{"api/a.go"}
	line := "/api/ @acme/api @acme/web\n"
	hold(t, []demanded{
		{"one of two", owned(line, api, "bob"), func(o *settings.Ownership) { o.Approvals = 2 }, Pending, []string{"carol"}},
		{"two of two", owned(line, api, "bob", "dora"), func(o *settings.Ownership) { o.Approvals = 2 }, Approved, nil},
		{"nobody of two", owned(line, api), func(o *settings.Ownership) { o.Approvals = 2 }, Pending, []string{"bob", "carol"}},
		{"more than there are", owned("* @bob\n", api, "bob"), func(o *settings.Ownership) { o.Approvals = 2 }, Short, nil},
		{"each, one of both teams", owned(line, api, "bob"), func(o *settings.Ownership) { o.Require = "each" }, Pending,
			[]string{"carol"}},
		{"each, one who is in both", owned(line, api, "carol"), func(o *settings.Ownership) { o.Require = "each" }, Approved, nil},
		{"each, nobody yet", owned(line, api), func(o *settings.Ownership) { o.Require = "each" }, Pending, []string{"carol"}},
		{"each and two people", owned(line, api, "carol"), func(o *settings.Ownership) { o.Require, o.Approvals = "each", 2 }, Pending,
			[]string{"bob"}},
		{"each leaves out who cannot approve", owned("* @bob @ghost\n", api, "bob"), func(o *settings.Ownership) { o.Require = "each" },
			Approved, nil},
		{"each leaves out the author", owned("* @bob @ann\n", api, "bob"), func(o *settings.Ownership) { o.Require = "each" }, Approved,
			nil},
		{"a pusher counts as on GitHub", wrote(owned(line, api, "bob"), "bob"), func(*settings.Ownership) {}, Approved, nil},
		{"a pusher does not count", wrote(owned(line, api, "bob"), "Bob"), func(o *settings.Ownership) { o.CountPushers = false },
			Pending, []string{"carol"}},
		{"all owners pushed", wrote(owned("* @bob\n", api, "bob"), "bob"), func(o *settings.Ownership) { o.CountPushers = false },
			Short, nil},
		{"the author counts", owned("* @ann @bob\n", api), func(o *settings.Ownership) { o.AuthorCounts = true }, Approved, nil},
		{"the author is one of two", owned("* @ann @bob\n", api), func(o *settings.Ownership) { o.AuthorCounts, o.Approvals = true, 2 },
			Pending, []string{"bob"}},
		{"an author who owns nothing", owned("* @bob\n", api), func(o *settings.Ownership) { o.AuthorCounts = true }, Pending,
			[]string{"bob"}},
		{"another path", owned(line, api, "bob"), func(o *settings.Ownership) {
			o.Paths = []settings.OwnershipPath{{Pattern: "/web/", Approvals: &two}}
		}, Approved, nil},
		{"this path", owned(line, api, "bob"), func(o *settings.Ownership) {
			o.Paths = []settings.OwnershipPath{{Pattern: "/api/", Approvals: &two}}
		}, Pending, []string{"carol"}},
		{"the last pattern counts", owned(line, api), func(o *settings.Ownership) {
			o.Paths = []settings.OwnershipPath{{Pattern: "/api/", Approvals: &two}, {Pattern: "*.go", Exempt: true}}
		}, Exempt, nil},
	})
}

func TestExemptLabel(t *testing.T) {
	opt := ordinary()
	opt.ExemptLabels = []string{"emergency"}
	s := owned("* @bob\n", []string{"a"})
	if f := Analyse(s, opt); f.Groups[0].Status != Pending {
		t.Error("let off without the label:", f.Groups[0].Status)
	}
	s.Labels = []string{"emergency"}
	if f := Analyse(s, opt); f.Groups[0].Status != Exempt || f.Groups[0].Needs.Exempt != "the label emergency" || f.Files.Waived != 1 {
		t.Errorf("not let off: %+v", f.Groups[0])
	}
	s.Labels = []string{"Emergency", "emergency "}
	if f := Analyse(s, opt); f.Groups[0].Status != Pending {
		t.Error("let off by a label that is not the one")
	}
}

// Where commits are missing it cannot be told who wrote them, so no approval counts.
func TestUnknownPushers(t *testing.T) {
	opt := ordinary()
	opt.CountPushers = false
	s := wrote(owned("* @bob\n", []string{"a"}, "bob"), "ann")
	s.CommitsTotal = 300
	if f := Analyse(s, opt); f.Groups[0].Status == Approved || f.Groups[0].Void[0].Why != CommitsUnread {
		t.Errorf("%+v", f.Groups[0])
	}
}

// A pattern that cannot be used never lets anything off.
func TestBadPattern(t *testing.T) {
	opt := ordinary()
	opt.Paths = []settings.OwnershipPath{{Pattern: "!a", Exempt: true}, {Pattern: "a[", Exempt: true}}
	f := Analyse(owned("* @bob\n", []string{"a"}), opt)
	if f.File.State == present && f.Groups[0].Status != Pending {
		t.Errorf("%+v %+v", f.File, f.Groups)
	}
}

// Tightening a setting never turns red to green.
func TestTighter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 22))
	people := []string{"ann", "bob", "carol", "dora", "zed"}
	pick := func() (out []string) {
		for _, p := range people {
			if r.IntN(3) == 0 {
				out = append(out, p)
			}
		}
		return out
	}
	names := []string{"@ann", "@bob", "@carol", "@dora", "@acme/api", "@acme/web", "@acme/leads", "@acme/hidden", "@ghost"}
	tighter := []func(*settings.Ownership){
		func(o *settings.Ownership) { o.Approvals++ },
		func(o *settings.Ownership) { o.Teams++ },
		func(o *settings.Ownership) { o.Require = "each" },
		func(o *settings.Ownership) { o.CountPushers = false },
		func(o *settings.Ownership) { o.AuthorCounts = false },
		func(o *settings.Ownership) { o.ExemptLabels = nil },
		func(o *settings.Ownership) { o.KeepApprovals = false },
		func(o *settings.Ownership) { o.SoleOwner = "block" },
		func(o *settings.Ownership) {
			n := o.Approvals + 1
			o.Paths = append(slices.Clone(o.Paths), settings.OwnershipPath{Pattern: "x/", Approvals: &n})
		},
	}
	seen := map[bool]int{}
	for range 6000 {
		var lines string
		for _, dir := range []string{"x", "y"} {
			lines += "/" + dir + "/"
			for range 1 + r.IntN(3) {
				lines += " " + names[r.IntN(len(names))]
			}
			lines += "\n"
		}
		s := wrote(owned(lines, []string{"x/a", "y/b"}, pick()...), pick()...)
		if r.IntN(4) == 0 {
			s.Labels = []string{"go"}
		}
		loose := ordinary()
		loose.Approvals, loose.AuthorCounts, loose.CountPushers = 1+r.IntN(2), r.IntN(2) == 0, r.IntN(2) == 0
		loose.Teams = 1 + r.IntN(2)
		loose.SoleOwner = []string{"block", "waive", "fallback"}[r.IntN(3)]
		loose.FallbackTeam = "acme/leads"
		loose.Require = []string{"any", "each"}[r.IntN(2)]
		if r.IntN(2) == 0 {
			loose.ExemptLabels = []string{"go"}
		}
		tight := loose
		tighter[r.IntN(len(tighter))](&tight)
		a, b := red(Analyse(s, loose)), red(Analyse(s, tight))
		seen[a]++
		if a && !b {
			t.Fatalf("%+v is red, %+v green, for:\n%s%s", loose, tight, lines, fmt.Sprintf("%+v by %+v", s.Reviews, s.Commits))
		}
	}
	if seen[true] < 300 || seen[false] < 300 {
		t.Errorf("the changes are too alike: %v", seen)
	}
}

func red(f Facts) bool {
	return f.File.State == unavailable || slices.ContainsFunc(f.Groups, func(g Group) bool {
		return !slices.Contains([]string{Approved, Waived, Exempt}, g.Status)
	})
}
