package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/server"
)

// linter is a tool that the part runs on files of its own.
type linter struct {
	tool, ext string
	files     int
	argv      []string
	text      func(n, salt int) string
}

var linters = []linter{
	{"gofmt", "go", 8, []string{"gofmt", "-d"}, func(n, salt int) string { return source("cart", n, salt+1) }},
	{"shellcheck", "sh", 6, []string{"shellcheck", "--format=json1", "--"}, func(n, salt int) string {
		return "#!/bin/sh\n" + strings.Repeat(fmt.Sprintf("echo \"%d %d\"\n", n, salt), 40)
	}},
	{"yamllint", "yml", 6, []string{"yamllint", "--format=parsable", "--"}, func(n, salt int) string {
		return "---\n" + strings.Repeat(fmt.Sprintf("- {a: %d, b: %d}\n", n, salt), 40)
	}},
}

// runChecks measures what checks that Lintel runs add to a verdict, and to an idle server.
func runChecks(ctx context.Context, b *bench) error {
	if _, err := bwrap.New(bwrap.Options{}); err != nil {
		b.table.add(row{What: "checks in bwrap", Measured: "not measured here: scripts/sandbox.sh install"})
		return ctx.Err()
	}
	for _, l := range linters {
		if _, err := exec.LookPath(l.argv[0]); err != nil {
			b.table.add(row{What: "checks in bwrap", Measured: "not measured here: " + l.argv[0] + " is not installed"})
			return ctx.Err()
		}
	}
	if err := b.checkedVerdicts(ctx); err != nil {
		return err
	}
	if err := b.queuedChecks(ctx); err != nil {
		return err
	}
	return b.idleChecks(ctx)
}

// withChecks lets a server run the linters.
func withChecks(c *config.Config, _ *server.Options) {
	c.Checks.Backend, c.Checks.Tools = "bwrap", nil
	for _, l := range linters {
		c.Checks.Tools = append(c.Checks.Tools, config.CheckTool{Name: l.tool})
	}
}

// checkedVerdicts measures verdicts with three linters on new files, with one on files that it has seen, and without any.
func (b *bench) checkedVerdicts(ctx context.Context) (err error) {
	s, err := b.open(ctx, fakehub.Options{}, withChecks)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	repos := map[string][]*pull{}
	for org, text := range map[string]string{"bare": "", "seen": "checks:\n  - {name: gofmt, tool: gofmt}\n" +
		"  - {name: yamllint, tool: yamllint}\n", "fresh": "checks:\n" +
		"  - {name: gofmt, tool: gofmt}\n  - {name: shellcheck, tool: shellcheck}\n  - {name: yamllint, tool: yamllint}\n"} {
		if repos[org], err = s.checkedPulls(ctx, org, text); err != nil {
			return err
		}
	}
	var plain, cached, fresh, own sample
	turns := b.size(inTurn, 4)
	for i := range 2 * turns {
		// These contents come again, so that nothing of them runs.
		if _, _, err := s.checked(ctx, repos["seen"][i%turns], i/turns, true); err != nil {
			return err
		}
	}
	n := b.size(4*inTurn, 8)
	for i := range n {
		took, writes, err := s.checked(ctx, repos["seen"][i%turns], i/turns%2, true)
		if err == nil && writes != 1 {
			err = fmt.Errorf("a check whose result is known was written %d times: the first verdict did not have it", writes)
		}
		if err != nil {
			return err
		}
		cached = append(cached, took)
		if took, _, err = s.checked(ctx, repos["bare"][i%turns], i, true); err != nil {
			return err
		}
		plain = append(plain, took)
	}
	for i := range b.size(20, 3) {
		took, err := b.bareLinters(ctx, i+1)
		if err != nil {
			return err
		}
		own = append(own, took)
		if took, _, err = s.checked(ctx, repos["fresh"][i%inTurn], i+1, false); err != nil {
			return err
		}
		fresh = append(fresh, took)
	}
	const checks = 2
	more := (cached.at(50) - plain.at(50)) / checks
	b.table.add(row{
		What:     "a check whose result is known, beside no check, webhook to verdict",
		Measured: fmt.Sprintf("p50 %s more for each of %d (%s and %s)", ms(more), checks, ms(cached.at(50)), ms(plain.at(50))),
		Bar:      "< 5 ms",
		Verdict:  judge(more < 5*time.Millisecond),
		Values:   map[string]float64{"more_ms": inMS(more)},
	})
	more = fresh.at(50) - own.at(50)
	b.table.add(row{
		What:     "20 changed files, three linters, webhook to verdict",
		Measured: fmt.Sprintf("p50 %s more than the bare tools (%s and %s)", ms(more), ms(fresh.at(50)), ms(own.at(50))),
		Bar:      "<= 300 ms more",
		Verdict:  judge(more <= 300*time.Millisecond),
		Values:   map[string]float64{"more_ms": inMS(more)},
		Notes:    []string{"the bare tools run at once, each on its files"},
	})
	return nil
}

// checkedPulls opens pull requests in a repository with checks, each of whom has had its first verdict.
func (s *site) checkedPulls(ctx context.Context, org, checks string) ([]*pull, error) {
	repo, err := addRepository(s.hub, org, "app")
	if err != nil {
		return nil, err
	}
	if _, err := s.hub.Commit(repo, fakehub.Commit{Branch: "main", Author: "olga", Message: "chore: checks", Files: fakehub.Files{
		".github/lintel.yml": "version: 1\nlint: { mode: enforce }\nsize: { mode: off }\n" + checks,
	}}); err != nil {
		return nil, err
	}
	if _, err := s.hub.Install(org); err != nil {
		return nil, err
	}
	var all []*pull
	for n := range inTurn {
		p, err := openPull(s.hub, repo, n, folders[:1])
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	letters, err := s.letters(ctx, "pull_request.opened")
	if err != nil {
		return nil, err
	}
	for i, l := range letters {
		if _, err := s.post.post(ctx, l); err != nil {
			return nil, err
		}
		if err := s.passes(ctx, all[i]); err != nil {
			return nil, err
		}
	}
	return all, s.quiet(ctx)
}

// checked pushes files of a salt to a pull request and measures until its check succeeded, which was
// written so many times.
func (s *site) checked(ctx context.Context, p *pull, salt int, one bool) (took time.Duration, writes int, err error) {
	files := fakehub.Files{}
	for _, l := range linters {
		for i := range l.files {
			if !one || (l.ext == "go" || l.ext == "yml") && i == 0 {
				files[fmt.Sprintf("cart/new%d.%s", i, l.ext)] = l.text(i, salt+1000*p.number*btoi(!one))
			}
		}
	}
	p.salt++
	files["README.md"] = fmt.Sprintf("# %d of %d\n", p.salt, p.number)
	commit := fakehub.Commit{Branch: p.branch, Author: "wendy", Message: "feat: again", Files: files}
	if p.head, err = s.hub.Commit(p.repo, commit); err != nil {
		return 0, 0, err
	}
	l, err := s.only(ctx, "pull_request.synchronize")
	if err != nil {
		return 0, 0, err
	}
	s.trace.take()
	posted := time.Now()
	if _, err := s.post.post(ctx, l); err != nil {
		return 0, 0, err
	}
	if err := s.passes(ctx, p); err != nil {
		return 0, 0, err
	}
	// The forge has the call before it is traced.
	if err := s.server.WaitIdle(ctx); err != nil {
		return 0, 0, err
	}
	for _, q := range s.trace.take() { // the check stands as waiting first, and is concluded by a change of it
		if strings.Contains(q.Name, "check-runs") && !strings.HasPrefix(q.Name, "GET") && q.Status/100 == 2 {
			took = max(took, q.End.Sub(posted))
			writes++
		}
	}
	if took == 0 {
		return 0, 0, fmt.Errorf("pull request #%d: no call concluded its check", p.number)
	}
	time.Sleep(70 * time.Millisecond)
	return took, writes, nil
}

func btoi(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// passes waits until the check on the head of a pull request succeeded.
func (s *site) passes(ctx context.Context, p *pull) error {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	for {
		runs := s.hub.Runs(p.repo, p.head)
		if n := len(runs); n > 0 && runs[n-1].Status == "completed" {
			return s.concluded(p.repo, p.head, "success")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("pull request #%d: %w", p.number, errNoAnswer)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// bareLinters runs the linters at once, each on its files, without anything around them.
func (b *bench) bareLinters(ctx context.Context, salt int) (time.Duration, error) {
	dir, err := os.MkdirTemp(b.dir, "bare-")
	if err != nil {
		return 0, err
	}
	var all []*exec.Cmd
	for _, l := range linters {
		argv := l.argv
		for i := range l.files {
			name := fmt.Sprintf("new%d.%s", i, l.ext)
			if err := os.WriteFile(filepath.Join(dir, name), []byte(l.text(i, salt)), 0o600); err != nil {
				return 0, err
			}
			argv = append(argv[:len(argv):len(argv)], "./"+name)
		}
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Dir = dir
		all = append(all, cmd)
	}
	start := time.Now()
	errs := make([]error, len(all))
	var running sync.WaitGroup
	for i, cmd := range all {
		running.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("run the bare %s: %w\n%s", cmd.Args[0], err, out)
			}
		})
	}
	running.Wait()
	return time.Since(start), errors.Join(errs...)
}

// idleChecks measures what a server takes while nothing is to be done, with checks and without.
func (b *bench) idleChecks(ctx context.Context) (err error) {
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	hub, mail, err := newHub(fakehub.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Close(), mail.close()) }()
	var cpu [2]time.Duration
	var memory [2]int64
	for i, change := range []func(*config.Config){func(*config.Config) {}, func(c *config.Config) { withChecks(c, nil) }} {
		dir, err := os.MkdirTemp(b.dir, "idle-")
		if err != nil {
			return err
		}
		p, err := b.serveWith(ctx, program, hub, dir, change)
		if err != nil {
			return err
		}
		time.Sleep(3 * time.Second) // what it does at its start
		before, err := p.processor()
		if err == nil {
			time.Sleep(time.Duration(b.size(20, 2)) * time.Second)
			cpu[i], err = p.processor()
		}
		if err == nil {
			cpu[i] -= before
			memory[i], err = p.memory("VmRSS")
		}
		if err = errors.Join(err, p.stop()); err != nil {
			return err
		}
	}
	seconds := b.size(20, 2)
	more := memory[1] - memory[0]
	b.table.add(row{
		What: "an idle server that may run checks, beside one that may not",
		Measured: fmt.Sprintf("%s and %s of CPU in %d s; %.1f MB more memory", ms(cpu[1]), ms(cpu[0]), seconds,
			float64(more)/1e6),
		Bar:     "the same; <= 4 MB",
		Verdict: judge(cpu[1]-cpu[0] <= time.Duration(seconds)*2*time.Millisecond && more <= 4e6),
		Values:  map[string]float64{"more_cpu_ms": inMS(cpu[1] - cpu[0]), "more_mb": float64(more) / 1e6},
		Notes:   []string{"the same is 2 ms a second, as far as the kernel counts"},
	})
	return nil
}
