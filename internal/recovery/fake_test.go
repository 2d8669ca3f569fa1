package recovery

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/drift"
	"github.com/lintel-review/lintel/internal/effect"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fakeForge answers from its fields.
type fakeForge struct {
	missed    []drift.Missed
	since     time.Time
	refuses   map[int64]error
	sent      []int64
	visible   []change.Repository
	pulls     map[string][]drift.Listed
	broken    map[string]error
	branch    drift.Branch
	branches  int
	listedFor []string
}

func (f *fakeForge) Missed(_ context.Context, since time.Time) ([]drift.Missed, error) {
	f.since = since
	return f.missed, nil
}

func (f *fakeForge) Redeliver(_ context.Context, id int64) error {
	if err := f.refuses[id]; err != nil {
		return err
	}
	f.sent = append(f.sent, id)
	return nil
}

func (f *fakeForge) Repositories(context.Context, int64) ([]change.Repository, error) {
	return f.visible, nil
}

func (f *fakeForge) OpenPulls(_ context.Context, _ int64, _, name, base string, _ time.Time) ([]drift.Listed, error) {
	f.listedFor = append(f.listedFor, name+":"+base)
	return f.pulls[name], f.broken[name]
}

func (f *fakeForge) RuledAt(context.Context, int64, string, string, string) (drift.Branch, error) {
	f.branches++
	return f.branch, nil
}

// fakeStore keeps what it is told in memory. The lists are given.
type fakeStore struct {
	admitted     []delivery.Admission
	full         error
	marks        map[string]string
	watched      []drift.Repository
	open         map[int64][]drift.Known
	scanned      map[int64]time.Time
	connections  []int64
	lost, due    []change.Record
	lostBefore   time.Time
	told         []change.Key
	stranded     []effect.Effect
	dropped      []effect.Effect
	judgedBy     []byte
	noisy        []change.NoisyRule
	settingsRead int
}

func (s *fakeStore) JudgedBy(context.Context, change.Key) ([]byte, error) {
	s.settingsRead++
	return s.judgedBy, nil
}

func (s *fakeStore) Noisy(context.Context, change.Forge, int64) ([]change.NoisyRule, error) {
	return s.noisy, nil
}

func (s *fakeStore) Admit(_ context.Context, a delivery.Admission) (delivery.Receipt, error) {
	if s.full != nil {
		return delivery.Receipt{}, s.full
	}
	s.admitted = append(s.admitted, a)
	return delivery.Receipt{}, nil
}

func (s *fakeStore) Mark(_ context.Context, name string) (string, error) { return s.marks[name], nil }

func (s *fakeStore) SetMark(_ context.Context, name, value string) error {
	s.marks[name] = value
	return nil
}

func (s *fakeStore) Watched(_ context.Context, _ change.Forge, limit int) ([]drift.Repository, error) {
	return s.watched[:min(limit, len(s.watched))], nil
}

func (s *fakeStore) Repository(_ context.Context, _ change.Forge, id int64) (change.Repository, int64, error) {
	for _, w := range s.watched {
		if w.ID == id {
			return w.Repository, w.Connection, nil
		}
	}
	return change.Repository{}, 0, change.ErrNotFound
}

func (s *fakeStore) Scanned(_ context.Context, _ change.Forge, id int64, at time.Time) error {
	s.scanned[id] = at
	return nil
}

func (s *fakeStore) OpenChanges(_ context.Context, _ change.Forge, repo int64) ([]drift.Known, error) {
	return s.open[repo], nil
}

func (s *fakeStore) Lost(_ context.Context, before time.Time, _ int) ([]change.Record, error) {
	s.lostBefore = before
	return s.lost, nil
}

func (s *fakeStore) Connections(context.Context, change.Forge) ([]int64, error) {
	return s.connections, nil
}

func (s *fakeStore) Stranded(context.Context, time.Time, time.Time, int) ([]effect.Effect, error) {
	return s.stranded, nil
}

func (s *fakeStore) Pending(context.Context, change.Key, ...effect.Kind) (all []effect.Pending, _ error) {
	for _, e := range s.stranded {
		all = append(all, effect.Pending{Effect: e})
	}
	return all, nil
}

func (s *fakeStore) Drop(_ context.Context, e effect.Effect, _ string) error {
	s.dropped = append(s.dropped, e)
	return nil
}

func (s *fakeStore) Due(context.Context, time.Time, int) ([]change.Record, error) { return s.due, nil }

func (s *fakeStore) Told(_ context.Context, key change.Key, _ time.Time) error {
	s.told = append(s.told, key)
	return nil
}

// touches are all the looks that were asked for.
func (s *fakeStore) touches() (all []delivery.ReviewRequest) {
	for _, a := range s.admitted {
		all = append(all, a.Requests...)
	}
	return all
}

// concluder ends checks, or fails by the SHA.
type concluder struct {
	fails map[string]error
	ended []string
}

func (c *concluder) Conclude(_ context.Context, e effect.Effect) error {
	if err := c.fails[e.Check.SHA]; err != nil {
		return err
	}
	c.ended = append(c.ended, e.Check.SHA)
	return nil
}

// world is a recovery on fakes, at noon.
func world(t *testing.T) (*Recovery, *fakeForge, *fakeStore, *concluder) {
	t.Helper()
	f := &fakeForge{refuses: map[int64]error{}, pulls: map[string][]drift.Listed{}, broken: map[string]error{}}
	s := &fakeStore{marks: map[string]string{}, open: map[int64][]drift.Known{}, scanned: map[int64]time.Time{}}
	c := &concluder{fails: map[string]error{}}
	rc, err := New(Options{
		Name:         change.GitHub,
		Forge:        f,
		Store:        s,
		Checks:       c,
		Log:          slog.New(slog.DiscardHandler),
		Now:          func() time.Time { return noon },
		TeamAge:      time.Hour,
		Repositories: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	return rc, f, s, c
}

var errBroken = errors.New("broken")
