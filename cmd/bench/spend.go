package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lintel-review/lintel/internal/store/sqldb"
)

// spend is what a cluster has used until now.
type spend struct {
	// web is the first process, which works as well when it is the only one; workers are the others.
	web, workers, database, rest, machine time.Duration
	// bytes are the database's size, log what it wrote to its log.
	trips, held, commits, bytes, log float64
}

func (s spend) less(o spend) spend {
	return spend{s.web - o.web, s.workers - o.workers, s.database - o.database, s.rest - o.rest, s.machine - o.machine,
		s.trips - o.trips, s.held - o.held, s.commits - o.commits, s.bytes - o.bytes, s.log - o.log}
}

func (s spend) total() time.Duration { return s.web + s.workers + s.database + s.rest }

func (f *fleet) spend(ctx context.Context) (s spend, err error) {
	for i, p := range f.all {
		took, err := p.processor()
		if err != nil {
			return s, err
		}
		if i == 0 {
			s.web = took
		} else {
			s.workers += took
		}
	}
	if s.rest, err = withChildren(); err != nil {
		return s, err
	}
	if s.machine, err = machineTime(); err != nil {
		return s, err
	}
	if f.counted != nil {
		s.trips, s.held, s.commits = float64(
			f.counted.trips.Load(),
		), float64(
			f.counted.held.Load(),
		), float64(
			f.counted.commits.Load(),
		)
	}
	if f.db.Engine() == sqldb.SQLite {
		s.bytes, err = number(ctx, f.db, `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`)
		return s, err
	}
	if s.bytes, err = number(ctx, f.db, `SELECT pg_database_size(current_database())`); err != nil {
		return s, err
	}
	if s.log, err = number(ctx, f.db, `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')`); err != nil {
		return s, err
	}
	backend, err := number(ctx, f.db, `SELECT pg_backend_pid()`)
	if err == nil {
		s.database, err = serverTime(int(backend))
	}
	return s, err
}

func number(ctx context.Context, db *sqldb.DB, query string) (n float64, err error) {
	if err := db.Reader().QueryRowContext(ctx, query).Scan(&n); err != nil {
		return 0, fmt.Errorf("measure the database: %w", err)
	}
	return n, nil
}

// serverTime is the processor time of all processes of a PostgreSQL server on this machine, also of those that ended, by one of
// them.
func serverTime(backend int) (total time.Duration, err error) {
	parent, _, err := stat(backend)
	if err != nil {
		return 0, err
	}
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	for _, dir := range all {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		of, ticks, err := stat(pid)
		switch {
		case err != nil: // it ended meanwhile
		case pid == parent:
			total += ticks[0] + ticks[1] + ticks[2] + ticks[3]
		case of == parent:
			total += ticks[0] + ticks[1]
		}
	}
	return total, nil
}

// stat is a process's parent and its times in user space and the kernel, then those of its children that ended.
func stat(pid int) (parent int, times [4]time.Duration, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, times, fmt.Errorf("read processor time (Linux alone tells): %w", err)
	}
	_, rest, _ := strings.Cut(string(raw[slices.Index(raw, '('):]), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 15 {
		return 0, times, errors.New("read processor time: too few fields")
	}
	if parent, err = strconv.Atoi(fields[1]); err != nil {
		return 0, times, fmt.Errorf("read processor time: %w", err)
	}
	for i := range times {
		n, err := strconv.Atoi(fields[11+i])
		if err != nil {
			return 0, times, fmt.Errorf("read processor time: %w", err)
		}
		times[i] = time.Duration(n) * (time.Second / 100)
	}
	return parent, times, nil
}

// asking measures one question to the database by itself: the processor time of who asks and of the database, and the
// rest of the time, in which each waits to be woken.
func (f *fleet) asking(ctx context.Context, values map[string]float64) error {
	const times = 5000
	before, err := f.spend(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	for range times {
		if _, err := number(ctx, f.db, `SELECT 1`); err != nil {
			return err
		}
	}
	took := time.Since(begin)
	after, err := f.spend(ctx)
	if err != nil {
		return err
	}
	s := after.less(before)
	values["asking_cpu_ms"] = inMS(s.rest) / times
	values["waking_ms"] = max(0, inMS(took-s.rest-s.database)) / times
	return nil
}

// others is the processor time that everything else on the machine has spent.
func (s spend) others() time.Duration { return s.machine - s.total() }

// machineTime is what all processes of the machine have spent, and what its host took away.
func machineTime() (time.Duration, error) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("read processor time (Linux alone tells): %w", err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 {
		return 0, errors.New("read processor time: too few fields")
	}
	var total int
	for _, i := range []int{1, 2, 3, 6, 7, 8} { // all but idle and waiting for a disk, as proc_stat(5) counts
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			return 0, fmt.Errorf("read processor time: %w", err)
		}
		total += n
	}
	return time.Duration(total) * (time.Second / 100), nil
}

// withChildren is this program's processor time and that of the git processes that the fake forge asked.
func withChildren() (total time.Duration, err error) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			return 0, fmt.Errorf("read processor time: %w", err)
		}
		total += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return total, nil
}

// calls are the requests to the forge until now, without those for tokens.
func (f *fleet) calls() float64 {
	return float64(f.hub.Count("", "") - f.hub.Count("POST", "/app/installations/{installation_id}/access_tokens"))
}
