package ownership

import (
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/settings"
)

// updated is a bot's change of the files, with one commit by each of the accounts, vouched for.
func updated(files []diff.File, by ...change.Account) *change.Snapshot {
	s := owned("* @bob\n", nil)
	s.Author, s.Files = &change.Account{Login: "dependabot[bot]", ID: 7, Bot: true}, files
	for _, a := range by {
		s.Commits = append(s.Commits,
			change.Commit{
				SHA:           "c0ffee0" + a.Login,
				Author:        change.Signature{Name: "dependabot[bot]", Email: botMail},
				AuthorAccount: &a,
				Vouched:       true,
			})
	}
	s.CommitsTotal = len(s.Commits)
	return s
}

const botMail = "7+dependabot[bot]@users.noreply.github.com"

func waiving(authors ...string) settings.Ownership {
	opt := ordinary()
	opt.Waive = settings.OwnershipWaive{Authors: authors, Files: []string{settings.WaiveLockFiles, settings.WaiveManifests, "/deps/**"}}
	return opt
}

func modified(path string) diff.File {
	return diff.File{Path: path, Status: diff.Modified, State: diff.Text, Mode: "100644", OldMode: "100644"}
}

// TestWhoIsWaived is about accounts: the waiver holds while the forge says that the bot did it all.
func TestWhoIsWaived(t *testing.T) {
	bot, ada := change.Account{Login: "dependabot[bot]", ID: 7, Bot: true}, change.Account{Login: "ada"}
	lock := []diff.File{modified("package-lock.json")}
	with := func(s *change.Snapshot, f func(*change.Snapshot)) *change.Snapshot { f(s); return s }
	for _, c := range []struct {
		name string
		s    *change.Snapshot
		want string // the reason why it does not hold, "" when it does, "-" when the settings do not speak of it
	}{
		{"the bot's own", updated(lock, bot, bot), ""},
		{"REST leaves the suffix out", updated(lock, change.Account{Login: "Dependabot", Bot: true}), ""},
		{"a person's pull request with the bot's commits", with(updated(lock, bot), func(s *change.Snapshot) { s.Author = &ada }), "-"},
		{"a person by the bot's name",
			with(updated(lock, bot), func(s *change.Snapshot) { s.Author = &change.Account{Login: "dependabot"} }), "-"},
		{"nobody knows who opened it", with(updated(lock, bot), func(s *change.Snapshot) { s.Author = nil }), "-"},
		{"another bot's pull request",
			with(updated(lock, bot), func(s *change.Snapshot) { s.Author = &change.Account{Login: "ci[bot]", Bot: true} }), "-"},
		{"a person's commit on the bot's branch", updated(lock, bot, ada), "commit c0ffee0 is by ada"},
		{"another bot's commit", updated(lock, change.Account{Login: "ci[bot]", Bot: true}, bot), "is by ci[bot]"},
		{"a person by the bot's name commits", updated(lock, change.Account{Login: "dependabot"}), "is by dependabot"},
		{"the bot's name without a signature", with(updated(lock, bot, bot), func(s *change.Snapshot) { s.Commits[1].Vouched = false }),
			"without a signature"},
		{"an author whom nobody knows", with(updated(lock, bot), func(s *change.Snapshot) { s.Commits[0].AuthorAccount = nil }),
			"nobody whose account is known"},
		{"a person's merge of main",
			with(updated(lock, bot, ada), func(s *change.Snapshot) { s.Commits[1].Parents = []string{"a", "b"} }), "is by ada"},
		{"commits are missing", with(updated(lock, bot), func(s *change.Snapshot) { s.CommitsTotal = 251 }),
			"1 of its 251 commits are known"},
		{"no commits", updated(lock), "0 of its 0 commits are known"},
		{"a merge group", with(updated(lock, bot), func(s *change.Snapshot) { s.Kind = change.MergeGroup }), ""},
		{"a merge group with a person's commit", with(updated(lock, ada), func(s *change.Snapshot) { s.Kind = change.MergeGroup }),
			"is by ada"},
		{"a laptop, the bot's address",
			with(updated(lock, bot), func(s *change.Snapshot) { s.Kind, s.Commits[0].AuthorAccount = change.LocalBranch, nil }), ""},
		{"a laptop, a person's address", with(updated(lock, bot), func(s *change.Snapshot) {
			s.Kind, s.Commits[0].AuthorAccount, s.Commits[0].Author = change.LocalBranch, nil,
				change.Signature{Name: "Ada", Email: "ada@example.org"}
		}), "names another author"},
		{"CI without a forge", with(updated(lock, bot), func(s *change.Snapshot) {
			s.Kind, s.Unasked = change.LocalBranch, map[string]string{"commits.accounts": "no forge was asked"}
		}), "no forge was asked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := Analyse(c.s, waiving("dependabot", "renovate[bot]")).Groups[0]
			switch {
			case c.want == "":
				if g.Status != Exempt || !strings.HasPrefix(g.Needs.Exempt, "ownership.waive for ") || g.Needs.Waiver != "" {
					t.Errorf("not waived: %+v", g)
				}
			case c.want == "-" && g.Needs.Waiver != "", c.want != "-" && !strings.Contains(g.Needs.Waiver, c.want),
				g.Status != Pending || g.Needs.Exempt != "":
				t.Errorf("%s by %q, because %q; want %q", g.Status, g.Needs.Exempt, g.Needs.Waiver, c.want)
			}
		})
	}
	if g := Analyse(updated(lock, bot), ordinary()).Groups[0]; g.Status != Pending {
		t.Error("waived without a setting")
	}
}

// TestWhatIsWaived is about files: what is not waived waits for its owner, whatever else the change holds.
func TestWhatIsWaived(t *testing.T) {
	bot := change.Account{Login: "dependabot[bot]", Bot: true}
	renamed := func(from, to string) diff.File {
		f := modified(to)
		f.OldPath, f.Status = from, diff.Renamed
		return f
	}
	mode := func(f diff.File, old, now string, state diff.State) diff.File {
		f.OldMode, f.Mode, f.State = old, now, state
		return f
	}
	for _, c := range []struct {
		name    string
		file    diff.File
		waiting int
	}{
		{"a lock file", modified("web/package-lock.json"), 0},
		{"a manifest", modified("go.mod"), 0},
		{"a pattern", modified("deps/x/y.txt"), 0},
		{"a removed lock file", diff.File{Path: "yarn.lock", Status: diff.Removed, State: diff.Text, OldMode: "100644"}, 0},
		{"modes that are not known", diff.File{Path: "yarn.lock", Status: diff.Modified, State: diff.Text}, 0},
		{"code", modified("main.go"), 1},
		{"a lock file renamed to code", renamed("go.sum", "main.go"), 1},
		{"code renamed to a lock file", renamed("main.go", "go.sum"), 1},
		{"a lock file moved", renamed("a/go.sum", "b/go.sum"), 0},
		{"code in a folder like a lock file", modified("package-lock.json/index.js"), 1},
		{"code in a folder of lock files", modified("esy.lock/index.js"), 1},
		{"a name that goes on", modified("package.json.js"), 1},
		{"a name with a line end", modified("package.json\n"), 1},
		{"a name in another script", modified("раckage.json"), 1},
		{"a name in capitals", modified("Package.JSON"), 1},
		{"a link by that name", mode(modified("yarn.lock"), "100644", "120000", diff.Symlink), 1},
		{"a link that was one", mode(modified("yarn.lock"), "120000", "100644", diff.Text), 1},
		{"a link of which the mode is not known", diff.File{Path: "yarn.lock", Status: diff.Modified, State: diff.Symlink}, 1},
		{"a submodule by that name", mode(modified("x.lock"), "100644", "160000", diff.Submodule), 1},
		{"a lock file that can be run", mode(modified("yarn.lock"), "100644", "100755", diff.ModeOnly), 1},
		{"what node would run", modified(".pnp.cjs"), 1},
		{"CODEOWNERS under a wide pattern", modified("CODEOWNERS"), 1},
		{"our settings under a wide pattern", modified(settings.Path), 1},
		{"our settings on GitLab under a wide pattern", modified(".gitlab/lintel.yml"), 1},
		{"our settings at the root under a wide pattern", modified(".lintel.yml"), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			opt := waiving("dependabot")
			if strings.Contains(c.name, "wide pattern") {
				opt.Waive.Files = []string{"*"}
			}
			f := Analyse(updated([]diff.File{c.file, modified("go.sum")}, bot), opt)
			if f.Files.Pending != c.waiting || f.Files.Waived != 2-c.waiting {
				t.Errorf("%d wait and %d are waived; want %d: %+v", f.Files.Pending, f.Files.Waived, c.waiting, f.Groups)
			}
		})
	}
}

// TestWaiverBesideOtherDemands: another entry's demands hold for what is not waived, and an owner's request for changes stands.
func TestWaiverBesideOtherDemands(t *testing.T) {
	two := 2
	opt := waiving("dependabot")
	opt.Paths = []settings.OwnershipPath{{Pattern: "/web/", Approvals: &two}}
	s := updated([]diff.File{modified("web/yarn.lock"), modified("web/a.js"), modified("go.sum")},
		change.Account{Login: "dependabot[bot]", Bot: true})
	s.Reviews = []change.Review{{Author: change.Account{Login: "bob"}, State: change.ChangesRequested, Commit: "h1"}}
	f := Analyse(s, opt)
	got := map[string]string{}
	for _, g := range f.Groups {
		got[g.Key] = g.Status
	}
	want := map[string]string{"@bob (ownership.paths 1)": Short, "@bob (ownership.paths 1) (ownership.waive)": Exempt,
		"@bob (ownership.waive)": Exempt}
	if len(got) != len(want) || len(f.ChangesRequested) != 1 {
		t.Errorf("%v, %+v", got, f.ChangesRequested)
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s is %s, want %s", k, got[k], v)
		}
	}
}
