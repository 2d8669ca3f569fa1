// Package docker runs jobs in containers of a Docker-compatible engine: Docker or podman.
//
// Callers may rely on these promises, beside those of package sandbox:
//   - An image is named by its digest, so that nobody can change what runs. A tag is refused unless Options allow it.
//   - An engine is never asked to pull: the operator decides what is on the machine.
//   - A container runs one job. One that waits was started before its job is known, and is held as a new one is.
//   - A container that a crash left behind is removed by the next New, or by that Backend once the job's time is over.
package docker

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/wrapper"
)

// Options say which engine runs the jobs.
type Options struct {
	Host      string // unix:///run/podman/podman.sock; empty is the engine of the environment (DOCKER_HOST)
	Runtime   string // the engine's runtime, such as runsc; empty is its own choice
	AllowTags bool   // images may be named by tags
	Wait      Wait   // lets containers wait for jobs
	// Log says why containers do not wait, once for each cause (nil: nothing does).
	Log *slog.Logger
}

// Wait says how many containers may wait for a job, started ahead. The zero value is none.
type Wait struct {
	// Most is how many may wait, of all images and limits together.
	Most int
	// Folder is an absolute folder of this backend alone, on the file system of the jobs' trees. What lies in it is removed.
	Folder string
	// Idle is how long one waits.
	Idle time.Duration
}

// Backend runs jobs in containers.
type Backend struct {
	options Options
	engine  *client.Client
	waiting *waiting
	clock   clock
}

// clock is the time, and what waits for it.
type clock struct {
	now   func() time.Time
	after func(time.Duration) <-chan time.Time
}

// until is the label with the second after which a container has no owner.
const until = "lintel.sandbox.until"

// New connects to the engine and removes containers that nobody waits for.
func New(ctx context.Context, options Options) (*Backend, error) {
	return open(ctx, options, clock{time.Now, time.After})
}

func open(ctx context.Context, options Options, clock clock) (*Backend, error) {
	choose := client.WithHostFromEnv()
	if options.Host != "" {
		choose = client.WithHost(options.Host)
	}
	engine, err := client.New(choose, client.WithUserAgent("lintel"))
	if err != nil {
		return nil, fmt.Errorf("connect to the container engine: %w", err)
	}
	b := &Backend{options: options, engine: engine, clock: clock}
	if b.waiting, err = newWaiting(b, options.Wait); err != nil {
		return nil, err
	}
	left, err := b.sweep(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the container engine at %s: %w: start it, or name its socket", engine.DaemonHost(), err)
	}
	if left > 0 {
		b.waiting.works.Go(func() { b.sweepOn(left) })
	}
	return b, nil
}

// Name is "docker".
func (b *Backend) Name() string { return "docker" }

// over is how long after its time a container is nobody's.
const over = time.Minute

// sweep removes containers whose time was over a minute ago. It says after how long that holds for all that it left: those
// of jobs that run, and of a Lintel that was killed.
func (b *Backend) sweep(ctx context.Context) (left time.Duration, err error) {
	ours := make(client.Filters).Add("label", until)
	found, err := b.engine.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours})
	if err != nil {
		return 0, err
	}
	for _, c := range found.Items {
		end, err := strconv.ParseInt(c.Labels[until], 10, 64)
		if err != nil {
			continue
		}
		if rest := time.Unix(end, 0).Add(over).Sub(b.clock.now()); rest > 0 {
			left = max(left, rest)
			continue
		}
		b.remove(ctx, c.ID)
	}
	return left, nil
}

// sweepOn sweeps when the time of what is left is over, until nothing is left or the backend is closed. An engine that does
// not answer is asked again.
func (b *Backend) sweepOn(left time.Duration) {
	for left > 0 {
		select {
		case <-b.waiting.ctx.Done():
			return
		case <-b.clock.after(left):
		}
		var err error
		if left, err = b.sweep(b.waiting.ctx); err != nil {
			left = over
		}
	}
}

// digest is the end of a reference that nobody can change. A bare one is an image's own id.
var digest = lazyregexp.New(`^([^\s@]+@)?sha256:[0-9a-f]{64}$`)

// Run runs one job.
func (b *Backend) Run(ctx context.Context, job sandbox.Job) (out sandbox.Result) {
	if err := job.Check(); err != nil {
		return sandbox.Refuse("%v", err)
	}
	if !digest.MatchString(job.Image) && (!b.options.AllowTags || job.Image == "" || job.Image[0] == '-') {
		return sandbox.Refuse("run in the image %q: name it by its digest, as in registry.example/tool@sha256:...", job.Image)
	}
	began := time.Now()
	ahead := b.options.Wait.Most > 0 && fits(job)
	ran := false
	if ahead {
		out, ran = b.waiting.run(ctx, job)
	}
	if !ran {
		out = b.runNew(ctx, job)
	}
	out.Wall = time.Since(began)
	if ahead && out.Ended != sandbox.Unstartable {
		b.waiting.refill(kindOf(job))
	}
	return out
}

// runNew runs a job in a new container.
func (b *Backend) runNew(ctx context.Context, job sandbox.Job) sandbox.Result {
	r, whole, mark := b.newRun(ctx, job)
	defer r.stop()
	r.begin()
	if refusal := r.start(whole, mark); refusal != nil {
		if whole.Err() == nil {
			return *refusal
		} // else it was over before the engine had answered
	}
	return r.finish(ctx, whole)
}

// newRun is a job whose time has not begun yet: whole ends with it, or when the job is given up.
func (b *Backend) newRun(ctx context.Context, job sandbox.Job) (r *run, whole context.Context, mark string) {
	whole, cancel := context.WithCancel(ctx)
	mark = rand.Text()
	r = &run{backend: b, job: job, clock: time.AfterFunc(never, cancel)}
	r.stop = func() {
		r.clock.Stop()
		cancel()
	}
	r.capture = wrapper.NewCapture(job, mark, true, r.kill)
	return r, whole, mark
}

// Waiting is how many containers wait for a job.
func (b *Backend) Waiting() int { return b.waiting.count() }

// never is longer than anything runs.
const never = 1 << 62

// Close ends the containers that wait. Jobs that run go on, in new ones. An engine that does not answer in some seconds is
// left to itself: what waits there ends with its input, and is removed by the next New.
func (b *Backend) Close() error { return b.waiting.close() }

// remove removes a container with everything in it, whatever it does. It reports whether it is gone.
func (b *Backend) remove(ctx context.Context, id string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	_, err := b.engine.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err == nil {
		return true
	}
	_, err = b.engine.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	return err != nil
}

// config is what runs in the container, which nobody owns after a time.
func (b *Backend) config(job sandbox.Job, entry []string, end time.Time) *container.Config {
	return &container.Config{
		Image:           job.Image,
		User:            "65534:65534",
		Env:             job.Environment(),
		Entrypoint:      entry,
		Cmd:             []string{},
		WorkingDir:      sandbox.TreeFolder,
		AttachStdout:    true,
		AttachStderr:    true,
		NetworkDisabled: true,
		Hostname:        "sandbox",
		Labels:          map[string]string{until: strconv.FormatInt(end.Unix(), 10)},
	}
}
