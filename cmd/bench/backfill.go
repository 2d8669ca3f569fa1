package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/traffic"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
)

// The past that is read: so many pull requests (few in a small run), one every forty minutes, each with an approval, two
// comments and a time as a draft.
const (
	pastPulls, pastFewPulls = 10_000, 1_500
	pastEvery               = 40 * time.Minute
	// pastCallsBar is for a thousand pull requests, pastMemoryBar in MB.
	pastCallsBar, pastMemoryBar = 45, 150
)

// backfilling measures lintel backfill as a process of its own, with GitHub's limits on.
func backfilling(ctx context.Context, b *bench) (err error) {
	dir, err := os.MkdirTemp(b.dir, "backfill")
	if err != nil {
		return err
	}
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	hub, mail, err := newHub(fakehub.Options{Record: -1, Limits: traffic.Rules{Secondary: true}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mail.close(), hub.Close()) }()
	pulls := b.size(pastPulls, pastFewPulls)
	repo, err := longPast(hub, pulls)
	if err != nil {
		return err
	}
	c, err := serverConfig(hub, dir)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "lintel.yml")
	if err := errors.Join(writeConfig(file, c), emptyRecord(ctx, c.Database)); err != nil {
		return err
	}
	before, begun := hub.Count("POST", "/graphql"), time.Now()
	cmd := exec.CommandContext(ctx, program, "backfill", "--config", file, "--repo", repo, "--since",
		begun.AddDate(-2, 0, 0).Format(time.DateOnly))
	var out, trouble bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &trouble
	memory, err := mostMemory(cmd)
	if err != nil {
		return fmt.Errorf("lintel backfill: %w\n%s", err, trouble.Bytes())
	}
	took, calls := time.Since(begun), hub.Count("POST", "/graphql")-before
	if m := completePulls.FindSubmatch(out.Bytes()); m == nil || string(m[1]) != strconv.Itoa(pulls) {
		return fmt.Errorf("lintel backfill read something else: %s", out.Bytes())
	}
	each := float64(calls) * 1000 / float64(pulls)
	b.table.add(row{
		What:     fmt.Sprintf("back-fill of %s pull requests, limits on", grouped(pulls)),
		Measured: fmt.Sprintf("%.1f calls per 1,000, %s, %.0f s", each, mb(memory), took.Seconds()),
		Bar:      fmt.Sprintf("<= %d, < %d MB", pastCallsBar, pastMemoryBar),
		Verdict:  judge(each <= pastCallsBar && memory < pastMemoryBar*1e6),
		Values:   map[string]float64{"calls_per_1000": each, "memory_mb": float64(memory) / 1e6, "seconds": took.Seconds()},
		Notes:    []string{fmt.Sprintf("%.1f ms for each pull request, from the request to its facts", inMS(took)/float64(pulls))},
	})
	return nil
}

// mostMemory runs a command to its end and says how much memory it had at the most, as far as it was looked at.
func mostMemory(cmd *exec.Cmd) (most int64, err error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	p := &process{cmd: cmd}
	for {
		select {
		case err := <-ended:
			return most, err
		case <-time.After(50 * time.Millisecond):
			if now, err := p.memory("VmHWM"); err == nil {
				most = max(most, now)
			}
		}
	}
}

var completePulls = regexp.MustCompile(`(?m)^\S+: complete, (\d+) pull requests`)

// longPast makes a repository with a long past.
func longPast(hub *fakehub.Hub, pulls int) (repo string, err error) {
	if repo, err = addRepository(hub, "org-1", "shop"); err != nil {
		return "", err
	}
	if _, err := hub.Install("org-1"); err != nil {
		return "", err
	}
	p, err := openPull(hub, repo, 1, []string{"pay"})
	if err != nil {
		return "", err
	}
	n := p.number
	_, commented := hub.Comment(repo, n, "rita", "why?")
	_, replied := hub.Comment(repo, n, "wendy", "so that it works")
	err = errors.Join(commented, replied, hub.SetDraft(repo, n, true, ""), hub.SetDraft(repo, n, false, ""), p.approve(hub),
		hub.MergePull(repo, n, "squash", ""), hub.Repeat(repo, n, pulls-1, pastEvery))
	return repo, err
}

// emptyRecord makes the database, as a server does.
func emptyRecord(ctx context.Context, address string) error {
	jobs, err := queue.NewJobs(time.Now)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, address, time.Now, jobs)
	if err != nil {
		return err
	}
	return st.Close()
}
