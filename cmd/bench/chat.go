package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// chatting measures comments: what one without a command costs, and how soon a command is answered by a check.
func chatting(ctx context.Context, b *bench) (err error) {
	s, err := b.open(ctx, fakehub.Options{}, func(_ *config.Config, o *server.Options) { o.NoSweeps = true })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	turns, err := s.turns(ctx)
	if err != nil {
		return err
	}
	if err := b.smallTalk(ctx, s, turns[0]); err != nil {
		return err
	}
	return b.commanded(ctx, s, turns)
}

// smallTalk posts a comment that asks for nothing.
func (b *bench) smallTalk(ctx context.Context, s *site, p *pull) error {
	l, err := s.comment(ctx, p, "Looks good to me. What about the other case?")
	if err != nil {
		return err
	}
	s.trace.take()
	if _, err := s.post.post(ctx, l); err != nil {
		return err
	}
	if err := s.quiet(ctx); err != nil {
		return err
	}
	calls := s.trace.take()
	n := countCalls(calls)
	r := row{What: "API calls: a comment without a command", Measured: fmt.Sprint(n), Bar: "0", Peer: "policy-bot 2",
		Verdict: judge(n == 0), Values: map[string]float64{"calls": float64(n)}}
	if n > 0 {
		r.Notes = []string{list(calls)}
	}
	b.table.add(r)
	return nil
}

// commanded measures from the start of the webhook's POST until the forge has answered the call that concludes the check
// that a command asks for.
func (b *bench) commanded(ctx context.Context, s *site, turns []*pull) error {
	const latency, bar = 50 * time.Millisecond, 200 * time.Millisecond
	s.hub.SetLatency(latency)
	var got sample
	for i := range b.size(4*inTurn, inTurn) {
		p, began := turns[i%len(turns)], time.Now()
		l, err := s.comment(ctx, p, fmt.Sprintf("Once more, please (%d).\n\n/lintel recheck", i))
		if err != nil {
			return err
		}
		s.trace.take()
		posted, err := s.concludes(ctx, l, p, "success")
		if err != nil {
			return err
		}
		took := published(posted, s.trace.take())
		if took == 0 {
			return fmt.Errorf("pull request #%d: no call concluded the check that a command asked for", p.number)
		}
		got = append(got, took)
		if rest := 70*time.Millisecond - time.Since(began); rest > 0 {
			time.Sleep(rest)
		}
	}
	what := fmt.Sprintf("command in a comment to concluded check, forge %s a call", latency)
	b.table.add(row{What: what, Measured: got.String(), Bar: "p50 <= 200 ms", Verdict: judge(got.at(50) <= bar), Values: got.values()})
	b.say("%s: %s", what, got)
	return nil
}

// comment writes a comment and takes its event.
func (s *site) comment(ctx context.Context, p *pull, body string) (letter, error) {
	if _, err := s.hub.Comment(p.repo, p.number, "mika", body); err != nil {
		return letter{}, err
	}
	return s.only(ctx, "issue_comment.created")
}
