package kubernetes

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/kubernetes/cluster"
	"github.com/lintel-review/lintel/internal/sandbox/wrapper"
)

// running is one Job.
type running struct {
	*backend
	job        sandbox.Job
	files      archive
	as         users
	name, mark string
	capture    *wrapper.Capture
	out, err   *ending

	mu    sync.Mutex
	cause sandbox.Ended // why Lintel ends the job; the first stands
	stop  func()        // ends the tool's time, once it has begun
	last  *pod          // as it was seen last
}

const (
	// settle is how long a pod may take to be reported as ended when its streams have, and the other way round.
	settle = 30 * time.Second
	// leave is how long the cluster may take to end a pod by force. The pod itself has a second.
	leave = time.Minute
	// maxOrder is the most bytes of a Job: the store of a cluster takes no more than 1.5 MiB.
	maxOrder = 1 << 20
	// unseen stands in each result.
	unseen = "network: a NetworkPolicy denies it; whether the cluster's network plugin enforces policies cannot be seen from outside"
)

func newRun(b *backend, job sandbox.Job, files archive, as users) *running {
	id := name()
	r := &running{backend: b, job: job, files: files, as: as, name: "lintel-check-" + id, mark: "m" + name(), stop: func() {}}
	r.capture = wrapper.NewCapture(job, r.mark, true, r.kill)
	r.out = &ending{to: r.capture.Stdout(), want: closing(r.mark)}
	r.err = &ending{to: r.capture.Stderr(), want: closing(r.mark)}
	return r
}

// kill ends the job; the first cause stands.
func (r *running) kill(cause sandbox.Ended) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == "" {
		r.cause = cause
	}
	r.stop()
}

// all makes the Job, feeds it, listens to it and removes it.
func (r *running) all(ctx context.Context) sandbox.Result {
	order := r.order(r.job, r.name, r.mark, r.files, r.as)
	if raw, err := json.Marshal(order); err != nil || len(raw) > maxOrder {
		return sandbox.Refuse(
			"run %q: its arguments and variables are larger than a cluster takes (%d bytes)",
			r.job.Argv[0],
			len(raw),
		)
	}
	// A creation that is cancelled half-way would leave a Job; this one ends by itself, or is removed by name.
	creating, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	if err := r.cluster.Create(creating, r.cluster.Path("batch/v1", "jobs"), nil, order); err != nil {
		r.remove(ctx, false)
		return sandbox.Refuse("make a Job: %v", err)
	}
	if err := r.start(ctx); err != nil {
		out := givenUp(ctx, refusal(err))
		return r.end(ctx, out, false)
	}
	began := time.Now()
	out, gone := r.listen(ctx)
	out.Wall = time.Since(began)
	return r.end(ctx, out, gone)
}

// refusal is the result of a job whose tool never ran.
func refusal(err error) sandbox.Result {
	if f, ok := errors.AsType[*fate](err); ok {
		return sandbox.Refuse("%s", f.why)
	}
	return sandbox.Refuse("%v", err)
}

// end removes the Job. Gone says that all of its processes are gone.
func (r *running) end(ctx context.Context, out sandbox.Result, gone bool) sandbox.Result {
	out.Unheld = append(out.Unheld, unseen)
	if !r.remove(ctx, gone) {
		out.Unheld = append(
			out.Unheld,
			"end: the cluster did not confirm that the pod is gone; it ends by its deadline, "+
				"and the next start of Lintel removes it",
		)
	}
	return out
}

// start brings the pod so far that the tool's container runs, with its files in place.
func (r *running) start(ctx context.Context) error {
	if err := r.reach(ctx, unpacker); err != nil {
		return err
	}
	if err := r.fill(ctx); err != nil {
		return err
	}
	return r.reach(ctx, tool)
}

// reach waits until a container runs. The error says why it does not.
func (r *running) reach(ctx context.Context, name string) error {
	limited, cancel := context.WithTimeout(ctx, r.options.Start)
	defer cancel()
	err := r.follow(limited, func(p *pod) (bool, error) {
		if p == nil {
			if r.last != nil {
				return true, unstartable("the pod is gone")
			}
			return false, nil
		}
		if c := p.of(name); c != nil && c.State.Running != nil {
			return true, nil
		}
		if f := p.trouble(name); f != nil {
			return true, f
		}
		return false, nil
	})
	if err == nil || limited.Err() == nil || ctx.Err() != nil {
		return err
	}
	if r.last == nil {
		return unstartable("the cluster made no pod within %v: %s", r.options.Start, r.events(ctx))
	}
	return unstartable("the pod did not start within %v: %s", r.options.Start, r.last.waits())
}

// follow calls see with each state of the pod, nil where there is none.
func (r *running) follow(ctx context.Context, see func(*pod) (bool, error)) error {
	return r.cluster.Follow(ctx, r.cluster.Path("core", "pods"), url.Values{"labelSelector": {labelRun + "=" + r.name}},
		func(raw json.RawMessage) (bool, error) {
			if raw == nil {
				return see(nil)
			}
			p, err := readPod(raw)
			if err != nil {
				return true, err
			}
			if r.last != nil && r.last.Metadata.UID != p.Metadata.UID {
				return false, nil // a second pod of the Job starts no tool, as nobody listens to it
			}
			r.last = p
			return see(p)
		})
}

// events are the last words of the cluster about the Job, for people: that a quota is used up, or an image refused.
func (r *running) events(ctx context.Context) string {
	var all struct {
		Items []struct {
			Reason  string `json:"reason"`
			Message string `json:"message"`
			Type    string `json:"type"`
		} `json:"items"`
	}
	ctx, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	query := url.Values{"fieldSelector": {"involvedObject.name=" + r.name}}
	if err := r.cluster.Get(ctx, r.cluster.Path("core", "events"), query, &all); err != nil {
		return "its events cannot be read: " + err.Error()
	}
	for i := len(all.Items) - 1; i >= 0; i-- {
		if e := all.Items[i]; e.Type == "Warning" {
			return because(e.Reason, e.Message)
		}
	}
	return "no event says why"
}

// fill sends the tree into the pod.
func (r *running) fill(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, r.options.Start)
	defer cancel()
	files := r.files.reader(limited)
	defer files.Close()
	var reported tail
	err := r.cluster.Attach(limited, r.last.Metadata.Name, unpacker, cluster.Streams{In: files, Out: &reported, Err: &reported})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if limited.Err() != nil {
		return unstartable("the files did not arrive in the pod within %v", r.options.Start)
	}
	// The status of the container says whether they are whole, also where the connection broke off at the end.
	ended, stop := context.WithTimeout(ctx, settle)
	defer stop()
	missed := r.follow(ended, func(p *pod) (bool, error) {
		if p == nil {
			return true, unstartable("the pod is gone")
		}
		t := p.ended(unpacker)
		switch f := p.taken(); {
		case f != nil:
			return true, unstartable("%s", f.why)
		case t == nil:
			return false, nil
		case t.Exit != 0:
			return true, unstartable("the files could not be unpacked (exit status %d): %s", t.Exit, reported.line(t))
		}
		return true, nil
	})
	if missed != nil && ended.Err() != nil && ctx.Err() == nil {
		return unstartable("the files could not be sent to the pod: %v", cmp.Or(err, missed))
	}
	return missed
}

// listen starts the tool and takes what it says. Gone says that all of its processes are known to be gone.
func (r *running) listen(ctx context.Context) (out sandbox.Result, gone bool) {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	r.mu.Lock()
	r.stop = cancel
	r.mu.Unlock()
	clock := time.AfterFunc(r.job.Limits.Deadline, func() { r.kill(sandbox.Deadline) })
	defer clock.Stop()
	streams, deaf := context.WithCancel(limited)
	defer deaf()
	watched, blind := context.WithCancel(limited)
	defer blind()
	heard, seen := make(chan error, 1), make(chan error, 1)
	at := r.last.Metadata.Name
	go func() {
		heard <- r.cluster.Attach(streams, at, tool, cluster.Streams{
			In: strings.NewReader(r.mark + "\n"), Out: r.out, Err: r.err,
		})
	}()
	go func() { seen <- r.follow(watched, over) }()
	// The one who tells of the end first stops the clock, and gives the other a while.
	var reported, saw error
	select {
	case reported = <-heard:
		clock.Stop()
		defer time.AfterFunc(settle, blind).Stop()
		saw = <-seen
	case saw = <-seen:
		clock.Stop()
		defer time.AfterFunc(settle, deaf).Stop()
		reported = <-heard
	}
	if ctx.Err() != nil && reported != nil {
		r.kill(sandbox.Killed)
	}
	end := r.last.ended(tool)
	return r.result(reported, saw, end), end != nil
}

// over is done when the tool's container has ended, or the pod is taken away.
func over(p *pod) (bool, error) {
	if p == nil {
		return true, lost("the pod is gone")
	}
	if f := p.taken(); f != nil {
		return true, f
	}
	return p.ended(tool) != nil, nil
}

// result says how the job ended: by Lintel, by the cluster, or by itself.
func (r *running) result(reported, saw error, end *state) sandbox.Result {
	r.out.close()
	r.err.close()
	whole := r.out.whole && r.err.whole // the streams come on their own: the end of one says nothing of the other
	r.mu.Lock()
	cause := r.cause
	r.mu.Unlock()
	f, taken := errors.AsType[*fate](saw)
	if cause == sandbox.Deadline && r.last.unready() {
		f, taken, cause = lost("the pod's node does not answer"), true, ""
	}
	out := r.capture.Result(cause, end != nil && end.Reason == "OOMKilled")
	switch {
	case cause != "" || out.Ended == sandbox.Memory:
	case taken && !whole:
		out.Ended, out.Why = f.ended, f.why
	case !whole && (reported != nil || end == nil):
		out.Ended, out.Why = sandbox.Lost, fmt.Sprintf("the connection to the pod was lost: %v", errors.Join(reported, saw))
	case !whole && out.Ended != sandbox.Killed && out.Ended != sandbox.Unstartable:
		out.Ended, out.Why = sandbox.Lost, "the end of the pod's output is missing"
	case out.Ended == sandbox.Finished && out.Signal == 9:
		// Some runtimes end one process for want of memory and leave no other trace of it.
		out.Ended, out.Signal = sandbox.Memory, 0
		out.Why = fmt.Sprintf(
			"the tool was killed, most likely because it needed more than %d MiB of memory",
			r.job.Limits.Memory>>20,
		)
	}
	if out.Ended == sandbox.Lost {
		out.Exit, out.Signal = -1, 0
		if out.ReportState == sandbox.Whole {
			out.ReportState = sandbox.Truncated
		}
	}
	return out
}

// remove removes the Job with its pod. It reports whether both are gone, or the pod is known to run nothing any more.
func (r *running) remove(ctx context.Context, gone bool) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
	defer cancel()
	if err := r.cluster.Delete(ctx, r.cluster.Path("batch/v1", "jobs", r.name)); err != nil {
		return gone
	}
	return gone ||
		r.cluster.Follow(ctx, r.cluster.Path("core", "pods"), url.Values{"labelSelector": {labelRun + "=" + r.name}},
			func(raw json.RawMessage) (bool, error) { return raw == nil, nil }) == nil
}

// ending hands on all that is written to it but the closing line, which has to be the very last.
type ending struct {
	to    io.Writer
	want  []byte
	held  []byte
	whole bool
}

// Write never fails.
func (e *ending) Write(p []byte) (int, error) {
	e.held = append(e.held, p...)
	if over := len(e.held) - len(e.want); over > 0 {
		_, _ = e.to.Write(e.held[:over]) // it takes everything
		e.held = append([]byte(nil), e.held[over:]...)
	}
	return len(p), nil
}

func (e *ending) close() {
	if e.whole = bytes.Equal(e.held, e.want); !e.whole {
		_, _ = e.to.Write(e.held)
	}
	e.held = nil
}

// tail keeps the end of what is written to it, for people.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if most := 2 << 10; len(t.kept) > most {
		t.kept = append([]byte(nil), t.kept[len(t.kept)-most:]...)
	}
	return len(p), nil
}

// line is the last line, or what the cluster says of the container's end.
func (t *tail) line(end *state) string {
	lines := bytes.Split(bytes.TrimSpace(t.kept), []byte("\n"))
	if last := clip(string(lines[len(lines)-1])); last != "" {
		return last
	}
	return because(end.Reason, end.Message)
}
