package setup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Options say where the page is and who may open it.
type Options struct {
	App App
	// Listen is the page's address and port. Beyond this machine it needs Guarded.
	Listen string
	// Open opens the listener of an address (nil: net.Listen).
	Open func(address string) (net.Listener, error)
	// Guarded opens the page once, to whoever has the address that is printed. Without it the page answers under its own
	// address on this machine alone.
	Guarded bool
	// Asks lets the page ask for the App.
	Asks bool
	// Browser opens the page in a browser. Wait is how long a click may take.
	Browser bool
	Wait    time.Duration
}

// Register serves the page until GitHub sent the browser back with a code, the App's key is fetched and its server's
// files are written. It gives the App as it was asked for, and as GitHub made it. The folder must be reserved.
func Register(ctx context.Context, t terminal.Terminal, place Folder, o Options) (App, github.Registration, error) {
	if !o.Guarded && !Loopback(o.Listen) {
		return o.App, github.Registration{}, &usage.Error{
			What: fmt.Sprintf(
				"--listen: %q is no address of this machine alone, and the page hands out a key",
				o.Listen,
			),
			Remedy: "write it like 127.0.0.1:8099, and forward the port by ssh",
		}
	}
	if o.Open == nil {
		o.Open = func(address string) (net.Listener, error) { return new(net.ListenConfig).Listen(ctx, "tcp", address) }
	}
	listener, err := o.Open(o.Listen)
	if err != nil {
		return o.App, github.Registration{}, &usage.Error{
			What: fmt.Sprintf("listen on %s: %v", o.Listen, err), Remedy: "name another port", Err: err,
		}
	}
	p := newPage(o.App, o.Asks, func(a App, r github.Registration) error { return place.Keep(a.Files(r)...) })
	address := "http://" + listener.Addr().String() + "/"
	if o.Guarded {
		p.token = rand.Text()
		address += "?token=" + p.token
	} else {
		p.host = listener.Addr().String()
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		// The browser gets its last page; then nothing listens any more.
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if server.Shutdown(closing) != nil {
			_ = server.Close()
		}
	}()
	fmt.Fprintf(t.Out, "Open %s and press the button.\n", address)
	if !Loopback(o.Listen) {
		fmt.Fprintln(
			t.Out,
			"It opens once. It speaks plain http: open it over ssh or a network that you trust, as what GitHub sends "+
				"back through it is worth the App's key.",
		)
	}
	if o.Browser {
		browse(ctx, address)
	}
	ctx, cancel := context.WithTimeout(ctx, o.Wait)
	defer cancel()
	select {
	case r := <-p.ended:
		if r.err != nil {
			return r.app, r.Registration, &usage.Error{
				What: fmt.Sprintf("the App %s exists, and its key could not be written: %v", r.Name, r.err),
				Remedy: fmt.Sprintf(
					"delete the App under %s and begin again, or make a new key and a new webhook secret there by hand",
					r.Page,
				),
				Err: r.err,
			}
		}
		return r.app, r.Registration, nil
	case err := <-served:
		return o.App, github.Registration{}, fmt.Errorf("serve the local page: %w", err)
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return o.App, github.Registration{}, &usage.Error{
				What:   fmt.Sprintf("GitHub sent nobody back within %s", o.Wait),
				Remedy: "run it again; if an App was made meanwhile, delete it first in its owner's settings",
			}
		}
		return o.App, github.Registration{}, errors.New("interrupted before there was an App")
	}
}

// Loopback reports whether an address and port are of this machine alone.
func Loopback(address string) bool {
	name, _, err := net.SplitHostPort(address)
	return err == nil && (name == "localhost" || net.ParseIP(name).IsLoopback())
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
	cmd := exec.CommandContext(
		context.WithoutCancel(ctx),
		command[0],
		command[1:]...) //nolint:gosec // the address is ours
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // it is nobody's concern how it ended
	}
}

// Examine has the new connection examined. What is wrong is no failure: it is what a person does next.
func Examine(ctx context.Context, t terminal.Terminal, doctor interface {
	Run(ctx context.Context, t terminal.Terminal) error
},
) {
	fmt.Fprintln(t.Out)
	if err := doctor.Run(ctx, t); err != nil && !errors.Is(err, terminal.ErrRefused) {
		t.Notef("it could not be examined: %s", err)
	}
}

// PrintNext says what was written and what is left for a person to do. The address is where the server listens.
func PrintNext(t terminal.Terminal, a App, r github.Registration, listen string) {
	folder := filepath.Dir(a.File)
	fmt.Fprintf(t.Out, `
Written, readable by you alone: %s, %s, %s

What is left for you:

1. Let GitHub reach the server: %s must lead to %s on this machine.
2. Install the App:             %s/installations/new
3. See that all is well:        lintel doctor github --config %s
4. Require the check "lintel" in the rules of the branch, when you trust it.

Every later start:              lintel serve --config %s

`, a.File, filepath.Join(folder, keyFile), filepath.Join(folder, secretFile), a.PublicURL, listen, r.Page, Quoted(a.File), Quoted(a.File))
}
