package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	fakelab "github.com/lintel-review/lintel/internal/fake/gitlab"
	"github.com/lintel-review/lintel/internal/server"
)

// labStage is what the story on GitLab plays on: the real server, a GitLab for your laptop, and one project.
type labStage struct {
	dir     string
	lab     *fakelab.Lab
	bot     fakelab.Token
	project int64
	url     string
	tell    *narrator
}

// labTitle is the title of the merge request of the story.
const labTitle = "perf(pay): make it faster"

// runOnLab tells the story on GitLab. The error says what did not go as told.
func runOnLab(ctx context.Context, o Options) error {
	const title = "A real Lintel on SQLite, and a GitLab for your laptop beside it, of the tier Free."
	return perform(ctx, o, title, func(dir string, tell *narrator) play { return &labStage{dir: dir, tell: tell} })
}

// open starts the fake GitLab with a group, its people and a project.
func (s *labStage) open() (err error) {
	if s.lab, err = fakelab.New(fakelab.Options{Dir: filepath.Join(s.dir, "forge"), Tier: fakelab.Free}); err != nil {
		return fmt.Errorf("make the GitLab for your laptop: %w", err)
	}
	if err := s.found(); err != nil {
		return fmt.Errorf("set up the GitLab for your laptop: %w", err)
	}
	return nil
}

// close ends the fake GitLab.
func (s *labStage) close() error {
	if s.lab == nil {
		return nil
	}
	return s.lab.Close()
}

func (s *labStage) where() { s.tell.note("\nThe pages of this Lintel: %s", s.url) }

// found makes the group, its people and the project.
func (s *labStage) found() (err error) {
	if err := s.lab.Start(); err != nil {
		return err
	}
	for _, name := range []string{"wendy", "mika"} {
		if _, err := s.lab.AddUser(name); err != nil {
			return err
		}
	}
	if _, err := s.lab.AddGroup("acme"); err != nil {
		return err
	}
	err = errors.Join(
		s.lab.SetMember("acme", "wendy", fakelab.Developer),
		s.lab.SetMember("acme", "mika", fakelab.Maintainer),
	)
	if err != nil {
		return err
	}
	if s.bot, err = s.lab.AddToken(fakelab.Token{Group: "acme"}); err != nil {
		return err
	}
	s.project, err = s.lab.AddProject(fakelab.Project{Path: "acme/shop", Files: map[string]string{
		".gitlab/lintel.yml": "version: 1\ncommits: { mode: enforce, conventional: true }\nownership: { mode: enforce }\n",
		"CODEOWNERS":         "[Pay]\n/pay/ @mika\n", "pay/pay.go": "package pay\n",
	}, Settings: fakelab.Settings{NoJobs: true, OnlyIfPipelineSucceeds: true}})
	return err
}

// serve runs the real server against it and waits until it is ready.
func (s *labStage) serve(ctx context.Context, log *slog.Logger, _ Options) (stopped chan error, stop func(), err error) {
	const secret = "a secret of the webhooks"
	c := config.Default()
	for _, address := range []*string{&c.Listen, &c.AdminListen} {
		if *address, err = free(); err != nil {
			return nil, nil, err
		}
	}
	c.PublicURL, c.Database, c.Workers.Gather = "http://"+c.Listen, "sqlite://"+filepath.Join(s.dir, "lintel.db"), "100ms"
	c.GitLab.URL, c.GitLab.TokenFile = s.lab.URL(), filepath.Join(s.dir, "token")
	c.GitLab.WebhookTokenFile = filepath.Join(s.dir, "webhook-secret")
	if err := errors.Join(os.WriteFile(c.GitLab.TokenFile, []byte(s.bot.Secret), 0o600),
		os.WriteFile(c.GitLab.WebhookTokenFile, []byte(secret), 0o600)); err != nil {
		return nil, nil, fmt.Errorf("write the token and the secret: %w", err)
	}
	srv, err := server.New(ctx, c, server.Options{Log: log})
	if err != nil {
		return nil, nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stopped = make(chan error, 1)
	go func() { stopped <- srv.Run(run) }()
	s.url = c.PublicURL
	if err := ready(ctx, c.PublicURL+"/readyz"); err != nil {
		cancel()
		return nil, nil, errors.Join(err, <-stopped)
	}
	if _, err := s.lab.AddHook(fakelab.Hook{Project: s.project, URL: c.PublicURL + "/hooks/gitlab", Token: secret}); err != nil {
		cancel()
		return nil, nil, errors.Join(err, <-stopped)
	}
	s.tell.step("lintel", "serves on %s, its database is a file", c.PublicURL)
	return stopped, cancel, nil
}

// story: a merge request is refused, written anew, approved by its owner, and merged.
func (s *labStage) story(ctx context.Context) error {
	s.tell.scene(1, "A merge request changes what mika owns, with a commit that says little")
	push := func(message string, amend bool) (string, error) {
		sha, err := s.lab.Commit(
			s.project,
			fakelab.Commit{Branch: "faster", From: "main", By: "wendy", Message: message + "\n",
				Amend: amend, Files: map[string]string{"pay/pay.go": "package pay // " + message + "\n"}},
		)
		if err != nil {
			return "", fmt.Errorf("wendy pushes: %w", err)
		}
		s.tell.step("wendy", "pushes %.8s: %s", sha, message)
		return sha, nil
	}
	head, err := push("made it faster", false)
	if err != nil {
		return err
	}
	number, err := s.lab.Open(s.project, fakelab.Request{Source: "faster", Title: labTitle, By: "wendy"})
	if err != nil {
		return fmt.Errorf("wendy opens a merge request: %w", err)
	}
	s.tell.step("wendy", "opens !%d: %s", number, labTitle)
	if err := s.becomes(ctx, head, "failed"); err != nil {
		return err
	}
	if err := s.mergeable(number, false); err != nil {
		return err
	}
	if err := s.note(ctx, number); err != nil {
		return err
	}
	s.tell.scene(2, "The commit is written anew, and the owner approves")
	if head, err = push("perf(pay): make it faster", true); err != nil {
		return err
	}
	if err := s.becomes(ctx, head, "failed"); err != nil {
		return err
	}
	// GitLab tells of approvals by the second; one in the second of a push is of nobody knows which commit.
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(2 * time.Second):
	}
	if err := s.lab.Approve(s.project, number, "mika"); err != nil {
		return fmt.Errorf("mika approves: %w", err)
	}
	s.tell.step("mika", "approves !%d", number)
	if err := s.becomes(ctx, head, "success"); err != nil {
		return err
	}
	if err := s.mergeable(number, true); err != nil {
		return err
	}
	if err := s.lab.Merge(s.project, number, "mika"); err != nil {
		return fmt.Errorf("mika merges: %w", err)
	}
	s.tell.step("mika", "merges !%d", number)
	return nil
}

// mergeable holds GitLab's own answer to what the story says.
func (s *labStage) mergeable(number int64, want bool) error {
	can, why := s.lab.TryMerge(s.project, number)
	if can != want {
		return fmt.Errorf("GitLab says that !%d can be merged: %t (%s)", number, can, why)
	}
	if !can {
		s.tell.step("gitlab", "does not merge !%d: %s", number, why)
	}
	return nil
}

// becomes waits until the status of a commit is what the story says.
func (s *labStage) becomes(ctx context.Context, sha, state string) error {
	began := time.Now()
	var all []struct{ Name, Status, Description string }
	return s.await(ctx, fmt.Sprintf("status %s of %.8s", state, sha), func() (bool, error) {
		if err := s.get(ctx, "repository/commits/"+sha+"/statuses", &all); err != nil {
			return false, err
		}
		if len(all) == 0 || all[len(all)-1].Name != "lintel" || all[len(all)-1].Status != state {
			return false, nil
		}
		s.tell.verdictAfter(
			map[string]string{"success": "success"}[state],
			all[len(all)-1].Description,
			time.Since(began),
			"it was asked for",
		)
		return true, nil
	})
}

// note shows the beginning of what Lintel wrote.
func (s *labStage) note(ctx context.Context, number int64) error {
	var all []struct {
		Body   string
		System bool
	}
	return s.await(ctx, "note of Lintel's", func() (bool, error) {
		if err := s.get(ctx, fmt.Sprintf("merge_requests/%d/notes", number), &all); err != nil {
			return false, err
		}
		for _, n := range all {
			if !n.System && strings.Contains(n.Body, "lintel:note") {
				s.tell.quote(linesWith(n.Body, "**")...)
				return true, nil
			}
		}
		return false, nil
	})
}

func (s *labStage) await(ctx context.Context, what string, there func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := there(); err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("there is no %s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
}

// get asks GitLab's API as Lintel's own user.
func (s *labStage) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet,
		fmt.Sprintf("%s/api/v4/projects/%d/%s", s.lab.URL(), s.project, path), nil)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", path, err)
	}
	req.Header.Set("PRIVATE-TOKEN", s.bot.Secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask for %s: %w", path, err)
	}
	err = json.NewDecoder(resp.Body).Decode(into)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}
