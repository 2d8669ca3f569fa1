package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/hooklog"
	"github.com/lintel-review/lintel/internal/server"
)

// topic pushes one commit and opens a pull request for it into main.
func (r *rig) topic(branch, message, file string) (n int, sha string) {
	r.t.Helper()
	sha = commit(r.t, r.hub, shop,
		fakehub.Commit{
			Branch:  branch,
			From:    "main",
			Author:  "wendy",
			Message: message,
			Files:   fakehub.Files{file: "package x // " + branch + "\n"},
		})
	return open(r.t, r.hub, shop, fakehub.Pull{Head: branch, Base: "main", Title: "feat: topic", Author: "wendy"}), sha
}

// TestEventsChangeTheVerdict walks one pull request through every event that may change its verdict on the same commit, in both directions.
//
//race:unwatched
func TestEventsChangeTheVerdict(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	must(t, hub.AddTeam(
		fakehub.Team{
			Org:     "acme",
			Slug:    "core",
			Members: map[string]string{"olga": "maintainer", "mika": "member"},
			Repos:   map[string]string{shop: "push"},
		}))
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "main",
			Author:  "olga",
			Message: "chore: own the core",
			Files:   fakehub.Files{"CODEOWNERS": "/pay/ @mika\n/core/ @acme/core\n"},
		})
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), nil)
	r.quiet()
	must(t, hub.SetMerge(shop, fakehub.MergeSettings{Squash: true, SquashTitle: "PR_TITLE", SquashMessage: "PR_BODY"}))
	n, sha := r.topic("topic", "feat: topic", "cart/x.go")
	step := func(name, want string, act func()) {
		t.Helper()
		act()
		t.Run(name, func(t *testing.T) {
			r := *r
			r.t = t
			r.run(sha, want)
			r.quiet()
			r.run(sha, want)
		})
	}
	edit := func(e fakehub.Edit) func() { return func() { must(t, hub.EditPull(shop, n, e, "wendy")) } }
	step("opened", "success", func() {})
	step("title that a squash would make a bad commit", "failure", edit(fakehub.Edit{Title: new("Not conventional")}))
	step("title fixed", "success", edit(fakehub.Edit{Title: new("feat: topic")}))
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "release",
			From:    "main",
			Author:  "olga",
			Message: "chore: strict",
			Files:   fakehub.Files{"CODEOWNERS": "* @olga\n"},
		})
	must(t, hub.Protect(shop, "release", &fakehub.Protection{Reviews: 1}))
	step("another base with other owners", "failure", edit(fakehub.Edit{Base: new("release")}))
	step("back again", "success", edit(fakehub.Edit{Base: new("main")}))
	control := func(files fakehub.Files) func() {
		return func() {
			commit(t, hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: rules", Files: files})
		}
	}
	step("CODEOWNERS pushed to the base", "failure",
		control(fakehub.Files{"CODEOWNERS": "/pay/ @mika\n/core/ @acme/core\n/cart/ @acme/core\n"}))
	var review int64
	step("approved by a member of the team", "success", func() {
		review, err = hub.Review(shop, n, fakehub.Review{Author: "mika", State: "APPROVE"})
		must(t, err)
	})
	step("member leaves the team", "failure", func() { must(t, hub.SetTeamMember("acme", "core", "mika", "", "olga")) })
	step("member comes back", "success", func() { must(t, hub.SetTeamMember("acme", "core", "mika", "member", "olga")) })
	step("review dismissed", "failure", func() { must(t, hub.DismissReview(shop, n, review, "stale", "olga")) })
	step("settings pushed to the base", "success", control(fakehub.Files{".github/lintel.yml": lax}))
	step("settings back", "failure", control(fakehub.Files{".github/lintel.yml": "version: 1\nownership: { mode: enforce }\n"}))
	step("approved again", "success", func() {
		_, err := hub.Review(shop, n, fakehub.Review{Author: "mika", State: "APPROVE"})
		must(t, err)
	})
	step("team may no longer write", "failure", func() { must(t, hub.SetTeamRepo("acme", "core", shop, "pull", "olga")) })
	step("team may write", "success", func() { must(t, hub.SetTeamRepo("acme", "core", shop, "push", "olga")) })
	step("closed and reopened", "success", func() {
		must(t, hub.ClosePull(shop, n, "wendy"))
		must(t, hub.ReopenPull(shop, n, "wendy"))
	})
	step("repository renamed", "success", func() {
		must(t, hub.RenameRepo(shop, "store", "olga"))
		must(t, hub.RenameRepo("acme/store", "shop", "olga"))
	})
	step("changes requested after the approval", "failure", func() {
		_, err := hub.Review(shop, n, fakehub.Review{Author: "mika", State: "REQUEST_CHANGES", Body: "No."})
		must(t, err)
	})
}

// TestMergedIsOver: nothing more is done for a pull request that was merged.
//
//race:unwatched
func TestMergedIsOver(t *testing.T) {
	t.Parallel()
	r := begin(t)
	n, sha := r.topic("topic", "feat: topic", "cart/x.go")
	r.run(sha, "success")
	r.quiet()
	must(t, r.hub.MergePull(shop, n, "merge", "olga"))
	r.quiet()
	r.hub.Reset()
	must(t, r.hub.EditPull(shop, n, fakehub.Edit{Title: new("Anything")}, "wendy"))
	r.quiet()
	if len(r.runs(sha)) != 1 {
		t.Errorf("%d runs after the merge, want 1", len(r.runs(sha)))
	}
}

// TestUnreadEventsCostNothing counts the calls that events about nothing a rule reads cause: none.
//
//race:unwatched
func TestUnreadEventsCostNothing(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	// The works of the clock cost calls of their own, whenever they come.
	r := start(t, hub, t.TempDir(), func(_ *config.Config, o *server.Options) { o.NoSweeps = true })
	r.quiet()
	other, err := r.hub.AddApp(fakehub.AppSpec{ID: 15368, Slug: "actions", Name: "Actions", Owner: "acme"})
	must(t, err)
	_, err = r.hub.InstallApp(other.ID, "acme")
	must(t, err)
	n, sha := r.topic("topic", "feat: topic", "cart/x.go")
	r.run(sha, "success")
	r.quiet()
	r.hub.Reset()
	run, err := r.hub.PostRun(shop, sha, "ci", "success", other.ID)
	must(t, err)
	for name, act := range map[string]func() error{
		"review requested":        func() error { return r.hub.RequestReview(shop, n, "wendy", []string{"mika"}, nil) },
		"comment":                 func() error { _, err := r.hub.Comment(shop, n, "rita", "Hello."); return err },
		"status":                  func() error { return r.hub.PostStatus(shop, sha, "ci", "success", "wendy") },
		"check of another App":    func() error { _, err := r.hub.PostRun(shop, sha, "ci", "failure", other.ID); return err },
		"other App's run again":   func() error { return r.hub.RerequestRun(shop, run, "wendy") },
		"other App's suite again": func() error { return r.hub.RerequestSuite(shop, sha, other.ID, "wendy") },
		"other App's button":      func() error { return r.hub.RequestAction(shop, run, "recheck", "wendy") },
		"plain push to the default": func() error {
			_, err := r.hub.Commit(shop,
				fakehub.Commit{Branch: "main", Author: "olga", Message: "docs: more", Files: fakehub.Files{"README.md": "more\n"}})
			return err
		},
		"push to a branch that nothing goes into": func() error {
			_, err := r.hub.Commit(shop,
				fakehub.Commit{
					Branch:  "idle",
					From:    "main",
					Author:  "olga",
					Message: "docs: more",
					Files:   fakehub.Files{"README.md": "more\n"},
				})
			return err
		},
		"ping": func() error { r.hub.Ping(); return nil },
	} {
		r.hub.Reset()
		if err := act(); err != nil {
			t.Logf("%s: %v", name, err) // what the forge refuses sends no event
			continue
		}
		r.quiet()
		if n := r.hub.Count("", ""); n != 0 {
			t.Errorf("%s cost %d calls: %+v", name, n, r.hub.Requests())
		}
	}
}

// TestLabelsAreRead: where the settings name labels that let a change off the owners, a label is looked at, and one of
// those changes the verdict; elsewhere a label costs no call. What a look finds unchanged is not posted again.
//
//race:unwatched
func TestLabelsAreRead(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	r := start(t, hub, t.TempDir(), func(_ *config.Config, o *server.Options) { o.NoSweeps = true })
	r.quiet()
	n, sha := r.topic("topic", "feat: topic", "pay/x.go")
	r.run(sha, "failure")
	r.quiet()
	label := func(name string) func() { return func() { must(t, hub.Label(shop, n, "wendy", name)) } }
	unlabel := func(name string) func() { return func() { must(t, hub.Unlabel(shop, n, "wendy", name)) } }
	act := func(what string, looked bool, do func()) {
		t.Helper()
		hub.Reset()
		do()
		r.quiet()
		if calls := hub.Count("", ""); (calls > 0) != looked {
			t.Errorf("%s: %d calls", what, calls)
		}
	}
	act("a label that nothing reads", false, label("bug"))
	act("it is taken off", false, unlabel("bug"))
	act("a label that will be read", false, label("emergency"))
	if got := len(r.runs(sha)); got != 1 {
		t.Errorf("%d runs, want 1", got)
	}
	settings := func(text string) {
		commit(t, hub, shop,
			fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: rules", Files: fakehub.Files{".github/lintel.yml": text}})
		r.quiet()
	}
	settings("version: 1\nownership: { mode: enforce, exempt_labels: [emergency] }\n")
	r.run(sha, "success")
	r.quiet()
	runs := len(r.runs(sha))
	act("another label", true, label("bug"))
	if got := len(r.runs(sha)); got != runs {
		t.Errorf("%d runs, want %d: nothing changed", got, runs)
	}
	act("the label is taken off", true, unlabel("emergency"))
	r.run(sha, "failure")
	r.quiet()
	settings("version: 1\nownership: { mode: enforce }\n")
	act("a label when the setting is gone", false, label("emergency"))
}

// TestAskedAgain presses every button there is; each publishes the unchanged verdict once more.
//
//race:unwatched
func TestAskedAgain(t *testing.T) {
	t.Parallel()
	r := begin(t)
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	run := r.run(sha, "success")
	r.quiet()
	for i, press := range []func() error{
		func() error { return r.hub.RequestAction(shop, run.ID, "recheck", "wendy") },
		func() error { return r.hub.RerequestRun(shop, run.ID, "wendy") },
		func() error { return r.hub.RerequestSuite(shop, sha, r.hub.App().ID, "wendy") },
	} {
		must(t, press())
		for deadline := time.Now().Add(patience); len(r.runs(sha)) < i+2 && time.Now().Before(deadline); {
			time.Sleep(2 * time.Millisecond)
		}
		r.quiet()
		if got := len(r.runs(sha)); got != i+2 {
			t.Errorf("%d runs after %d requests, want %d", got, i+1, i+2)
		}
	}
	must(t, r.hub.RequestAction(shop, run.ID, "something-else", "wendy"))
	r.quiet()
	if got := len(r.runs(sha)); got != 4 {
		t.Errorf("a button that is not ours published: %d runs", got)
	}
}

// TestAskedAboutAnUnknownCommit: the delivery of a pull request was lost, and somebody presses the button: it is found.
func TestAskedAboutAnUnknownCommit(t *testing.T) {
	t.Parallel()
	r := begin(t)
	r.hub.Webhooks().SetFate(func(hooklog.Event) hooklog.Fate { return hooklog.Fate{Lose: true} })
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	r.hub.Webhooks().SetFate(nil)
	must(t, r.hub.RerequestSuite(shop, sha, r.hub.App().ID, "wendy"))
	r.run(sha, "success")
}

// TestDraft is judged and shown, and nobody is nagged.
//
//race:unwatched
func TestDraft(t *testing.T) {
	t.Parallel()
	r := begin(t)
	sha := commit(t, r.hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    "main",
			Author:  "wendy",
			Message: "Not conventional.",
			Files:   fakehub.Files{"cart/x.go": "package cart\n"},
		})
	n := open(t, r.hub, shop, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: topic", Author: "wendy", Draft: true})
	r.run(sha, "failure")
	r.quiet()
	if got := r.ourComments(n); len(got) != 0 {
		t.Errorf("a draft got comments: %q", got)
	}
	must(t, r.hub.SetDraft(shop, n, false, "wendy"))
	for deadline := time.Now().Add(patience); len(r.ourComments(n)) == 0 && time.Now().Before(deadline); {
		time.Sleep(2 * time.Millisecond)
	}
	r.quiet()
	if got := r.ourComments(n); len(got) != 1 {
		t.Errorf("a pull request that is ready got %d comments, want 1", len(got))
	}
	// A fork's pull request is first class, and so is one whose check_run.pull_requests is empty.
}

func (r *rig) ourComments(n int) []string {
	r.t.Helper()
	view, err := r.hub.Pull(shop, n)
	must(r.t, err)
	var bodies []string
	for _, c := range view.Comments {
		if strings.HasSuffix(c.Author, "[bot]") {
			bodies = append(bodies, c.Body)
		}
	}
	return bodies
}

// TestForkIsFirstClass: a pull request from a fork is judged, and its button works although check_run.pull_requests is empty for it.
//
//race:unwatched
func TestForkIsFirstClass(t *testing.T) {
	t.Parallel()
	r := begin(t)
	must(t, r.hub.AddUser(fakehub.User{Login: "fay"}))
	_, err := r.hub.AddRepo(fakehub.Repo{Owner: "fay", Name: "shop", ForkOf: shop})
	must(t, err)
	sha := commit(t, r.hub, "fay/shop",
		fakehub.Commit{
			Branch:  "gift",
			From:    "main",
			Author:  "fay",
			Message: "feat: gift",
			Files:   fakehub.Files{"cart/gift.go": "package cart\n"},
		})
	open(t, r.hub, shop, fakehub.Pull{Head: "fay:gift", Base: "main", Title: "feat: gift", Author: "fay"})
	run := r.run(sha, "success")
	r.quiet()
	must(t, r.hub.RequestAction(shop, run.ID, "recheck", "wendy"))
	for deadline := time.Now().Add(patience); len(r.runs(sha)) < 2 && time.Now().Before(deadline); {
		time.Sleep(2 * time.Millisecond)
	}
	if got := len(r.runs(sha)); got != 2 {
		t.Errorf("%d runs after the button, want 2", got)
	}
}

// TestInstalledMidFlight installs the App on a repository with many open pull requests: they are judged at a pace, and
// what developers do meanwhile is not delayed.
func TestInstalledMidFlight(t *testing.T) {
	t.Parallel()
	const pulls = 60
	hub := world(t, fakehub.Options{})
	sha := map[int]string{}
	for i := range pulls {
		branch := fmt.Sprintf("topic-%d", i)
		head := commit(t, hub, shop,
			fakehub.Commit{
				Branch:  branch,
				From:    "main",
				Author:  "wendy",
				Message: "feat: topic",
				Files:   fakehub.Files{"cart/x.go": fmt.Sprintf("package cart // %d\n", i)},
			})
		sha[open(t, hub, shop, fakehub.Pull{Head: branch, Base: "main", Title: "feat: topic", Author: "wendy"})] = head
	}
	hub.SetLatency(20 * time.Millisecond)
	r := start(t, hub, t.TempDir(), func(c *config.Config, _ *server.Options) { c.Workers.Total, c.Workers.PerConnection = 2, 2 })
	_, err := hub.Install("acme")
	must(t, err)
	judged := func() (n int) {
		for _, head := range sha {
			if len(r.runs(head)) > 0 {
				n++
			}
		}
		return n
	}
	for deadline := time.Now().Add(patience); judged() < 3 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
	began := time.Now()
	urgent := commit(t, hub, shop,
		fakehub.Commit{
			Branch:  fmt.Sprintf("topic-%d", pulls-1),
			Author:  "wendy",
			Message: "fix: urgent",
			Files:   fakehub.Files{"cart/y.go": "package cart\n"},
		})
	r.run(urgent, "success")
	took, done := time.Since(began), judged()
	t.Logf("what a developer pushed was judged after %s, when %d of %d of the backfill were", took, done, pulls)
	if done > pulls/2 {
		t.Errorf("%d of %d pull requests were judged before what a developer pushed: it waited, or nothing is throttled", done, pulls)
	}
}

// TestPushToTheDefaultFansOut: settings that are pushed are looked at for every open pull request, in the slow lane.
//
//race:unwatched
func TestPushToTheDefaultFansOut(t *testing.T) {
	t.Parallel()
	r := begin(t)
	heads := []string{}
	for i := range 25 {
		_, sha := r.topic(fmt.Sprintf("topic-%d", i), "Not conventional.", "cart/x.go")
		heads = append(heads, sha)
	}
	for _, sha := range heads {
		r.run(sha, "failure")
	}
	r.quiet()
	commit(t, r.hub, shop,
		fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: lax", Files: fakehub.Files{".github/lintel.yml": lax}})
	for _, sha := range heads[:20] {
		r.run(sha, "success")
	}
}

// TestUninstalled: what the App can no longer see is left alone, and taken up again when it comes back.
//
//race:unwatched
func TestUninstalled(t *testing.T) {
	t.Parallel()
	r := begin(t)
	n, sha := r.topic("topic", "feat: topic", "cart/x.go")
	r.run(sha, "success")
	r.quiet()
	id := r.connection()
	must(t, r.hub.Suspend(id, true))
	r.quiet()
	must(t, r.hub.EditPull(shop, n, fakehub.Edit{Title: new("feat: other")}, "wendy"))
	bad := commit(t, r.hub, shop,
		fakehub.Commit{Branch: "topic", Author: "wendy", Message: "Not conventional.", Files: fakehub.Files{"cart/y.go": "package cart\n"}})
	r.quiet()
	must(t, r.hub.Suspend(id, false))
	r.run(bad, "failure")
}

// installation is the id of the App's installation, as the hub sent it.
func (r *rig) connection() int64 {
	r.t.Helper()
	for _, d := range r.hub.Webhooks().Deliveries(r.hub.App().ID) {
		if d.Event.InstallationID != 0 {
			return d.Event.InstallationID
		}
	}
	r.t.Fatal("no installation was told of")
	return 0
}

// TestSenderIsLimited: one person cannot have checks made again without end.
func TestSenderIsLimited(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	_, err := hub.Install("acme")
	must(t, err)
	// The server's minute is longer than the test, however slow the machine is.
	began := time.Now()
	slow := func() time.Time { return began.Add(time.Since(began) / 20) }
	r := start(t, hub, t.TempDir(), func(_ *config.Config, o *server.Options) { o.Now = slow })
	r.quiet()
	_, sha := r.topic("topic", "feat: topic", "cart/x.go")
	run := r.run(sha, "success")
	r.quiet()
	must(t, r.hub.RequestAction(shop, run.ID, "recheck", "wendy"))
	r.quiet()
	pressed := r.sent("check_run", "requested_action")
	for i := range 40 {
		if status := r.send("check_run", fmt.Sprintf("again-%d", i),
			mutate(t, pressed.Payload, func(map[string]any) {})); status != http.StatusAccepted && status != http.StatusOK {
			t.Fatalf("answered %d", status)
		}
		r.quiet()
	}
	if got := len(r.runs(sha)); got > 32 {
		t.Errorf("%d runs for 41 requests of one sender within a minute", got)
	}
}
