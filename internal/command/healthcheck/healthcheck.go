// Package healthcheck is lintel healthcheck: it asks a running process whether it lives, for images without a client.
package healthcheck

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Command is "lintel healthcheck".
type Command struct {
	config.DatabaseFlags
	Roles   string        `placeholder:"ROLES" help:"The roles that the process was started with, where --roles gave them."`
	Address string        `placeholder:"ADDR" help:"Ask this listener, and read no file; for a worker its admin_listen."`
	Ready   bool          `help:"Ask /readyz: whether it can take work, and not only whether it lives."`
	Timeout time.Duration `default:"3s" help:"How long to wait for the answer."`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Asks the process that listens on this machine whether it lives (/healthz), as HEALTHCHECK of the image does.

Exit status: 0 it lives, 2 it does not answer or answers that it is not well.

Examples:

    lintel healthcheck --config /etc/lintel/server.yml
    lintel healthcheck --config /etc/lintel/server.yml --roles gate,sweeps
    lintel healthcheck --address 127.0.0.1:8082`
}

// Run asks once.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	address := c.Address
	if address == "" {
		flags := config.Flags{Config: c.Config, Database: c.Database, Roles: c.Roles}
		cfg, err := flags.Read(config.LoadDatabase, t.Env)
		if err != nil {
			return err
		}
		if address = cfg.Listen; !cfg.Public() {
			address = cfg.AdminListen
		}
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return &usage.Error{
			What:   fmt.Sprintf("--address %s is no address of a listener", address),
			Remedy: "write HOST:PORT, such as 127.0.0.1:8080",
		}
	}
	// A listener on every address is asked on loopback.
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	path := "/healthz"
	if c.Ready {
		path = "/readyz"
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	return ask(ctx, "http://"+net.JoinHostPort(host, port)+path, t)
}

// ask sends one request past every proxy.
func ask(ctx context.Context, url string, t terminal.Terminal) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask for the health: %w", err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return &usage.Error{
			What:   fmt.Sprintf("%s does not answer: %v", url, err),
			Remedy: "read Lintel's log, and see that it listens there",
			Err:    err,
		}
	}
	if err := response.Body.Close(); err != nil {
		return fmt.Errorf("ask for the health: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return &usage.Error{
			What:   fmt.Sprintf("%s answers %s", url, response.Status),
			Remedy: "open it: it says which check fails, and the remedy",
		}
	}
	fmt.Fprintln(t.Out, "ok")
	return nil
}
