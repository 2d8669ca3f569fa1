// Package place is a worker's place among the processes of its database: it holds the lock by which the others see that
// the worker lives, and gives the clock that all share.
//
// Callers may rely on: on SQLite, where one process serves, a place is none and everything here does nothing.
package place

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/store/processes"
)

// Place is a worker's: when the worker is killed, the other processes take its jobs back at once.
type Place struct {
	attendance *store.Attendance
	member     *processes.Member
	// Now is the clock that all processes share.
	Now func() time.Time
}

// Take takes one at the database.
func Take(ctx context.Context, database string) (*Place, error) {
	attendance, err := store.AttendBeside(ctx, database)
	if err != nil {
		return nil, err
	}
	p := &Place{attendance: attendance, Now: time.Now}
	if shared := attendance.Now(); shared != nil {
		p.Now = shared
	}
	return p, nil
}

// Enter makes the worker known to the others, by the role as which it works, and gives its name in the jobs that it works on.
func (p *Place) Enter(ctx context.Context, st *store.Store, as string, log *slog.Logger) (client string, err error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("name this machine: %w", err)
	}
	p.member, err = p.attendance.Enter(ctx, st, processes.Process{
		Host: host, PID: os.Getpid(), Version: build.Read().Version, Roles: []string{as},
	}, log)
	if err != nil || p.member == nil {
		return "", err
	}
	return p.member.Client(), nil
}

// Watch looks after the worker's lock, and takes back the jobs of processes that are over.
func (p *Place) Watch(ctx context.Context, q *queue.Queue) {
	if p.member != nil {
		p.member.Watch(ctx, q.TakeBack)
	}
}

// Leave takes leave of the others.
func (p *Place) Leave(ctx context.Context) error {
	if p.member == nil {
		return nil
	}
	return p.member.Leave(ctx)
}

// Close gives the place back. A nil Place is none.
func (p *Place) Close() error {
	if p == nil {
		return nil
	}
	if p.member != nil {
		p.member.Halt()
	}
	return p.attendance.Close()
}
