package app_test

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/app"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/fakehub"
	"github.com/lintel-review/lintel/internal/fakehub/traffic"
)

// address is one address that a look asks: a REST route, or an operation of GraphQL.
type address struct{ method, route, operation string }

func (a address) String() string {
	return strings.TrimSpace(a.method + " " + a.route + " " + a.operation)
}

const anyRepo = "/repos/{owner}/{repo}"

// access is where an installation's token comes from: without one nothing can be read or said.
var access = address{"POST", "/app/installations/{installation_id}/access_tokens", ""}

// addresses is every address that a full look asks. The test fails when a look asks another one: then say here what its faults lead to.
var addresses = map[bool][]address{
	true: {access, {"POST", "/graphql", "LintelChange"}, {"POST", "/graphql", "LintelCommit"}, {"POST", "/graphql", "LintelFiles"}, {"POST", "/graphql", "LintelTeams"},
		{"GET", anyRepo + "/compare/{basehead}", ""}, {"GET", anyRepo + "/git/blobs/{file_sha}", ""}, {"GET", anyRepo + "/collaborators/{username}/permission", ""},
		{"POST", anyRepo + "/check-runs", ""}},
	false: {access, {"GET", anyRepo, ""}, {"GET", anyRepo + "/pulls/{pull_number}", ""}, {"GET", anyRepo + "/pulls/{pull_number}/reviews", ""}, {"GET", anyRepo + "/branches/{branch}", ""},
		{"GET", anyRepo + "/compare/{basehead}", ""}, {"GET", anyRepo + "/git/blobs/{file_sha}", ""}, {"GET", anyRepo + "/git/trees/{tree_sha}", ""}, {"GET", anyRepo + "/commits", ""},
		{"GET", anyRepo + "/commits/{commit_sha}/pulls", ""}, {"GET", anyRepo + "/collaborators/{username}/permission", ""},
		{"GET", "/orgs/{org}/teams/{team_slug}/members", ""}, {"GET", "/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}", ""}, {"POST", anyRepo + "/check-runs", ""}},
}

// answersOf are the faults, by name.
var answersOf = map[string]traffic.Fault{
	"404": {Status: 404}, "401": {Status: 401}, "403": {Status: 403}, "410": {Status: 410}, "451": {Status: 451}, "500": {Status: 500}, "502": {Status: 502},
	"429": {Status: 429, Header: map[string]string{"Retry-After": "1"}}, "cut": {Drop: true}, "empty": {Status: 200, Empty: true}, "null": {Status: 200, Body: "null"},
	"truncated": {Status: 200, Body: `{"data": {"repository": {"datab`}, "302": {Status: 302, Header: map[string]string{"Location": "http://192.0.2.1/elsewhere"}},
	"graph error": {Status: 200, Body: `{"data":null,"errors":[{"message":"Something went wrong while executing your query."}]}`},
	"graph null":  {Status: 200, Body: `{"data":{"repository":null,"organization":null}}`},
	"graph empty": {Status: 200, Body: `{"data":{}}`},
}

// answering is a server whose looks a test does itself, beside a hub that sends no webhooks: the sweeps alone find what happened.
type answering struct {
	t      *testing.T
	hub    *fakehub.Hub
	server *app.Server
	clock  *hands
	number int
	key    change.Key
	first  string
	rest   bool
}

func newAnswering(t *testing.T, rest bool) *answering {
	hub := world(t, fakehub.Options{})
	hub.SetLimits(traffic.Rules{PerHour: 1 << 30})
	must(t, hub.SetMerge(shop, fakehub.MergeSettings{Squash: true, SquashTitle: "PR_TITLE", SquashMessage: "PR_BODY"})) // the title is what is judged
	must(t, hub.AddTeam(fakehub.Team{Org: "acme", Slug: "core", Members: map[string]string{"olga": "member"}, Repos: map[string]string{shop: "push"}}))
	commit(t, hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: owners", Files: fakehub.Files{"CODEOWNERS": "/pay/ @acme/core\n/cart/ @mika\n"}})
	installation, err := hub.Install("acme")
	must(t, err)
	a := &answering{t: t, hub: hub, clock: &hands{}, rest: rest}
	dir := t.TempDir()
	write := func(name, text string) string {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		return filepath.Join(dir, name)
	}
	c, spec := app.DefaultConfig(), hub.App()
	c.PublicURL, c.Database = "http://lintel.example", "sqlite://"+filepath.Join(dir, "lintel.db")
	c.GitHub.AppID, c.GitHub.APIURL, c.GitHub.WebURL, c.GitHub.GraphQL = spec.ID, hub.URL(), hub.URL(), !rest
	c.GitHub.PrivateKeyFile, c.GitHub.WebhookSecretFile = write("key.pem", string(spec.PEM())), write("secret", spec.WebhookSecret)
	a.server, err = app.NewServer(t.Context(), c, app.ServerOptions{Engine: shippedPolicies(t), Log: slog.New(slog.DiscardHandler), Now: a.clock.now, NoSweeps: true})
	must(t, err)
	t.Cleanup(func() { must(t, a.server.Close()) })
	a.first = commit(t, hub, shop, fakehub.Commit{Branch: "topic", From: "main", Author: "wendy", Message: "feat: pay twice", Files: fakehub.Files{"pay/twice.go": "package pay\n", "cart/twice.go": "package cart\n"}})
	a.number = open(t, hub, shop, fakehub.Pull{Head: "topic", Base: "main", Title: "feat: pay twice", Author: "wendy"})
	for _, login := range []string{"olga", "mika"} {
		_, err := hub.Review(shop, a.number, fakehub.Review{Author: login, State: "APPROVE"})
		must(t, err)
	}
	must(t, a.server.Discover(t.Context(), installation))
	records, err := a.server.Record().Recent(t.Context(), 1)
	must(t, err)
	a.key = records[0].Record.Key
	return a
}

// push gives the change a new head on its approved one, so that nothing was judged at it.
func (a *answering) push(n int) string {
	return commit(a.t, a.hub, shop, fakehub.Commit{Branch: "topic", Parents: []string{a.first}, Author: "wendy", Message: "feat: try again", Force: true, Files: fakehub.Files{"docs/try.md": fmt.Sprintf("try %d\n", n)}})
}

func (a *answering) title(text string) {
	must(a.t, a.hub.EditPull(shop, a.number, fakehub.Edit{Title: &text}, "wendy"))
}

// find lets the sweeps find what happened, after a time in which they look at everything again, and forgets what was kept, so that a look asks for all.
func (a *answering) find() {
	a.clock.forward(2 * time.Hour) // teams are read again after one
	must(a.t, a.server.Rescue(a.t.Context()))
	_, err := a.server.Writer().ExecContext(a.t.Context(), `DELETE FROM kept`)
	must(a.t, err)
	a.hub.ExpireTokens()
}

func (a *answering) look() string {
	outcome, err := a.server.LookThrough(a.t.Context(), a.key)
	must(a.t, err)
	return outcome
}

// stands is the newest run on a commit: "none", its status while it is not completed, or its conclusion.
func (a *answering) stands(sha string) string {
	runs := slices.DeleteFunc(a.hub.Runs(shop, sha), func(v fakehub.RunView) bool { return v.Name != "lintel" })
	if len(runs) == 0 {
		return "none"
	}
	last := runs[len(runs)-1]
	if last.Status != "completed" {
		return last.Status
	}
	if last.Conclusion == "failure" && strings.HasPrefix(last.Title, "No ") {
		return "no verdict"
	}
	return last.Conclusion
}

// TestEveryAnswer plays every fault at every address that a look asks, while nothing was said of the head, and while an older green stands and the truth is
// red. What must hold: success is said of complete facts alone; nothing stays in progress; an older green is taken back; and when the fault is over, the
// sweeps alone bring the right verdict.
func TestEveryAnswer(t *testing.T) {
	for _, rest := range []bool{false, true} {
		t.Run(map[bool]string{false: "graphql", true: "rest"}[rest], func(t *testing.T) {
			t.Parallel()
			a := newAnswering(t, rest)
			a.push(0)
			a.find()
			a.hub.Reset()
			if outcome := a.look(); outcome != "done" {
				t.Fatalf("the first look is %s", outcome)
			}
			table := addresses[!rest]
			for _, q := range a.hub.Requests() {
				if at := (address{q.Method, q.Route, q.Operation}); !slices.Contains(table, at) {
					t.Errorf("a look asks %s, of which the table says nothing", at)
				}
			}
			n := 0
			for _, at := range table {
				if a.hub.Record().Count(at.method, at.route) == 0 {
					t.Errorf("no look asks %s", at)
				}
			}
			for _, at := range table {
				for _, name := range sortedNames(answersOf) {
					fault := answersOf[name]
					graph := at.route == "/graphql"
					if strings.HasPrefix(name, "graph ") && !graph || rest && slices.Contains([]string{"451", "502", "429", "truncated", "410", "302"}, name) {
						continue
					}
					fault.Method, fault.Route, fault.Operation = at.method, at.route, at.operation
					n++
					a.play(n, at.String()+" "+name, at, fault)
				}
			}
		})
	}
}

func sortedNames(m map[string]traffic.Fault) []string {
	var all []string
	for name := range m {
		all = append(all, name)
	}
	slices.SortFunc(all, cmp.Compare[string])
	return all
}

func (a *answering) play(n int, name string, at address, fault traffic.Fault) {
	a.t.Helper()
	// GitHub takes nothing, or gives no token: then nothing can be said, and what stands is what stood.
	mute := at == access || at.method == http.MethodPost && at.operation == ""
	// At its own address the change or its repository is not there: that is quiet, too.
	gone := (at.route == anyRepo || at.route == anyRepo+"/pulls/{pull_number}") && slices.Contains([]int{404, 410, 451}, fault.Status)
	mute = mute || gone
	expect := func(when, sha string, allowed ...string) {
		a.t.Helper()
		if got := a.stands(sha); !slices.Contains(allowed, got) {
			a.t.Errorf("%s: %s: %s, want one of %v", name, when, got, allowed)
		}
	}
	sha := a.push(n)
	a.find()
	remove := a.hub.Fault(fault)
	before := a.hub.Record().Count(at.method, at.route)
	outcome := a.look()
	hit := a.hub.Record().Count(at.method, at.route) > before
	switch {
	case mute || outcome == "limited":
		expect("first look, "+outcome, sha, "none", "success", "failure")
	case !hit:
		expect("first look, not asked", sha, "success")
	case at.spare():
		expect("first look, "+outcome, sha, "success", "failure", "no verdict")
	default:
		expect("first look, "+outcome, sha, "failure", "no verdict")
	}
	remove()
	a.find()
	a.look()
	expect("first look, after the fault", sha, "success")
	a.title("Bad title.")
	a.find()
	remove = a.hub.Fault(fault)
	outcome = a.look()
	if mute || outcome == "limited" {
		expect("re-look, "+outcome, sha, "success", "failure")
	} else {
		expect("re-look, "+outcome, sha, "failure", "no verdict")
	}
	remove()
	a.find()
	a.look()
	expect("re-look, after the fault", sha, "failure")
	a.title("feat: pay twice")
}

// spare reports whether what an address tells is told elsewhere too, so that a look may be whole without it: a review says that its author may push, a list
// of pull requests which of them share a commit.
func (a address) spare() bool {
	return slices.Contains([]string{"LintelCommit", "LintelFiles"}, a.operation) || strings.HasSuffix(a.route, "/pulls") || strings.HasSuffix(a.route, "/permission") || strings.HasSuffix(a.route, "/commits") ||
		strings.HasSuffix(a.route, "{owner}/{repo}") && strings.HasPrefix(a.route, "/orgs/") || a.route == anyRepo+"/git/blobs/{file_sha}"
}
