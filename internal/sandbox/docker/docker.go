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
	again   *time.Timer // sweeps when the time of what New found is over
}

// until is the label with the second after which a container has no owner.
const until = "lintel.sandbox.until"

// New connects to the engine and removes containers that nobody waits for.
func New(ctx context.Context, options Options) (*Backend, error) {
	choose := client.WithHostFromEnv()
	if options.Host != "" {
		choose = client.WithHost(options.Host)
	}
	engine, err := client.New(choose, client.WithUserAgent("lintel"))
	if err != nil {
		return nil, fmt.Errorf("connect to the container engine: %w", err)
	}
	b := &Backend{options: options, engine: engine}
	if b.waiting, err = newWaiting(b, options.Wait); err != nil {
		return nil, err
	}
	left, err := b.sweep(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the container engine at %s: %w: start it, or name its socket", engine.DaemonHost(), err)
	}
	if left > 0 {
		b.again = time.AfterFunc(left, func() {
			_, _ = b.sweep(b.waiting.ctx) // the next New does what fails
		})
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
		if rest := time.Until(time.Unix(end, 0).Add(over)); rest > 0 {
			left = max(left, rest)
			continue
		}
		b.remove(ctx, c.ID)
	}
	return left, nil
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
	if refusal := r.start(whole, mark); refusal != nil {
		if whole.Err() == nil {
			return *refusal
		} // else it was over before the engine had answered
	}
	return r.finish(ctx, whole)
}

// newRun begins the time of a job: whole ends with it, or when the job is given up.
func (b *Backend) newRun(ctx context.Context, job sandbox.Job) (r *run, whole context.Context, mark string) {
	whole, stop := context.WithDeadline(ctx, time.Now().Add(job.Limits.Deadline))
	mark = rand.Text()
	r = &run{backend: b, job: job, stop: stop}
	r.capture = wrapper.NewCapture(job, mark, true, r.kill)
	return r, whole, mark
}

// Waiting is how many containers wait for a job.
func (b *Backend) Waiting() int { return b.waiting.count() }

// Close ends the containers that wait. Jobs that run go on, in new ones.
func (b *Backend) Close() error {
	if b.again != nil {
		b.again.Stop()
	}
	b.waiting.close()
	return nil
}

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
