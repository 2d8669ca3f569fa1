package docker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/wrapper"
)

// run is one container.
type run struct {
	backend *Backend
	job     sandbox.Job
	id      string
	capture *wrapper.Capture
	cause   atomic.Pointer[sandbox.Ended]
	stop    func() // ends the wait
	clock   *time.Timer
	read    chan struct{}
	ended   client.ContainerWaitResult
}

// begin begins the job's time.
func (r *run) begin() { r.clock.Reset(r.job.Limits.Deadline) }

// start makes the container, listens to it, and starts it. A refusal says why it cannot.
func (r *run) start(ctx context.Context, mark string) *sandbox.Result {
	engine := r.backend.engine
	made, err := r.backend.create(ctx,
		r.backend.config(r.job, wrapper.Command(r.job, mark, wrapper.Ulimits{}, true), time.Now().Add(r.job.Limits.Deadline)),
		r.backend.host(r.job))
	if err != nil {
		return r.refuse("%w", err)
	}
	r.id = made
	listening, err := engine.ContainerAttach(ctx, r.id, client.ContainerAttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		// podman prepares the container for this and keeps the reason of a failure for the start.
		_, reason := engine.ContainerStart(ctx, r.id, client.ContainerStartOptions{})
		return r.refuse("listen to the container: %w", errors.Join(err, reason))
	}
	r.read = make(chan struct{})
	go func() {
		defer close(r.read)
		defer listening.Close()
		_, _ = stdcopy.StdCopy(r.capture.Stdout(), r.capture.Stderr(), listening.Reader) // a broken stream is an end
	}()
	context.AfterFunc(ctx, listening.Close)
	r.ended = engine.ContainerWait(ctx, r.id, client.ContainerWaitOptions{Condition: container.WaitConditionNextExit})
	if _, err := engine.ContainerStart(ctx, r.id, client.ContainerStartOptions{}); err != nil {
		return r.refuse("start the container: %w", err)
	}
	return nil
}

// create makes a container. A creation that is cancelled half-way would leave one without a name that we know.
func (b *Backend) create(ctx context.Context, config *container.Config, host *container.HostConfig) (id string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	made, err := b.engine.ContainerCreate(ctx, client.ContainerCreateOptions{Config: config, HostConfig: host})
	if err != nil {
		return "", fmt.Errorf("make a container of %s: %w", config.Image, err)
	}
	return made.ID, nil
}

// refuse removes what was made and says why the job never ran.
func (r *run) refuse(format string, args ...any) *sandbox.Result {
	if r.id != "" {
		r.backend.remove(context.Background(), r.id)
	}
	out := sandbox.Refuse("%v", fmt.Errorf(format, args...))
	return &out
}

// kill ends the wait, after which the container is removed by force; the first cause stands.
func (r *run) kill(cause sandbox.Ended) {
	r.cause.CompareAndSwap(nil, &cause)
	r.stop()
}

// finish waits for the end, removes the container, and says what the end was.
func (r *run) finish(ctx, whole context.Context) sandbox.Result {
	outOfMemory, lost := r.wait(whole)
	switch {
	case ctx.Err() != nil:
		r.kill(sandbox.Killed)
	case whole.Err() != nil:
		r.kill(sandbox.Deadline)
	case lost != nil:
		r.kill(sandbox.Killed)
	}
	r.stop()
	gone := r.id == "" || r.backend.remove(ctx, r.id)
	if r.read != nil {
		<-r.read
	}
	cause := sandbox.Ended("")
	if why := r.cause.Load(); why != nil {
		cause = *why
	}
	out := r.capture.Result(cause, outOfMemory)
	if out.Ended == sandbox.Finished && out.Signal == 9 {
		// A process of many that the kernel ends for want of memory leaves no other trace than this in some engines.
		out.Ended, out.Signal = sandbox.Memory, 0
		out.Why = fmt.Sprintf("the tool was killed, most likely because it needed more than %d MiB of memory", r.job.Limits.Memory>>20)
	}
	if lost != nil && cause == sandbox.Killed && ctx.Err() == nil {
		out.Ended, out.Exit, out.Signal = sandbox.Lost, -1, 0
		out.Why = fmt.Sprintf("the container engine was lost: %v", lost)
	}
	if !gone {
		out.Unheld = append(out.Unheld, "end: the engine did not confirm that the container is gone; the next start of Lintel removes it")
	}
	return out
}

// wait waits until the container has ended, or the time is over. It says whether the container was ended for want of
// memory, and how the engine was lost.
func (r *run) wait(ctx context.Context) (outOfMemory bool, lost error) {
	if r.ended.Result == nil {
		return false, nil
	}
	select {
	case <-r.read:
		// podman looks for an end four times a second, and the output has ended before: so ask.
		if state := r.stopped(ctx); state != nil {
			return state.OOMKilled && state.ExitCode != 0, nil
		}
	case status := <-r.ended.Result:
		outOfMemory = r.outOfMemory(ctx, status.StatusCode)
		r.drain()
		return outOfMemory, nil
	case lost = <-r.ended.Error:
		return false, lost
	case <-ctx.Done():
		return false, nil
	}
	select { // the tool closed its output, or the engine ours
	case status := <-r.ended.Result:
		return r.outOfMemory(ctx, status.StatusCode), nil
	case lost = <-r.ended.Error:
		return false, lost
	case <-ctx.Done():
		return false, nil
	}
}

// stopped is the state of a container that has ended, or ends in a moment; nil where it does not.
func (r *run) stopped(ctx context.Context) *container.State {
	for pause := time.Millisecond; pause < 100*time.Millisecond; pause *= 2 {
		found, err := r.backend.engine.ContainerInspect(ctx, r.id, client.ContainerInspectOptions{})
		if err != nil || found.Container.State == nil {
			return nil
		}
		if !found.Container.State.Running {
			return found.Container.State
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
	return nil
}

// drain gives the rest of the output a moment: it travels beside the news that the container has ended.
func (r *run) drain() {
	select {
	case <-r.read:
	case <-time.After(5 * time.Second):
	}
}

// outOfMemory asks the engine about a container that was killed as a whole.
func (r *run) outOfMemory(ctx context.Context, status int64) bool {
	if status == 0 {
		return false
	}
	found, err := r.backend.engine.ContainerInspect(ctx, r.id, client.ContainerInspectOptions{})
	return err == nil && found.Container.State != nil && found.Container.State.OOMKilled
}
