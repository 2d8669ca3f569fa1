package server_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/testkey"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/store"
)

// rig is a server beside a fake GitHub with one organisation and one repository.
type rig struct {
	t      testing.TB
	hub    *fakehub.Hub
	server *server.Server
	config config.Config
	dir    string
	ended  chan lookjobs.Ended
	stop   func()
	// sweeps is true when the server works by the clock.
	sweeps bool
}

const shop = "acme/shop"

// patience is how long the stories wait for what must come. It bounds only how late a failure is seen, so a slow machine fails nothing.
// It is longer than the ten minutes after which the queue takes back a job whose fetch a cut connection lost.
const patience = 15 * time.Minute

// pace is how soon the rig's queue tries again and looks for what is due.
const pace = 50 * time.Millisecond

// world makes the fake GitHub: acme with the team core (olga, mika), the writers wendy and rita, and acme/shop with a
// settings file and CODEOWNERS.
func world(t testing.TB, o fakehub.Options) *fakehub.Hub {
	t.Helper()
	if o.Key == nil {
		o.Key = testkey.RSA()
	}
	o.HookTime = cmp.Or(o.HookTime, patience)
	hub, err := fakehub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"olga", "mika", "wendy", "rita"} {
		must(t, hub.AddUser(fakehub.User{Login: login}))
	}
	must(t, hub.AddOrg(fakehub.Org{
		Login:   "acme",
		Members: map[string]string{"olga": "admin", "mika": "member", "wendy": "member", "rita": "member"},
	}))
	addShop(t, hub, "shop")
	return hub
}

func addShop(t testing.TB, hub *fakehub.Hub, name string) {
	t.Helper()
	_, err := hub.AddRepo(
		fakehub.Repo{
			Owner:         "acme",
			Name:          name,
			Collaborators: map[string]string{"wendy": "write", "rita": "write", "mika": "write", "olga": "admin"},
		})
	must(t, err)
	commit(t, hub, "acme/"+name, fakehub.Commit{Branch: "main", Author: "olga", Message: "feat: start the shop", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\ncommits: { mode: enforce }\nownership: { mode: enforce }\nsize: { mode: warn }\n",
		"CODEOWNERS":         "/pay/ @mika\n",
		"README.md":          "# Shop\n", "pay/pay.go": "package pay\n", "cart/cart.go": "package cart\n",
	}})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func commit(t testing.TB, hub *fakehub.Hub, repo string, c fakehub.Commit) string {
	t.Helper()
	sha, err := hub.Commit(repo, c)
	must(t, err)
	return sha
}

// badCoupon is a commit of wendy's on the branch coupon whose message is refused.
func badCoupon(t testing.TB, hub *fakehub.Hub) string {
	t.Helper()
	return commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "coupon",
			Author:  "wendy",
			Message: "Added coupons.",
			Files:   fakehub.Files{"cart/coupon.go": "package cart\n"},
		})
}

func open(t testing.TB, hub *fakehub.Hub, repo string, p fakehub.Pull) int {
	t.Helper()
	n, err := hub.OpenPull(repo, p)
	must(t, err)
	return n
}

// start makes a server for the hub. change alters its configuration and options before it starts.
func start(t testing.TB, hub *fakehub.Hub, dir string, change ...func(*config.Config, *server.Options)) *rig {
	t.Helper()
	r := &rig{t: t, hub: hub, dir: dir, ended: make(chan lookjobs.Ended, 10_000)}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	spec := hub.App()
	c := config.Default()
	public, admin := listener(t), listener(t)
	c.Listen, c.AdminListen = public.Addr().String(), admin.Addr().String()
	c.PublicURL, c.Database = "http://"+c.Listen, databaseIn(t, dir)
	c.GitHub.AppID, c.GitHub.APIURL, c.GitHub.WebURL = spec.ID, hub.URL(), hub.URL()
	c.GitHub.PrivateKeyFile, c.GitHub.WebhookSecretFile = write("key.pem", string(spec.PEM())), write("secret", spec.WebhookSecret)
	seed(t, filepath.Join(dir, "lintel.db"))
	c.Workers.Gather, c.Workers.DrainTimeout = "20ms", "10m" // under load the race detector is slower than any operator
	c.Flow.BackfillDays = 0                                  // its own stories say when
	log := slog.DiscardHandler
	if os.Getenv("RIG_LOG") != "" {
		log = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})
	}
	o := server.Options{
		Log: slog.New(log),
		Observe: func(e lookjobs.Ended) {
			select {
			case r.ended <- e:
			default:
				t.Errorf("%d looks ended that nobody read: give the rig room for more", cap(r.ended))
			}
		},
		Engine: shippedPolicies(t),
		Listen: handed(public, admin),
		Pace:   pace,
		// The default is for people; a busy machine under the race detector is slower than any of them.
		PageTime: 50 * time.Second,
		Poll:     pace,
		Slow:     patience, // a check in progress would be one write more
	}
	for _, f := range change {
		if f != nil {
			f(&c, &o)
		}
	}
	r.config, r.sweeps = c, !o.NoSweeps
	server, err := server.New(context.Background(), c, o)
	must(t, err)
	r.server = server
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		done <- nil
	}
	t.Cleanup(r.stop)
	hub.SetWebhook("http://"+c.Listen+"/hooks/github", "")
	awaitHTTP(t, "http://"+c.Listen+"/healthz")
	return r
}

// empty is a new database of a server. Making the tables costs more than most stories do with them, so it is done once.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "lintel-empty-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "lintel.db")
	jobs, err := queue.NewJobs(time.Now)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(context.Background(), "sqlite://"+path, time.Now, jobs)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(queue.Migrate(context.Background(), st.Writer(), slog.New(slog.DiscardHandler)), st.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// seed puts an empty database where none is yet.
func seed(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		return
	}
	db, err := empty()
	must(t, err)
	must(t, os.WriteFile(path, db, 0o600))
}

// noSweeps is for tests that count calls: on a slow machine a sweep comes in between.
func noSweeps(_ *config.Config, o *server.Options) { o.NoSweeps = true }

func shippedPolicies(t testing.TB) *policy.Engine {
	t.Helper()
	engine, err := builtin.Engine(t.Context())
	must(t, err)
	return engine
}

// listener is open before its server runs, so that no other test is given its port.
func listener(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

// handed listens at an address by the listener that is open there already.
func handed(all ...net.Listener) func(address string) (net.Listener, error) {
	return func(address string) (net.Listener, error) {
		for _, l := range all {
			if l.Addr().String() == address {
				return l, nil
			}
		}
		return nil, fmt.Errorf("the rig has no listener at %s", address)
	}
}

// freePort is an address where nobody listens, for a child process or for nobody. It lies below the ports that systems
// give out, so that no other test is given it meanwhile.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

func awaitHTTP(t testing.TB, url string) {
	t.Helper()
	client := &http.Client{Timeout: patience}
	for deadline := time.Now().Add(patience); ; {
		resp, err := client.Get(url) //nolint:noctx // a test against loopback
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer: %v", url, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// run waits until the newest check run "lintel" on a commit is completed with a conclusion, and returns it.
func (r *rig) run(sha, conclusion string) fakehub.RunView {
	r.t.Helper()
	var last fakehub.RunView
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		runs := r.runs(sha)
		if len(runs) == 0 {
			continue
		}
		if last = runs[len(runs)-1]; last.Status == "completed" && last.Conclusion == conclusion {
			return last
		}
	}
	r.t.Fatalf("the check on %s is %s %q (%s), want %s\n%s", sha, last.Status, last.Conclusion, last.Title, conclusion, last.Summary)
	return last
}

func (r *rig) runs(sha string) []fakehub.RunView {
	var own []fakehub.RunView
	for _, run := range r.hub.Runs(shop, sha) {
		if run.Name == "lintel" {
			own = append(own, run)
		}
	}
	return own
}

// quiet waits until no delivery is under way, no change waits for a look, and no look, scan or sweep runs or could run now.
func (r *rig) quiet() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-r.server.Checked(): // the start asks the forge, too
	case <-ctx.Done():
		r.t.Fatal("the server never looked at its health")
	}
	// The queue inserts the sweeps of a start all at once, and on a slow machine a while after it began: whoever counts
	// calls would count theirs.
	for swept := 0; r.sweeps && swept == 0; time.Sleep(2 * time.Millisecond) {
		must(r.t, ctx.Err())
		must(r.t, r.server.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM river_job WHERE kind = 'sweep'`).Scan(&swept))
	}
	must(r.t, r.hub.WaitDelivered(ctx))
	for jobs := 1; jobs > 0; {
		must(r.t, r.server.WaitIdle(ctx))
		must(r.t, r.server.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM river_job WHERE queue IN ('look', 'sweep')
			AND (state = 'running' OR state = 'available' AND scheduled_at <= $1)`,
			time.Now().UTC().Format("2006-01-02 15:04:05.000")).Scan(&jobs))
		if jobs > 0 {
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// mutate changes a payload.
func mutate(t testing.TB, payload []byte, change func(map[string]any)) map[string]any {
	t.Helper()
	var p map[string]any
	must(t, json.Unmarshal(payload, &p))
	change(p)
	return p
}
