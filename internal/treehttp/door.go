package treehttp

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/git"
)

const (
	// prefix begins the paths of the door; the run's key follows.
	prefix = "/checks/trees/"
	// user is the name in HTTP's basic authentication, whose password is the token.
	user = "worker"
	// maxAsked bounds one request, unpacked: the ids of what is wanted and of what is there.
	maxAsked = 4 << 20
	// longest is how long one answer may take.
	longest = 10 * time.Minute
)

// DoorOptions are what a Door needs. All fields are required.
type DoorOptions struct {
	Key Key
	// Run gives the run that waits for a result of a key; change.ErrNotFound when nobody does any more.
	Run func(ctx context.Context, key string) (checkrun.Run, error)
	// Commit is what a queued run runs on; false when its document cannot be read.
	Commit func(job []byte) (checkrun.Commit, bool)
	// Serve calls f with a mirror that has commits.
	Serve func(ctx context.Context, ref change.Ref, commits []string, f func(mirror *git.Repo) error) error
	Now   func() time.Time
	Log   *slog.Logger
}

// Door answers workers that fetch the files of checks.
type Door struct{ o DoorOptions }

// NewDoor makes a Door.
func NewDoor(o DoorOptions) (*Door, error) {
	if len(o.Key.secret) == 0 || o.Run == nil || o.Commit == nil || o.Serve == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("make the door of trees: the options are not complete")
	}
	return &Door{o}, nil
}

// Route adds its paths.
func (d *Door) Route(mux *http.ServeMux) {
	mux.HandleFunc("GET "+prefix+"{run}/info/refs", func(w http.ResponseWriter, r *http.Request) { d.answer(w, r, true) })
	mux.HandleFunc("POST "+prefix+"{run}/git-upload-pack", func(w http.ResponseWriter, r *http.Request) { d.answer(w, r, false) })
}

// answer answers one request. Who has no token that is valid learns nothing, not even whether there is such a run.
func (d *Door) answer(w http.ResponseWriter, r *http.Request, advertise bool) {
	key := r.PathValue("run")
	name, token, _ := r.BasicAuth()
	if name != user || !d.o.Key.valid(key, token, d.o.Now()) {
		http.Error(w, "a token of a worker is needed, and this is none that is valid now", http.StatusForbidden)
		return
	}
	run, err := d.o.Run(r.Context(), key)
	commit, ok := checkrun.Commit{}, false
	if err == nil {
		commit, ok = d.o.Commit(run.Job)
	}
	if errors.Is(err, change.ErrNotFound) || err == nil && !ok {
		http.Error(w, "nobody waits for this check any more", http.StatusNotFound)
		return
	}
	body, err := asked(w, r, err)
	if err != nil {
		d.o.Log.WarnContext(r.Context(), "a worker got no files of a check", "key", key, "error", err.Error())
		http.Error(w, "the request could not be read", http.StatusServiceUnavailable)
		return
	}
	what := "result"
	if advertise {
		what = "advertisement"
	}
	out := &late{w: w, kind: "application/x-git-upload-pack-" + what}
	ctx, cancel := context.WithTimeout(r.Context(), longest)
	defer cancel()
	err = d.o.Serve(ctx, run.Ref, commits(commit), func(mirror *git.Repo) error {
		return mirror.UploadPack(ctx, body, out, advertise)
	})
	if err == nil {
		return
	}
	d.o.Log.WarnContext(ctx, "a worker got no files of a check", "change", run.Ref.String(), "check", run.Check,
		"error", err.Error())
	if !out.begun {
		http.Error(w, "the files of this check cannot be had now", http.StatusServiceUnavailable)
		return
	}
	panic(http.ErrAbortHandler) // half an answer must not look whole
}

// asked is the request's body, and gives the answer the time that it may take.
func asked(w http.ResponseWriter, r *http.Request, failed error) (io.Reader, error) {
	if failed != nil {
		return nil, failed
	}
	wait := http.NewResponseController(w)
	_ = wait.SetReadDeadline(time.Now().Add(longest)) // without it the server's own, shorter one holds
	_ = wait.SetWriteDeadline(time.Now().Add(longest))
	body := io.Reader(http.MaxBytesReader(w, r.Body, maxAsked))
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = unpacked
	}
	return io.LimitReader(body, maxAsked), nil
}

// commits are those that a fetch may ask for.
func commits(of checkrun.Commit) []string {
	if of.Base == "" {
		return []string{of.Head}
	}
	return []string{of.Head, of.Base, of.MergeBase}
}

// late sends the header with the first byte, so that an answer that fails before it can still say so.
type late struct {
	w     http.ResponseWriter
	kind  string
	begun bool
}

func (l *late) Write(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", l.kind)
	}
	return l.w.Write(p)
}
