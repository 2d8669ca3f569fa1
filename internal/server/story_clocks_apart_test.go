package server_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/cli"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/delivery"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/store/postgrestest"
	"github.com/lintel-review/lintel/internal/store/storetest"
)

// apart is two servers on one PostgreSQL whose machines' clocks are two hours apart: the database's is in the middle.
type apart struct {
	*cluster
	db *sql.DB
	// address is the database's.
	address string
	rigs    [2]*rig
	logs    [2]*logbook
	// began is when the first server started, by the database's clock.
	began  time.Time
	mu     sync.Mutex
	ends   [2]map[string]int
	opened int
}

// startApart starts them, each with roles of its own (none: all), behind a load balancer.
func startApart(t *testing.T, hub *fakehub.Hub, gather config.Duration, roles [2][]string) *apart {
	t.Helper()
	dir := t.TempDir()
	a := &apart{cluster: &cluster{t: t, hub: hub}, address: databaseIn(t, dir)}
	a.db = postgrestest.Open(t, a.address)
	a.began = a.now()
	for i, off := range []time.Duration{time.Hour, -time.Hour} {
		a.logs[i], a.ends[i] = &logbook{}, map[string]int{}
		a.rigs[i] = start(t, hub, dir, func(c *config.Config, o *server.Options) {
			c.Roles, c.Workers.Gather = roles[i], gather
			o.Machine = func() time.Time { return time.Now().Add(off) }
			o.Log = slog.New(slog.NewTextHandler(a.logs[i], nil))
			o.WaitSweep = time.Second
			o.Observe = func(e lookjobs.Ended) {
				a.mu.Lock()
				defer a.mu.Unlock()
				a.ends[i][e.Outcome]++
			}
		})
		a.web = append(a.web, &process{listen: a.rigs[i].config.Listen})
	}
	balancer := httptest.NewServer(a)
	t.Cleanup(balancer.Close)
	hub.SetWebhook(balancer.URL+"/hooks/github", "")
	return a
}

// ended is how many looks of each server had an outcome.
func (a *apart) ended(outcome string) (n [2]int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return [2]int{a.ends[0][outcome], a.ends[1][outcome]}
}

// now is the database's clock.
func (a *apart) now() (at time.Time) {
	a.t.Helper()
	must(a.t, a.db.QueryRow(`SELECT clock_timestamp()`).Scan(&at))
	return at
}

// count reads a number.
func (a *apart) count(query string, args ...any) (n int) {
	a.t.Helper()
	must(a.t, a.db.QueryRow(query, args...).Scan(&n))
	return n
}

// until waits for what the database must say.
func (a *apart) until(what string, met func() bool) {
	a.t.Helper()
	for deadline := time.Now().Add(patience); !met(); time.Sleep(pace) {
		if time.Now().After(deadline) {
			a.t.Fatalf("not in time: %s", what)
		}
	}
}

// pull opens a good pull request.
func (a *apart) pull() (head string) {
	a.t.Helper()
	a.opened++
	branch := fmt.Sprintf("good-%d", a.opened)
	head = commit(a.t, a.hub, shop, fakehub.Commit{Branch: branch, From: "main", Author: "wendy", Message: "feat: topic",
		Files: fakehub.Files{"cart/" + branch + ".go": "package cart\n"}})
	open(a.t, a.hub, shop, fakehub.Pull{Head: branch, Base: "main", Title: "feat: topic", Author: "wendy"})
	return head
}

// admit takes a request for a look in at one of the servers, after a while.
func (a *apart) admit(at, number int, connection int64, after time.Duration) {
	a.t.Helper()
	request := storetest.Opened(number, "aaa")
	request.Ref.Connection, request.Connection, request.After = connection, connection, after
	_, err := a.rigs[at].server.Record().Admit(a.t.Context(), delivery.Admission{Outcome: delivery.Accepted,
		Delivery: delivery.Delivery{ID: fmt.Sprint("apart-", number), Forge: change.GitHub, Name: "pull_request",
			ReceivedAt: a.now()},
		Requests: []delivery.ReviewRequest{request}})
	must(a.t, err)
}

// waits is in how long the look at one of storetest's changes is due, by the database's clock; 0 when none waits for its time.
func (a *apart) waits(number int) (due time.Duration) {
	a.t.Helper()
	var seconds float64
	must(a.t, a.db.QueryRow(`SELECT COALESCE((SELECT extract(epoch FROM scheduled_at - clock_timestamp()) FROM river_job
		WHERE kind = 'look' AND state IN ('scheduled', 'retryable', 'available') AND args ->> 'key' = $1), 0)`,
		storetest.Pull(number).Key.String()).Scan(&seconds))
	return time.Duration(seconds * float64(time.Second))
}

// clocksApart: two servers on one PostgreSQL, one an hour ahead of the database's clock and one an hour behind it, judge each
// change once and rightly. No job runs an hour early or late, no process and no job that lives counts as lost, what one
// learns of the forge's limits holds for the other, sweeps are rung once, also when who leads ends, and the record has the
// database's times.
func clocksApart(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	connection, err := hub.Install("acme")
	must(t, err)
	a := startApart(t, hub, "20ms", [2][]string{})
	a.settle(a.pulls(8, func(int) {}))
	a.until("both judge", func() bool {
		awaitRun(t, hub, a.pull(), "success")
		n := a.ended("done")
		return n[0] > 0 && n[1] > 0
	})
	a.living()
	a.later(connection)
	a.pauses()
	a.retries(connection)
	a.swept()
	a.times()
	a.succeeds()
	for i, log := range a.logs {
		for line := range strings.Lines(log.String()) {
			// What is due in seconds is of a repository that nobody knows. How often it was tried by now is the machine's speed.
			if strings.Contains(line, "change=/#91") {
				continue
			}
			for _, wrong := range []string{"took back", "the clock was set back", "look failed at its last try", "sweep failed"} {
				if strings.Contains(line, wrong) {
					t.Errorf("server %d says %q:\n%s", i, wrong, log)
				}
			}
		}
	}
}

// later: a look that is due in half an hour, and one that is due in seconds, are due then, whichever server asked for them.
func (a *apart) later(connection int64) {
	a.t.Helper()
	for i := range a.rigs {
		a.admit(i, 901+i, connection, 30*time.Minute)
	}
	for i := range a.rigs {
		a.admit(i, 911+i, connection, 2*time.Second)
	}
	const ran = `SELECT COUNT(*) FROM river_job WHERE kind = 'look' AND args ->> 'key' IN ($1, $2) AND attempted_at IS NOT NULL`
	soon := []any{storetest.Pull(911).Key.String(), storetest.Pull(912).Key.String()}
	a.until("looks that are due in seconds begin", func() bool { return a.count(ran, soon...) == 2 })
	if early := a.count(ran+` AND attempted_at < scheduled_at AND state IN ('running', 'completed')`, soon...); early > 0 {
		a.t.Errorf("%d looks began before they were due", early)
	}
	for i := range a.rigs {
		if due := a.waits(901 + i); due < 10*time.Minute || due > 31*time.Minute {
			a.t.Errorf("a look that server %d asked for, to begin in half an hour, is due in %s", i, due)
		}
	}
}

// pauses: while the forge takes no requests of a connection for half an hour, both servers leave its looks for that long.
func (a *apart) pauses() {
	a.t.Helper()
	const paused = 98
	_, err := a.db.Exec(`INSERT INTO forge_limit (forge, connection, resource, allowed, remaining, reset_at, paused_until)
		VALUES ('github', $1, 'all', 0, 0, 0, $2)`, paused, a.now().Add(30*time.Minute).UnixMilli())
	must(a.t, err)
	number := 921
	a.until("both servers leave looks to a time after the pause", func() bool {
		a.admit(number%2, number, paused, 0)
		a.until("a look is left", func() bool { return a.waits(number) > time.Minute })
		if due := a.waits(number); due < 10*time.Minute || due > 45*time.Minute {
			a.t.Errorf("in a pause of half an hour a look is due in %s", due)
		}
		number++
		n := a.ended("limited")
		return n[0] > 0 && n[1] > 0
	})
}

// retries: what fails once, and what the forge refuses for two seconds, is looked at again soon, and the refusal is noted by
// the database's clock.
func (a *apart) retries(connection int64) {
	a.t.Helper()
	a.hub.Fault(traffic.Fault{Route: "/graphql", Status: http.StatusBadGateway, Times: 2})
	awaitRun(a.t, a.hub, a.pull(), "success")
	before := a.ended("limited")
	a.hub.Fault(traffic.Fault{Route: "/graphql", Status: http.StatusForbidden, Times: 1, Header: map[string]string{"Retry-After": "2"},
		Body: `{"message":"You have exceeded a secondary rate limit."}`})
	awaitRun(a.t, a.hub, a.pull(), "success")
	a.hub.ClearFaults()
	if after := a.ended("limited"); before == after {
		a.t.Error("no look was refused")
	}
	var until int64
	must(a.t, a.db.QueryRow(`SELECT COALESCE(MAX(paused_until), 0) FROM forge_limit WHERE connection = $1`, connection).Scan(&until))
	if at := time.UnixMilli(until); at.Before(a.began) || at.After(a.now().Add(time.Minute)) {
		a.t.Errorf("the forge takes requests again at %s, and it is %s", at, a.now())
	}
}

// living: each server sees the other one live, and one of its jobs, which runs for long, is not taken for lost.
func (a *apart) living() {
	a.t.Helper()
	looking, answer := make(chan bool, 9), make(chan bool)
	a.hub.Fault(traffic.Fault{Route: "/graphql", Times: 1, Wait: func(ctx context.Context) {
		looking <- true
		select {
		case <-answer:
		case <-ctx.Done():
		}
	}})
	head := a.pull()
	<-looking
	const beat = `SELECT COUNT(*) FROM process WHERE beat_at > $1`
	since := a.now()
	a.until("both look after their locks", func() bool { return a.count(beat, since.UnixMilli()) == 2 })
	for _, r := range a.rigs {
		must(a.t, r.server.RetryLost(a.t.Context()))
	}
	if lost := a.count(`SELECT COUNT(*) FROM history WHERE detail LIKE '%waited without a job%'`); lost > 0 {
		a.t.Errorf("%d changes whose looks run count as lost", lost)
	}
	for since := a.now(); a.count(beat, since.UnixMilli()) < 2; time.Sleep(pace) {
		must(a.t, a.t.Context().Err())
	}
	var said struct {
		Processes []struct {
			Living        bool
			SecondsUnseen int64 `json:"seconds_unseen"`
			Began         time.Time
		}
		Waiting struct {
			OldestSeconds int64 `json:"oldest_seconds"`
		} `json:"waiting_for_a_verdict"`
	}
	var out, errs bytes.Buffer
	if code := cli.Run(a.t.Context(), []string{"status", "--database", a.address, "--format", "json"}, nil, &out, &errs); code != 0 {
		a.t.Fatalf("status: %d %s", code, errs.String())
	}
	must(a.t, json.Unmarshal(out.Bytes(), &said))
	if len(said.Processes) != 2 || said.Waiting.OldestSeconds > 30*60 {
		a.t.Errorf("lintel status says %s", out.String())
	}
	for _, p := range said.Processes {
		if !p.Living || p.SecondsUnseen > 30*60 || p.Began.Sub(a.began).Abs() > 30*time.Minute {
			a.t.Errorf("lintel status says %+v", p)
		}
	}
	close(answer)
	awaitRun(a.t, a.hub, head, "success")
	if again := a.count(`SELECT COUNT(*) FROM river_job WHERE attempt > 1`); again > 0 {
		a.t.Errorf("%d jobs began again", again)
	}
	if n := len(ours(a.hub, head)); n != 1 {
		a.t.Errorf("%d checks on a commit whose look took long", n)
	}
}

// sweeps counts how often the sweep that is due each second was rung, and tells since when.
func (a *apart) sweeps() (n int, since time.Duration) {
	a.t.Helper()
	var seconds float64
	must(a.t, a.db.QueryRow(`SELECT COUNT(*), COALESCE(extract(epoch FROM clock_timestamp() - MIN(created_at)), 0) FROM river_job
		WHERE kind = 'sweep' AND args ->> 'name' = 'waits'`).Scan(&n, &seconds))
	return n, time.Duration(seconds * float64(time.Second))
}

// swept: the sweeps go on, and only one server rings them.
func (a *apart) swept() {
	a.t.Helper()
	first, _ := a.sweeps()
	a.until("sweeps go on", func() bool { n, _ := a.sweeps(); return n >= first+3 })
	// One more is rung when a server begins to lead, and each is late by a moment.
	if n, since := a.sweeps(); n > int(since.Seconds())+4 {
		a.t.Errorf("a sweep of each second was rung %d times in %s", n, since)
	}
	if leaders := a.count(`SELECT COUNT(*) FROM river_leader WHERE expires_at > clock_timestamp()
		AND expires_at < clock_timestamp() + interval '10 minutes'`); leaders != 1 {
		a.t.Errorf("%d lead the queue", leaders)
	}
}

// times: whatever the record noted since the servers began has the database's time. Nothing in it is meant for half an hour to
// three hours ahead but what says until when.
func (a *apart) times() {
	a.t.Helper()
	rows, err := a.db.Query(`SELECT table_name, column_name, data_type FROM information_schema.columns
		WHERE table_schema = current_schema() AND (data_type = 'bigint' OR data_type LIKE 'timestamp%')
		AND column_name NOT IN ('until', 'reset_at', 'paused_until', 'expires_at', 'scheduled_at')`)
	must(a.t, err)
	defer rows.Close()
	looked := 0
	for rows.Next() {
		var table, column, kind string
		must(a.t, rows.Scan(&table, &column, &kind))
		value := `"` + column + `"`
		if kind != "bigint" {
			value = `extract(epoch FROM ` + value + `) * 1000`
		}
		wrong := a.count(`SELECT COUNT(*) FROM "`+table+`" WHERE `+value+` BETWEEN $1 AND $2 OR `+value+` BETWEEN $3 AND $4`,
			a.began.Add(-3*time.Hour).UnixMilli(), a.began.Add(-30*time.Minute).UnixMilli(),
			a.now().Add(30*time.Minute).UnixMilli(), a.now().Add(3*time.Hour).UnixMilli())
		if wrong > 0 {
			a.t.Errorf("%s.%s has %d times by a clock that is an hour off", table, column, wrong)
		}
		looked += a.count(`SELECT COUNT(*) FROM "`+table+`" WHERE `+value+` BETWEEN $1 AND $2`, a.began.UnixMilli(), a.now().UnixMilli())
	}
	must(a.t, rows.Err())
	if looked < 100 {
		a.t.Errorf("only %d times were read", looked)
	}
}

// succeeds: when who leads the queue ends, the other one rings the sweeps, and judges.
func (a *apart) succeeds() {
	a.t.Helper()
	leads := 0
	if strings.HasSuffix(a.leader(), "-"+fmt.Sprint(a.count(`SELECT MAX(id) FROM process`))) {
		leads = 1
	}
	before := a.leader()
	a.web = a.web[1-leads : 2-leads]
	a.rigs[leads].stop()
	a.until("the other one leads", func() bool { now := a.leader(); return now != "" && now != before })
	first, _ := a.sweeps()
	a.until("sweeps go on", func() bool { n, _ := a.sweeps(); return n >= first+2 })
	awaitRun(a.t, a.hub, a.pull(), "success")
}

func (a *apart) leader() (name string) {
	a.t.Helper()
	must(a.t, a.db.QueryRow(`SELECT COALESCE((SELECT leader_id FROM river_leader), '')`).Scan(&name))
	return name
}

// gathersApart: pushes that follow a look are gathered for the window, and looked at together when it is over, though the one
// that takes them in and the one that judges have clocks that are two hours apart.
func gathersApart(t *testing.T) {
	t.Parallel()
	for name, judges := range map[string]int{"an hour ahead": 0, "an hour behind": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const window = 3 * time.Second
			hub := world(t, fakehub.Options{})
			_, err := hub.Install("acme")
			must(t, err)
			roles := [2][]string{{"web", "reports", "sweeps"}, {"web", "reports", "sweeps"}}
			roles[judges] = []string{"web", "gate", "advise"} // the rig waits for its listener, and nothing is sent to it
			a := startApart(t, hub, config.Duration(window.String()), roles)
			a.web = a.web[1-judges : 2-judges]
			a.until("pushes come within the window", func() bool { return a.gathered(window) })
		})
	}
}

// gathered pushes twice after the first look at a pull request, and holds the second look to the window. It is false when the
// pushes took longer than the window.
func (a *apart) gathered(window time.Duration) bool {
	a.t.Helper()
	awaitRun(a.t, a.hub, a.pull(), "success")
	branch := fmt.Sprintf("good-%d", a.opened)
	const began = `SELECT attempted_at FROM river_job WHERE kind = 'look' AND attempted_at IS NOT NULL AND args ->> 'key' =
		(SELECT id FROM change ORDER BY number DESC LIMIT 1) ORDER BY id LIMIT 1`
	var first, second time.Time
	must(a.t, a.db.QueryRow(began).Scan(&first))
	var heads [2]string
	for i := range heads {
		heads[i] = commit(a.t, a.hub, shop, fakehub.Commit{Branch: branch, Author: "wendy", Message: "feat: more",
			Files: fakehub.Files{"cart/more.go": fmt.Sprintf("package cart // %d\n", i)}})
	}
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	must(a.t, a.hub.WaitDelivered(ctx))
	if pushed := a.now(); pushed.Sub(first) >= window {
		return false
	}
	awaitRun(a.t, a.hub, heads[1], "success")
	must(a.t, a.db.QueryRow(`SELECT to_timestamp(decided_at / 1000.0) FROM verdict ORDER BY id DESC LIMIT 1`).Scan(&second))
	if n := len(ours(a.hub, heads[0])); n != 0 {
		a.t.Errorf("the first of two pushes within the window was looked at by itself")
	}
	// A process knows the database's clock as exactly as the answer was quick by which it measured it.
	if waited := second.Sub(first); waited < window/2 || waited > 30*time.Minute {
		a.t.Errorf("the next verdict came %s after a look, the window is %s", waited, window)
	}
	return true
}
