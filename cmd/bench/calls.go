package main

import (
	"context"
	"errors"
	"fmt"
	"testing/fstest"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/policies"
)

// calls counts what each scenario asks of the forge. Tokens are left out, as in the peers' numbers: they are made once
// an hour for an installation.
func calls(ctx context.Context, b *bench) error {
	if err := b.usualCalls(ctx); err != nil {
		return err
	}
	return b.checkRuns(ctx)
}

func (b *bench) usualCalls(ctx context.Context) (err error) {
	s, err := b.open(ctx, fakehub.Options{}, func(_ *config.Config, o *server.Options) { o.NoSweeps = true })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	turns, err := s.turns(ctx)
	if err != nil {
		return err
	}
	repo := turns[0].repo
	ci, err := s.hub.AddApp(fakehub.AppSpec{ID: 15368, Slug: "ci", Name: "CI"})
	if err != nil {
		return err
	}
	var plain, owned *pull
	var opened letter
	for _, scenario := range []struct {
		what, bar, peer, event string
		limit                  int
		cause                  func() error
		// looks is false for an event that must cause none.
		looks bool
	}{
		{"API calls: pull request opened, passes", "<= 4", "policy-bot 4, 9 if it reads the diff", "pull_request.opened", 4,
			func() (err error) {
				plain, err = openPull(s.hub, repo, 100, folders[:1])
				return err
			}, true},
		{"API calls: pull request opened, waits for an owner", "<= 4", "policy-bot 4, 9 if it reads the diff", "pull_request.opened", 4,
			func() (err error) {
				owned, err = openPull(s.hub, repo, 101, folders)
				return err
			}, true},
		{"API calls: approval", "<= 2", "policy-bot 5", "pull_request_review.submitted", 2,
			func() error { return owned.approve(s.hub) }, true},
		{"API calls: unrelated CI success", "0", "policy-bot 2", "check_run.completed", 0, func() error {
			_, err := s.hub.PostRun(repo, plain.head, "build", "success", ci.ID)
			return err
		}, false},
		{"API calls: the same delivery again", "0", "policy-bot 8", "", 0, nil, false},
	} {
		l := opened
		if err := s.quiet(ctx); err != nil {
			return err
		}
		s.trace.take()
		if scenario.cause != nil {
			if _, err := s.letters(ctx); err != nil { // events about our own check runs
				return err
			}
			if err := scenario.cause(); err != nil {
				return err
			}
			if l, err = s.only(ctx, scenario.event); err != nil {
				return err
			}
		}
		if opened.body == nil {
			opened = l
		}
		posted := time.Now()
		if scenario.looks {
			if posted, _, err = s.look(ctx, l); err != nil {
				return err
			}
		} else if _, err := s.post.post(ctx, l); err != nil {
			return err
		}
		if err := s.quiet(ctx); err != nil {
			return err
		}
		all := s.trace.take()
		r := row{
			What:     scenario.what,
			Measured: fmt.Sprint(countCalls(all)),
			Bar:      scenario.bar,
			Peer:     scenario.peer,
			Values:   map[string]float64{"calls": float64(countCalls(all))},
		}
		if scenario.bar != "" {
			r.Verdict = judge(countCalls(all) <= scenario.limit)
		}
		if len(all) > 0 {
			r.Notes = []string{list(all), "critical path: " + criticalPath(posted, all)}
		}
		b.table.add(r)
	}
	return s.concluded(repo, owned.head, "success")
}

// runs is how many check runs follow one push.
const runs = 32

// checksRule is a family that reads checks: without 32 successes of CI it refuses. It says the same until then, so that
// the verdict changes once.
const checksRule = `# METADATA
# title: Checks
# description: What CI says.
package lintel.checks

# METADATA
# title: CI has not finished
# description: A change is merged when every check has succeeded.
# custom:
#   id: checks/finished
#   severity: error
#   mode: enforce
#   remedy: Wait for CI, or repair what it found.
#   reads: [checks]
#   merge_queue: recheck
#   missing: Without checks the rule refuses.
#   examples:
#     good: ["32 of 32 checks succeeded."]
#     bad: ["31 of 32 checks succeeded."]
deny contains finding if {
	count([c | some c in input.checks; c.conclusion == "success"]) < 32
	finding := {"rule": rego.metadata.rule().custom.id, "path": "", "line": 0, "end_line": 0, "message": "CI has not finished.", "remedy": "Wait for CI.", "subject": "ci"}
}
`

// checkRuns is one push and 32 check runs on it within three seconds, judged by a policy that reads them.
func (b *bench) checkRuns(ctx context.Context) (err error) {
	engine, err := policy.Compile(ctx, policies.Tree(), fstest.MapFS{"checks/checks.rego": {Data: []byte(checksRule)}})
	if err != nil {
		return fmt.Errorf("compile the test policy: %w", err)
	}
	s, err := b.open(ctx, fakehub.Options{}, func(_ *config.Config, o *server.Options) { o.Engine, o.NoSweeps = engine, true })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	ci, err := s.hub.AddApp(fakehub.AppSpec{ID: 15368, Slug: "ci", Name: "CI"})
	if err != nil {
		return err
	}
	turns, err := s.pulls(ctx)
	if err != nil {
		return err
	}
	p := turns[0]
	if err := p.push(s.hub); err != nil {
		return err
	}
	push, err := s.only(ctx, "pull_request.synchronize")
	if err != nil {
		return err
	}
	s.trace.take()
	posted, err := s.concludes(ctx, push, p, "failure")
	if err != nil {
		return err
	}
	if _, err := s.letters(ctx); err != nil {
		return err
	}
	for i := range runs {
		if _, err := s.hub.PostRun(p.repo, p.head, fmt.Sprintf("job-%d", i), "success", ci.ID); err != nil {
			return err
		}
		letters, err := s.letters(ctx, "check_run.created", "check_run.completed")
		if err != nil {
			return err
		}
		for _, l := range letters {
			if _, err := s.post.post(ctx, l); err != nil {
				return err
			}
		}
		time.Sleep(3 * time.Second / runs)
	}
	if err := s.quiet(ctx); err != nil {
		return err
	}
	all := s.trace.take()
	b.table.add(row{What: "API calls: a push and 32 check runs in 3 s, policy reads them", Measured: fmt.Sprint(countCalls(all)),
		Bar: "<= 12", Peer: "policy-bot 289", Verdict: judge(countCalls(all) <= 12),
		Values: map[string]float64{"calls": float64(countCalls(all))},
		Notes:  []string{list(all), fmt.Sprintf("last call %s after the push", ms(all[len(all)-1].End.Sub(posted)))}})
	return s.concluded(p.repo, p.head, "success")
}
