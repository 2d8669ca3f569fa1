// Package operator is what the commands of those who run a server share: they open its database, name its repositories
// and changes, and note who ran them.
//
// Callers may rely on: no database is made where there is none; a name that names nothing is a usage.Error before any file is opened.
package operator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/usage"
)

// PullFlags are those of a command that asks the server for work on a change.
type PullFlags struct {
	config.Flags
	Pull string `arg:"" name:"owner/repo#n" help:"The pull request, such as acme/shop#12."`
}

// Request is a change and the open database to which the request is written.
type Request struct {
	Pull   Pull
	Config config.Config
	Store  *store.Store
}

// Begin looks at the change's name, reads the configuration, and opens the database so that admissions queue
// work. The caller closes the store.
func (f PullFlags) Begin(ctx context.Context, environ []string) (Request, error) {
	pull, err := parsePull(f.Pull)
	if err != nil {
		return Request{}, err
	}
	cfg, err := f.Read(config.LoadDatabase, environ)
	if err != nil {
		return Request{}, err
	}
	st, err := OpenToAsk(ctx, cfg)
	if err != nil {
		return Request{}, err
	}
	return Request{pull, cfg, st}, nil
}

// OpenToAsk is Open so that what is asked for queues work.
func OpenToAsk(ctx context.Context, c config.Config) (*store.Store, error) {
	st, err := Open(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := queue.Migrate(ctx, st.Writer(), slog.New(slog.DiscardHandler)); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// Open opens the server's database beside a server that may run on it, and brings its schema up to date.
func Open(ctx context.Context, c config.Config) (*store.Store, error) {
	if err := there(c.Database); err != nil {
		return nil, err
	}
	return OpenCopy(ctx, c.Database)
}

// OpenToRead is Open for commands that only ask: it changes no schema, under which an older server may run. A schema of
// another version is an error that says what to do.
func OpenToRead(ctx context.Context, c config.Config) (*store.Store, error) {
	if err := there(c.Database); err != nil {
		return nil, err
	}
	now, jobs, err := shared(ctx, c.Database)
	if err != nil {
		return nil, err
	}
	return store.Join(ctx, c.Database, now, jobs)
}

// shared gives the clock that all processes of a database share, as this command's machine may have another one, and what
// inserts jobs by it.
func shared(ctx context.Context, address string) (now func() time.Time, jobs *queue.Jobs, err error) {
	place, err := store.AttendBeside(ctx, address)
	if err != nil {
		return nil, nil, err
	}
	if now = place.Now(); now == nil {
		now = time.Now
	}
	if err := place.Close(); err != nil {
		return nil, nil, fmt.Errorf("read the database's clock: %w", err)
	}
	jobs, err = queue.NewJobsFor(address, now)
	return now, jobs, err
}

// there says what is wrong when a database of this machine has no file.
func there(address string) error {
	path, err := store.Path(address)
	if err != nil || path == "" {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		if pathError, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathError.Err
		}
		return &usage.Error{
			What:   fmt.Sprintf("the server's database %q cannot be read: %s", path, err),
			Remedy: "name the server's file with --config, and run this where the server's database is",
			Err:    err,
		}
	}
	return nil
}

// OpenCopy opens a database by its address, such as that of a backup.
func OpenCopy(ctx context.Context, address string) (*store.Store, error) {
	now, jobs, err := shared(ctx, address)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, address, now, jobs)
}
