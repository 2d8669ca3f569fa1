package config

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/lintel-review/lintel/internal/usage"
)

// Error says everything that is wrong with the configuration.
type Error struct {
	// Problems are lines: "file:line:column: message", or the key, variable or flag and the message.
	Problems []string
	// File is the file that was read (empty: none was named). Given is true when a file, a variable or a flag set
	// anything at all.
	File  string
	Given bool
	// Unstarted is true when a server or a worker should have started, Server when it was a server.
	Unstarted, Server bool
}

func (e *Error) Error() string {
	what, remedy := "the server's configuration is not valid", "correct what is named; docs/server.md describes every key"
	switch {
	case !e.Given:
		what = "no configuration of the server is given"
		remedy = "name the server's file with --config FILE, or set its keys as variables such as LINTEL_GITHUB_APP_ID; " +
			"docs/server.md describes them"
	case e.File == "":
		remedy += "; a file is named with --config"
	}
	if e.Server && !e.Given {
		remedy += "; lintel serve --setup registers a GitHub App by one click and writes the file"
	}
	if e.Unstarted {
		what += "; nothing was started"
	}
	return what + ":\n  " + strings.Join(e.Problems, "\n  ") + "\nto fix it: " + remedy
}

// unstarted marks an error that keeps a server or a worker from starting.
func unstarted(err error) error {
	if wrong, ok := errors.AsType[*Error](err); ok {
		wrong.Unstarted = true
	}
	return err
}

// errNoModel says how to name a model.
var errNoModel = &usage.Error{
	What: "no model is named",
	Remedy: "give the address of its API and its name with --model-endpoint and --model-name, " +
		"or the server's file with --config",
}

// unreadable says that the file cannot be read.
func unreadable(path string, err error) error {
	if wrong, ok := errors.AsType[*fs.PathError](err); ok {
		err = wrong.Err
	}
	return &usage.Error{
		What:   fmt.Sprintf("--config: %q cannot be read: %s", path, err),
		Remedy: "name a file that exists and can be read",
		Err:    err,
	}
}
