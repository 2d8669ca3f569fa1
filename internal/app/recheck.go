package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/queue"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

var pullName = lazyregexp.New(`^([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100})#([1-9][0-9]{0,8})$`)

// CheckPullName says what is wrong with the name of a pull request, before anything else is asked for.
func CheckPullName(name string) error {
	_, _, _, err := splitPull(name)
	return err
}

// splitPull takes owner/repository#number apart.
func splitPull(name string) (owner, repo string, number int, err error) {
	m := pullName.FindStringSubmatch(name)
	if m == nil {
		return "", "", 0, &usage.Error{What: fmt.Sprintf("%q names no pull request", name), Remedy: "write it as owner/repository#number, such as 'acme/shop#12', in quotes where the shell needs them"}
	}
	number, err = strconv.Atoi(m[3])
	if err != nil {
		return "", "", 0, fmt.Errorf("read the number of %q: %w", name, err)
	}
	return m[1], m[2], number, nil
}

// Recheck asks for a look at owner/repo#n and for its verdict to be published in any case. It writes the request into the database that the
// server works from, so it needs neither the server's address nor a running server. A pull request that no event ever told of is found on the forge.
func Recheck(ctx context.Context, t terminal.Terminal, c config.Config, name string) (err error) {
	owner, short, number, err := splitPull(name)
	if err != nil {
		return err
	}
	st, err := openQueue(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	touch := delivery.Touch{Lane: delivery.Interactive, Force: true, Why: "re-check asked (lintel recheck)"}
	a := delivery.Admission{Delivery: delivery.Delivery{Forge: change.GitHub, ReceivedAt: time.Now()}, Outcome: delivery.Accepted}
	record, err := st.Find(ctx, change.GitHub, owner, short, number)
	switch {
	case err == nil:
		touch.Ref = &record.Ref
	case errors.Is(err, change.ErrNotFound):
		ref, repo, err := findPull(ctx, c, owner, short, number)
		if err != nil {
			return err
		}
		touch.Ref = &ref
		a.Seen = append(a.Seen, delivery.Seen{Forge: change.GitHub, Installation: ref.Installation, Repository: repo})
	default:
		return err
	}
	a.Touches = append(a.Touches, touch)
	if _, err := st.Admit(ctx, a); err != nil {
		return err
	}
	fmt.Fprintf(t.Out, "%s will be looked at again within seconds; the verdict is published even if it did not change.\n", touch.Ref)
	return nil
}

// openQueue opens the database, and the queue in it, beside a server that may run on them. Nothing is worked on.
func openQueue(ctx context.Context, c config.Config) (*store.Store, error) {
	st, err := openDatabase(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := queue.Migrate(ctx, st.Writer(), slog.New(slog.DiscardHandler)); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// openDatabase opens the server's database, and makes none where there is none.
func openDatabase(ctx context.Context, c config.Config) (*store.Store, error) {
	path, err := store.Path(c.Database)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		if pathError, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathError.Err
		}
		return nil, &usage.Error{What: fmt.Sprintf("the server's database %q cannot be read: %s", path, err), Remedy: "name the server's file with --config, and run this where the server's database is", Err: err}
	}
	return openStore(ctx, c.Database)
}

func openStore(ctx context.Context, address string) (*store.Store, error) {
	jobs, err := queue.NewJobs(time.Now)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, address, time.Now, jobs)
}

// findPull looks a pull request up on the forge.
func findPull(ctx context.Context, c config.Config, owner, name string, number int) (change.Ref, change.Repository, error) {
	if c.GitHub.AppID == 0 || c.GitHub.PrivateKeyFile == "" {
		return change.Ref{}, change.Repository{}, &usage.Error{What: fmt.Sprintf("no event told of %s/%s#%d yet, and without the App's key it cannot be looked up", owner, name, number), Remedy: "name the server's file with --config; it has github.app_id and github.private_key_file"}
	}
	key, err := os.ReadFile(c.GitHub.PrivateKeyFile)
	if err != nil {
		return change.Ref{}, change.Repository{}, terminal.Unreadable("github.private_key_file", c.GitHub.PrivateKeyFile, err)
	}
	forge, err := github.New(github.Options{AppID: c.GitHub.AppID, PrivateKey: key, APIURL: c.GitHub.APIURL, Now: time.Now})
	if err != nil {
		return change.Ref{}, change.Repository{}, err
	}
	installation, err := forge.InstallationOf(ctx, owner, name)
	if err != nil {
		return change.Ref{}, change.Repository{}, fmt.Errorf("%s/%s#%d is not known here: %w", owner, name, number, err)
	}
	_, repo, err := forge.Pull(ctx, installation, owner, name, number)
	if err != nil {
		return change.Ref{}, change.Repository{}, err
	}
	return change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: repo.ID, Number: number}, Owner: repo.Owner, Name: repo.Name, Installation: installation}, repo, nil
}

// Backup writes a consistent copy of the database while the server runs, and reads it once to prove that it can be opened.
func Backup(ctx context.Context, t terminal.Terminal, c config.Config, to string) error {
	st, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	path, err := store.Path(c.Database)
	if err != nil {
		return errors.Join(err, st.Close())
	}
	if err := errors.Join(st.Backup(ctx, to), st.Close()); err != nil {
		return err
	}
	copied, err := openStore(ctx, "sqlite://"+to)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	lag, err := copied.Lag(ctx)
	if err := errors.Join(err, copied.Close()); err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	fmt.Fprintf(t.Out, "backed up %s to %s (%d changes wait in it)\n", path, to, lag.Waiting)
	return nil
}
