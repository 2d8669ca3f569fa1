// Fakelab serves a GitLab for a laptop: REST, GraphQL, git over HTTP and webhooks, on real git repositories and with
// state that ends with it. It is a development tool beside lintel and no part of the product. docs/fakelab.md describes it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/lintel-review/lintel/internal/fake/gitlab"
)

const usage = `Usage: fakelab [flags]

Serves a GitLab for your laptop until it is interrupted: a group acme with the project acme/shop, people, a bot for
Lintel and its webhook. See docs/fakelab.md.

Examples:
  fakelab                                        a GitLab Ultimate on a free port
  fakelab --tier free --version 16.11            one of the free tier, as it was then
  fakelab --webhook http://127.0.0.1:8080/hooks/gitlab --data /tmp/lab
                                                 webhooks to a server, and the token in /tmp/lab/run.json

Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run serves until the context ends and returns the exit status: 2 for wrong flags, 1 for what went wrong later.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	w := world{}
	f := flag.NewFlagSet("fakelab", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprint(stderr, usage)
		f.PrintDefaults()
	}
	quiet := f.Bool("quiet", false, "no line per request")
	f.StringVar(&w.options.Listen, "listen", "127.0.0.1:0", "`address` to listen on; port 0 takes a free one")
	f.BoolVar(&w.options.InsecureListen, "insecure-listen", false,
		"allow any address and Host header: anybody who reaches it can do anything")
	f.StringVar(&w.options.Tier, "tier", gitlab.Ultimate, "`tier` to play: free, premium or ultimate")
	f.StringVar(&w.options.Version, "version", "", "GitLab `version` to play, as 17.11 (default: the newest known)")
	f.DurationVar(&w.options.Latency, "latency", 0, "how much longer every API call takes, as 50ms")
	f.DurationVar(&w.options.VersionDelay, "version-delay", time.Second, "how long after a push the version of a merge request is made")
	limits := f.Bool("limits", false, "limit requests as GitLab.com does")
	ci := f.Bool("ci", false, "give each head of a merge request a pipeline with a job that succeeds at once")
	f.StringVar(&w.data, "data", "", "empty `folder` for git and run.json; kept at the end (default: a temporary one, removed at the end)")
	f.StringVar(&w.webhook, "webhook", "", "`URL` that receives webhooks (default: none are sent)")
	f.StringVar(&w.signing, "signing", "", "signing `token` of the webhook, whsec_ and base64 (default: the plain token alone)")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case f.NArg() > 0:
		fmt.Fprintf(stderr, "fakelab: %q: fakelab takes flags only\n", f.Arg(0))
		return 2
	}
	if *limits {
		w.options.Limits = gitlab.Limits{User: 2000, Notes: 60, Projects: 400, Files: 500, Pipelines: 25}
	}
	if *ci {
		w.options.Jobs = []gitlab.Job{{Name: "test"}}
	}
	if !*quiet {
		w.options.Log = slog.New(slog.NewTextHandler(stderr, nil))
	}
	if err := w.serve(ctx, stdout); err != nil {
		fmt.Fprintf(stderr, "fakelab: %v\n", err)
		return 1
	}
	return 0
}

// serve makes the world and waits for the end.
func (w *world) serve(ctx context.Context, stdout io.Writer) (err error) {
	if w.data == "" {
		if w.data, err = os.MkdirTemp("", "fakelab-"); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(w.data)) }()
	}
	w.options.Dir = filepath.Join(w.data, "git")
	if err := os.MkdirAll(w.data, 0o700); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if err := os.Mkdir(w.options.Dir, 0o700); err != nil {
		return fmt.Errorf("--data %s: give an empty folder, a run cannot go on where another ended: %w", w.data, err)
	}
	lab, err := gitlab.New(w.options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lab.Close()) }()
	// Listening comes first: what is made has the address in it.
	if err := lab.Start(); err != nil {
		return err
	}
	text, err := w.fill(lab)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, text); err != nil {
		return fmt.Errorf("print where to look: %w", err)
	}
	<-ctx.Done()
	return nil
}
