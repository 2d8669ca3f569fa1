// Package recheck is lintel recheck: it has a pull request looked at again.
package recheck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Command is "lintel recheck".
type Command struct {
	operator.PullFlags
	terminal.Format
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Asks the server that works on this database to look at a pull request or merge request again and to publish its verdict, also
when it did not change. Run it where the database is.

Examples:

    lintel recheck --config /etc/lintel/server.yml 'acme/shop#12'
    lintel recheck --config /etc/lintel/server.yml --format json 'acme/shop#12'`
}

// Run asks for a look at a pull request and for its verdict to be published in any case. It writes the request into the
// database that the server works from, so it needs neither the server's address nor a running server. A pull request
// that no event ever told of is found on the forge.
func (c Command) Run(ctx context.Context, t terminal.Terminal) (err error) {
	asked, err := c.Begin(ctx, t.Env)
	if err != nil {
		return err
	}
	pull, st := asked.Pull, asked.Store
	defer func() { err = errors.Join(err, st.Close()) }()
	request := delivery.ReviewRequest{Lane: delivery.Interactive, Force: true, Why: "re-check asked (lintel recheck)",
		Actor: operator.Name()}
	a := delivery.Admission{Delivery: delivery.Delivery{Forge: pull.Forge, ReceivedAt: st.Now()}, Outcome: delivery.Accepted}
	record, err := st.Find(ctx, pull.Forge, pull.Owner, pull.Repository, pull.Number)
	switch {
	case err == nil:
		request.Ref = &record.Ref
	case errors.Is(err, change.ErrNotFound) && pull.Forge == change.GitHub:
		ref, repo, err := findPull(ctx, asked.Config, pull)
		if err != nil {
			return err
		}
		request.Ref = &ref
		a.Seen = append(a.Seen, delivery.Seen{Forge: change.GitHub, Connection: ref.Connection, Repository: repo})
	default:
		return err
	}
	a.Requests = append(a.Requests, request)
	if _, err := st.Admit(ctx, a); err != nil {
		return err
	}
	if c.JSON() {
		return t.WriteJSON(map[string]any{"pull_request": request.Ref.String(), "asked": true})
	}
	fmt.Fprintf(t.Out, "%s will be looked at again within seconds; the verdict is published even if it did not change.\n", request.Ref)
	return nil
}

// findPull looks a pull request up on the forge.
func findPull(ctx context.Context, c config.Config, p operator.Pull) (change.Ref, change.Repository, error) {
	if c.GitHub.AppID == 0 || c.GitHub.PrivateKeyFile == "" {
		return change.Ref{}, change.Repository{},
			&usage.Error{
				What:   fmt.Sprintf("no event told of %s yet, and without the App's key it cannot be looked up", p),
				Remedy: "name the server's file with --config; it has github.app_id and github.private_key_file",
			}
	}
	key, err := os.ReadFile(c.GitHub.PrivateKeyFile)
	if err != nil {
		return change.Ref{}, change.Repository{}, terminal.Unreadable("github.private_key_file", c.GitHub.PrivateKeyFile, err)
	}
	forge, err := github.New(github.Options{AppID: c.GitHub.AppID, PrivateKey: key, APIURL: c.GitHub.APIURL, Now: time.Now})
	if err != nil {
		return change.Ref{}, change.Repository{}, err
	}
	connection, err := forge.InstallationOf(ctx, p.Owner, p.Repository)
	if err != nil {
		return change.Ref{}, change.Repository{}, fmt.Errorf("%s is not known here: %w", p, err)
	}
	_, repo, err := forge.Pull(ctx, connection, p.Owner, p.Repository, p.Number)
	if err != nil {
		return change.Ref{}, change.Repository{}, err
	}
	return change.Ref{
		Key:        change.Key{Forge: change.GitHub, RepoID: repo.ID, Number: p.Number},
		Owner:      repo.Owner,
		Name:       repo.Name,
		Connection: connection,
	}, repo, nil
}
