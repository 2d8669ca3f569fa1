package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// inTurn is how many pull requests take turns: events of one are then further apart than workers.gather, the time in
// which events are looked at together.
const inTurn = 16

// verdict measures from the start of the webhook's POST until the forge has answered the call that concludes the check.
func verdict(ctx context.Context, b *bench) (err error) {
	s, err := b.open(ctx, fakehub.Options{}, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	turns, err := s.turns(ctx)
	if err != nil {
		return err
	}
	for _, m := range []struct {
		latency    time.Duration
		events     int
		bar, peer  string
		p50, p95   time.Duration
		everyAtMin time.Duration
		// manifests has each push change files that families read whole.
		manifests bool
	}{
		{0, 200, "p50 <= 12 ms", "policy-bot 7.8-9.1 ms", 12 * time.Millisecond, time.Hour, 70 * time.Millisecond, false},
		{50 * time.Millisecond, 128, "p50 <= 170, p95 <= 250 ms", "policy-bot 519 ms, p95 529-675", 170 * time.Millisecond,
			250 * time.Millisecond, 70 * time.Millisecond, false},
		{50 * time.Millisecond, 96, "p50 <= 230 ms", "", 230 * time.Millisecond, time.Hour, 70 * time.Millisecond, true},
	} {
		s.hub.SetLatency(m.latency)
		what := fmt.Sprintf("webhook to concluded check, forge %s a call", m.latency)
		if m.manifests {
			what += ", contents"
			for _, p := range turns {
				p.manifests = true
			}
		}
		got, notes, err := s.synchronize(ctx, turns, b.size(m.events, inTurn), m.everyAtMin)
		if err != nil {
			return err
		}
		b.table.add(row{What: what, Measured: got.String(), Bar: m.bar,
			Peer:    m.peer,
			Verdict: judge(got.at(50) <= m.p50 && got.at(95) <= m.p95), Values: got.values(), Notes: notes})
		b.say("%s: %s", what, got)
	}
	return nil
}

// turns opens the pull requests, has each approved, looked at, pushed to and looked at, so that all that is kept is warm.
func (s *site) turns(ctx context.Context) ([]*pull, error) {
	all, err := s.pulls(ctx)
	if err != nil {
		return nil, err
	}
	_, _, err = s.synchronize(ctx, all, len(all), 0)
	return all, errors.Join(err, s.quiet(ctx))
}

// pulls opens the pull requests, has each approved and looked at.
func (s *site) pulls(ctx context.Context) ([]*pull, error) {
	repo, err := addRepository(s.hub, "acme", "shop")
	if err != nil {
		return nil, err
	}
	if _, err := s.hub.Install("acme"); err != nil {
		return nil, err
	}
	var all []*pull
	for n := range inTurn {
		p, err := openPull(s.hub, repo, n, folders)
		if err != nil {
			return nil, err
		}
		if err := p.approve(s.hub); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	letters, err := s.letters(ctx, "pull_request.opened")
	if err != nil {
		return nil, err
	}
	for _, l := range letters {
		if _, _, err := s.look(ctx, l); err != nil {
			return nil, err
		}
	}
	return all, s.quiet(ctx)
}

// synchronize pushes a new head, delivers the event and waits for the verdict, n times.
func (s *site) synchronize(ctx context.Context, turns []*pull, n int, every time.Duration) (sample, []string, error) {
	var got sample
	var calls, typical []string
	for i := range n {
		p, began := turns[(s.turn+i)%len(turns)], time.Now()
		if err := p.push(s.hub); err != nil {
			return nil, nil, err
		}
		l, err := s.only(ctx, "pull_request.synchronize")
		if err != nil {
			return nil, nil, err
		}
		s.trace.take()
		posted, err := s.concludes(ctx, l, p, "success")
		if err != nil {
			return nil, nil, err
		}
		all := s.trace.take()
		took := published(posted, all)
		if took == 0 {
			return nil, nil, fmt.Errorf("pull request #%d: no call concluded its check", p.number)
		}
		got = append(got, took)
		calls = append(calls, fmt.Sprintf("%d calls: %s", countCalls(all), list(all)))
		typical = append(typical, criticalPath(posted, all))
		if rest := every - time.Since(began); rest > 0 {
			time.Sleep(rest)
		}
	}
	// The next row goes on with whoever waited longest: an event within a second of the last look is gathered.
	s.turn += n
	return got, describe(got, calls, typical), nil
}

// published is the time from the POST to the end of the last call that wrote a check run.
func published(posted time.Time, all []request) time.Duration {
	var took time.Duration
	for _, q := range all {
		if strings.HasSuffix(q.Name, "check-runs") && q.Status/100 == 2 {
			took = max(took, q.End.Sub(posted))
		}
	}
	return took
}

// describe shows the calls and the critical path of the look in the middle.
func describe(got sample, calls, paths []string) []string {
	middle := got.at(50)
	for i, took := range got {
		if took == middle {
			return []string{calls[i], "critical path of the median: " + paths[i]}
		}
	}
	return nil
}
