// Package docker runs jobs in containers of a Docker-compatible engine: Docker or podman.
//
// Callers may rely on these promises, beside those of package sandbox:
//   - An image is named by its digest, so that nobody can change what runs. A tag is refused unless Options allow it.
//   - An engine is never asked to pull: the operator decides what is on the machine.
//   - A container that a crash left behind is removed by the next New.
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
}

// backend runs jobs in containers.
type backend struct {
	options Options
	engine  *client.Client
}

// until is the label with the second after which a container has no owner.
const until = "lintel.sandbox.until"

// New connects to the engine and removes containers that nobody waits for.
func New(ctx context.Context, options Options) (sandbox.Backend, error) {
	choose := client.WithHostFromEnv()
	if options.Host != "" {
		choose = client.WithHost(options.Host)
	}
	engine, err := client.New(choose, client.WithUserAgent("lintel"))
	if err != nil {
		return nil, fmt.Errorf("connect to the container engine: %w", err)
	}
	b := &backend{options: options, engine: engine}
	if err := b.sweep(ctx); err != nil {
		return nil, fmt.Errorf("ask the container engine at %s: %w: start it, or name its socket", engine.DaemonHost(), err)
	}
	return b, nil
}

// Name is "docker".
func (b *backend) Name() string { return "docker" }

// sweep removes containers whose time was over a minute ago.
func (b *backend) sweep(ctx context.Context) error {
	ours := make(client.Filters).Add("label", until)
	found, err := b.engine.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours})
	if err != nil {
		return err
	}
	for _, c := range found.Items {
		end, err := strconv.ParseInt(c.Labels[until], 10, 64)
		if err == nil && time.Now().Unix() > end+60 {
			b.remove(ctx, c.ID)
		}
	}
	return nil
}

// digest is the end of a reference that nobody can change. A bare one is an image's own id.
var digest = lazyregexp.New(`^([^\s@]+@)?sha256:[0-9a-f]{64}$`)

// Run runs one job.
func (b *backend) Run(ctx context.Context, job sandbox.Job) sandbox.Result {
	if err := job.Check(); err != nil {
		return sandbox.Refuse("%v", err)
	}
	if !digest.MatchString(job.Image) && (!b.options.AllowTags || job.Image == "" || job.Image[0] == '-') {
		return sandbox.Refuse("run in the image %q: name it by its digest, as in registry.example/tool@sha256:...", job.Image)
	}
	began := time.Now()
	whole, cancel := context.WithDeadline(ctx, began.Add(job.Limits.Deadline))
	defer cancel()
	r := &run{backend: b, job: job, stop: cancel}
	mark := rand.Text()
	r.capture = wrapper.NewCapture(job, mark, true, r.kill)
	if refusal := r.start(whole, mark); refusal != nil {
		if whole.Err() == nil {
			return *refusal
		} // else it was over before the engine had answered
	}
	out := r.finish(ctx, whole)
	out.Wall = time.Since(began)
	return out
}

// remove removes a container with everything in it, whatever it does. It reports whether it is gone.
func (b *backend) remove(ctx context.Context, id string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	_, err := b.engine.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err == nil {
		return true
	}
	_, err = b.engine.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	return err != nil
}

// config is what runs in the container.
func (b *backend) config(job sandbox.Job, mark string) *container.Config {
	return &container.Config{
		Image:           job.Image,
		User:            "65534:65534",
		Env:             job.Environment(),
		Entrypoint:      wrapper.Command(job, mark, wrapper.Ulimits{}, true),
		Cmd:             []string{},
		WorkingDir:      sandbox.TreeFolder,
		AttachStdout:    true,
		AttachStderr:    true,
		NetworkDisabled: true,
		Hostname:        "sandbox",
		Labels:          map[string]string{until: strconv.FormatInt(time.Now().Add(job.Limits.Deadline).Unix(), 10)},
	}
}
