package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/processmemory"
	"github.com/lintel-review/lintel/internal/server"
)

// The crowd: so many installations with so many open pull requests each.
const (
	installations = 100
	// pullsEach is enough for eight seconds of 180 a second: two pushes to one change would give one verdict.
	pullsEach = 15
	callTakes = 50 * time.Millisecond
	// answersWithin is when a part gives up: a busy machine is slow, and a missed bar says so better than no row.
	answersWithin = 5 * time.Minute
)

// crowd is a site with many installations, all of it warm. The forge's limits are on and every call takes 50 ms.
type crowd struct {
	*site
	pulls map[change.Key]*pull
	order []change.Key
	next  int
}

func (b *bench) crowded(ctx context.Context) (*crowd, error) {
	if b.crowd != nil {
		return b.crowd, nil
	}
	// Events that nobody here reads would be made, sent and dropped in this process, and be counted.
	app := fakehub.AppSpec{Events: []string{"pull_request"}}
	s, err := b.open(ctx, fakehub.Options{Record: -1, KeepHook: 100, Workers: 1, App: app},
		func(_ *config.Config, o *server.Options) { o.Transport = newTracer().next }) // nobody reads which calls were made
	if err != nil {
		return nil, err
	}
	processmemory.CollectLess() // as a serving process does
	c := &crowd{site: s, pulls: map[change.Key]*pull{}}
	b.crowd = c
	repos := make([]string, installations)
	for i := range repos {
		org := fmt.Sprintf("org-%d", i)
		if repos[i], err = addRepository(s.hub, org, "app"); err != nil {
			return nil, err
		}
		if _, err := s.hub.Install(org); err != nil {
			return nil, err
		}
	}
	var letters []letter
	for n := range b.size(pullsEach, 2) {
		for _, repo := range repos {
			p, err := openPull(s.hub, repo, n, folders)
			if err != nil {
				return nil, err
			}
			l, err := s.only(ctx, "pull_request.opened")
			if err != nil {
				return nil, err
			}
			if err := p.approve(s.hub); err != nil {
				return nil, err
			}
			key := change.Key{Forge: change.GitHub, RepoID: l.repo, Number: l.number}
			c.pulls[key], c.order = p, append(c.order, key)
			letters = append(letters, l)
		}
	}
	b.say("crowd: %d pull requests are open, looking at each once", len(c.order))
	s.hub.SetLatency(callTakes)
	s.hub.SetLimits(traffic.Rules{Secondary: true})
	if _, err := c.wave(ctx, letters, 60); err != nil {
		return nil, err
	}
	if err := s.quiet(ctx); err != nil {
		return nil, err
	}
	// Once more, so that the heads that were approved are known.
	letters, err = c.pushes(ctx, len(c.order))
	if err != nil {
		return nil, err
	}
	_, err = c.wave(ctx, letters, 100)
	return c, errors.Join(err, s.quiet(ctx))
}

// pushes gives the next n pull requests a new head each and returns the events.
func (c *crowd) pushes(ctx context.Context, n int) ([]letter, error) {
	for range n {
		if err := c.pulls[c.order[c.next%len(c.order)]].push(c.hub); err != nil {
			return nil, err
		}
		c.next++
	}
	letters, err := c.letters(ctx, "pull_request.synchronize")
	if err == nil && len(letters) != n {
		err = fmt.Errorf("the fake GitHub sent %d webhooks for %d pushes", len(letters), n)
	}
	return letters, err
}

// flood is what a wave of deliveries came to.
type flood struct {
	acks, verdicts sample
	// late is how long after the last delivery the last verdict came, took how long all of it lasted.
	late    time.Duration
	took    time.Duration
	outcome map[string]int
}

// keptUp is true when the verdicts came as fast as the deliveries.
func (f flood) keptUp() bool {
	return f.late < 2*time.Second && f.verdicts.at(95) < 2*time.Second && f.outcome["limited"]+f.outcome["retry"]+f.outcome["refused"] == 0
}

// wave delivers events at a steady rate, whatever the answers do, and waits for the verdicts.
func (c *crowd) wave(ctx context.Context, letters []letter, rate float64) (flood, error) {
	f := flood{outcome: map[string]int{}}
	posted := make(map[change.Key]time.Time, len(letters))
	var mu sync.Mutex
	var fault error
	var wg sync.WaitGroup
	for len(c.ended) > 0 {
		<-c.ended
	}
	collected := make(chan error, 1)
	begin := time.Now()
	var last time.Time
	go func() { collected <- c.collect(ctx, &f, &mu, posted, len(letters), &last) }()
	for i, l := range letters {
		if rest := time.Until(begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))); rest > 0 {
			time.Sleep(rest)
		}
		wg.Go(func() {
			mu.Lock()
			posted[change.Key{Forge: change.GitHub, RepoID: l.repo, Number: l.number}] = time.Now()
			mu.Unlock()
			took, err := c.post.post(ctx, l)
			mu.Lock()
			defer mu.Unlock()
			f.acks = append(f.acks, took)
			fault = errors.Join(fault, err)
		})
	}
	wg.Wait()
	end := time.Now()
	err := errors.Join(<-collected, fault)
	f.late, f.took = last.Sub(end), last.Sub(begin)
	return f, err
}

// collect waits until each change that was posted has its verdict. A look takes a little longer than its publication,
// so the times are on the safe side.
func (c *crowd) collect(ctx context.Context, f *flood, mu *sync.Mutex, posted map[change.Key]time.Time, n int, last *time.Time) error {
	seen := map[change.Key]bool{}
	timeout := time.NewTimer(answersWithin)
	defer timeout.Stop()
	for len(seen) < n {
		select {
		case e := <-c.ended:
			now := time.Now()
			mu.Lock()
			at, ours := posted[e.Key]
			f.outcome[e.Outcome]++
			if ours && e.Outcome == "done" && !seen[e.Key] {
				seen[e.Key] = true
				f.verdicts = append(f.verdicts, now.Sub(at))
				*last = now
			}
			mu.Unlock()
		case <-timeout.C:
			return fmt.Errorf("%d of %d verdicts came within %s: %w", len(seen), n, answersWithin, errNoAnswer)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// ack delivers 50 events a second, each of which causes a look that runs beside the next deliveries.
func ack(ctx context.Context, b *bench) error {
	c, err := b.crowded(ctx)
	if err != nil {
		return err
	}
	letters, err := c.pushes(ctx, min(600, len(c.order))) // two pushes to one change within seconds give one verdict
	if err != nil {
		return err
	}
	f, err := c.wave(ctx, letters, 50)
	if err != nil {
		return err
	}
	b.table.add(row{What: "webhook acknowledged, 50 deliveries a second", Measured: f.acks.String(), Bar: "p99 < 100 ms",
		Peer:    "policy-bot p50 0.6-1.6 ms, in memory alone",
		Verdict: judge(f.acks.at(99) < 100*time.Millisecond), Values: f.acks.values(),
		Notes: []string{"each caused a look beside it; its verdict: " + f.verdicts.String()}})
	return c.quiet(ctx)
}

// load raises the rate until the verdicts no longer keep up.
func load(ctx context.Context, b *bench) error {
	c, err := b.crowded(ctx)
	if err != nil {
		return err
	}
	best, sustained, notes := 0.0, 0.0, []string(nil)
	rates := []float64{60, 80, 100, 120, 150, 180, 210}
	if b.small {
		rates = []float64{60, 100}
	}
	for _, rate := range rates {
		n := min(int(rate*8), len(c.order))
		letters, err := c.pushes(ctx, n)
		if err != nil {
			return err
		}
		before := processor()
		f, err := c.wave(ctx, letters, rate)
		if err != nil {
			return err
		}
		cpu := (processor() - before) / time.Duration(n)
		notes = append(notes,
			fmt.Sprintf("%.0f/s: verdict %s; last %s after the last delivery, so %.0f a second; ", rate, f.verdicts, ms(f.late),
				float64(n)/f.took.Seconds())+
				fmt.Sprintf("CPU %s each, the fake GitHub included; looks %v", ms(cpu), f.outcome))
		b.say("%s", notes[len(notes)-1])
		if err := c.quiet(ctx); err != nil {
			return err
		}
		if !f.keptUp() {
			break
		}
		best, sustained = rate, float64(n)/f.took.Seconds()
	}
	measured := fmt.Sprintf("%.0f/s kept up, %.0f verdicts a second until the last", best, sustained)
	if best == 0 {
		measured = "60/s not kept up"
	}
	b.table.add(row{What: fmt.Sprintf("pull requests a second, %d installations, %s a call", installations, callTakes),
		Measured: measured, Bar: ">= 180/s", Peer: "policy-bot 18/s, 36-40 with one rule",
		Verdict: judge(best >= 180), Values: map[string]float64{"per_second": best, "verdicts_per_second": sustained}, Notes: notes})
	return c.alone(ctx, b)
}

// alone gives one installation as much as it can take, until GitHub's limit for one minute is spent.
func (c *crowd) alone(ctx context.Context, b *bench) error {
	repo, err := addRepository(c.hub, "solo", "app")
	if err != nil {
		return err
	}
	if _, err := c.hub.Install("solo"); err != nil {
		return err
	}
	const n = 200
	for i := range n {
		if _, err := openPull(c.hub, repo, i, folders[:1]); err != nil {
			return err
		}
	}
	letters, err := c.letters(ctx, "pull_request.opened")
	if err != nil {
		return err
	}
	for len(c.ended) > 0 {
		<-c.ended
	}
	begin := time.Now()
	for _, l := range letters {
		if _, err := c.post.post(ctx, l); err != nil {
			return err
		}
	}
	done, timeout, last := 0, time.After(answersWithin), begin
	for limited := false; done < n && !limited; {
		select {
		case e := <-c.ended:
			switch e.Outcome {
			case "done":
				done, last = done+1, time.Now()
			case "limited":
				limited = true
			}
		case <-timeout:
			return fmt.Errorf("%d of %d verdicts: %w", done, n, errNoAnswer)
		}
	}
	took := last.Sub(begin)
	b.table.add(row{What: "pull requests a second, one installation",
		Measured: fmt.Sprintf("%.0f/s, for %d verdicts", float64(done)/took.Seconds(), done),
		Values:   map[string]float64{"per_second": float64(done) / took.Seconds(), "verdicts": float64(done)},
		Notes: []string{
			"then GitHub's 900 points a minute are spent (a read is 1, a check run 5): in the long run one installation " +
				"gets 150 verdicts a minute, 2.5/s"}})
	return nil
}
