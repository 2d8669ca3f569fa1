package server_test

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/server"
)

// address is one address that the product asks: a REST route, or an operation of GraphQL.
type address struct{ method, route, operation string }

func (a address) String() string {
	return strings.TrimSpace(a.method + " " + a.route + " " + a.operation)
}

func rest(method, route string) address { return address{method, route, ""} }
func graph(operation string) address    { return address{"POST", "/graphql", operation} }

const (
	anyRepo = "/repos/{owner}/{repo}"
	anyPull = anyRepo + "/pulls/{pull_number}"
)

// access is where an installation's token comes from: without one nothing can be read or said.
var access = rest("POST", "/app/installations/{installation_id}/access_tokens")

// spot is where a fault is played: an address, and which requests to it.
type spot struct {
	address
	// path limits the fault to requests whose path contains it; "" is all.
	path string
	// beside are faults that must be played, too, so that the address is asked at all.
	beside []traffic.Fault
}

func (s spot) String() string { return strings.TrimSpace(s.address.String() + " " + s.path) }

func at(all ...address) []spot {
	var out []spot
	for _, a := range all {
		out = append(out, spot{address: a})
	}
	return out
}

// answersOf are the faults, by name.
var answersOf = map[string]traffic.Fault{
	"404": {Status: 404}, "401": {Status: 401}, "403": {Status: 403}, "410": {Status: 410}, "451": {Status: 451}, "500": {Status: 500},
	"502": {Status: 502},
	"429": {Status: 429, Header: map[string]string{"Retry-After": "1"}}, "cut": {Drop: true}, "empty": {Status: 200, Empty: true},
	"null":        {Status: 200, Body: "null"},
	"truncated":   {Status: 200, Body: `{"data": {"repository": {"datab`},
	"302":         {Status: 302, Header: map[string]string{"Location": "http://192.0.2.1/elsewhere"}},
	"graph error": {Status: 200, Body: `{"data":null,"errors":[{"message":"Something went wrong while executing your query."}]}`},
	"graph null":  {Status: 200, Body: `{"data":{"repository":null,"organization":null}}`},
	"graph empty": {Status: 200, Body: `{"data":{}}`},
}

// faultsAt are the faults of a spot, each under its name.
func faultsAt(s spot) map[string]traffic.Fault {
	all := map[string]traffic.Fault{}
	for name, f := range answersOf {
		if strings.HasPrefix(name, "graph ") && s.route != "/graphql" || raced != nil && !raced(s, name) {
			continue
		}
		f.Method, f.Route, f.Operation, f.Path = s.method, s.route, s.operation, s.path
		all[name] = f
	}
	return all
}

// answering is a server whose looks a test does itself, beside a hub that sends no webhooks: the sweeps alone find what happened.
type answering struct {
	t          *testing.T
	hub        *fakehub.Hub
	server     *server.Server
	config     config.Config
	clock      *hands
	connection int64
	repo       change.Repository
	// number and key are the change that is looked at, first a commit of its branch that new heads stand on.
	number int
	key    change.Key
	first  string
	// fresh gives the change, by a number, a commit that nothing was judged at, of which the truth is green; spoil
	// makes that red and fix fixes it.
	fresh      func(n int) string
	spoil, fix func()
	// late is how the check of a merge group may stand whose time is over.
	late []string
	// drops says that the fault in force closes connections.
	drops atomic.Bool
	// beside are faults that are played with every one, nil none.
	beside func() []traffic.Fault
}

// answer makes a server for a hub and lets it find what is there.
func answer(t *testing.T, hub *fakehub.Hub, byREST bool) *answering {
	hub.SetLimits(traffic.Rules{PerHour: 1 << 30})
	connection, err := hub.Install("acme")
	must(t, err)
	a := &answering{t: t, hub: hub, clock: &hands{}, connection: connection}
	dir := t.TempDir()
	write := func(name, text string) string {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		return filepath.Join(dir, name)
	}
	c, spec := config.Default(), hub.App()
	c.Flow.BackfillDays = 0
	c.PublicURL, c.Database = "http://lintel.example", "sqlite://"+filepath.Join(dir, "lintel.db")
	c.GitHub.AppID, c.GitHub.APIURL, c.GitHub.WebURL, c.GitHub.GraphQL = spec.ID, hub.URL(), hub.URL(), !byREST
	c.GitHub.PrivateKeyFile, c.GitHub.WebhookSecretFile = write("key.pem", string(spec.PEM())), write("secret", spec.WebhookSecret)
	seed(t, filepath.Join(dir, "lintel.db"))
	a.config = c
	a.open()
	t.Cleanup(func() { must(t, a.server.Close()) })
	must(t, a.server.Discover(t.Context(), connection))
	watched, err := a.server.Record().Watched(t.Context(), change.GitHub, 1)
	must(t, err)
	a.repo = watched[0].Repository
	return a
}

// open makes the server, which looks as often as it takes to say that there is no verdict, and once more.
func (a *answering) open() {
	server, err := server.New(a.t.Context(), a.config,
		server.Options{
			Engine:      shippedPolicies(a.t),
			Log:         slog.New(slog.DiscardHandler),
			Now:         a.clock.now,
			NoSweeps:    true,
			Transport:   a,
			Slow:        patience, // a look that is limited would leave a check in progress, on a slow machine alone
			ExplainFrom: server.Tries - 1,
		})
	must(a.t, err)
	a.server = server
}

// RoundTrip hands a request to the hub itself, without a connection between: the tables ask some hundred thousand times.
// There is one where the fault in force closes connections, since Go's client asks again by itself then, and under the
// race detector, which is to see all goroutines.
func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if raced != nil || a.drops.Load() || "http://"+r.URL.Host != a.hub.URL() {
		return http.DefaultTransport.RoundTrip(r)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	asked, w := r.Clone(r.Context()), httptest.NewRecorder()
	asked.RequestURI, asked.RemoteAddr, asked.Host = r.URL.RequestURI(), "192.0.2.1:1234", cmp.Or(r.Host, r.URL.Host)
	if asked.Body == nil {
		asked.Body = http.NoBody
	}
	a.hub.ServeHTTP(w, asked)
	if r.Body != nil {
		if err := r.Body.Close(); err != nil {
			return nil, err
		}
	}
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// follow names the pull request that is looked at.
func (a *answering) follow(number int) {
	a.number, a.key = number, change.Key{Forge: change.GitHub, RepoID: a.repo.ID, Number: number}
}

// find lets the sweeps find what happened, after a time in which they look at everything again.
func (a *answering) find() {
	a.clock.forward(2 * time.Hour) // teams are read again after one
	must(a.t, a.server.Rescue(a.t.Context()))
	a.forget()
}

// forget drops what was kept, so that a look asks for all.
func (a *answering) forget() {
	_, err := a.server.Writer().ExecContext(a.t.Context(), `DELETE FROM kept`)
	must(a.t, err)
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

// play puts faults in force; the function returned ends them.
func (a *answering) play(s spot, fault traffic.Fault) (remove func()) {
	a.drops.Store(fault.Drop)
	ends := []func(){a.hub.Fault(fault), func() { a.drops.Store(false) }}
	with := s.beside
	if a.beside != nil {
		with = append(slices.Clone(with), a.beside()...)
	}
	for _, f := range with {
		ends = append(ends, a.hub.Fault(f))
	}
	if s.address == access {
		a.hub.ExpireTokens()
	}
	return func() {
		for _, end := range ends {
			end()
		}
	}
}

// hits counts the requests that a spot names.
func (a *answering) hits(s spot) (n int) {
	for _, q := range a.hub.Requests() {
		if s.is(q) && strings.Contains(q.Path, s.path) {
			n++
		}
	}
	return n
}

func (a address) is(q traffic.Request) bool {
	return a.method == q.Method && a.route == q.Route && a.operation == q.Operation
}

// TestEveryAnswer plays every fault at every address that a look reads or writes its check at, while nothing was said
// of the head, and while an older green stands and the truth is red. What must hold: success is said of complete facts
// alone; nothing stays in progress; an older green is taken back; and when the fault is over, the sweeps alone bring
// the right verdict.
func TestEveryAnswer(t *testing.T) {
	t.Parallel() // each has a hub and a server of its own, and no clock but its own
	for _, s := range scenes() {
		for _, spots := range worlds(s.spots) {
			t.Run(s.name+" "+spots[0].String(), func(t *testing.T) {
				t.Parallel()
				a := s.make(t)
				a.green()
				n := 0
				for _, at := range spots {
					asked := 0
					for _, name := range sortedNames(faultsAt(at)) {
						n++
						asked += a.judge(n, at.String()+" "+name, at, faultsAt(at)[name])
					}
					if asked == 0 {
						t.Errorf("no look asks %s", at)
					}
				}
			})
		}
	}
}

// worlds says which spots of a scene share a world. What was pushed for one fault makes every sweep longer, so each has
// its own; under the race detector, where a spot plays one fault, to make a world costs more. It meets goroutines, not
// addresses: the first of a scene that fails and the last, a reading and mostly a writing, have all of them run.
func worlds(spots []spot) [][]spot {
	if raced != nil && len(spots) > 2 {
		spots = []spot{spots[0], spots[len(spots)-1]}
	}
	if raced != nil {
		return [][]spot{spots}
	}
	return slices.Collect(slices.Chunk(spots, 1))
}

// green holds the scene to its own promise: without a fault it is green.
func (a *answering) green() {
	a.t.Helper()
	sha := a.fresh(0)
	if outcome := a.look(); outcome != "done" || a.stands(sha) != "success" {
		runs := a.hub.Runs(shop, sha)
		a.t.Fatalf("without a fault the look is %s: %+v", outcome, runs)
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

// judge plays one fault and returns how often it was met.
func (a *answering) judge(n int, name string, s spot, fault traffic.Fault) (met int) {
	a.t.Helper()
	// GitHub takes nothing, or gives no token: then nothing can be said, and what stands is what stood.
	mute := s.address == access || s.method == http.MethodPost && s.operation == ""
	// At its own address the change or its repository is not there: that is quiet, too.
	mute = mute || (s.route == anyRepo || s.route == anyPull) && slices.Contains([]int{404, 410, 451}, fault.Status) && a.key.Group == ""
	expect := func(when, sha string, allowed ...string) {
		a.t.Helper()
		if got := a.stands(sha); !slices.Contains(allowed, got) {
			a.t.Errorf("%s: %s: %s, want one of %v", name, when, got, allowed)
		}
	}
	sha := a.fresh(n)
	a.hub.Reset()
	remove := a.play(s, fault)
	outcome := a.look()
	hit := a.hits(s)
	switch {
	case mute || outcome == "limited":
		expect("first look, "+outcome, sha, "none", "success", "failure")
	case hit == 0:
		expect("first look, not asked", sha, "success")
	case s.spare():
		expect("first look, "+outcome, sha, "success", "failure", "no verdict")
	default:
		expect("first look, "+outcome, sha, "failure", "no verdict")
	}
	remove()
	a.find()
	a.look()
	expect("first look, after the fault", sha, "success")
	a.spoil()
	a.find()
	a.hub.Reset()
	remove = a.play(s, fault)
	outcome = a.look()
	hit += a.hits(s)
	if mute || outcome == "limited" {
		// A merge queue does not wait for a limit to end.
		expect("re-look, "+outcome, sha, append([]string{"success", "failure"}, a.late...)...)
	} else {
		expect("re-look, "+outcome, sha, "failure", "no verdict")
	}
	remove()
	a.find()
	a.look()
	expect("re-look, after the fault", sha, "failure")
	a.fix()
	return hit
}

// spare reports whether what an address tells is told elsewhere too, or is of no weight, so that a look may be whole
// without it: a review says that its author may push, a blob can be read by itself, a list of pull requests which of
// them share a commit.
func (a address) spare() bool {
	return slices.Contains([]string{"LintelCommit", "LintelFiles", "LintelBlobs"}, a.operation) ||
		strings.HasSuffix(a.route, "/pulls") || strings.HasSuffix(a.route, "/permission") || strings.HasSuffix(a.route, "/commits") ||
		strings.HasSuffix(a.route, "{owner}/{repo}") && strings.HasPrefix(a.route, "/orgs/") || a.route == anyRepo+"/git/blobs/{file_sha}"
}
