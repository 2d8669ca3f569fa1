package setup

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/lintel-review/lintel/internal/command/doctor/githubapp"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/server"
	"github.com/lintel-review/lintel/internal/setup"
	"github.com/lintel-review/lintel/internal/terminal"
)

// serverFile is the server's own file in the folder that a person names.
const serverFile = "server.yml"

// GitHub is "lintel setup github".
type GitHub struct {
	Folder       string        `arg:"" placeholder:"DIR" help:"Where server.yml, the key and the secret go, such as /etc/lintel."`
	PublicURL    string        `placeholder:"URL" help:"Where GitHub reaches the server, by https." name:"public-url" required:""`
	Organisation string        `placeholder:"ORG" help:"Whose App it becomes. Default: that of whoever is signed in."`
	Name         string        `placeholder:"NAME" help:"The App's name, which nobody else on GitHub has. Default: Lintel ORG."`
	Database     string        `placeholder:"URL" help:"The database of the server. Default: lintel.db in the folder."`
	WebURL       string        `placeholder:"URL" help:"GitHub, or an Enterprise Server." name:"web-url" default:"https://github.com"`
	APIURL       string        `placeholder:"URL" help:"GitHub's API. Default: by --web-url." name:"api-url"`
	Listen       string        `placeholder:"HOST:PORT" help:"Where the local page is, on this machine alone." default:"127.0.0.1:0"`
	Browser      bool          `help:"Open the page in a browser." default:"true" negatable:""`
	Serve        bool          `help:"Start the server when its files are written." default:"true" negatable:""`
	Wait         time.Duration `placeholder:"SPAN" help:"How long to wait for the click." default:"30m"`
}

// Help is shown below the flags' summary.
func (GitHub) Help() string {
	return `Opens a page on this machine with one button. It sends the permissions that Lintel needs to GitHub, where you
confirm the name. GitHub sends your browser back with a code, which is exchanged for the App's key and secret. They are
written to the folder with mode 600, beside server.yml. Then the App is examined as by lintel doctor github, what is left
to do is printed, and the server starts; --no-serve ends here instead, where systemd or a container starts it.

On a machine without a browser, forward the port: ssh -L 8099:127.0.0.1:8099 HOST, then --listen 127.0.0.1:8099
--no-browser, and open the printed address. Or use lintel serve --setup, which has the page on the operators' listener.

Nothing is overwritten: a folder that has one of the files is refused before anything happens.

Exit status: 0 the App is registered and the files are written, 2 not, or the server could not start.

Examples:

    lintel setup github --organisation acme --public-url https://lintel.acme.example /etc/lintel

    # Enterprise Server
    lintel setup github --web-url https://github.acme.example --organisation acme \
      --public-url https://lintel.acme.example /etc/lintel`
}

// Run registers the App, writes the files, and serves.
func (c GitHub) Run(ctx context.Context, t terminal.Terminal) error {
	app, err := setup.App{
		File:      filepath.Join(c.Folder, serverFile),
		PublicURL: c.PublicURL, WebURL: c.WebURL, APIURL: c.APIURL,
		Organisation: c.Organisation, Name: c.Name, Database: c.Database,
	}.Complete()
	if err != nil {
		return err
	}
	if _, err := setup.Surroundings(config.Flags{PublicURL: app.PublicURL, Database: app.Database}, t.Env); err != nil {
		return err
	}
	place, err := app.Reserve()
	if err != nil {
		return err
	}
	app, registered, err := setup.Register(ctx, t, place,
		setup.Options{App: app, Listen: c.Listen, Browser: c.Browser, Wait: c.Wait})
	if err != nil {
		return errors.Join(err, place.Release())
	}
	flags := config.Flags{Config: app.File}
	cfg, err := flags.Read(config.LoadServe, t.Env)
	if err != nil {
		return err
	}
	setup.Examine(ctx, t, githubapp.Command{Flags: flags})
	setup.PrintNext(t, app, registered, cfg.Listen)
	if !c.Serve {
		return nil
	}
	return server.Serve(ctx, cfg, t.Err, nil)
}
