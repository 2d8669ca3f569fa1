package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/role"
)

// build makes the program, with the flags of the other builds on this machine so that it takes seconds.
func (b *bench) build(ctx context.Context) (string, error) {
	if b.program != "" {
		return b.program, nil
	}
	path := filepath.Join(b.dir, "lintel")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	// As it is released: static, without symbols.
	cmd := exec.CommandContext(
		ctx,
		"go",
		"build",
		"-trimpath",
		"-ldflags=-s -w",
		"-o",
		path,
		"github.com/lintel-review/lintel/cmd/lintel",
	)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build cmd/lintel: %w\n%s", err, out)
	}
	return path, nil
}

// process is a running "lintel serve".
type process struct {
	cmd *exec.Cmd
	// admin is the address of the listener for operators.
	admin string
	post  *poster
	start time.Duration
	log   *os.File
}

// serve starts the built program beside a hub and waits until it is healthy.
func (b *bench) serve(ctx context.Context, program string, hub *fakehub.Hub, dir string) (*process, error) {
	return b.serveWith(ctx, program, hub, dir, func(*config.Config) {})
}

// serveWith does so with a changed configuration.
func (b *bench) serveWith(
	ctx context.Context,
	program string,
	hub *fakehub.Hub,
	dir string,
	change func(*config.Config),
) (*process, error) {
	c, err := serverConfig(hub, dir)
	if err != nil {
		return nil, err
	}
	change(&c)
	file := filepath.Join(dir, "lintel.yml")
	if err := writeConfig(file, c); err != nil {
		return nil, err
	}
	p := &process{
		cmd:   exec.CommandContext(ctx, program, "serve", "--config", file),
		admin: c.AdminListen,
		post:  newPoster("http://" + c.Listen + "/hooks/github"),
	}
	if p.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start lintel serve: %w", err)
	}
	healthy := c.Listen
	if len(c.Roles) > 0 && !slices.Contains(c.Roles, role.Web) {
		healthy = c.AdminListen // it takes no webhooks
	}
	if p.start, err = awaitHTTP(ctx, "http://"+healthy+"/healthz", time.Millisecond); err != nil {
		text, _ := os.ReadFile(p.log.Name())
		return nil, errors.Join(fmt.Errorf("lintel serve: %w\n%s", err, text), p.stop())
	}
	return p, nil
}

func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop lintel serve: %w", err)
	}
	return errors.Join(p.cmd.Wait(), p.log.Close())
}

// memory reads a line of /proc/PID/status in bytes: VmRSS is resident now, VmHWM the most it ever was.
func (p *process) memory(field string) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read memory of the server (Linux alone tells): %w", err)
	}
	m := regexp.MustCompile(`(?m)^` + field + `:\s+(\d+) kB`).FindSubmatch(raw)
	if m == nil {
		return 0, fmt.Errorf("read memory of the server: no %s", field)
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	return kb * 1024, err
}

func binary(ctx context.Context, b *bench) (err error) {
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	if err := b.version(ctx, program); err != nil {
		return err
	}
	hub, mail, err := newHub(fakehub.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Close(), mail.close()) }()
	dir, err := os.MkdirTemp(b.dir, "binary-")
	if err != nil {
		return err
	}
	var starts sample
	var idle int64
	times := b.size(5, 2)
	for i := range times {
		p, err := b.serve(ctx, program, hub, dir)
		if err != nil {
			return err
		}
		starts = append(starts, p.start)
		if i == times-1 {
			time.Sleep(5 * time.Second)
			if idle, err = p.memory("VmRSS"); err != nil {
				return errors.Join(err, p.stop())
			}
		}
		if err := p.stop(); err != nil {
			return err
		}
	}
	b.table.add(row{
		What:     "built program, start to healthy",
		Measured: spread(starts),
		Peer:     "policy-bot 32-52 ms",
		Values:   map[string]float64{"p50_ms": inMS(starts.at(50))},
		Notes:    []string{fmt.Sprintf("the first of them made the database: %s", ms(starts[0]))},
	})
	b.table.add(row{
		What:     "built program, resident memory idle",
		Measured: mb(idle),
		Bar:      "<= 60 MB",
		Peer:     "policy-bot 18 MiB",
		Verdict:  judge(idle <= 60e6),
		Values:   map[string]float64{"mb": float64(idle) / 1e6},
	})
	return b.check(ctx, program, hub, dir)
}

// version runs the command that does nothing but start.
func (b *bench) version(ctx context.Context, program string) error {
	took, err := repeat(b.size(21, 7), func() error {
		if out, err := exec.CommandContext(ctx, program, "version").CombinedOutput(); err != nil {
			return fmt.Errorf("lintel version: %w\n%s", err, out)
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.table.add(row{
		What:     "lintel version",
		Measured: spread(took),
		Bar:      "p50 < 60 ms",
		Verdict:  judge(took.at(50) < 60*time.Millisecond),
		Values:   map[string]float64{"p50_ms": inMS(took.at(50))},
	})
	return nil
}

// check runs "lintel check" on a clone of the sample repository: a branch that changes twenty files.
func (b *bench) check(ctx context.Context, program string, hub *fakehub.Hub, dir string) error {
	repo, err := addRepository(hub, "acme", "shop")
	if err != nil {
		return err
	}
	if _, err := openPull(hub, repo, 1, folders[:1]); err != nil {
		return err
	}
	bare, err := hub.GitDir(repo)
	if err != nil {
		return err
	}
	clone := filepath.Join(dir, "clone")
	for _, args := range [][]string{{"clone", "-q", bare, clone}, {"-C", clone, "checkout", "-q", "change-1"}} {
		if out, err := exec.CommandContext(ctx, "git", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	took, err := repeat(7, func() error {
		cmd := exec.CommandContext(
			ctx,
			program,
			"check",
			"--repo",
			clone,
			"--base",
			"origin/main",
			"--author",
			"wendy",
			"--title",
			"feat(cart): compute anew",
		)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("lintel check: %w\n%s", err, out)
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.table.add(row{
		What:     "lintel check, 10 files of 84",
		Measured: spread(took),
		Bar:      "p50 <= 150 ms",
		Peer:     "conftest 40-50 ms",
		Verdict:  judge(took.at(50) <= 150*time.Millisecond),
		Values:   map[string]float64{"p50_ms": inMS(took.at(50))},
	})
	return nil
}
