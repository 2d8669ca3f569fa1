// Command lintel reviews pull requests by rules: on a laptop, in any CI, and as a server.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/lintel-review/lintel/internal/cli"
	_ "github.com/lintel-review/lintel/internal/firstheap" // a short command collects no garbage
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the work in good order; the second one ends the process.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
