// Fakehub serves a GitHub for a laptop: REST, GraphQL, git over HTTP and signed webhooks, on real git repositories and
// with state that ends with it. It is a development tool beside lintel and no part of the product. docs/fakehub.md
// describes its flags and its seed file.
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
	"syscall"

	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/fake/github/seed"
)

// Exit statuses.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run serves until the context ends. stdout gets what a person needs to start, once; stderr gets errors and a line per request.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(stderr, "fakehub: %v\n", err)
		return exitUsage
	}
	world, err := c.readSeed(stderr)
	if err != nil {
		fmt.Fprintf(stderr, "fakehub: %v\n", err)
		return exitUsage
	}
	if err := c.serve(ctx, world, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "fakehub: %v\n", err)
		return exitError
	}
	return exitOK
}

func (c config) serve(ctx context.Context, world seed.Seed, stdout, stderr io.Writer) (err error) {
	dir, cleanup, err := openData(c.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanup()) }()
	opt, err := c.options(dir)
	if err != nil {
		return err
	}
	if !c.quiet {
		opt.Log = slog.New(slog.NewTextHandler(stderr, nil))
	}
	hub, err := fakehub.New(opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Close()) }()
	// Listening comes first: what the seed makes has the address in it.
	if err := hub.Start(); err != nil {
		return err
	}
	applied, err := seed.Apply(ctx, hub, world)
	if err != nil {
		return err
	}
	r, err := report(dir, hub, applied)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, r); err != nil {
		return fmt.Errorf("print where to look: %w", err)
	}
	<-ctx.Done()
	return nil
}
