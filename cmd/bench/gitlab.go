package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/lookjobs"
	"github.com/lintel-review/lintel/internal/server"
)

// labSite is a fake GitLab with a server beside it. Its project has the settings, owners and files of the other samples,
// and no CI of its own, so that our status is the pipeline.
type labSite struct {
	*site
	lab     *fakelab.Lab
	project int64
	dir     string
}

// labPull is an open merge request of the sample.
type labPull struct {
	branch string
	number int64
	head   string
	salt   int
}

// gitLab measures what the parts calls, verdict and large measure of GitHub.
func gitLab(ctx context.Context, b *bench) (err error) {
	s, err := b.openLab(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	var turns []*labPull
	for n := range 8 {
		p, _, err := s.openPull(ctx, n, folders)
		if err != nil {
			return err
		}
		turns = append(turns, p)
	}
	if err := s.calls(ctx, b); err != nil {
		return err
	}
	if err := s.latency(ctx, b, turns); err != nil {
		return err
	}
	return s.empty(ctx, b)
}

func (b *bench) openLab(ctx context.Context) (*labSite, error) {
	dir, err := os.MkdirTemp(b.dir, "lab-")
	if err != nil {
		return nil, err
	}
	s := &labSite{dir: dir, site: &site{trace: newTracer(), ended: make(chan lookjobs.Ended, 10_000)}}
	if s.lab, err = fakelab.New(fakelab.Options{Dir: filepath.Join(dir, "lab"), Tier: fakelab.Free, CollapseBytes: 20 << 10}); err != nil {
		return nil, err
	}
	if err := s.lab.Start(); err != nil {
		return nil, errors.Join(err, s.lab.Close())
	}
	if s.mail, err = newMailbox(); err != nil {
		return nil, errors.Join(err, s.lab.Close())
	}
	token, err := s.people()
	if err != nil {
		return nil, err
	}
	const secret = "a secret of the webhooks"
	if _, err := s.lab.AddHook(fakelab.Hook{Project: s.project, URL: s.mail.address, Token: secret}); err != nil {
		return nil, err
	}
	c := config.Default()
	c.Flow.BackfillDays, c.Database = 0, "sqlite://"+filepath.Join(dir, "lintel.db")
	c.GitLab.URL, c.GitLab.TokenFile, c.GitLab.WebhookTokenFile = s.lab.URL(), filepath.Join(
		dir,
		"token",
	), filepath.Join(
		dir,
		"secret",
	)
	for _, address := range []*string{&c.Listen, &c.AdminListen} {
		if *address, err = freePort(); err != nil {
			return nil, err
		}
	}
	c.PublicURL = "http://" + c.Listen
	err = errors.Join(os.WriteFile(c.GitLab.TokenFile, []byte(token), 0o600),
		os.WriteFile(c.GitLab.WebhookTokenFile, []byte(secret), 0o600))
	if err != nil {
		return nil, err
	}
	if s.server, err = server.New(ctx, c, server.Options{Transport: s.trace, NoSweeps: true,
		Log:     slog.New(slog.NewTextHandler(b.errs, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Observe: func(e lookjobs.Ended) { s.ended <- e }}); err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- s.server.Run(running) }()
	s.stop = func() error { cancel(); return <-done }
	s.post = newPoster(c.PublicURL + "/hooks/gitlab")
	if _, err := awaitHTTP(ctx, c.PublicURL+"/healthz", time.Millisecond); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *labSite) close() error { return errors.Join(s.stop(), s.lab.Close(), s.mail.close()) }

// people makes the group, its members and the project, and gives Lintel's token.
func (s *labSite) people() (token string, err error) {
	for _, name := range []string{"wendy", "mika", "olga"} {
		if _, err := s.lab.AddUser(name); err != nil {
			return "", err
		}
	}
	if _, err := s.lab.AddGroup("acme"); err != nil {
		return "", err
	}
	for _, name := range []string{"wendy", "mika", "olga"} {
		if err := s.lab.SetMember("acme", name, fakelab.Maintainer); err != nil {
			return "", err
		}
	}
	files := map[string]string{
		".gitlab/lintel.yml": "version: 1\ncommits: { mode: enforce, conventional: true }\nownership: { mode: enforce " +
			"}\nsize: { mode: enforce, fail_over: 100000 }\n",
		"CODEOWNERS": "/pay/ @mika\n*.sql @olga\n", ".gitattributes": "*.svg linguist-generated\n", "README.md": "# Sample\n",
	}
	for _, folder := range folders {
		for i := range 10 {
			files[fmt.Sprintf("%s/file%d.go", folder, i)] = source(folder, i, 0)
		}
	}
	s.project, err = s.lab.AddProject(fakelab.Project{Path: "acme/shop", Files: files,
		Settings: fakelab.Settings{NoJobs: true, OnlyIfPipelineSucceeds: true}})
	if err != nil {
		return "", err
	}
	bot, err := s.lab.AddToken(fakelab.Token{Group: "acme"})
	return bot.Secret, err
}

// letter waits until the lab has sent everything, and takes the one event named.
func (s *labSite) letter(ctx context.Context, event string) (letter, error) {
	if err := s.lab.WaitDelivered(ctx); err != nil {
		return letter{}, err
	}
	all := s.mail.take(event)
	if len(all) == 0 {
		return letter{}, fmt.Errorf("the fake GitLab sent no webhook %s", event)
	}
	return all[0], nil
}

// openPull opens a merge request of twenty files (ten when all are in one folder), and has it looked at.
func (s *labSite) openPull(ctx context.Context, n int, in []string) (*labPull, letter, error) {
	p := &labPull{branch: fmt.Sprintf("change-%d", n), salt: 1}
	files := map[string]string{}
	for i := range min(20, 10*len(in)) {
		folder := in[i%len(in)]
		files[fmt.Sprintf("%s/file%d.go", folder, i/len(in))] = source(folder, i/len(in), n+1)
	}
	return s.opened(ctx, p, files)
}

func (s *labSite) opened(ctx context.Context, p *labPull, files map[string]string) (*labPull, letter, error) {
	var err error
	if p.head, err = s.lab.Commit(s.project, fakelab.Commit{Branch: p.branch, From: "main", By: "wendy",
		Message: "feat(cart): compute anew\n", Files: files}); err != nil {
		return nil, letter{}, err
	}
	if p.number, err = s.lab.Open(s.project,
		fakelab.Request{Source: p.branch, Title: "feat(cart): compute anew", By: "wendy"}); err != nil {
		return nil, letter{}, err
	}
	l, err := s.letter(ctx, "merge_request.open")
	if err != nil {
		return nil, l, err
	}
	s.trace.take()
	_, _, err = s.look(ctx, l)
	return p, l, errors.Join(err, s.server.WaitIdle(ctx))
}

// calls counts what each scenario asks of GitLab.
func (s *labSite) calls(ctx context.Context, b *bench) error {
	row := func(what, bar string, limit int) {
		all := s.trace.take()
		n := countCalls(all)
		r := row{What: "GitLab, API calls: " + what, Measured: fmt.Sprint(n), Bar: bar, Verdict: judge(n <= limit),
			Values: map[string]float64{"calls": float64(n)}}
		if n > 0 {
			r.Notes = []string{list(all)}
		}
		b.table.add(r)
	}
	if err := s.quiet(ctx); err != nil {
		return err
	}
	owned, opened, err := s.openPull(ctx, 100, folders)
	if err != nil {
		return err
	}
	if err := s.quiet(ctx); err != nil {
		return err
	}
	row("merge request opened, waits for an owner", "<= 6", 6)
	if err := s.lab.WaitDelivered(ctx); err != nil {
		return err
	}
	s.mail.take()
	time.Sleep(2 * time.Second) // an approval in the second of a push is of nobody knows which head
	if err := s.lab.Approve(s.project, owned.number, "mika"); err != nil {
		return err
	}
	l, err := s.letter(ctx, "merge_request.approved")
	if err != nil {
		return err
	}
	s.trace.take()
	if _, _, err := s.look(ctx, l); err != nil {
		return err
	}
	if err := s.quiet(ctx); err != nil {
		return err
	}
	row("approval", "<= 3", 3)
	if _, _, err := s.lab.StartPipeline(s.project, fakelab.Pipeline{Branch: "main", Jobs: []fakelab.Job{{Name: "unit"}}}); err != nil {
		return err
	}
	if l, err = s.letter(ctx, "pipeline"); err != nil {
		return err
	}
	for what, l := range map[string]letter{"unrelated pipeline event": l, "the same delivery again": opened} {
		s.trace.take()
		if _, err := s.post.post(ctx, l); err != nil {
			return err
		}
		if err := s.quiet(ctx); err != nil {
			return err
		}
		row(what, "0", 0)
	}
	return nil
}

// latency pushes and waits for the verdict, at 50 ms a call.
func (s *labSite) latency(ctx context.Context, b *bench, turns []*labPull) error {
	s.lab.SetLatency(callTakes)
	defer s.lab.SetLatency(0)
	var got sample
	var calls, paths []string
	for i := range b.size(64, 8) {
		p := turns[i%len(turns)]
		p.salt++
		var err error
		if p.head, err = s.lab.Commit(s.project, fakelab.Commit{Branch: p.branch, By: "wendy",
			Message: fmt.Sprintf("fix(cart): compute case %d\n", p.salt),
			Files:   map[string]string{"cart/file0.go": source("cart", 0, 1000+p.salt)}}); err != nil {
			return err
		}
		l, err := s.letter(ctx, "merge_request.update")
		if err != nil {
			return err
		}
		s.trace.take()
		posted, _, err := s.look(ctx, l)
		if err == nil {
			err = s.server.WaitIdle(ctx)
		}
		if err != nil {
			return err
		}
		all := s.trace.take()
		var took time.Duration
		for _, q := range all {
			if strings.Contains(q.Name, "/statuses/") && strings.HasPrefix(q.Name, "POST") && q.Status/100 == 2 {
				took = max(took, q.End.Sub(posted))
			}
		}
		if took == 0 {
			return fmt.Errorf("merge request !%d: no call posted its status: %s", p.number, list(all))
		}
		got = append(got, took)
		calls = append(calls, fmt.Sprintf("%d calls: %s", countCalls(all), list(all)))
		paths = append(paths, criticalPath(posted, all))
	}
	b.table.add(
		row{
			What:     fmt.Sprintf("GitLab, webhook to posted status, %s a call", callTakes),
			Measured: got.String(),
			Bar:      "p50 <= 220 ms",
			Verdict:  judge(got.at(50) <= 220*time.Millisecond),
			Values:   got.values(),
			Notes:    describe(got, calls, paths),
		},
	)
	return nil
}

// empty opens a merge request of a thousand files whose lines GitLab leaves out.
func (s *labSite) empty(ctx context.Context, b *bench) error {
	files := map[string]string{}
	for i := range 1000 {
		files[fmt.Sprintf("cart/big%d/file%d.go", i%60, i)] = strings.Repeat(source("cart", i, 0), 18)
	}
	s.lab.SetLatency(callTakes)
	defer s.lab.SetLatency(0)
	began := time.Now()
	_, l, err := s.opened(ctx, &labPull{branch: "big"}, files)
	if err != nil {
		return err
	}
	all := s.trace.take()
	if len(all) == 0 {
		return fmt.Errorf("%s: %w", l.event, errNoAnswer)
	}
	took := all[len(all)-1].End.Sub(all[0].Start)
	b.table.add(row{What: "GitLab, 1,000 files with empty diffs, first to last call", Bar: "< 5 s",
		Measured: fmt.Sprintf(
			"%s, %d calls (%s with the push)",
			ms(took),
			len(all),
			ms(time.Since(began)),
		), Verdict: judge(took < 5*time.Second),
		Notes: []string{list(all)}, Values: map[string]float64{"seconds": took.Seconds(), "calls": float64(len(all))}})
	return nil
}
