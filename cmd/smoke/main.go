// Command smoke follows one pull request from its opening to its merge with the built program and a GitHub that others
// wrote (emulate, from npm), or has the program meet a language model with every fault, served by others too (aimock).
// "make smoke" and "make smoke-model" fetch, build and run.
//
// Callers may rely on: nothing of Lintel is imported, only its command line, its webhook and what it writes to the
// forge are used; every step that is printed as ok was checked in this run; both processes are gone when it ends,
// however it ends but by SIGKILL. The exit status is 0 when all steps went as told.
//
// The emulator is no oracle: its pull requests never follow a push, it knows no GraphQL, no delivery log and no
// redelivery. The story asks for what it can carry; the fake GitHub of the tests carries the rest. Nor is the model
// server: its answers are ours, and it never streams here.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// limit is how long the whole story may take. It takes a few seconds where nothing else runs.
const limit = 10 * time.Minute

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("smoke", flag.ContinueOnError)
	flags.SetOutput(errs)
	lintel := flags.String("lintel", "bin/lintel", "the built program")
	emulate := flags.String("emulate", ".cache/emulate/node_modules/emulate/dist/index.js", "the emulator's script")
	aimock := flags.String("aimock", "", "the model server's script; when it is given, the story of the language model is told instead")
	node := flags.String("node", "node", "Node.js, 20 or later")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return 2
	}
	needed, tell := map[string]string{"-lintel": *lintel, "-emulate": *emulate}, story
	script := *emulate
	if *aimock != "" {
		needed, tell, script = map[string]string{"-lintel": *lintel, "-aimock": *aimock}, modelStory, *aimock
	}
	for name, file := range needed {
		if _, err := os.Stat(file); err != nil {
			fmt.Fprintf(errs, "smoke: %s: %v; \"make smoke\" and \"make smoke-model\" build and fetch what is needed\n", name, err)
			return 2
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s, err := newSite(*lintel, *node, script)
	if err != nil {
		fmt.Fprintln(errs, "smoke:", err)
		return 2
	}
	n := &narrator{out: out, start: time.Now()}
	err = errors.Join(tell(ctx, n, s), s.close())
	if err != nil {
		fmt.Fprintf(errs, "\nsmoke: %v\n", err)
		s.tails(errs)
	}
	if gone := os.RemoveAll(s.dir); gone != nil {
		fmt.Fprintln(errs, "smoke:", gone)
	}
	if err != nil {
		return 1
	}
	fmt.Fprintf(out, "\nsmoke: %d steps in %.1fs, all as told\n", n.steps, time.Since(n.start).Seconds())
	return 0
}

// narrator prints each step with its time.
type narrator struct {
	out   io.Writer
	start time.Time
	steps int
}

// step runs one part of the story. What it says is printed behind its name.
func (n *narrator) step(what string, f func() (string, error)) error {
	began := time.Now()
	result, err := f()
	took := time.Since(began).Round(time.Millisecond)
	if err != nil {
		fmt.Fprintf(n.out, "FAIL %7s  %s\n", took, what)
		return fmt.Errorf("%s: %w", what, err)
	}
	n.steps++
	if result != "" {
		what += ": " + result
	}
	fmt.Fprintf(n.out, "ok   %7s  %s\n", took, what)
	return nil
}
