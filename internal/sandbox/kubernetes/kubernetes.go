// Package kubernetes runs jobs as Jobs of a Kubernetes cluster, one pod for each.
//
// Callers may rely on these promises, beside those of package sandbox:
//   - Nothing runs in a namespace that does not enforce the Pod Security profile "restricted", or whose pods have a
//     network by its NetworkPolicies. New refuses it, and so does each Run.
//   - An image is named by its digest.
//   - A pod holds no token of the cluster and no address of Lintel: its files are sent to it over the API, and its
//     output comes back the same way. The tool starts when Lintel listens, and never without it.
//   - A result is Finished only where the end of the output has arrived.
//   - A Job that a crash left behind ends at a deadline of its own, is removed by the cluster minutes later, and by the
//     next New.
//
// Whether the cluster's network plugin enforces policies cannot be seen from outside: each result says so.
package kubernetes

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/lintel-review/lintel/internal/lazyregexp"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/kubernetes/cluster"
)

// Options say where and how the pods run.
type Options struct {
	Cluster cluster.Options
	// RuntimeClass is the cluster's runtime, such as gvisor; empty is its own choice.
	RuntimeClass string
	// Nodes are labels, each KEY=VALUE, of the nodes that pods may run on. Taints of the same key and value are tolerated.
	Nodes []string
	// PullSecrets are names of Secrets of the namespace with which the kubelet pulls images.
	PullSecrets []string
	// Start is how long a pod may take from its order until its tool starts, twice: until it runs, and for its files.
	Start time.Duration
}

// backend runs jobs in pods.
type backend struct {
	options Options
	cluster *cluster.Client
}

const (
	// labelUntil is the label with the second, by the cluster's clock, after which a Job has no owner; labelRun is that with its
	// name, on its pod, too.
	labelUntil = "lintel.sandbox.until"
	labelRun   = "lintel.sandbox.run"
	// spare is how much longer than all of its time a Job lives before its cluster ends it.
	spare = time.Minute
)

// New connects to the cluster, refuses a namespace that does not hold pods, and removes Jobs that nobody waits for.
func New(ctx context.Context, options Options) (sandbox.Backend, error) {
	client, err := cluster.Open(options.Cluster)
	if err != nil {
		return nil, err
	}
	b := &backend{options: options, cluster: client}
	if err := b.trial(ctx); err != nil {
		return nil, err
	}
	if err := b.sweep(ctx); err != nil {
		return nil, fmt.Errorf(
			"look for Jobs that nobody waits for in the namespace %s of %s: %w",
			client.Namespace(),
			client.Server(),
			err,
		)
	}
	return b, nil
}

// Name is "kubernetes".
func (b *backend) Name() string { return "kubernetes" }

// sweep removes Jobs whose time was over a minute ago.
func (b *backend) sweep(ctx context.Context) error {
	var found struct {
		Items []struct {
			Metadata struct {
				Name   string            `json:"name"`
				Labels map[string]string `json:"labels"`
			} `json:"metadata"`
		} `json:"items"`
	}
	if err := b.cluster.Get(ctx, b.cluster.Path("batch/v1", "jobs"), url.Values{"labelSelector": {labelUntil}}, &found); err != nil {
		return err
	}
	for _, j := range found.Items {
		end, err := strconv.ParseInt(j.Metadata.Labels[labelUntil], 10, 64)
		if err != nil || b.cluster.Now().Unix() <= end+60 {
			continue
		}
		if err := b.cluster.Delete(ctx, b.cluster.Path("batch/v1", "jobs", j.Metadata.Name)); err != nil {
			return err
		}
	}
	return nil
}

// digest is a reference that nobody can change.
var digest = lazyregexp.New(`^[^\s@]+@sha256:[0-9a-f]{64}$`)

// Run runs one job.
func (b *backend) Run(ctx context.Context, job sandbox.Job) sandbox.Result {
	if err := job.Check(); err != nil {
		return sandbox.Refuse("%v", err)
	}
	if !digest.MatchString(job.Image) {
		return sandbox.Refuse(
			"run in the image %q: name it by its digest, as in registry.example/tool@sha256:...",
			job.Image,
		)
	}
	files, err := measure(ctx, job.Tree)
	if err != nil {
		return givenUp(ctx, sandbox.Refuse("%v", err))
	}
	as, err := b.guard(ctx)
	if err != nil {
		return givenUp(ctx, sandbox.Refuse("%v", err))
	}
	return newRun(b, job, files, as).all(ctx)
}

// givenUp is the result of a job that never ran, where the caller gave up.
func givenUp(ctx context.Context, or sandbox.Result) sandbox.Result {
	if ctx.Err() != nil {
		return sandbox.Result{Ended: sandbox.Killed, Why: "the run was given up", Exit: -1}
	}
	return or
}
