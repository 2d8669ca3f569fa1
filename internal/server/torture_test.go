package server_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/cli"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
)

// torture is one run: a cluster, what happens to it, and what each pull request must say in the end.
type torture struct {
	*cluster
	wire *postgrestest.Wire
	plan *rand.Rand
	db   *sql.DB
	// address is the database's, without the wire.
	address string
	// overridden are the comments by which somebody overrode the check of a pull request.
	overridden map[int]int64
	kills      int
	killedAt   time.Time
}

// size is how long a run is: TORTURE=2000 has about so many deliveries, and restarts PostgreSQL.
func size(t testing.TB) (pulls int, long bool) {
	deliveries, err := strconv.Atoi(os.Getenv("TORTURE"))
	if err != nil {
		return 8, false
	}
	return max(deliveries/11, 8), true // a pull request has about eleven deliveries
}

// severalProcesses of lintel serve share one PostgreSQL, three that take webhooks and four that work. By a plan that the
// seed gives they are killed with SIGKILL and restarted in order, their connections are cut, the network to the database
// is gone for a while, and the forge is slow and fails. In the end every pull request has its right check, once; no
// comment and no override is there twice; nothing that was acknowledged is lost; and the record shows an order of verdicts
// that deliveries allow. "make torture" is the long run, in which clocks differ and PostgreSQL is restarted, too.
func severalProcesses(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	must(t, hub.SetCollaborator(shop, "mika", "maintain", "olga"))
	_, err := hub.Install("acme")
	must(t, err)
	pulls, long := size(t)
	seed := rand.Uint64()
	if given, err := strconv.ParseUint(os.Getenv("TORTURE_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("seed %d", seed)
	o := &torture{plan: rand.New(rand.NewPCG(seed, 1)), overridden: map[int]int64{}}
	o.cluster = newCluster(t, hub, nil, []string{"--roles", "web,reports"}, []string{"--roles", "web"})
	o.wired()
	o.cluster.between = o.between
	o.work("gate", "gate,sweeps", "advise,gate", "gate,sweeps")
	o.partition()
	for _, f := range []traffic.Fault{
		{Probability: 0.02, Status: http.StatusBadGateway},
		{Probability: 0.01, Drop: true, After: true},
		{Probability: 0.03, Wait: func(ctx context.Context) {
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}},
	} {
		hub.Fault(f)
	}
	began := time.Now()
	all := o.pulls(pulls, func(i int) {
		if i%20 == 0 {
			t.Logf("%s: pull request %d of %d, %d kills", time.Since(began).Round(time.Second), i, pulls, o.kills)
		}
		if long && (i == pulls/3 || i == 2*pulls/3) {
			o.restartPostgres(i < pulls/2)
		}
		if long {
			o.killEachSecond()
		}
		if i%2 == 1 {
			o.harm()
		}
	})
	hub.ClearFaults()
	o.reviveAll()
	for i, p := range all {
		if p.expected == "failure" && i%2 == 0 {
			o.overridden[p.number], all[i].expected = o.override(p, i%4 == 0), "success"
		}
	}
	o.reviveAll()
	o.settle(all)
	o.examine(all)
	t.Logf("%d deliveries about %d pull requests, %d kills", len(hub.Webhooks().Deliveries(hub.App().ID)), len(all), o.kills)
}

// between reads from the record whether another check was meant for the commit between two, as when an hour's wrong clock
// kept a process from reading the change a third time.
func (o *torture) between(first, second string) bool {
	o.t.Helper()
	n := 0
	must(o.t, o.db.QueryRow(`SELECT COUNT(*) FROM effect m JOIN effect f ON f.key = $1 JOIN effect l ON l.key = $2
		WHERE m.kind = 'check' AND m.repo_id = f.repo_id AND m.sha = f.sha AND m.name = f.name AND m.seq > f.seq AND m.seq < l.seq`,
		first, second).Scan(&n))
	return n > 0
}

// wired puts the wire between the database and the processes that are there, and starts them anew.
func (o *torture) wired() {
	o.t.Helper()
	p := o.web[0]
	text, err := os.ReadFile(p.config)
	must(o.t, err)
	o.address = databaseIn(o.t, filepath.Dir(p.config))
	o.db = postgrestest.Open(o.t, o.address)
	// The tests' PostgreSQL answers before it writes. One that is restarted by a crash would lose what it had promised.
	var name string
	must(o.t, o.db.QueryRow(`SELECT current_database()`).Scan(&name))
	_, err = o.db.Exec(`ALTER DATABASE "` + name + `" SET synchronous_commit = on`)
	must(o.t, err)
	var wired string
	o.wire, wired = postgrestest.NewWire(o.t, o.address)
	must(o.t, os.WriteFile(p.config, bytes.Replace(text, []byte(o.address), []byte(wired), 1), 0o600))
	for _, p := range o.web {
		p.kill()
		o.begin(p)
	}
}

// begin starts a process again and again until it serves, as systemd does: it ends when it finds no database.
func (o *torture) begin(p *process) {
	o.t.Helper()
	if os.Getenv("TORTURE_SKEWED") != "" {
		// A third of the clocks are right, one process is an hour behind and one ahead, others are minutes off.
		place := slices.Index(append(slices.Clone(o.web), o.rest...), p)
		p.env = []string{fmt.Sprintf("TORTURE_SKEW=%d", []int{0, -3600, 180, 0, 3600, 0, -75}[place%7])}
	}
	client := &http.Client{Timeout: time.Minute}
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if o.ensure(p); o.serves(client, p) {
			return
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("%s does not start at %s\n%s", p.flags, p.listen, p.log)
		}
	}
}

// killEachSecond kills one process a second after the last one, while more than half serve: on a machine where a start takes
// longer than that, none ever would.
func (o *torture) killEachSecond() {
	o.t.Helper()
	all := append(slices.Clone(o.web), o.rest...)
	client := &http.Client{Timeout: time.Second}
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		serving := 0
		for _, p := range all {
			if o.ensure(p); o.serves(client, p) {
				serving++
			}
		}
		if 2*serving > len(all) && time.Since(o.killedAt) >= time.Second {
			break
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("%d of %d processes serve", serving, len(all))
		}
	}
	p := all[o.plan.IntN(len(all))]
	p.kill()
	o.ensure(p)
	o.kills++
	o.killedAt = time.Now()
}

// ensure starts a process that ended, and does not wait until it serves.
func (o *torture) ensure(p *process) {
	if p.cmd != nil {
		select {
		case <-p.ended:
			p.cmd = nil
		default:
		}
	}
	if p.cmd == nil {
		p.launch()
	}
}

func (o *torture) serves(client *http.Client, p *process) bool {
	resp, err := client.Get("http://" + p.listen + "/healthz") //nolint:noctx // a test against loopback
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// reviveAll starts those that ended because the network was cut while they started.
func (o *torture) reviveAll() {
	o.t.Helper()
	for _, p := range append(slices.Clone(o.web), o.rest...) {
		o.begin(p)
	}
}

// harm does one bad thing of the plan.
func (o *torture) harm() {
	o.t.Helper()
	all := append(slices.Clone(o.web), o.rest...)
	p := all[o.plan.IntN(len(all))]
	switch o.plan.IntN(6) {
	case 0: // in order, as a deploy does
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err == nil {
			<-p.ended
		}
		p.cmd = nil
	case 1:
		o.wire.Cut(func() bool { return o.plan.IntN(2) == 0 })
		return
	default:
		o.kills++
		p.kill()
	}
	o.begin(p)
}

// partition takes the network to the database away: processes that take webhooks answer 503 until it is back, and the
// delivery is taken then.
func (o *torture) partition() {
	o.t.Helper()
	o.wire.Set(false)
	o.refused.Store(0)
	commit(o.t, o.hub, shop, fakehub.Commit{Branch: "main", Author: "olga", Message: "docs: say more",
		Files: fakehub.Files{"README.md": "# The shop\n"}})
	for deadline := time.Now().Add(patience); o.refused.Load() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			o.t.Fatal("no process answered 503 while the database could not be reached")
		}
	}
	o.wire.Set(true)
}

// restartPostgres stops the server with its connections open, in order or by a crash, and starts it.
func (o *torture) restartPostgres(inOrder bool) {
	o.t.Helper()
	how := "immediate"
	if inOrder {
		how = "fast"
	}
	out, err := exec.Command("../../scripts/postgres.sh", "restart", how).CombinedOutput()
	if err != nil {
		o.t.Fatalf("restart PostgreSQL: %v\n%s", err, out)
	}
}

// override has somebody override a pull request's check, and gives the comment. A command that follows a push within the
// second is refused, as nobody knows which head it means: people write it again.
func (o *torture) override(p clusterPull, harmed bool) (id int64) {
	o.t.Helper()
	const counted = `SELECT (SELECT COUNT(*) FROM override o JOIN change c ON c.id = o.change_id WHERE c.number = $1),
		(SELECT COUNT(*) FROM audit a JOIN change c ON c.id = a.change_id WHERE c.number = $1 AND a.act = 'override.refused')`
	for refused := 0; ; refused++ {
		id, err := o.hub.Comment(shop, p.number, "mika", overrideHeader)
		must(o.t, err)
		if harmed && refused == 0 {
			o.harm()
			o.reviveAll()
		}
		for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			var made, again int
			must(o.t, o.db.QueryRow(counted, p.number).Scan(&made, &again))
			if made > 0 {
				return id
			}
			if again > refused {
				break
			}
			if time.Now().After(deadline) {
				o.t.Fatalf("#%d: the override is neither made nor refused", p.number)
			}
		}
	}
}

// examine reads the record and the forge when all is quiet.
func (o *torture) examine(all []clusterPull) {
	o.t.Helper()
	o.wait("no change waits", `SELECT COUNT(*) FROM change WHERE generation > evaluated`)
	o.wait("no effect waits", `SELECT COUNT(*) FROM effect WHERE done_at = 0 AND status <> 'draft'`)
	stored := map[string]bool{}
	for _, id := range o.texts(`SELECT id FROM delivery`) {
		stored[id] = true
	}
	for _, d := range o.hub.Webhooks().Deliveries(o.hub.App().ID) {
		if !d.Failed() && !stored[d.GUID] {
			o.t.Errorf("the delivery %s (%s %s) was acknowledged and is not in the record", d.GUID, d.Event.Name, d.Event.Action)
		}
	}
	// Only what the database numbers is claimed. When a process looked at the forge is what its clock said: of two processes
	// it compares the clocks, not the looks. A look at what was there before shows as an earlier head, or as the wrong verdict.
	for what, query := range map[string]string{
		"a verdict of an earlier generation follows one of a later": `SELECT change_id FROM (SELECT change_id, generation,
			LAG(generation) OVER (PARTITION BY change_id ORDER BY id) AS before FROM verdict) v WHERE before > generation`,
		"a delivery came after the last look at its change": `SELECT change_id FROM history GROUP BY change_id
			HAVING MAX(CASE WHEN kind = 'delivered' THEN id ELSE 0 END) > MAX(CASE WHEN kind = 'evaluated' THEN id ELSE 0 END)`,
		"an override is there twice":   `SELECT change_id FROM override GROUP BY change_id HAVING COUNT(*) > 1`,
		"an override is audited twice": `SELECT change_id FROM audit WHERE act = 'override.made' GROUP BY change_id HAVING COUNT(*) > 1`,
	} {
		if got := o.texts(query); len(got) > 0 {
			o.t.Errorf("%s: %s", what, got)
		}
	}
	for _, p := range all {
		o.examinePull(p)
	}
	var out, errs bytes.Buffer
	if code := cli.Run(o.t.Context(), []string{"audit", "verify", "--database", o.address}, strings.NewReader(""), &out, &errs); code != 0 {
		o.t.Errorf("the audit log: %d %s %s", code, out.String(), errs.String())
	}
}

func (o *torture) examinePull(p clusterPull) {
	o.t.Helper()
	heads := slices.Compact(o.texts(`SELECT v.head FROM verdict v JOIN change c ON c.id = v.change_id WHERE c.number = $1 ORDER BY v.id`,
		p.number))
	if len(heads) == 0 || heads[len(heads)-1] != p.head || len(heads) > 2 {
		o.t.Errorf("#%d has verdicts on %s, the last head is %s", p.number, heads, p.head)
	}
	last := o.texts(`SELECT v.conclusion FROM verdict v JOIN change c ON c.id = v.change_id WHERE c.number = $1 ORDER BY v.id DESC LIMIT 1`,
		p.number)
	if len(last) != 1 || last[0] != p.expected {
		o.t.Errorf("#%d: the last verdict is %s, want %s", p.number, last, p.expected)
	}
	seen := map[string]bool{}
	for _, run := range ours(o.hub, p.head) {
		if seen[run.ExternalID] {
			o.t.Errorf("#%d: the check %s is there twice", p.number, run.ExternalID)
		}
		seen[run.ExternalID] = true
	}
	id, ok := o.overridden[p.number]
	if !ok {
		return
	}
	if n := o.texts(`SELECT o.id::text FROM override o JOIN change c ON c.id = o.change_id WHERE c.number = $1`, p.number); len(n) != 1 {
		o.t.Errorf("#%d has %d overrides, want 1", p.number, len(n))
	}
	view, err := o.hub.Pull(shop, p.number)
	must(o.t, err)
	for _, said := range view.Comments {
		if good := strings.Count(strings.Join(said.Reactions, "\n"), "[bot] +1"); said.ID == id && good != 1 {
			o.t.Errorf("#%d: the command has %d reactions: %q", p.number, good, said.Reactions)
		}
	}
}

// wait waits until a query counts nothing.
func (o *torture) wait(what, query string) {
	o.t.Helper()
	n := 1
	for deadline := time.Now().Add(patience); n > 0; time.Sleep(20 * time.Millisecond) {
		must(o.t, o.db.QueryRow(query).Scan(&n))
		if time.Now().After(deadline) {
			o.t.Fatalf("%s: %d", what, n)
		}
	}
}

func (o *torture) texts(query string, args ...any) (all []string) {
	o.t.Helper()
	rows, err := o.db.Query(query, args...)
	must(o.t, err)
	defer rows.Close()
	for rows.Next() {
		var text string
		must(o.t, rows.Scan(&text))
		all = append(all, text)
	}
	must(o.t, rows.Err())
	return all
}
