// Package githubapp is lintel doctor github: it examines the App, its webhook, its installations and the branches that
// should require the check.
package githubapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/command/doctor/diagnosis"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/publish"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Command is "lintel doctor github".
type Command struct {
	config.Flags
	terminal.Format
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `Reads only. Each line says what is well or what is wrong, and what to do.

Exit status: 0 all is well, 1 something is wrong, 2 the examination could not be made.

Examples:

    lintel doctor github --config /etc/lintel/server.yml
    lintel doctor github --config /etc/lintel/server.yml --format json`
}

// Run examines the App. It refuses one with which something is wrong.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	cfg, err := c.Read(config.Load, t.Env)
	if err != nil {
		return err
	}
	d := diagnosis.New(t, c.Format)
	return d.End(examine(ctx, &examination{d}, cfg))
}

// examination is what is found, as it is found.
type examination struct{ *diagnosis.Diagnosis }

// examine examines the App, its webhook, its installations and the branches that should require the check. It reads only.
func examine(ctx context.Context, d *examination, c config.Config) error {
	key, err := os.ReadFile(c.GitHub.PrivateKeyFile)
	if err != nil {
		return terminal.Unreadable("github.private_key_file", c.GitHub.PrivateKeyFile, err)
	}
	secrets, err := c.GitHub.WebhookSecrets()
	if err != nil {
		return err
	}
	if _, err := github.NewDecoder(secrets...); err != nil {
		return fmt.Errorf("github.webhook_secret_file: %w", err)
	}
	if open := c.GitHub.Exposed(); open != "" {
		d.Wrong("secrets", "every user of this machine can read "+open,
			"chmod 640, or 600 when Lintel's user owns it; then make a new key or secret, as the old one may be known")
	}
	forge, err := github.New(github.Options{AppID: c.GitHub.AppID, PrivateKey: key, APIURL: c.GitHub.APIURL, Now: time.Now})
	if err != nil {
		return err
	}
	id, err := forge.Identity(ctx)
	if err != nil {
		d.Wrong("key", err.Error(), remedyOf(err, "check github.app_id, github.private_key_file and github.api_url"))
		return nil
	}
	d.Good("key", fmt.Sprintf("GitHub knows the App %s (id %d) of %s", id.Slug, id.ID, id.Owner))
	if skew := id.ClockSkew.Abs(); skew >= 30*time.Second {
		d.Wrong("clock", fmt.Sprintf("this machine's clock differs from GitHub's by %s", id.ClockSkew),
			"set the clock: tokens are refused from a difference of a minute")
	}
	d.grants("App", id.Permissions, id.Events)
	if err := d.hook(ctx, forge, c); err != nil {
		return err
	}
	installations, err := forge.Installations(ctx)
	if err != nil {
		return err
	}
	if len(installations) == 0 {
		d.Wrong("installations", "the App is installed nowhere",
			"install it from its settings page: "+strings.TrimSuffix(c.GitHub.WebURL, "/")+"/apps/"+id.Slug)
	}
	for _, i := range installations {
		if err := d.installation(ctx, forge, c, i); err != nil {
			return err
		}
	}
	return nil
}

func remedyOf(err error, otherwise string) string {
	return cmp.Or(change.Remedy(err), otherwise)
}

var levels = map[string]int{"": 0, "none": 0, "read": 1, "write": 2, "admin": 3}

// grants compares permissions and events with what Lintel needs.
func (d *examination) grants(who string, granted map[string]string, events []string) {
	var lacking, forForks []string
	for name, level := range github.Needs() {
		switch {
		case levels[granted[name]] >= levels[level]:
		case github.OnlyForForks(name):
			lacking = append(lacking,
				name+": "+level+" (reports of pull requests from forks are not fetched without it; everything else works)")
		default:
			lacking = append(lacking, name+": "+level)
		}
	}
	sort.Strings(lacking)
	if len(lacking) > 0 {
		d.Wrong(who+" permissions", "missing "+strings.Join(lacking, ", "),
			"grant them in the App's settings, then let each organisation accept them")
	} else {
		d.Good(who+" permissions", "all are granted")
	}
	var deaf []string
	for _, name := range github.Events() {
		switch {
		case slices.Contains(events, name), slices.Contains(events, "*"):
		case github.OnlyForForks(name):
			forForks = append(forForks, name)
		default:
			deaf = append(deaf, name)
		}
	}
	if len(forForks) > 0 {
		d.Note(who, "reports of pull requests from forks are not fetched without the event "+strings.Join(forForks, " and ")+
			"; everything else works")
	}
	if len(deaf) > 0 {
		d.Wrong(who+" events", "not subscribed to "+strings.Join(deaf, ", "),
			"subscribe to them in the App's settings; without them verdicts are late by up to a sweep")
	} else {
		d.Good(who+" events", "all are subscribed")
	}
}

func (d *examination) hook(ctx context.Context, forge *github.Forge, c config.Config) error {
	hook, err := forge.Hook(ctx)
	if err != nil {
		return err
	}
	switch want := strings.TrimSuffix(c.PublicURL, "/") + "/hooks/github"; {
	case hook.URL == "":
		d.Wrong("webhook", "the App has no webhook address", "set it to "+want+" in the App's settings")
	case !hook.Signed:
		d.Wrong("webhook", "the App's webhook has no secret", "set it to the content of github.webhook_secret_file")
	case c.PublicURL != "" && hook.URL != want:
		d.Wrong("webhook", fmt.Sprintf("deliveries go to %s, and public_url says %s", hook.URL, want), "correct one of the two")
	case !hook.VerifiesTLS:
		d.Wrong("webhook", "GitHub does not verify the certificate", "switch SSL verification on in the App's settings")
	default:
		d.Good("webhook", "deliveries go to "+hook.URL)
	}
	missed, err := forge.Missed(ctx, time.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	if n := len(missed); n > 0 {
		last := missed[n-1]
		d.Wrong("deliveries",
			fmt.Sprintf("%d of the last day failed, the last (%s) with status %d at %s", n, last.Event, last.Status,
				last.At.UTC().Format(time.RFC3339)),
			"status 401 means that the secrets differ, 0 that the address cannot be reached; a running server asks for "+
				"them again every five minutes")
	} else {
		d.Good("deliveries", "none of the last day failed")
	}
	return nil
}

// maxBranches bounds how many repositories of an installation are examined.
const maxBranches = 100

func (d *examination) installation(ctx context.Context, forge *github.Forge, c config.Config, i github.Installation) error {
	if i.Suspended {
		d.Wrong("installation "+i.Account, "it is suspended", "unsuspend it in the settings of "+i.Account)
		return nil
	}
	d.grants("installation "+i.Account, i.Permissions, i.Events)
	if levels[i.Permissions["contents"]] >= levels["write"] {
		d.Note("installation "+i.Account,
			"contents may be written: threads of comments that were addressed are resolved, and nothing else comes of "+
				"it; read is enough for everything else")
	}
	budget, err := forge.Budget(ctx, i.ID)
	if err != nil {
		return err
	}
	if budget.Limit > 0 && budget.Remaining*5 < budget.Limit {
		d.Wrong("rate limit of "+i.Account,
			fmt.Sprintf("%d of %d requests are left until %s", budget.Remaining, budget.Limit, budget.Reset.UTC().Format(time.RFC3339)),
			"find what spends them: lintel_forge_requests_total in /metrics shows our part")
	} else {
		d.Good("rate limit of "+i.Account, fmt.Sprintf("%d of %d requests are left", budget.Remaining, budget.Limit))
	}
	repos, err := forge.Repositories(ctx, i.ID)
	if err != nil {
		return err
	}
	for n, r := range repos {
		if n == maxBranches {
			d.Note("installation "+i.Account, fmt.Sprintf("%d more repositories were not examined", len(repos)-maxBranches))
			break
		}
		if err := d.branch(ctx, forge, c, i, r); err != nil {
			return err
		}
	}
	return nil
}

// branch tells whether the default branch requires our check, and from us alone.
func (d *examination) branch(ctx context.Context, forge *github.Forge, c config.Config, i github.Installation, r change.Repository) error {
	what := fmt.Sprintf("required check of %s/%s, branch %s", r.Owner, r.Name, r.DefaultBranch)
	required, err := forge.RequiredChecks(ctx, i.ID, r.Owner, r.Name, r.DefaultBranch)
	var refused *change.Refused
	if errors.As(err, &refused) {
		d.Note(what, "it could not be read: "+refused.What)
		return nil
	}
	var unread *change.Unread
	if errors.As(err, &unread) {
		d.Note(what, "it could not be read: "+unread.What)
		return nil
	}
	if err != nil {
		return err
	}
	for _, check := range required {
		if check.Name != publish.CheckName {
			continue
		}
		switch check.App {
		case c.GitHub.AppID:
			d.Good(what, "required, and pinned to this App")
		case 0:
			d.Wrong(what, "required from anybody: any workflow can post a check called lintel",
				"in the branch's protection choose this App as the source of the check")
		default:
			d.Wrong(what, fmt.Sprintf("required from another App (id %d)", check.App), "choose this App as the source of the check")
		}
		return nil
	}
	d.Note(what, "not required: verdicts are shown and nothing is held up")
	return nil
}
