package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/role"
	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// The sample of processes: installations with pull requests each, the rate at which the queue's latency is taken, and how
// many deliver the bursts, each one delivery after another.
const (
	fleetInstallations = 20
	fleetPulls         = 20
	fleetRate          = 20
	senders            = 8
	idleFor            = 2 * time.Second
)

// fleet is a number of processes on one database, and the fake forge beside them.
type fleet struct {
	*site
	// address is the database's, by way of a counter where there is one.
	address string
	counted *counter
	all     []*process
	db      *sqldb.DB
	pulls   []*pull
	values  map[string]float64
}

// processes measures what any number of processes do on one database: SQLite's one, then on PostgreSQL one that takes
// webhooks and one, two and four that work.
func processes(ctx context.Context, b *bench) error {
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(b.dir, "processes-")
	if err != nil {
		return err
	}
	if err := b.fleet(ctx, program, "SQLite, one process", "sqlite://"+filepath.Join(dir, "lintel.db"), 0, nil); err != nil {
		return err
	}
	server := os.Getenv("TEST_POSTGRES")
	if server == "" {
		b.table.add(
			row{
				What: "processes on PostgreSQL",
				Measured: "there is no PostgreSQL: scripts/postgres.sh run go run ./cmd/bench " +
					"-run processes starts one",
			},
		)
		return nil
	}
	asked := map[string]float64{}
	for _, workers := range []int{1, 2, 4} {
		what := fmt.Sprintf("PostgreSQL, %d working", workers)
		if err := onPostgres(ctx, server, func(address string) error {
			if workers > 1 {
				return b.fleet(ctx, program, what, address, workers, asked)
			}
			return b.counted(ctx, program, address, asked)
		}); err != nil {
			return err
		}
		if workers > 1 {
			continue
		}
		if err := onPostgres(ctx, server, func(address string) error {
			return b.fleet(ctx, program, what, address, workers, asked)
		}); err != nil {
			return err
		}
	}
	return nil
}

// fleet measures one setting: all in one process when nobody works beside it. asked are values that were counted before.
func (b *bench) fleet(ctx context.Context, program, what, address string, workers int, asked map[string]float64) error {
	f := &fleet{site: &site{}, address: address, values: maps.Clone(asked)}
	if f.values == nil {
		f.values = map[string]float64{}
	}
	if err := f.run(ctx, b, program, workers, b.size(fleetPulls, 2), f.measure); err != nil {
		return err
	}
	v := f.values
	v["n"], v["workers"], v["call_ms"] = float64(len(f.pulls)), float64(workers), inMS(callTakes)
	v["machine_cores"] = float64(runtime.NumCPU())
	b.table.add(row{What: "processes: " + what, Measured: fmt.Sprintf(
		"%.0f deliveries/s, %.0f verdicts/s; queue p50 %.1f ms, p99 %.0f; %.1f KB a verdict",
		v["deliveries_per_second"], v["verdicts_per_second"], v["queue_p50_ms"], v["queue_p99_ms"], v["kb"]),
		Values: v, Notes: []string{
			fmt.Sprintf("processor time of a verdict: taking webhooks %.2f ms, working %.2f, the database %.2f, "+
				"the fake forge and this program %.2f; on %.2f cores, %.2f when idle", v["web_cpu_ms"], v["worker_cpu_ms"],
				v["database_cpu_ms"], v["forge_cpu_ms"], v["cores"], v["idle_cores"]),
			fmt.Sprintf(
				"%.0f round trips to the database, %.1f transactions that write, %.0f KB of its log; at %d/s a verdict "+
					"stands after %.0f ms in the mean; %.0f deliveries/s while nobody works, of one repository at a time",
				v["round_trips"],
				v["commits"],
				v["wal_kb"],
				fleetRate,
				v["verdict_mean_ms"],
				v["taken_per_second"],
			),
		}})
	return nil
}

// counted plays a little with a counter between the processes and the database, which would cost time in a measurement.
func (b *bench) counted(ctx context.Context, program, address string, values map[string]float64) (err error) {
	f := &fleet{site: &site{}, values: map[string]float64{}}
	if f.counted, err = newCounter(address); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.counted.close()) }()
	f.address = f.counted.address
	err = f.run(ctx, b, program, 1, 2, func(ctx context.Context, b *bench) error {
		if err := f.asking(ctx, values); err != nil {
			return err
		}
		return f.measure(ctx, b)
	})
	for _, name := range []string{
		"take_round_trips", "take_held_trips", "take_commits", "round_trips", "held_trips", "commits", "calls",
	} {
		values[name] = f.values[name]
	}
	return err
}

// run opens so many pull requests in each installation, starts the processes, and measures.
func (f *fleet) run(
	ctx context.Context, b *bench, program string, workers, pulls int, measure func(context.Context, *bench) error,
) (err error) {
	if f.hub, f.mail, err = newHub(fakehub.Options{Record: -1, KeepHook: 100, Workers: 1}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.hub.Close(), f.mail.close()) }()
	defer func() {
		for _, p := range f.all {
			if output, failed := os.ReadFile(p.log.Name()); err != nil && failed == nil {
				b.say("a process wrote: %s", output[max(0, len(output)-2000):])
			}
			err = errors.Join(err, p.stop())
		}
	}()
	if workers == 0 {
		err = f.start(ctx, b, program)
	} else {
		err = f.start(ctx, b, program, role.Web)
	}
	if err != nil {
		return err
	}
	f.post = f.all[0].post
	if f.db, err = sqldb.Existing(ctx, f.address, time.Now, func(*sqldb.DB) error { return nil }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.db.Close()) }()
	if f.pulls, err = f.openPulls(fleetInstallations, pulls); err != nil {
		return err
	}
	if err := f.taken(ctx, workers); err != nil {
		return err
	}
	for range workers {
		if err := f.start(ctx, b, program, role.Gate, role.Sweeps); err != nil {
			return err
		}
	}
	if err := f.awaitAll(ctx, f.pulls); err != nil {
		return err
	}
	// Pushes come from all repositories in turn.
	byInstallation := f.pulls
	f.pulls = nil
	for i := range pulls {
		for n := i; n < len(byInstallation); n += pulls {
			f.pulls = append(f.pulls, byInstallation[n])
		}
	}
	return measure(ctx, b)
}

// start starts one more process, with all roles when none is named.
func (f *fleet) start(ctx context.Context, b *bench, program string, roles ...string) error {
	dir, err := os.MkdirTemp(b.dir, "process-")
	if err != nil {
		return err
	}
	p, err := b.serveWith(ctx, program, f.hub, dir, func(c *config.Config) {
		c.Database = f.address
		if len(roles) > 0 {
			c.Roles = roles
		}
	})
	if err == nil {
		f.all = append(f.all, p)
	}
	return err
}

// taken delivers that the pull requests were opened, one repository after the other, as fast as each is acknowledged.
// Nobody looks at them yet, so it says what a delivery alone takes; on SQLite the one process does both.
func (f *fleet) taken(ctx context.Context, workers int) error {
	before, err := f.spend(ctx)
	if err != nil {
		return err
	}
	rate, err := f.send(ctx, "pull_request.opened")
	if err != nil || workers == 0 {
		return err
	}
	after, err := f.spend(ctx)
	if err != nil {
		return err
	}
	n, s := float64(len(f.pulls)), after.less(before)
	f.values["taken_per_second"] = rate
	f.values["take_cpu_ms"], f.values["take_database_cpu_ms"] = inMS(s.web)/n, inMS(s.database)/n
	f.values["take_forge_cpu_ms"] = inMS(s.rest) / n
	if f.counted != nil {
		f.values["take_round_trips"], f.values["take_held_trips"], f.values["take_commits"] = s.trips/n, s.held/n, s.commits/n
	}
	return nil
}

// send delivers what waits as fast as each is acknowledged, and returns how many that were in a second.
func (f *fleet) send(ctx context.Context, event string) (rate float64, err error) {
	letters, err := f.letters(ctx, event)
	if err != nil {
		return 0, err
	}
	var sending sync.WaitGroup
	faults := make([]error, senders)
	begin := time.Now()
	for i := range senders {
		sending.Go(func() {
			for n := i; n < len(letters) && faults[i] == nil; n += senders {
				_, faults[i] = f.post.post(ctx, letters[n])
			}
		})
	}
	sending.Wait()
	return float64(len(letters)) / time.Since(begin).Seconds(), errors.Join(faults...)
}

// measure pushes to all pull requests three times: to have the heads that were approved known, at a steady rate, and as
// fast as deliveries are acknowledged.
func (f *fleet) measure(ctx context.Context, b *bench) error {
	f.hub.SetLatency(callTakes)
	slow := float64(b.size(fleetRate, fleetRate/5)) // a small run may have a busy machine
	if err := f.pushAll(ctx, f.pulls, 2*slow); err != nil {
		return err
	}
	if err := f.steady(ctx, slow); err != nil {
		return err
	}
	before, err := f.spend(ctx)
	if err != nil {
		return err
	}
	time.Sleep(idleFor)
	after, err := f.spend(ctx)
	if err != nil {
		return err
	}
	s := after.less(before)
	f.values["idle_cores"] = (s.web + s.workers + s.database).Seconds() / idleFor.Seconds()
	return f.burst(ctx)
}

// steady pushes at a rate that leaves room, and reads from the queue how long each look waited, and from the metrics how long
// verdicts took.
func (f *fleet) steady(ctx context.Context, rate float64) error {
	last, err := number(ctx, f.db, `SELECT COALESCE(MAX(id), 0) FROM river_job`)
	if err != nil {
		return err
	}
	seconds, verdicts, err := f.verdictSeconds(ctx)
	if err != nil {
		return err
	}
	calls := f.calls()
	if err := f.pushAll(ctx, f.pulls, rate); err != nil {
		return err
	}
	f.values["calls"] = (f.calls() - calls) / float64(len(f.pulls))
	all, err := f.waited(ctx, int64(last))
	if err != nil {
		return err
	}
	f.values["queue_p50_ms"], f.values["queue_p99_ms"] = inMS(all.at(50)), inMS(all.at(99))
	s, n, err := f.verdictSeconds(ctx)
	f.values["verdict_mean_ms"] = 1000 * (s - seconds) / max(1, n-verdicts)
	return err
}

// verdictSeconds sums what the processes' metrics say of the time from a delivery to its verdict.
func (f *fleet) verdictSeconds(ctx context.Context) (seconds, verdicts float64, err error) {
	for _, p := range f.all {
		values, err := p.metrics(
			ctx,
			"lintel_delivery_to_verdict_seconds_sum",
			"lintel_delivery_to_verdict_seconds_count",
		)
		if err != nil {
			return 0, 0, err
		}
		seconds, verdicts = seconds+values[0], verdicts+values[1]
	}
	return seconds, verdicts, nil
}

// waited is how long looks waited, from the insertion of their job until a worker began. They came after a job.
func (f *fleet) waited(ctx context.Context, after int64) (all sample, err error) {
	waited := `CAST(ROUND((julianday(attempted_at) - julianday(created_at)) * 86400000000) AS INTEGER)`
	if f.db.Engine() == sqldb.Postgres {
		waited = `CAST(EXTRACT(EPOCH FROM attempted_at - created_at) * 1000000 AS BIGINT)`
	}
	rows, err := f.db.Reader().QueryContext(ctx,
		`SELECT `+waited+` FROM river_job WHERE id > $1 AND kind = 'look' AND attempted_at IS NOT NULL`, after)
	if err != nil {
		return nil, fmt.Errorf("read how long jobs waited: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var us int64
		if err := rows.Scan(&us); err != nil {
			return nil, fmt.Errorf("read how long jobs waited: %w", err)
		}
		all = append(all, time.Duration(us)*time.Microsecond)
	}
	return all, rows.Err()
}

// burst delivers a push to each pull request as fast as they are acknowledged, and waits for the verdicts.
func (f *fleet) burst(ctx context.Context) error {
	for _, p := range f.pulls {
		if err := p.push(f.hub); err != nil {
			return err
		}
	}
	before, err := f.spend(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	rate, err := f.send(ctx, "pull_request.synchronize")
	if err != nil {
		return err
	}
	if err := f.awaitAll(ctx, f.pulls); err != nil {
		return err
	}
	took := time.Since(begin)
	after, err := f.spend(ctx)
	if err != nil {
		return err
	}
	n, s, v := float64(len(f.pulls)), after.less(before), f.values
	v["deliveries_per_second"], v["verdicts_per_second"] = rate, n/took.Seconds()
	v["other_cores"] = max(0, s.others()).Seconds() / took.Seconds()
	v["cores"] = s.total().Seconds() / took.Seconds()
	v["web_cpu_ms"], v["worker_cpu_ms"], v["database_cpu_ms"] = inMS(s.web)/n, inMS(s.workers)/n, inMS(s.database)/n
	v["forge_cpu_ms"] = inMS(s.rest) / n
	if f.counted != nil {
		v["round_trips"], v["held_trips"], v["commits"] = s.trips/n, s.held/n, s.commits/n
	}
	v["kb"], v["wal_kb"] = s.bytes/1024/n, s.log/1024/n
	return nil
}
