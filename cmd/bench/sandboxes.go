package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/sandbox/docker"
)

// sandboxes measures what a sandbox costs beside the bare tool, in turns, so that a busy machine burdens both.
func sandboxes(ctx context.Context, b *bench) error {
	tree := filepath.Join(b.dir, "tree")
	if err := os.Mkdir(tree, 0o755); err != nil { //nolint:gosec // jobs run as other users
		return err
	}
	job := sandbox.Job{Argv: []string{"true"}, Tree: tree, Limits: sandbox.DefaultLimits()}
	backend, err := bwrap.New(bwrap.Options{})
	if err != nil {
		b.table.add(row{What: "a tool in bwrap", Measured: "not measured here: scripts/sandbox.sh install"})
	} else if err := b.sandboxed(ctx, "bwrap", backend, job, b.size(60, 12), 40*time.Millisecond); err != nil {
		return err
	}
	host := os.Getenv("TEST_SANDBOX_DOCKER")
	if host == "" {
		b.table.add(row{What: "a tool in a new container, and in one that waited",
			Measured: "not measured here: scripts/sandbox.sh podman make bench"})
		return ctx.Err()
	}
	job.Image = os.Getenv("TEST_SANDBOX_IMAGE")
	engine, err := docker.New(ctx, docker.Options{Host: host})
	if err != nil {
		return err
	}
	if err := b.sandboxed(ctx, "a new container", engine, job, b.size(20, 5), 450*time.Millisecond); err != nil {
		return err
	}
	wait := docker.Wait{Most: 1, Folder: filepath.Join(b.dir, "waiting"), Idle: time.Hour}
	if engine, err = docker.New(ctx, docker.Options{Host: host, Wait: wait}); err != nil {
		return err
	}
	defer func() { _ = engine.Close() }()
	if err := os.WriteFile(filepath.Join(tree, "file"), nil, 0o644); err != nil { //nolint:gosec // jobs run as other users
		return err
	}
	return b.sandboxed(ctx, "a container that waited", ahead{engine}, job, b.size(20, 5), 150*time.Millisecond)
}

// ahead lets a container wait before each job.
type ahead struct{ *docker.Backend }

// prepare runs a job, after which a container waits for its like.
func (a ahead) prepare(ctx context.Context, job sandbox.Job) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if a.Waiting() == 0 {
		a.Run(ctx, job)
	}
	for a.Waiting() == 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("let a container wait: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

func (b *bench) sandboxed(ctx context.Context, where string, backend sandbox.Backend, job sandbox.Job, runs int,
	bar time.Duration) error {
	var bare, held []time.Duration
	for range runs {
		if a, ok := backend.(ahead); ok {
			if err := a.prepare(ctx, job); err != nil {
				return err
			}
		}
		start := time.Now()
		if err := exec.CommandContext(ctx, "true").Run(); err != nil {
			return fmt.Errorf("run the bare tool: %w", err)
		}
		bare = append(bare, time.Since(start))
		start = time.Now()
		if r := backend.Run(ctx, job); r.Ended != sandbox.Finished {
			return fmt.Errorf("run the tool in %s: it ended %s: %s", backend.Name(), r.Ended, r.Why)
		}
		held = append(held, time.Since(start))
	}
	slices.Sort(bare)
	slices.Sort(held)
	cost := held[runs/2] - bare[runs/2]
	b.table.add(row{
		What:     fmt.Sprintf("a tool in %s, beside the bare tool, p50 of %d", where, runs),
		Measured: fmt.Sprintf("%s more (p90 %s)", ms(cost), ms(held[runs*9/10]-bare[runs/2])),
		Bar:      "<= " + ms(bar),
		Verdict:  judge(cost <= bar),
		Values:   map[string]float64{"more_ms": float64(cost.Microseconds()) / 1000},
	})
	return nil
}
