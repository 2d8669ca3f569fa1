package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/server"
)

// checking is a server that runs gofmt on changes, in a sandbox of this machine.
func checking(t *testing.T, forks string, more ...func(*config.Config, *server.Options)) *rig {
	t.Helper()
	needsSandbox(t)
	hub := world(t, fakehub.Options{})
	commit(t, hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: check the format", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\nlint: { mode: enforce }\nchecks:\n  - { name: format, tool: gofmt, required: true }\n",
	}})
	r := start(t, hub, t.TempDir(), append(more, func(c *config.Config, _ *server.Options) {
		c.Checks.Backend, c.Checks.Tools, c.Checks.Forks = "bwrap", []config.CheckTool{{Name: "gofmt"}}, forks
	})...)
	_, err := hub.Install("acme")
	must(t, err)
	return r
}

// sandboxed says why this machine cannot run checks: it has no bubblewrap, or no user namespaces.
var sandboxed = sync.OnceValue(func() error {
	_, err := bwrap.New(bwrap.Options{})
	return err
})

// needsSandbox leaves a test out on a machine that cannot run a sandbox, and says what is missing. In CI it fails.
func needsSandbox(t *testing.T) {
	t.Helper()
	if err := sandboxed(); err != nil {
		if os.Getenv("CI") == "" && os.Getenv("TEST_SANDBOX") == "" {
			t.Skipf("no check runs here: %v", err)
		}
		t.Fatal(err)
	}
}

// push commits a file to a branch of a repository.
func (r *rig) push(repo, branch, author, path, text string) string {
	r.t.Helper()
	from := "main"
	if r.hub.Tip(repo, branch) != "" {
		from = ""
	}
	return commit(r.t, r.hub, repo, fakehub.Commit{
		Branch: branch, From: from, Author: author, Message: "feat: " + branch, Files: fakehub.Files{path: text},
	})
}

// count is a number from the record.
func (r *rig) count(query string) (n int) {
	r.t.Helper()
	must(r.t, r.server.Reader().QueryRowContext(r.t.Context(), query).Scan(&n))
	return n
}

// The author commits what the formatter would write, at the line: one comment, whose suggestion makes the check green, and
// that then says so. A push that changes nothing of it posts nothing again.
//
//race:unwatched
func TestStoryChecksSuggest(t *testing.T) {
	t.Parallel()
	r := checking(t, "never")
	commit(t, r.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: suggest", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\nlint: { mode: enforce }\nreport: { suggestions: inline }\nchecks:\n" +
			"  - { name: format, tool: gofmt }\n",
	}})
	sha := r.push(shop, "topic", "wendy", "cart/price.go", ugly)
	n := open(t, r.hub, shop, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: price", Author: "wendy"})
	r.run(sha, "failure")
	r.threads(n, 1, "```suggestion\nvar price = 1\n```")
	r.run(r.push(shop, "topic", "wendy", "cart/other.go", "package cart\n"), "failure")
	r.threads(n, 1, "```suggestion\nvar price = 1\n```")
	suggested := strings.Replace(ugly, "var   price  =  1\n", r.suggestion(n), 1)
	if suggested != neat {
		t.Fatalf("with the suggestion the file is\n%s", suggested)
	}
	r.run(r.push(shop, "topic", "wendy", "cart/price.go", suggested), "success")
	r.threads(n, 1, "**Addressed in ")
}

// threads waits until a pull request has so many threads, the first of which says something.
func (r *rig) threads(n, want int, says string) {
	r.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		all, err := r.hub.Threads(shop, n)
		must(r.t, err)
		if len(all) == want && strings.Contains(all[0].Body, says) {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("there are %d threads, want %d with %q: %+v", len(all), want, says, all)
		}
	}
}

// suggestion is what the first thread of a pull request suggests to write.
func (r *rig) suggestion(n int) string {
	r.t.Helper()
	all, err := r.hub.Threads(shop, n)
	must(r.t, err)
	_, rest, _ := strings.Cut(all[0].Body, "```suggestion\n")
	lines, _, found := strings.Cut(rest, "```")
	if !found {
		r.t.Fatalf("there is no suggestion in\n%s", all[0].Body)
	}
	return lines
}

const (
	ugly = "package cart\n\nvar   price  =  1\n"
	neat = "package cart\n\nvar price = 1\n"
)

// A formatter finds a file that is not formatted, in a sandbox: the check is red and suggests what to write. The push with
// it is green. Another pull request with the same file runs nothing. A file that does not parse is red with the tool's
// last lines, and never green.
//
//race:unwatched
func TestStoryChecks(t *testing.T) {
	t.Parallel()
	r := checking(t, "never")
	sha := r.push(shop, "topic", "wendy", "cart/price.go", ugly)
	open(t, r.hub, shop, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: price", Author: "wendy"})
	red := r.run(sha, "failure")
	for _, says := range []string{"cart/price.go", "gofmt", "var price = 1"} {
		if !strings.Contains(red.Title+red.Summary+red.Text, says) {
			t.Errorf("the red check does not say %q:\n%s\n%s\n%s", says, red.Title, red.Summary, red.Text)
		}
	}
	r.run(r.push(shop, "topic", "wendy", "cart/price.go", neat), "success")

	ran := r.count(`SELECT COUNT(*) FROM check_result`)
	again := r.push(shop, "again", "wendy", "cart/price.go", ugly)
	open(t, r.hub, shop, fakehub.Pull{Head: "again", Base: "main", Title: "feat: again", Author: "wendy"})
	r.run(again, "failure")
	if now := r.count(`SELECT COUNT(*) FROM check_result`); now != ran || r.count(`SELECT COUNT(*) FROM check_run WHERE cached = 1`) != 1 {
		t.Errorf("equal files ran again: %d results, and then %d", ran, now)
	}
	// Nothing was waited for: the first verdict has the result, so nothing was listed or fetched for it.
	if first := r.count(`SELECT COUNT(*) FROM check_run WHERE cached = 1 AND made_at = ended_at`); first != 1 {
		t.Error("the look that wants a check whose result is known does not judge by it")
	}

	broken := r.push(shop, "broken", "wendy", "cart/broken.go", "package cart\n\nfunc {\n")
	open(t, r.hub, shop, fakehub.Pull{Head: "broken", Base: "main", Title: "feat: broken", Author: "wendy"})
	crash := r.run(broken, "failure")
	if text := crash.Title + crash.Summary + crash.Text; !strings.Contains(text, "expected") || !strings.Contains(text, "status 2") {
		t.Errorf("a crash does not say what happened:\n%s", text)
	}
	none := r.push(shop, "none", "wendy", "README.md", "# The shop\n")
	open(t, r.hub, shop, fakehub.Pull{Head: "none", Base: "main", Title: "docs: shop", Author: "wendy"})
	r.run(none, "success")
	// The page says of each pull request's check whether it ran, was cached, failed or was skipped, and why.
	for number, says := range []string{
		1: "gofmt</bdi></td><td>ran</td><td>0</td><td><bdi>–",
		2: "gofmt</bdi></td><td>cached, 1 of 1 file cached</td><td>1</td><td><bdi>–",
		3: "gofmt</bdi></td><td>failed</td><td>0</td><td><bdi>it ended with status 2 (finished); its last lines: ./cart/broken.go:3:6",
		4: "gofmt</bdi></td><td>skipped</td><td>0</td><td><bdi>The change has no file that it is for.",
	} {
		page := r.page(fmt.Sprintf("http://%s/pr/github/acme/shop/%d", r.config.AdminListen, number))
		if _, row, _ := strings.Cut(page, "<bdi>format</bdi></th><td><bdi>"); number > 0 && !strings.HasPrefix(row, says) {
			t.Errorf("the page of %d says %.300q, want %q", number, row, says)
		}
	}
	r.noSecrets("lintel-trees")
}

// noSecrets looks for the App's key and for tokens in everything that checks keep in a folder beside the database.
func (r *rig) noSecrets(folder string) {
	r.t.Helper()
	key, err := os.ReadFile(r.config.GitHub.PrivateKeyFile)
	must(r.t, err)
	noneBelow(r.t, filepath.Join(r.dir, folder), string(key), "ghs_", "x-access-token", "Authorization")
}

// noneBelow fails where a file below a folder holds one of the secrets, or there is none to look at.
func noneBelow(t testing.TB, folder string, secrets ...string) {
	t.Helper()
	files := 0
	must(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		files++
		for _, secret := range secrets {
			if strings.Contains(string(body), secret) {
				t.Errorf("%s holds a secret", path)
			}
		}
		return err
	}))
	if files == 0 {
		t.Error("there are no trees to look at")
	}
}

// ATTACK: open a pull request from a fork whose files make the checks run code of a stranger.
//
// WHAT MUST HOLD: nothing runs unless the operator allows forks, with approval only after somebody who may push approved
// that very head; the required check is red until then.
//
// Attack by the author of a fork: Have checks run a stranger's code: nothing runs unless the operator allows forks, and
// with `approved` not before somebody who may push approved that very head or pressed the button; until then a required
// check refuses. Which program runs is written at the base. Also `internal/checkplan/checkplan_test.go` `TestPlan`;
// `internal/server/story_gitlab_checks_test.go` `TestStoryGitLabChecks`.
//
//race:unwatched
func TestStoryChecksOfForks(t *testing.T) {
	t.Parallel()
	for name, approve := range map[string]string{"never": "", "approved": "review", "button": "button"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forks := "approved"
			if approve == "" {
				forks = "never"
			}
			r := checking(t, forks)
			_, err := r.hub.AddRepo(fakehub.Repo{Owner: "rita", Name: "shop", ForkOf: shop})
			must(t, err)
			sha := r.push("rita/shop", "topic", "rita", "cart/price.go", neat)
			n := open(t, r.hub, shop, fakehub.Pull{Head: "rita:topic", Base: "main", Title: "feat: price", Author: "rita"})
			r.quiet()
			if runs := r.count(`SELECT COUNT(*) FROM check_run`); runs != 0 {
				t.Errorf("%d checks of a fork ran", runs)
			}
			if approve == "" {
				r.run(sha, "failure")
				return
			}
			if runs := r.runs(sha); len(runs) > 0 && runs[len(runs)-1].Conclusion == "success" {
				t.Error("a fork is green before anything ran")
			}
			if approve == "button" {
				waiting := r.runs(sha)
				if shown := waiting[len(waiting)-1]; !slices.Contains(shown.Actions, "run-checks") {
					t.Fatalf("the check that waits has the buttons %v", shown.Actions)
				}
				// A stranger may press, and nothing comes of it.
				must(t, r.hub.AddUser(fakehub.User{Login: "stranger"}))
				must(t, r.hub.RequestAction(shop, waiting[len(waiting)-1].ID, "run-checks", "stranger"))
				r.quiet()
				if runs := r.count(`SELECT COUNT(*) FROM check_run`); runs != 0 {
					t.Errorf("%d checks ran because a stranger said so", runs)
				}
				must(t, r.hub.RequestAction(shop, waiting[len(waiting)-1].ID, "run-checks", "olga"))
				r.run(sha, "success")
				// The next head waits again, also when somebody presses the button of the head before.
				next := r.push("rita/shop", "topic", "rita", "cart/more.go", neat)
				r.quiet()
				must(t, r.hub.RequestAction(shop, waiting[len(waiting)-1].ID, "run-checks", "olga"))
				r.quiet()
				if n := r.count(`SELECT COUNT(*) FROM override WHERE rule = 'checks/forks'`); n != 1 {
					t.Errorf("%d presses are kept, want the one that counts", n)
				}
				if runs := r.count(`SELECT COUNT(*) FROM check_run`); runs != 1 {
					t.Errorf("%d checks ran after a push to %s", runs, next)
				}
				return
			}
			_, err = r.hub.Review(shop, n, fakehub.Review{Author: "olga", State: "APPROVE"})
			must(t, err)
			r.run(sha, "success")
		})
	}
}

// A newer head ends what waits for an older one, and the server stops at once while a check runs.
//
//race:unwatched
func TestStoryChecksNewestHead(t *testing.T) {
	t.Parallel()
	r := checking(t, "never")
	first := r.push(shop, "topic", "wendy", "cart/price.go", ugly)
	open(t, r.hub, shop, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: price", Author: "wendy"})
	second := r.push(shop, "topic", "wendy", "cart/price.go", neat)
	r.run(second, "success")
	deadline := time.Now().Add(patience)
	for r.count(`SELECT COUNT(*) FROM check_run WHERE ended_at = 0`) > 0 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	if n := r.count(`SELECT COUNT(*) FROM check_run WHERE ended_at = 0`); n != 0 {
		t.Errorf("%d checks of %s and %s never ended", n, first, second)
	}
}
