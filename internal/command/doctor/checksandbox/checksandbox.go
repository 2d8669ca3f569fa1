// Package checksandbox is lintel doctor checks: it examines the sandbox in which this machine runs checks.
package checksandbox

import (
	"context"
	"time"

	"github.com/lintel-review/lintel/internal/checkhost"
	"github.com/lintel-review/lintel/internal/command/doctor/diagnosis"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Command is "lintel doctor checks".
type Command struct {
	config.DatabaseFlags
	Image string `placeholder:"NAME" help:"The image to try, by digest (NAME@sha256:...). Default: the first that the file names so."`
	terminal.Format
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Reads the server's file, or that of a worker, and runs a program that does nothing in the sandbox which
checks.backend names, here and as this user.

In a cluster it asks for the version, what the namespace enforces, every right that checks need and some that
they must not have, and whether a Job would be taken. With an image it runs a pod that tries to reach the
cluster's own address: whether NetworkPolicies are enforced cannot be seen otherwise.

Exit status: 0 all is well, 1 something is wrong, 2 the examination could not be made.

Examples:

    lintel doctor checks --config /etc/lintel/server.yml
    lintel doctor checks --config /etc/lintel/worker.yml --image example.com/lint@sha256:...`
}

// Run examines the sandbox.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	cfg, err := c.Read(t.Env)
	if err != nil {
		return err
	}
	d := diagnosis.New(t, c.Format)
	if cfg.Checks.Run == "worker" && cfg.Checks.Server == "" && cfg.Checks.Backend != "off" {
		d.Note("checks.run", "the file leaves checks to workers: what follows is about this machine")
	}
	for _, l := range checkhost.Examine(ctx, cfg.Checks, c.Image, time.Now) {
		switch {
		case l.Remedy != "":
			d.Wrong(l.What, l.Detail, l.Remedy)
		case l.Unsure:
			d.Note(l.What, l.Detail)
		default:
			d.Good(l.What, l.Detail)
		}
	}
	return d.End(nil)
}
