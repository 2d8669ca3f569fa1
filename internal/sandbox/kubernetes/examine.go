package kubernetes

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/kubernetes/cluster"
)

// needed are the rights without which checks do not run; the chart's Role holds them and no others.
var needed = []string{
	"create jobs.batch", "list jobs.batch", "delete jobs.batch", "list pods", "watch pods", "get pods/attach", "create pods/attach",
	"list events", "list networkpolicies.networking.k8s.io",
}

// excessive are rights that whoever takes a worker over would be glad of.
var excessive = []string{
	"get secrets", "list secrets", "create pods", "create pods/exec", "update networkpolicies.networking.k8s.io",
	"delete networkpolicies.networking.k8s.io", "create rolebindings.rbac.authorization.k8s.io",
}

// Examine looks at the cluster as far as checks need it, and where an image is named, runs a pod in it that tries to reach
// the cluster's own address: nobody sees from outside whether policies of networks are enforced.
func Examine(ctx context.Context, options Options, image string) (found []sandbox.Look) {
	say := func(what, detail string, remedy string) {
		found = append(found, sandbox.Look{What: what, Detail: detail, Remedy: remedy})
	}
	client, err := cluster.Open(options.Cluster)
	if err != nil {
		say("cluster", err.Error(), "name a kubeconfig by checks.kubernetes.kubeconfig, or run it in a pod with a service account")
		return found
	}
	at := client.Namespace()
	version, err := client.Version(ctx)
	if err != nil {
		say("cluster", err.Error(), "check the address, the certificate and the network between")
		return found
	}
	say("cluster", client.Server()+" is version "+cmp.Or(version, "unknown"), "")
	b := &backend{options: options, cluster: client}
	if _, err := b.guard(ctx); err != nil {
		say("namespace", err.Error(), "the chart makes such a namespace: config.checks.backend: kubernetes")
	} else {
		say("namespace", at+" enforces the profile restricted, and a NetworkPolicy denies its pods every network", "")
	}
	if !b.examineRights(ctx, say) {
		return found
	}
	if err := b.trial(ctx); err != nil {
		say("job", err.Error(), "the cluster's own admission refuses it: its message says what it asks for")
		return found
	}
	say("job", "the cluster would take a Job of a check", "")
	if image == "" {
		return append(found, sandbox.Look{What: "network", Unsure: true,
			Detail: "whether the policy is enforced was not tried: name an image by --image NAME@sha256:..."})
	}
	return append(found, b.probe(ctx, image)...)
}

// examineRights asks for each right. It reports whether those that are needed are there.
func (b *backend) examineRights(ctx context.Context, say func(what, detail, remedy string)) bool {
	at := b.cluster.Namespace()
	var missing, more []string
	for _, right := range append([]string{"get namespaces " + at}, needed...) {
		may, err := b.cluster.May(ctx, right)
		if err != nil {
			say("rights", err.Error(), "let the worker ask what it may: selfsubjectaccessreviews, as every account may by default")
			return false
		}
		if !may {
			missing = append(missing, right)
		}
	}
	for _, right := range excessive {
		if may, err := b.cluster.May(ctx, right); err == nil && may {
			more = append(more, right)
		}
	}
	if len(more) > 0 {
		say("rights", "the worker may do more in "+at+" than it needs: "+strings.Join(more, ", "),
			"bind it to the chart's Role lintel-checks and to no other")
	}
	if len(missing) > 0 {
		say("rights", "the worker may not: "+strings.Join(missing, ", "), "bind it to the chart's Role lintel-checks in "+at)
		return false
	}
	say("rights", fmt.Sprintf("all %d that it needs in %s", len(needed)+1, at), "")
	return true
}

// trial asks the cluster whether it would take a Job.
func (b *backend) trial(ctx context.Context) error {
	job := sandbox.Job{
		Image:  "example.com/trial@sha256:" + fmt.Sprintf("%064d", 0),
		Argv:   []string{"true"},
		Limits: sandbox.DefaultLimits(),
	}
	as, err := b.guard(ctx)
	if err != nil {
		return err
	}
	order := b.order(job, "lintel-trial-"+name(), "trial", archive{}, as)
	if err := b.cluster.Create(ctx, b.cluster.Path("batch/v1", "jobs"), url.Values{"dryRun": {"All"}}, order); err != nil {
		return fmt.Errorf(
			"make a Job in the namespace %s of %s, as a trial: %w",
			b.cluster.Namespace(),
			b.cluster.Server(),
			err,
		)
	}
	return nil
}

// reach tries to connect to a port of some hosts, by the first program of an image that works: one that does not would say
// that all is closed.
const reach = `p=$1 w=closed; shift
talks() { case $(bash -c 'exec 3<>/dev/tcp/127.0.0.1/1' 2>&1) in *refused*) ;; *) false ;; esac; }
for h; do if python3 -c 'import socket'; then t=python3
	python3 -c 'import socket,sys; socket.create_connection((sys.argv[1],int(sys.argv[2])),5)' "$h" "$p"
elif perl -MIO::Socket::INET -e 1; then t=perl
	perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr=>"$ARGV[0]:$ARGV[1]",Timeout=>5) or exit 1' "$h" "$p"
elif timeout 5 true && talks; then t=bash; timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$h" "$p"
elif curl -V; then t=curl; curl -sk -m 5 -o /dev/null "https://$h:$p/"; case $? in 6|7|28) false ;; esac
else t=; fi >/dev/null 2>&1 && w=reached && break; done
[ -n "$t" ] && echo "$w $t" || echo nothing`

// addresses are some of a host. Pods of checks have no resolver: by its name it would be closed to them in an open network,
// too.
func addresses(ctx context.Context, host string) ([]string, error) {
	all, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("find the address of %s: %w", host, err)
	}
	return all[:min(len(all), 4)], nil
}

// probe runs a pod that tries to reach the cluster's address.
func (b *backend) probe(ctx context.Context, image string) []sandbox.Look {
	folder, err := os.MkdirTemp("", "lintel-probe")
	if err != nil {
		return []sandbox.Look{{What: "pod", Detail: err.Error(), Remedy: "TMPDIR must be a folder that can be written"}}
	}
	defer os.RemoveAll(folder)
	server, _ := url.Parse(b.cluster.Server()) // it was parsed before
	to, err := addresses(ctx, server.Hostname())
	if err != nil {
		return []sandbox.Look{{What: "network", Unsure: true, Detail: "it was not tried: " + err.Error()}}
	}
	limits := sandbox.DefaultLimits()
	limits.Deadline = 30 * time.Second
	began := time.Now()
	got := b.Run(ctx, sandbox.Job{
		Image:  image,
		Argv:   append([]string{"/bin/sh", "-c", reach, "sh", cmp.Or(server.Port(), "443")}, to...),
		Tree:   folder,
		Limits: limits,
	})
	if got.Ended != sandbox.Finished || got.Exit != 0 {
		return []sandbox.Look{{What: "pod", Detail: fmt.Sprintf("a pod with %s ended %s: %s", image, got.Ended,
			cmp.Or(got.Why, fmt.Sprintf("status %d", got.Exit))), Remedy: "what the cluster says of it names the cause"}}
	}
	out := []sandbox.Look{{What: "pod", Detail: fmt.Sprintf("one with %s ran to its end in %s", image,
		time.Since(began).Round(100*time.Millisecond))}}
	lines := strings.Split(strings.TrimSpace(string(got.Stdout)), "\n")
	word, by, _ := strings.Cut(lines[len(lines)-1], " ")
	switch word {
	case "reached":
		return append(out, sandbox.Look{
			What:   "network",
			Detail: "the pod reached " + server.Host + " (by " + by + "): the cluster does not enforce its NetworkPolicies",
			Remedy: "use a network plugin that enforces them, or checks have a network",
		})
	case "closed":
		return append(out, sandbox.Look{What: "network", Detail: "the pod could not reach " + server.Host + " (by " + by + ")"})
	}
	return append(out, sandbox.Look{
		What:   "network",
		Unsure: true,
		Detail: "the image holds nothing to try the network with (python3, perl, bash or curl)",
	})
}
