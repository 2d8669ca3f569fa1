// Package serve is lintel serve: the server of a GitHub App or a GitLab.
package serve

import (
	"cmp"
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/command/doctor/githubapp"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/setup"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Command is "lintel serve".
type Command struct {
	config.Flags
	Setup bool `help:"First register a GitHub App by a page on the operators' listener, and write the file that --config names."`

	// listen opens the listener of an address, for tests (nil: net.Listen).
	listen func(address string) (net.Listener, error) `kong:"-"`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Takes webhooks, judges changes and publishes the check "lintel". The file is checked whole before
anything starts. SIGTERM drains: running work ends, waiting work is kept for the next start.

docs/operations.md says how to make the App and how to run the server.

With --setup there is no file yet: the operators' listener shows a page that registers a GitHub App by one click, as
lintel setup github does. The page opens once, by the address that is printed. The key, the secret and the file are
written beside each other with mode 600, the App is examined, and the server starts. It ends after an hour without a
click. A file that exists is never overwritten.

Exit status: 0 after a drain, 2 when it could not start or had to stop.

Examples:

    lintel serve --config /etc/lintel/server.yml
    LINTEL_GATE=warn lintel serve --config server.yml
    lintel serve --setup --config /etc/lintel/server.yml`
}

// Run serves until the context ends.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	if c.Setup {
		var err error
		if c.Config, err = c.setUp(ctx, t); err != nil {
			return err
		}
	}
	cfg, err := c.Read(config.LoadServe, t.Env)
	if err != nil {
		return err
	}
	return server.Serve(ctx, cfg, t.Err, c.listen)
}

// setupWait is how long the page waits for a click: a page that hands out a key is not left open for days.
const setupWait = time.Hour

// setUp registers the App and gives the file that it wrote.
func (c Command) setUp(ctx context.Context, t terminal.Terminal) (string, error) {
	file := cmp.Or(c.Config, "server.yml")
	cfg, err := setup.Surroundings(c.Flags, t.Env)
	if err != nil {
		return "", err
	}
	app := setup.App{File: file, PublicURL: cfg.PublicURL, Database: cfg.Database}
	if name, ok := strings.CutPrefix(app.Database, "sqlite://"); ok {
		// The next start may have another working folder.
		if name, err = filepath.Abs(name); err != nil {
			return "", err
		}
		app.Database = "sqlite://" + filepath.ToSlash(name)
	}
	place, err := app.Reserve()
	if err != nil {
		return "", err
	}
	app, registered, err := setup.Register(ctx, t, place,
		setup.Options{App: app, Listen: cfg.AdminListen, Open: c.listen, Guarded: true, Asks: true, Wait: setupWait})
	if err != nil {
		return "", errors.Join(err, place.Release())
	}
	c.Config = app.File
	setup.Examine(ctx, t, githubapp.Command{Flags: c.Flags})
	setup.PrintNext(t, app, registered, cfg.Listen)
	return app.File, nil
}
