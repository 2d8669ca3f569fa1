// Package setup is lintel setup: it registers the App, writes the server's file and says what is left to do.
//
// Callers may rely on: nothing is overwritten; the folder is tried before the App is made, so that no key is lost for
// want of a place; secrets are readable by their owner alone, whatever the umask; the local page answers only under its
// own address and only to whoever was sent there.
package setup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Commands are the commands below "lintel setup".
type Commands struct {
	GitHub GitHub `cmd:"" name:"github" help:"Register a GitHub App by one click, and write the server's file with its key and secret."`
}

// GitHub is "lintel setup github".
type GitHub struct {
	Folder       string        `arg:"" placeholder:"DIR" help:"Where server.yml, the key and the secret go, such as /etc/lintel."`
	PublicURL    string        `name:"public-url" required:"" placeholder:"URL" help:"Where GitHub reaches the server, by https."`
	Organisation string        `placeholder:"ORG" help:"Whose App it becomes. Default: that of whoever is signed in."`
	Name         string        `placeholder:"NAME" help:"The App's name, which nobody else on GitHub has. Default: Lintel ORG."`
	Database     string        `placeholder:"URL" help:"The database of the server. Default: lintel.db in the folder."`
	WebURL       string        `name:"web-url" default:"https://github.com" placeholder:"URL" help:"GitHub, or an Enterprise Server."`
	APIURL       string        `name:"api-url" placeholder:"URL" help:"GitHub's API. Default: by --web-url."`
	Listen       string        `default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Where the local page is, on this machine alone."`
	Browser      bool          `default:"true" negatable:"" help:"Open the page in a browser."`
	Wait         time.Duration `default:"30m" placeholder:"SPAN" help:"How long to wait for the click."`
}

// Help is shown below the flags' summary.
func (GitHub) Help() string {
	return `Opens a page on this machine with one button. It sends the permissions that Lintel needs to GitHub, where you
confirm the name. GitHub sends your browser back with a code, which is exchanged for the App's key and secret. They are
written to the folder with mode 600, beside server.yml. Then the key is tried, and what is left to do is printed.

On a machine without a browser, forward the port: ssh -L 8099:127.0.0.1:8099 HOST, then --listen 127.0.0.1:8099
--no-browser, and open the printed address.

Nothing is overwritten: a folder that has one of the files is refused before anything happens.

Exit status: 0 the App is registered and the files are written, 2 not.

Examples:

    lintel setup github --organisation acme --public-url https://lintel.acme.example /etc/lintel

    # Enterprise Server
    lintel setup github --web-url https://github.acme.example --organisation acme \
      --public-url https://lintel.acme.example /etc/lintel`
}

// Run registers the App and writes the files.
func (c GitHub) Run(ctx context.Context, t terminal.Terminal) error {
	c, err := c.complete()
	if err != nil {
		return err
	}
	place, err := reserve(c.Folder)
	if err != nil {
		return err
	}
	registered, err := c.register(ctx, t)
	if err != nil {
		return errors.Join(err, place.release())
	}
	if err := place.keep(c.files(registered)); err != nil {
		return &usage.Error{
			What: fmt.Sprintf("the App %s exists, and its key could not be written: %v", registered.Name, err),
			Remedy: fmt.Sprintf("delete the App under %s and begin again, or make a new key and a new webhook secret there by hand",
				registered.Page),
			Err: err,
		}
	}
	c.tryKey(ctx, t, registered)
	c.printNext(t, registered)
	return nil
}

// complete fills in the defaults and refuses what cannot work before anything happens.
func (c GitHub) complete() (GitHub, error) {
	var err error
	if c.Folder, err = filepath.Abs(c.Folder); err != nil {
		return c, fmt.Errorf("find the folder: %w", err)
	}
	for flag, address := range map[string]*string{"--public-url": &c.PublicURL, "--web-url": &c.WebURL, "--api-url": &c.APIURL} {
		*address = strings.TrimSuffix(*address, "/")
		u, err := url.Parse(*address)
		plain := err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && u.RawQuery == "" && u.User == nil
		if *address != "" && !plain {
			return c, &usage.Error{
				What:   fmt.Sprintf("%s: %q is no address", flag, *address),
				Remedy: "write it like https://lintel.example.com",
			}
		}
	}
	if c.APIURL == "" {
		c.APIURL = c.WebURL + "/api/v3"
		if c.WebURL == "https://github.com" {
			c.APIURL = "https://api.github.com"
		}
	}
	if c.Name == "" {
		c.Name = strings.TrimSpace("Lintel " + c.Organisation)
	}
	if c.Database == "" {
		c.Database = "sqlite://" + filepath.ToSlash(filepath.Join(c.Folder, "lintel.db"))
	}
	if _, err := github.Manifest(c.Name, c.PublicURL, ""); err != nil {
		return c, &usage.Error{What: "--name: " + err.Error(), Remedy: "choose a shorter one with --name"}
	}
	if host, _, err := net.SplitHostPort(c.Listen); err != nil || !net.ParseIP(host).IsLoopback() {
		return c, &usage.Error{
			What:   fmt.Sprintf("--listen: %q is no address of this machine alone, and the page hands out a key", c.Listen),
			Remedy: "write it like 127.0.0.1:8099, and forward the port by ssh",
		}
	}
	return c, nil
}

// register serves the local page until GitHub sent the browser back with a code that can be exchanged.
func (c GitHub) register(ctx context.Context, t terminal.Terminal) (github.Registration, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return github.Registration{}, &usage.Error{What: fmt.Sprintf("--listen: %v", err), Remedy: "name another port", Err: err}
	}
	p, err := newPage(c, listener.Addr().String())
	if err != nil {
		return github.Registration{}, errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		// The browser gets its last page; then nothing listens any more.
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(closing)
	}()
	fmt.Fprintf(t.Out, "Open %s and press the button.\n", p.address())
	if c.Browser {
		browse(ctx, p.address())
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	select {
	case r := <-p.registered:
		return r, nil
	case err := <-served:
		return github.Registration{}, fmt.Errorf("serve the local page: %w", err)
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return github.Registration{}, &usage.Error{
				What:   fmt.Sprintf("GitHub sent nobody back within %s", c.Wait),
				Remedy: "run it again; if an App was made meanwhile, delete it first under " + c.WebURL + "/settings/apps",
			}
		}
		return github.Registration{}, errors.New("interrupted before there was an App")
	}
}

// browse opens an address, in a browser that outlives the command. Where that fails, the person has it printed.
func browse(ctx context.Context, address string) {
	command := map[string][]string{
		"darwin":  {"open", address},
		"windows": {"rundll32", "url.dll,FileProtocolHandler", address},
	}[runtime.GOOS]
	if command == nil {
		command = []string{"xdg-open", address}
	}
	_ = exec.CommandContext(context.WithoutCancel(ctx), command[0], command[1:]...).Start() //nolint:gosec // the address is ours
}

// tryKey has GitHub say whose App the key is.
func (c GitHub) tryKey(ctx context.Context, t terminal.Terminal, r github.Registration) {
	forge, err := github.New(github.Options{AppID: r.ID, PrivateKey: r.Key, APIURL: c.APIURL, Now: time.Now})
	if err == nil {
		var id github.Identity
		if id, err = forge.Identity(ctx); err == nil {
			fmt.Fprintf(t.Out, "GitHub knows the App %s (id %d) of %s by its key.\n", id.Slug, id.ID, id.Owner)
			return
		}
	}
	t.Notef("the key could not be tried: %s", err)
}

func (c GitHub) printNext(t terminal.Terminal, r github.Registration) {
	file := filepath.Join(c.Folder, serverFile)
	fmt.Fprintf(t.Out, `
Written, readable by you alone: %s, %s, %s

What is left:

1. Let GitHub reach the server: %s must lead to its port 8080.
2. Start it:                    lintel serve --config %s
3. Install the App:             %s/installations/new
4. See that all is well:        lintel doctor github --config %s
5. Require the check "lintel" in the rules of the branch, when you trust it.
`, file, filepath.Join(c.Folder, keyFile), filepath.Join(c.Folder, secretFile), c.PublicURL, quoted(file), r.Page, quoted(file))
}

// quoted quotes a path for a shell when it has to.
func quoted(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool {
		return !strings.ContainsRune("/._-:\\", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
