// Package terminal is where a command reads and writes: its streams, and the files that a person names by flags.
//
// Callers may rely on: a file is written whole or not at all; an error about a file names the flag and the file and says what to do.
package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// Terminal is where a command reads and writes. The answer goes to Out, everything else to Err.
type Terminal struct {
	In       io.Reader
	Out, Err io.Writer
	// Colour lets text on Out be coloured.
	Colour bool
	// Env is the environment of the process, as os.Environ gives it; nil is an empty one.
	Env []string
}

// New makes the terminal of a process. Its output is coloured when it is a terminal that wants colour.
func New(in io.Reader, out, errOut io.Writer) Terminal {
	return Terminal{In: in, Out: out, Err: errOut, Colour: wantsColour(out), Env: os.Environ()}
}

// Getenv gives a variable of the environment; empty when it is not set.
func (t Terminal) Getenv(name string) string {
	value := ""
	for _, pair := range t.Env {
		if n, v, ok := strings.Cut(pair, "="); ok && n == name {
			value = v
		}
	}
	return value
}

// Notef prints one line that is no part of the answer.
func (t Terminal) Notef(format string, args ...any) {
	fmt.Fprintf(t.Err, "lintel: "+format+"\n", args...)
}

// Progress shows on the error stream, when that is a terminal, how many of a number are done; elsewhere it shows nothing.
func (t Terminal) Progress(what string, of int) func(done int) {
	if !Is(t.Err) {
		return func(int) {}
	}
	return func(done int) {
		end := ""
		if done == of {
			end = "\n"
		}
		fmt.Fprintf(t.Err, "\rlintel: %d of %d %s%s", done, of, what, end)
	}
}

// wantsColour reports whether out is a terminal that wants colour: NO_COLOR (no-color.org) and TERM=dumb say no.
func wantsColour(out io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && Is(out)
}

// Is reports whether a stream is a terminal.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
