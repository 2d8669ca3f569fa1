// Package demo tells Lintel's story on a laptop: the real server on SQLite, a GitHub for your laptop beside it, and
// developers who push with git. Nothing in it is staged: every line it prints is something that happened a moment
// before, and the run fails when it did not.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/command/demo/history"
	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// Options configures a run.
type Options struct {
	// Once ends the run after the story instead of serving its pages until the context ends.
	Once bool
	// History begins the record with a year of an invented team's pull requests.
	History bool
	// Out gets the story; Colour lets it be coloured.
	Out    io.Writer
	Colour bool
	// Model is the address of a real model, ModelName its name and ModelKey its key; without one, advice is scripted.
	Model, ModelName, ModelKey string
	// Log gets the server's log; nil drops it.
	Log *slog.Logger
}

// stage is everything that the story plays on.
type stage struct {
	dir    string
	hub    *fakehub.Hub
	server *server.Server
	admin  string
	// url is the server's own address.
	url string
	// model is who gives advice; real is false for the scripted one.
	model string
	real  bool
	// history is true when the record begins with an invented year.
	history bool
	// unformatted says why no formatter runs in a sandbox here; empty where one does.
	unformatted string
	// proposed is how many pull requests there are.
	proposed int
	tell     *narrator
}

// play is a story on one forge.
type play interface {
	// open starts the fake forge and fills it; close ends it.
	open() error
	close() error
	// serve runs the real server against it and waits until it is ready.
	serve(ctx context.Context, log *slog.Logger, o Options) (stopped chan error, stop func(), err error)
	story(ctx context.Context) error
	// where says where the pages are.
	where()
}

// Run tells the story on GitHub. The error says what did not go as told, and what to do.
func Run(ctx context.Context, o Options) error {
	const title = "A real Lintel on SQLite, a GitHub for your laptop beside it, and three developers with git."
	return perform(ctx, o, title, func(dir string, tell *narrator) play { return &stage{dir: dir, tell: tell} })
}

// perform makes a folder for a play, tells its story, and serves its pages until the context ends.
func perform(ctx context.Context, o Options, title string, on func(dir string, tell *narrator) play) (err error) {
	if _, err := exec.LookPath("git"); err != nil {
		return fmt.Errorf("the demo needs git, and there is none on the search path: install git 2.39 or newer: %w", err)
	}
	dir, err := os.MkdirTemp("", "lintel-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	tell := &narrator{out: o.Out, colour: o.Colour, began: time.Now()}
	p := on(dir, tell)
	tell.title(title)
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.open(); err != nil {
		return err
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	stopped, stop, err := p.serve(ctx, log, o)
	if err != nil {
		return err
	}
	defer func() {
		stop()
		err = errors.Join(err, <-stopped)
	}()
	if err := p.story(ctx); err != nil {
		return err
	}
	p.where()
	if o.Once {
		return nil
	}
	tell.note("Serving until you press Ctrl-C.")
	<-ctx.Done()
	return nil
}

// close ends the fake GitHub.
func (s *stage) close() error {
	if s.hub == nil {
		return nil
	}
	return s.hub.Close()
}

// open starts the fake GitHub with an organisation of three people.
func (s *stage) open() (err error) {
	if s.hub, err = fakehub.New(fakehub.Options{Dir: filepath.Join(s.dir, "forge")}); err != nil {
		return fmt.Errorf("make the GitHub for your laptop: %w", err)
	}
	steps := []func() error{
		s.hub.Start,
		func() error { return s.hub.AddUser(fakehub.User{Login: "olga", Name: "Olga Maintainer"}) },
		func() error { return s.hub.AddUser(fakehub.User{Login: "wendy", Name: "Wendy Writer"}) },
		func() error { return s.hub.AddUser(fakehub.User{Login: "mika", Name: "Mika Payments"}) },
		func() error {
			return s.hub.AddOrg(
				fakehub.Org{Login: "acme", Members: map[string]string{"olga": "admin", "wendy": "member", "mika": "member"}})
		},
		func() error {
			_, err := s.hub.AddRepo(
				fakehub.Repo{
					Owner:         "acme",
					Name:          "shop",
					Description:   "A small shop",
					Collaborators: map[string]string{"wendy": "write", "mika": "write"},
				})
			return err
		},
		func() error {
			return s.hub.AddTeam(
				fakehub.Team{
					Org:     "acme",
					Slug:    "payments",
					Members: map[string]string{"mika": "maintainer"},
					Repos:   map[string]string{"acme/shop": "push"},
				})
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return errors.Join(fmt.Errorf("set up the GitHub for your laptop: %w", err), s.hub.Close())
		}
	}
	return nil
}

// serve runs the real server against it and waits until it is ready.
func (s *stage) serve(ctx context.Context, log *slog.Logger, o Options) (stopped chan error, stop func(), err error) {
	spec, c := s.hub.App(), config.Default()
	if c.Listen, err = free(); err != nil {
		return nil, nil, err
	}
	if c.AdminListen, err = free(); err != nil {
		return nil, nil, err
	}
	c.PublicURL, c.Database = "http://"+c.Listen, "sqlite://"+filepath.Join(s.dir, "lintel.db")
	// CI's tokens are those of the GitHub for your laptop.
	c.Reports.Issuers = []string{s.hub.Issuer()}
	// The story acts faster than people do; by the default, events within a second of a look would be looked at together.
	c.Workers.Gather = "100ms"
	s.formatting(ctx, &c.Checks)
	c.GitHub.AppID, c.GitHub.APIURL, c.GitHub.WebURL = spec.ID, s.hub.URL(), s.hub.URL()
	c.GitHub.PrivateKeyFile, c.GitHub.WebhookSecretFile = filepath.Join(s.dir, "app.pem"), filepath.Join(s.dir, "webhook-secret")
	if err := errors.Join(os.WriteFile(c.GitHub.PrivateKeyFile, spec.PEM(), 0o600),
		os.WriteFile(c.GitHub.WebhookSecretFile, []byte(spec.WebhookSecret), 0o600)); err != nil {
		return nil, nil, fmt.Errorf("write the App's key and secret: %w", err)
	}
	end, err := s.openModel(&c, o)
	if err != nil {
		return nil, nil, err
	}
	s.model, s.real = c.Model.Name, o.Model != ""
	defer func() {
		if err != nil {
			end()
		}
	}()
	if s.history = o.History; s.history {
		began := time.Now()
		pulls, err := history.Write(ctx, c.Database, began)
		if err != nil {
			return nil, nil, err
		}
		s.tell.step("history", "a year of %d invented pull requests of three teams is in the record (%s)", pulls,
			time.Since(began).Round(100*time.Millisecond))
	}
	if s.server, err = server.New(ctx, c, server.Options{Log: log}); err != nil {
		return nil, nil, err
	}
	s.admin, s.url = c.AdminListen, c.PublicURL
	s.hub.SetWebhook("http://"+c.Listen+"/hooks/github", "")
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stopped = make(chan error, 1)
	go func() { stopped <- s.server.Run(run) }()
	if err := ready(ctx, "http://"+c.Listen+"/readyz"); err != nil {
		cancel()
		return nil, nil, errors.Join(err, <-stopped)
	}
	s.tell.step("lintel", "serves on http://%s, its database is a file", c.Listen)
	return stopped, func() { cancel(); end() }, nil
}

// free finds a port of this machine that nothing listens on.
func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// patience is how long the story waits for one thing, on a busy machine too.
const patience = 2 * time.Minute

// ready waits until the server answers that it can work.
func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	last := errors.New("no answer yet")
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return fmt.Errorf("ask %s: %w", url, err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			body, readErr := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
			err = errors.Join(readErr, resp.Body.Close())
			if resp.StatusCode == http.StatusOK {
				return err
			}
			last = fmt.Errorf("it answers %s: %s", resp.Status, strings.TrimSpace(string(body)))
		} else if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server was not ready in time: %w", last)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
