package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
)

// large has the built program look at pull requests of the size at which GitHub stops listing files. The server is a
// process of its own, so that its memory can be told from the fake GitHub's.
func large(ctx context.Context, b *bench) (err error) {
	program, err := b.build(ctx)
	if err != nil {
		return err
	}
	hub, mail, err := newHub(fakehub.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Close(), mail.close()) }()
	dir, err := os.MkdirTemp(b.dir, "large-")
	if err != nil {
		return err
	}
	p, err := b.serve(ctx, program, hub, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	profiled, err := p.profile(ctx, b.serverProfile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, profiled()) }()
	s := &site{hub: hub, mail: mail}
	repo, err := addRepository(hub, "acme", "shop")
	if err != nil {
		return err
	}
	if _, err := hub.Install("acme"); err != nil {
		return err
	}
	for i, n := range []int{20, 2999, 3000, 3000} {
		before, err := p.processor()
		if err != nil {
			return err
		}
		took, calls, err := s.big(ctx, p, repo, i, n)
		if err != nil {
			return err
		}
		if i == 0 {
			continue // the token, the control files
		}
		peak, err := p.memory("VmHWM")
		if err != nil {
			return err
		}
		after, err := p.processor()
		if err != nil {
			return err
		}
		r := row{What: fmt.Sprintf("pull request of %s files, webhook to concluded check", grouped(n)),
			Measured: fmt.Sprintf("%s, %d calls, %s of CPU, peak memory so far %s", ms(took), len(calls), ms(after-before), mb(peak)),
			Notes:    []string{list(calls)},
			Peer:     "policy-bot 250 ms (2,900 files), 38 calls",
			Values: map[string]float64{"seconds": took.Seconds(), "calls": float64(len(calls)), "cpu_ms": inMS(after - before),
				"peak_mb": float64(peak) / 1e6}}
		if n == 3000 {
			r.Bar, r.Verdict = "< 3 s, < 300 MB", judge(took < 3*time.Second && peak < 300e6)
		}
		b.table.add(r)
	}
	return nil
}

// big opens a pull request of n new files and waits for its verdict.
func (s *site) big(ctx context.Context, p *process, repo string, i, n int) (time.Duration, []request, error) {
	files := fakehub.Files{}
	for f := range n {
		files[fmt.Sprintf("cart/big%d/dir%d/file%d.go", i, f%60, f)] = source("cart", f, 0)
	}
	branch := fmt.Sprintf("big-%d", i)
	sha, err := s.hub.Commit(repo,
		fakehub.Commit{Branch: branch, From: "main", Author: "wendy", Message: "feat(cart): add much", Files: files})
	if err != nil {
		return 0, nil, err
	}
	if _, err := s.hub.OpenPull(repo,
		fakehub.Pull{Head: branch, Base: "main", Title: "feat(cart): add much", Author: "wendy"}); err != nil {
		return 0, nil, err
	}
	l, err := s.only(ctx, "pull_request.opened")
	if err != nil {
		return 0, nil, err
	}
	s.hub.Reset()
	posted := time.Now()
	if _, err := p.post.post(ctx, l); err != nil {
		return 0, nil, err
	}
	for deadline := posted.Add(answersWithin); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, run := range s.hub.Runs(repo, sha) {
			if run.Name == "lintel" && run.Status == "completed" {
				took := time.Since(posted)
				calls := s.asked()
				if run.Conclusion != "failure" && n > 1000 {
					return 0, nil, fmt.Errorf("a change of %d files passed: %s", n, run.Title)
				}
				return took, calls, nil
			}
		}
	}
	return 0, nil, fmt.Errorf("pull request of %d files: %w", n, errNoAnswer)
}

// asked are the calls that the hub answered since it was reset, without the minting of tokens.
func (s *site) asked() []request {
	var calls []request
	for _, r := range s.hub.Requests() {
		if strings.HasSuffix(r.Route, "/access_tokens") {
			continue
		}
		name := r.Method + " " + strings.TrimPrefix(r.Route, "/repos/{owner}/{repo}/")
		if r.Operation != "" {
			name = "GraphQL " + r.Operation
		}
		calls = append(calls, request{Name: name, Start: r.Start, End: r.Start.Add(r.Duration), Status: r.Status})
	}
	return calls
}
