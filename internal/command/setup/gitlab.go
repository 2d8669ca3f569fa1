package setup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/change/refusal"
	"github.com/lintel-review/lintel/internal/command/doctor/gitlabproject"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/gitlab"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/setup"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// The files of a GitLab's server, beside its own file.
const (
	tokenFile = "gitlab-token"
	hookFile  = "gitlab-webhook"
)

// maxToken bounds what is read as a token.
const maxToken = 4 << 10

// GitLab is "lintel setup gitlab".
type GitLab struct {
	Folder    string `arg:"" placeholder:"DIR" help:"Where server.yml, the token and the webhook's secret go, such as /etc/lintel."`
	PublicURL string `placeholder:"URL" help:"Where GitLab reaches the server, by https." name:"public-url" required:""`
	URL       string `placeholder:"URL" help:"GitLab, gitlab.com or your own." name:"url" default:"https://gitlab.com"`
	Project   string `placeholder:"PATH" help:"The project that gets the webhook, such as acme/shop." required:"" xor:"place"`
	Group     string `placeholder:"PATH" help:"The group that gets it, for all its projects (Premium)." required:"" xor:"place"`
	Token     string `placeholder:"FILE" help:"The access token of Lintel's own user; - is standard input." name:"token-file" default:"-"`
	Hook      string `placeholder:"FILE" help:"The token of a Maintainer, who makes the webhook; it is not kept." name:"webhook-token-file"`
	Database  string `placeholder:"URL" help:"The database of the server. Default: lintel.db in the folder."`
	Serve     bool   `help:"Start the server when its files are written." default:"true" negatable:""`
}

// Help is shown below the flags' summary.
func (GitLab) Help() string {
	return `Tries the token (its user, its scopes, its end, GitLab's version), makes the webhook with a secret of its own, and
writes the token, the secret and server.yml to the folder with mode 600. Then the project is examined as by lintel doctor
gitlab, what is left to do is printed, and the server starts; --no-serve ends here instead, where systemd or a container starts it.

The token is read from a file or from the standard input, never from the command line, which every user of a machine can
see. Lintel's user needs the role Developer; webhooks need a Maintainer (of a group: an Owner), whose token may be
another one, used once. Without such a token all else is done, and what to enter by hand is printed.

Nothing is overwritten: a folder that has one of the files is refused before anything happens.

Exit status: 0 the files are written, 2 not, or the server could not start.

Examples:

    lintel setup gitlab --project acme/shop --public-url https://lintel.example.com dir <token

    # your own GitLab, a group, a Maintainer's token for the webhook
    lintel setup gitlab --url https://gitlab.acme.example --group acme --token-file token \
      --webhook-token-file mine --public-url https://lintel.acme.example /etc/lintel`
}

// Run tries the token, makes the webhook, writes the files, and serves.
func (c GitLab) Run(ctx context.Context, t terminal.Terminal) error {
	c, err := c.complete()
	if err != nil {
		return err
	}
	if _, err := setup.Surroundings(config.Flags{PublicURL: c.PublicURL, Database: c.Database}, t.Env); err != nil {
		return err
	}
	place, err := setup.Reserve(c.Folder, serverFile, tokenFile, hookFile)
	if err != nil {
		return err
	}
	byHand, err := c.connect(ctx, t, place)
	if err != nil {
		return errors.Join(err, place.Release())
	}
	file := filepath.Join(c.Folder, serverFile)
	cfg, err := config.LoadServe(file, t.Env, nil)
	if err != nil {
		return err
	}
	doctor := gitlabproject.Command{Flags: config.Flags{Config: file}, Project: c.place().Path}
	if c.Group != "" {
		doctor.Project = ""
	}
	if c.Hook != "-" {
		doctor.MaintainerTokenFile = c.Hook
	}
	setup.Examine(ctx, t, doctor)
	c.printNext(t, cfg.Listen, byHand)
	if !c.Serve {
		return nil
	}
	return server.Serve(ctx, cfg, t.Err, nil)
}

// complete fills in the defaults and refuses what cannot work before anything happens.
func (c GitLab) complete() (GitLab, error) {
	var err error
	if c.Folder, err = filepath.Abs(c.Folder); err != nil {
		return c, fmt.Errorf("find the folder: %w", err)
	}
	if c.PublicURL, err = setup.Address("public-url", c.PublicURL); err != nil {
		return c, err
	}
	if c.URL, err = setup.Address("url", c.URL); err != nil {
		return c, err
	}
	if c.Database == "" {
		c.Database = "sqlite://" + filepath.ToSlash(filepath.Join(c.Folder, "lintel.db"))
	}
	return c, nil
}

func (c GitLab) place() gitlab.Place {
	if c.Group != "" {
		return gitlab.Place{Path: strings.Trim(c.Group, "/"), Group: true}
	}
	return gitlab.Place{Path: strings.Trim(c.Project, "/")}
}

func (c GitLab) hookURL() string { return c.PublicURL + "/hooks/gitlab" }

// connect tries the token, makes the webhook and writes the files: all of it, or nothing. byHand says why a person must
// make the webhook; nil when it is made.
func (c GitLab) connect(ctx context.Context, t terminal.Terminal, place setup.Folder) (byHand, err error) {
	token, own, err := c.forge(ctx, t, "--token-file", c.Token)
	if err != nil {
		return nil, err
	}
	access, err := own.Access(ctx)
	if err != nil {
		return nil, c.forgeError("--token-file", err)
	}
	if len(access.Scopes) > 0 && !slices.Contains(access.Scopes, "api") {
		return nil, &usage.Error{
			What: fmt.Sprintf("--token-file: the token of %s has the scopes %s, and Lintel writes verdicts", access.User,
				strings.Join(access.Scopes, ", ")),
			Remedy: "make a token with the scope api",
		}
	}
	fmt.Fprintf(t.Out, "GitLab %s knows %s by the token, which %s.\n", access.Version, access.User, ends(access))
	maker := own
	if c.Hook != "" {
		if _, maker, err = c.forge(ctx, t, "--webhook-token-file", c.Hook); err != nil {
			return nil, err
		}
	}
	secret := rand.Text() + rand.Text()
	undo, byHand := maker.AddHook(ctx, c.place(), c.hookURL(), secret)
	var refused *change.Refused
	switch {
	case byHand == nil:
	case errors.As(byHand, &refused) && refused.Kind == refusal.Permission && c.Hook == "":
		// The token is as it should be: a Developer has no webhooks.
	default:
		return nil, c.forgeError("--webhook-token-file", byHand)
	}
	err = ctx.Err()
	if err == nil {
		if err = place.Keep(c.files(token, secret)...); err != nil {
			err = &usage.Error{
				What:   fmt.Sprintf("the files could not be written: %v", err),
				Remedy: "make room for them and run it again",
				Err:    err,
			}
		}
	}
	if err != nil {
		if undo != nil {
			err = errors.Join(err, undo(context.WithoutCancel(ctx)))
		}
		return nil, err
	}
	return byHand, nil
}

// forge reads a token and gives GitLab as its user sees it.
func (c GitLab) forge(ctx context.Context, t terminal.Terminal, flag, file string) (string, *gitlab.Forge, error) {
	if file == "-" {
		t.Notef("%s: the token is read from the standard input; after pasting it, press Enter and Ctrl-D", flag)
	}
	text, err := t.ReadText(ctx, flag, file, maxToken)
	if err != nil {
		return "", nil, err
	}
	token := strings.TrimSpace(text)
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", nil, &usage.Error{
			What: flag + ": it holds no token on one line", Remedy: "write the token alone into a file, or give it on the standard input",
		}
	}
	f, err := gitlab.New(
		gitlab.Options{URL: c.URL, Token: func() (string, error) { return token, nil }, Now: time.Now},
	)
	return token, f, err
}

// forgeError is an error of GitLab for whoever set up.
func (c GitLab) forgeError(flag string, err error) error {
	remedy := change.Remedy(err)
	// The remedy has a line of its own.
	what := strings.Replace(err.Error(), " ("+remedy+")", "", 1)
	var gone *change.Gone
	switch {
	case errors.As(err, &gone):
		named := "--project"
		if c.Group != "" {
			named = "--group"
		}
		remedy = "check " + named + ", its full path, and that the token's user is a member"
	case errors.Is(err, gitlab.ErrHookExists):
		remedy = "delete it in the settings, under Webhooks, or start the server that it belongs to"
	case remedy == "":
		remedy = "check --url, and that this machine reaches it"
	default:
		// Before there is a server's file, its keys are flags.
		remedy = strings.ReplaceAll(strings.ReplaceAll(remedy, "gitlab.token_file", flag), "gitlab.url", "--url")
	}
	return &usage.Error{What: what, Remedy: remedy, Err: err}
}

func ends(a gitlab.Access) string {
	if a.Ends.IsZero() {
		return "has no end"
	}
	return "ends on " + a.Ends.Format(time.DateOnly)
}

// files are what the server needs, the secrets first.
func (c GitLab) files(token, secret string) []setup.File {
	return []setup.File{
		{Name: tokenFile, Content: []byte(token + "\n")},
		{Name: hookFile, Content: []byte(secret + "\n")},
		{Name: serverFile, Content: fmt.Appendf(nil, "# The server's own file, written by lintel setup gitlab.\n"+
			"# docs/server.md describes every key.\n"+
			"public_url: %s\ndatabase: %s\ngitlab:\n  url: %s\n  token_file: %s\n  webhook_token_file: %s\n",
			strconv.Quote(c.PublicURL), strconv.Quote(c.Database), strconv.Quote(c.URL),
			strconv.Quote(filepath.Join(c.Folder, tokenFile)), strconv.Quote(filepath.Join(c.Folder, hookFile)))},
	}
}

func (c GitLab) printNext(t terminal.Terminal, listen string, byHand error) {
	file := filepath.Join(c.Folder, serverFile)
	hook := fmt.Sprintf("It is made: %s tells %s.", c.place().Path, c.hookURL())
	if byHand != nil {
		free := ""
		if c.Group != "" {
			free = " (without Premium: of each of its projects)"
		}
		hook = fmt.Sprintf(`The token's user may not make it. As a Maintainer, under Settings, Webhooks of %s%s:
                                  address      %s
                                  secret token what %s holds
                                  events       push, comments, merge requests, pipelines, and for figures deployments,
                                  releases, issues, emoji`,
			c.place().Path, free, c.hookURL(), filepath.Join(c.Folder, hookFile))
	}
	fmt.Fprintf(t.Out, `
Written, readable by you alone: %s, %s, %s

What is left for you:

1. Let GitLab reach the server:   %s must lead to %s on this machine.
2. The webhook:                   %s
3. Hold merges, when you trust it: "Pipelines must succeed", or stronger (docs/gitlab.md).

Every later start:                lintel serve --config %s

`, file, filepath.Join(c.Folder, tokenFile), filepath.Join(c.Folder, hookFile), c.PublicURL, listen, hook, setup.Quoted(file))
}
