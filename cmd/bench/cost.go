package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// The sample of cost: installations with pull requests each, pushed to at a rate that two cores keep up with. The rate
// leaves room, because the number is processor time: a machine that is busy beside changes it little.
const (
	costInstallations = 20
	costPulls         = 16
	costRate          = 40
)

// cost measures what a verdict costs the server alone: the program is a process of its own, and the fake GitHub takes 50
// ms a call. -program compares two builds: measure them in turn.
func cost(ctx context.Context, b *bench) (err error) {
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	hub, mail, err := newHub(fakehub.Options{Record: -1, KeepHook: 100, Workers: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Close(), mail.close()) }()
	dir, err := os.MkdirTemp(b.dir, "cost-")
	if err != nil {
		return err
	}
	p, err := b.serve(ctx, program, hub, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	s := &site{hub: hub, mail: mail, post: p.post}
	pulls, err := s.openPulls(costInstallations, b.size(costPulls, 3))
	if err != nil {
		return err
	}
	if err := s.deliver(ctx, pulls, "pull_request.opened", costRate); err != nil {
		return err
	}
	hub.SetLatency(callTakes)
	if err := s.pushAll(ctx, pulls, costRate); err != nil { // the heads that were approved are known now
		return err
	}
	profiled, err := p.profile(ctx, b.serverProfile)
	if err != nil {
		return err
	}
	before, err := p.used(ctx)
	if err != nil {
		return err
	}
	waves := b.size(2, 1)
	for range waves {
		if err := s.pushAll(ctx, pulls, costRate); err != nil {
			return err
		}
	}
	after, err := p.used(ctx)
	if err != nil {
		return err
	}
	n := float64(waves * len(pulls))
	cpu, objects, bytes := inMS(after.cpu-before.cpu)/n, (after.objects-before.objects)/n, (after.bytes-before.bytes)/n
	b.table.add(row{
		What:     "the server's own processor time for a verdict",
		Measured: fmt.Sprintf("%.2f ms, %.0f allocations of %.0f KB together (n=%.0f)", cpu, objects, bytes/1024, n),
		Values:   map[string]float64{"cpu_ms": cpu, "allocations": objects, "kb": bytes / 1024},
		Notes:    []string{"webhook, look and publication, the collector included"},
	})
	return profiled()
}

// openPulls opens so many pull requests in each of so many installations, and has each approved.
func (s *site) openPulls(installations, each int) ([]*pull, error) {
	var pulls []*pull
	for i := range installations {
		org := fmt.Sprintf("org-%d", i)
		repo, err := addRepository(s.hub, org, "app")
		if err != nil {
			return nil, err
		}
		if _, err := s.hub.Install(org); err != nil {
			return nil, err
		}
		for n := range each {
			p, err := openPull(s.hub, repo, n, folders)
			if err != nil {
				return nil, err
			}
			if err := p.approve(s.hub); err != nil {
				return nil, err
			}
			pulls = append(pulls, p)
		}
	}
	return pulls, nil
}

// pushAll pushes to every pull request and waits for the verdicts.
func (s *site) pushAll(ctx context.Context, pulls []*pull, rate float64) error {
	for _, p := range pulls {
		if err := p.push(s.hub); err != nil {
			return err
		}
	}
	return s.deliver(ctx, pulls, "pull_request.synchronize", rate)
}

// deliver delivers what waits at the rate, and waits until every head has its verdict.
func (s *site) deliver(ctx context.Context, pulls []*pull, event string, rate float64) error {
	letters, err := s.letters(ctx, event)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	faults := make([]error, len(letters))
	begin := time.Now()
	for i, l := range letters {
		if rest := time.Until(begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))); rest > 0 {
			time.Sleep(rest)
		}
		all.Go(func() { _, faults[i] = s.post.post(ctx, l) })
	}
	all.Wait()
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if err := s.awaitAll(ctx, pulls); err != nil {
		return err
	}
	time.Sleep(1200 * time.Millisecond) // the next push is no later event of the same look
	return nil
}

// awaitAll waits until every head has its verdict.
func (s *site) awaitAll(ctx context.Context, pulls []*pull) error {
	deadline := time.Now().Add(answersWithin)
	for _, p := range pulls {
		for s.concluded(p.repo, p.head, "success") != nil {
			if time.Now().After(deadline) {
				return fmt.Errorf("%s#%d: %w", p.repo, p.number, errNoAnswer)
			}
			select {
			case <-time.After(10 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// used is what a server has spent until now.
type used struct {
	cpu            time.Duration
	objects, bytes float64
}

func (p *process) used(ctx context.Context) (u used, err error) {
	if u.cpu, err = p.processor(); err != nil {
		return u, err
	}
	values, err := p.metrics(ctx, "go_memstats_mallocs_total", "go_memstats_alloc_bytes_total")
	if err == nil {
		u.objects, u.bytes = values[0], values[1]
	}
	return u, err
}

// metrics reads metrics without labels. One that the process does not have is 0.
func (p *process) metrics(ctx context.Context, names ...string) (values []float64, err error) {
	var text bytes.Buffer
	if err := get(ctx, "http://"+p.admin+"/metrics", &text); err != nil {
		return nil, err
	}
	values = make([]float64, len(names))
	for lines := bufio.NewScanner(&text); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if i := slices.Index(names, name); i >= 0 {
			if values[i], err = strconv.ParseFloat(value, 64); err != nil {
				return nil, fmt.Errorf("read the server's metrics: %w", err)
			}
		}
	}
	return values, nil
}
