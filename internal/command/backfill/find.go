package backfill

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/past"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// find gives the bookmarks of an organisation's repositories, or of one repository: from the record, and from the forge
// where that knows none.
func (r *run) find(ctx context.Context, org, repo string) ([]past.Bookmark, error) {
	all, err := r.known(ctx, org, repo)
	if err != nil || len(all) > 0 {
		return all, err
	}
	if err := r.discover(ctx, org, repo); err != nil {
		return nil, err
	}
	if all, err = r.known(ctx, org, repo); err == nil && len(all) == 0 {
		return nil, &usage.Error{
			What:   fmt.Sprintf("the App sees no repository %s", org+repo),
			Remedy: "check the spelling, and that the App is installed there: lintel doctor github",
		}
	}
	return all, err
}

// known are the bookmarks of repositories that the record knows, new ones where nobody asked before.
func (r *run) known(ctx context.Context, org, repo string) (found []past.Bookmark, err error) {
	begun, err := r.store.Bookmarks(ctx, change.GitHub)
	if err != nil {
		return nil, err
	}
	fresh, err := r.store.Unread(ctx, change.GitHub)
	for _, b := range append(begun, fresh...) {
		if strings.EqualFold(b.Owner, org) || strings.EqualFold(b.Repository(), repo) {
			found = append(found, b)
		}
	}
	return found, err
}

// discover asks the forge for the repositories, and notes them as a delivery would.
func (r *run) discover(ctx context.Context, org, repo string) error {
	forge, err := r.forge()
	if err != nil {
		return err
	}
	owner, name, _ := strings.Cut(org+repo, "/")
	all, err := forge.Installations(ctx)
	if err != nil {
		return err
	}
	a := delivery.Admission{Delivery: delivery.Delivery{Forge: change.GitHub, ReceivedAt: time.Now()}, Outcome: delivery.Accepted}
	for _, i := range all {
		if !strings.EqualFold(i.Account, owner) || i.Suspended {
			continue
		}
		repositories, err := forge.Repositories(ctx, i.ID)
		if err != nil {
			return err
		}
		for _, known := range repositories {
			if name == "" || strings.EqualFold(known.Name, name) {
				a.Seen = append(a.Seen, delivery.Seen{Forge: change.GitHub, Connection: i.ID, Repository: known})
			}
		}
	}
	if len(a.Seen) == 0 {
		return nil
	}
	_, err = r.store.Admit(ctx, a)
	return err
}

// forge is GitHub with the App's key.
func (r *run) forge() (*github.Forge, error) {
	c := r.config.GitHub
	if c.AppID == 0 || c.PrivateKeyFile == "" {
		return nil, &usage.Error{
			What:   "no server runs on this database, and without the App's key the forge cannot be asked",
			Remedy: "name the server's file with --config; it has github.app_id and github.private_key_file",
		}
	}
	key, err := os.ReadFile(c.PrivateKeyFile)
	if err != nil {
		return nil, terminal.Unreadable("github.private_key_file", c.PrivateKeyFile, err)
	}
	return github.New(github.Options{
		AppID:      c.AppID,
		PrivateKey: key,
		APIURL:     c.APIURL,
		Now:        time.Now,
		Transport:  github.Transport(),
	})
}
