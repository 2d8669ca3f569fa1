// Package demo tells Lintel's story on a laptop: the real server on SQLite, a GitHub or a GitLab for your laptop beside it,
// and developers who push with git. Nothing in it is staged: every line it prints is something that happened a moment
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

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/demo/history"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/server"
)

// Options configures a run.
type Options struct {
	// Forge is where the story plays; empty is GitHub.
	Forge change.Forge
	// Once ends the run after the story instead of serving its pages until the context ends.
	Once bool
	// History begins the record with a year of an invented team's changes.
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
	forge  forge
	server *server.Server
	admin  string
	// public is the server's own address.
	public string
	// model is who gives advice; real is false for the scripted one.
	model string
	real  bool
	// history is true when the record begins with an invented year.
	history bool
	// unformatted says why no formatter runs in a sandbox here; empty where one does.
	unformatted string
	// proposed is how many changes there are.
	proposed int
	tell     *narrator
}

// Run tells the story. The error says what did not go as told, and what to do.
func Run(ctx context.Context, o Options) (err error) {
	if _, err := exec.LookPath("git"); err != nil {
		return fmt.Errorf("the demo needs git, and there is none on the search path: install git 2.39 or newer: %w", err)
	}
	dir, err := os.MkdirTemp("", "lintel-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s := &stage{dir: dir, forge: &onHub{}, tell: &narrator{out: o.Out, colour: o.Colour, began: time.Now()}}
	if o.Forge == change.GitLab {
		s.forge = &onLab{}
	}
	s.tell.title(s.forge.props().title)
	defer func() { err = errors.Join(err, s.forge.close()) }()
	if err := s.forge.open(filepath.Join(dir, "forge")); err != nil {
		return fmt.Errorf("set up the %s for your laptop: %w", s.forge.kind().Words().Brand, err)
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	stopped, stop, err := s.serve(ctx, log, o)
	if err != nil {
		return err
	}
	defer func() {
		stop()
		err = errors.Join(err, <-stopped)
	}()
	if err := s.story(ctx); err != nil {
		return err
	}
	if err := s.where(ctx); err != nil || o.Once {
		return err
	}
	s.tell.note("Serving until you press Ctrl-C.")
	<-ctx.Done()
	return nil
}

// serve runs the real server against the forge and waits until it is ready.
func (s *stage) serve(ctx context.Context, log *slog.Logger, o Options) (stopped chan error, stop func(), err error) {
	c := config.Default()
	if c.Listen, err = free(); err != nil {
		return nil, nil, err
	}
	if c.AdminListen, err = free(); err != nil {
		return nil, nil, err
	}
	c.PublicURL, c.Database = "http://"+c.Listen, "sqlite://"+filepath.Join(s.dir, "lintel.db")
	// The story acts faster than people do; by the default, events within a second of a look would be looked at together.
	c.Workers.Gather = "100ms"
	s.formatting(ctx, &c.Checks)
	if err := s.forge.connect(s.dir, &c); err != nil {
		return nil, nil, fmt.Errorf("write the secrets: %w", err)
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
		made, err := history.Write(ctx, c.Database, s.forge.kind(), began)
		if err != nil {
			return nil, nil, err
		}
		s.tell.step("history", s.put("a year of %d invented pull requests of three teams is in the record (%s)"), made,
			time.Since(began).Round(100*time.Millisecond))
	}
	if s.server, err = server.New(ctx, c, server.Options{Log: log}); err != nil {
		return nil, nil, err
	}
	s.admin, s.public = c.AdminListen, c.PublicURL
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stopped = make(chan error, 1)
	go func() { stopped <- s.server.Run(run) }()
	err = ready(ctx, c.PublicURL+"/readyz")
	if err == nil {
		err = s.forge.hooked(c.PublicURL)
	}
	if err != nil {
		cancel()
		return nil, nil, errors.Join(err, <-stopped)
	}
	s.tell.step("lintel", "serves on %s, its database is a file", c.PublicURL)
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
