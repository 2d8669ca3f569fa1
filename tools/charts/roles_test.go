package charts

import (
	"os"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/job"
)

// served are the roles as the server's schema names them.
var served = config.Default().EachRole()

// reaches reports whether a selector meets the pods of a Deployment.
func reaches(selector map[string]string, d *apps.Deployment) bool {
	for label, value := range selector {
		if d.Spec.Template.Labels[label] != value {
			return false
		}
	}
	return len(selector) > 0
}

// TestRoles: each role of lintel serve has a Deployment of its own, with a budget, a policy and probes, and none selects
// the pods of another.
func TestRoles(t *testing.T) {
	t.Parallel()
	c := installed(t, scene(t, "roles"))
	deployments := map[string]*apps.Deployment{}
	for key, o := range c {
		if d, ok := o.(*apps.Deployment); ok {
			deployments[strings.TrimPrefix(key, "Deployment lintel-")] = d
		}
	}
	if len(deployments) != len(served)+1 || c["Deployment lintel"] != nil {
		t.Fatalf("%d Deployments, want one for each of %q and one for checks", len(deployments), served)
	}
	for _, role := range served {
		d := deployments[role]
		if d == nil {
			t.Fatalf("nobody has the role %s", role)
		}
		s := d.Spec.Template.Spec.Containers[0]
		if got := strings.Join(s.Args, " "); got != "serve --config /etc/lintel/config/server.yml --roles "+role {
			t.Errorf("%s runs lintel %s", role, got)
		}
		var ports []string
		for _, p := range s.Ports {
			ports = append(ports, p.Name)
		}
		public := role == "web" || role == "reports"
		if slices.Contains(ports, "http") != public || !slices.Contains(ports, "admin") {
			t.Errorf("%s listens at %q", role, ports)
		}
		if public {
			if s.StartupProbe.HTTPGet == nil || s.LivenessProbe.HTTPGet.Path != "/healthz" || s.ReadinessProbe.HTTPGet.Path != "/readyz" {
				t.Errorf("%s: probes %v, %v", role, s.LivenessProbe, s.ReadinessProbe)
			}
		} else if s.ReadinessProbe != nil || s.LivenessProbe.Exec == nil || s.StartupProbe.Exec == nil {
			t.Errorf("%s has no listener for the cluster, and is asked %v, %v", role, s.LivenessProbe, s.ReadinessProbe)
		}
		if spread := d.Spec.Template.Spec.TopologySpreadConstraints; len(spread) != 2 ||
			spread[0].LabelSelector.MatchLabels["lintel-role"] != role {
			t.Errorf("%s is spread by %+v", role, spread)
		}
		budget := get[*policy.PodDisruptionBudget](t, c, "PodDisruptionBudget lintel-"+role)
		network := get[*networking.NetworkPolicy](t, c, "NetworkPolicy lintel-"+role)
		for other, o := range deployments {
			for what, selector := range map[string]*meta.LabelSelector{
				"Deployment": d.Spec.Selector, "budget": budget.Spec.Selector, "policy": &network.Spec.PodSelector,
			} {
				if reaches(selector.MatchLabels, o) != (other == role) {
					t.Errorf("the %s of %s selects %s: %t", what, role, other, other != role)
				}
			}
		}
		lets := slices.ContainsFunc(network.Spec.Ingress, func(r networking.NetworkPolicyIngressRule) bool {
			return r.Ports[0].Port.StrVal == "http"
		})
		if lets != public {
			t.Errorf("%s lets in port 8080: %t", role, lets)
		}
	}
	if r := deployments["web"].Spec.Replicas; !is(r, 3) {
		t.Errorf("%v of web, want 3", r)
	}
	for service, roles := range map[string][]string{"lintel": {"web"}, "lintel-reports": {"reports"}, "lintel-admin": served} {
		s := get[*core.Service](t, c, "Service "+service)
		for name, d := range deployments {
			if reaches(s.Spec.Selector, d) != slices.Contains(roles, name) {
				t.Errorf("the Service %s sends to %s: %t", service, name, !slices.Contains(roles, name))
			}
		}
	}
	paths := get[*networking.Ingress](t, c, "Ingress lintel").Spec.Rules[0].HTTP.Paths
	if len(paths) != 2 || paths[0].Path != "/api/v1/reports" || paths[0].Backend.Service.Name != "lintel-reports" ||
		paths[1].Backend.Service.Name != "lintel" {
		t.Errorf("the Ingress sends %+v", paths)
	}
}

// TestScalingByTheAgeOfTheQueue is off by default, and follows a metric that Lintel publishes.
func TestScalingByTheAgeOfTheQueue(t *testing.T) {
	t.Parallel()
	c := installed(t, scene(t, "roles"))
	h := get[*autoscaling.HorizontalPodAutoscaler](t, c, "HorizontalPodAutoscaler lintel-gate")
	m := h.Spec.Metrics[0].External
	if h.Spec.ScaleTargetRef.Name != "lintel-gate" || m == nil || m.Target.Type != autoscaling.ValueMetricType ||
		m.Target.Value.Value() != 30 || m.Metric.Selector.MatchLabels["namespace"] != "review" {
		t.Fatalf("it scales %+v", h.Spec)
	}
	if get[*apps.Deployment](t, c, "Deployment lintel-gate").Spec.Replicas != nil {
		t.Error("an upgrade would take the autoscaler's replicas back")
	}
	published, err := os.ReadFile("../../docs/metrics.md")
	if err != nil || !strings.Contains(string(published), "| `"+m.Metric.Name+"` | gauge |") {
		t.Errorf("it follows %s, which Lintel does not publish: %v", m.Metric.Name, err)
	}
	c = installed(t, scene(t, "roles"), "roles: { gate: { autoscaling: { enabled: false } } }")
	if c["HorizontalPodAutoscaler lintel-gate"] != nil || !is(get[*apps.Deployment](t, c, "Deployment lintel-gate").Spec.Replicas, 2) {
		t.Error("it cannot be left out")
	}
}

// TestScalingWorkers: workers of advice and of checks follow the age of their own queue, by a metric that Lintel publishes,
// in whatever a server's roles are; other metrics come beside it.
func TestScalingWorkers(t *testing.T) {
	t.Parallel()
	published, err := os.ReadFile("../../docs/metrics.md")
	if err != nil || !strings.Contains(string(published), "| `lintel_queue_age_seconds` | gauge, `queue` |") {
		t.Errorf("Lintel does not publish the age of a queue: %v", err)
	}
	for _, x := range []struct {
		scene, name, queue string
		seconds            int64
		metrics            int
	}{
		{"everything", "lintel-worker", job.AskQueue, 60, 2},
		{"jobs", "lintel-checks", job.RunCheck{}.Queue(), 90, 1},
	} {
		c := installed(t, scene(t, x.scene))
		h := get[*autoscaling.HorizontalPodAutoscaler](t, c, "HorizontalPodAutoscaler "+x.name)
		if len(h.Spec.Metrics) != x.metrics || h.Spec.ScaleTargetRef.Name != x.name {
			t.Fatalf("%s: it scales %+v", x.name, h.Spec)
		}
		m := h.Spec.Metrics[0].External
		if m == nil || m.Metric.Name != "lintel_queue_age_seconds" || m.Metric.Selector.MatchLabels["queue"] != x.queue ||
			m.Metric.Selector.MatchLabels["namespace"] != "review" || m.Target.Type != autoscaling.ValueMetricType ||
			m.Target.Value.Value() != x.seconds {
			t.Errorf("%s follows %+v", x.name, m)
		}
		if get[*apps.Deployment](t, c, "Deployment "+x.name).Spec.Replicas != nil {
			t.Errorf("%s: an upgrade would take the autoscaler's replicas back", x.name)
		}
	}
	c := installed(t, scene(t, "jobs"), "checks: { autoscaling: { enabled: false } }")
	if c["HorizontalPodAutoscaler lintel-checks"] != nil || !is(get[*apps.Deployment](t, c, "Deployment lintel-checks").Spec.Replicas, 2) {
		t.Error("it cannot be left out")
	}
}

// TestCheckWorker gets the server's tools, the server's address, and of the node the engine's socket and one folder. It
// is the one pod that is not restricted.
func TestCheckWorker(t *testing.T) {
	t.Parallel()
	c := installed(t, scene(t, "roles"))
	w, err := config.LoadCheckWorker(file(t, c, "lintel-checks", "worker.yml"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	server, err := config.LoadServe(file(t, c, "lintel", "server.yml"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if server.Checks.Run != "worker" || server.Checks.Backend != "docker" || server.Checks.Folder == "" {
		t.Errorf("the server leaves checks to %+v", server.Checks)
	}
	if w.Checks.Backend != "docker" || w.Checks.Server != "http://lintel:8000" || w.Checks.Socket != "unix:///run/podman/podman.sock" ||
		w.Checks.Folder != "/var/lib/lintel-checks" || w.Checks.Parallel != 8 || w.Database != server.Database ||
		!slices.Equal(w.Checks.Images, server.Checks.Images) || !slices.Equal(w.Checks.Tools, server.Checks.Tools) {
		t.Errorf("the worker reads %+v", w.Checks)
	}
	d := get[*apps.Deployment](t, c, "Deployment lintel-checks")
	s := d.Spec.Template.Spec
	if got := strings.Join(s.Containers[0].Args, " "); got != "worker --queue checks --config /etc/lintel/config/worker.yml" {
		t.Errorf("it runs lintel %s", got)
	}
	at := map[string]string{}
	for _, m := range s.Containers[0].VolumeMounts {
		at[m.Name] = m.MountPath
	}
	var host []string
	for _, v := range s.Volumes {
		if v.Secret != nil && v.Secret.SecretName != "lintel-database" {
			t.Errorf("it mounts the Secret %s", v.Secret.SecretName)
		}
		if v.HostPath != nil {
			host = append(host, v.HostPath.Path)
			if at[v.Name] != v.HostPath.Path {
				t.Errorf("engine and worker see %s by different paths", v.HostPath.Path)
			}
		}
	}
	if !slices.Equal(host, []string{"/run/podman/podman.sock", "/var/lib/lintel-checks"}) {
		t.Errorf("it sees %q of the node", host)
	}
	sec := s.Containers[0].SecurityContext
	if !slices.Equal(s.SecurityContext.SupplementalGroups, []int64{990}) || sec.Privileged != nil ||
		!is(sec.AllowPrivilegeEscalation, false) ||
		!is(sec.ReadOnlyRootFilesystem, true) || !is(s.AutomountServiceAccountToken, false) {
		t.Errorf("it runs as %+v, %+v", s.SecurityContext, sec)
	}
	apart := s.Affinity.PodAntiAffinity
	if apart == nil || !reaches(apart.RequiredDuringSchedulingIgnoredDuringExecution[0].LabelSelector.MatchLabels, d) ||
		s.Affinity.NodeAffinity == nil || s.NodeSelector["example.com/checks"] != "yes" ||
		d.Spec.Strategy.RollingUpdate.MaxSurge.IntValue() != 0 {
		t.Errorf("two pods may share a folder: %+v", s.Affinity)
	}
	p := get[*networking.NetworkPolicy](t, c, "NetworkPolicy lintel-checks")
	if got := ports(p.Spec.Egress); !slices.Equal(got, []string{"53", "53", "8080", "5432"}) || len(p.Spec.Ingress) != 0 ||
		len(p.Spec.PolicyTypes) != 2 {
		t.Errorf("it may connect to %q", got)
	}
	web := get[*networking.NetworkPolicy](t, c, "NetworkPolicy lintel-web")
	if from := web.Spec.Ingress[0].From; len(from) != 2 || !reaches(from[1].PodSelector.MatchLabels, d) {
		t.Errorf("the server does not let it in: %+v", from)
	}
}

// TestGitLabAlone: without an App there is no section of GitHub, and two servers do all.
func TestGitLabAlone(t *testing.T) {
	t.Parallel()
	c := installed(t, scene(t, "gitlab"))
	server, err := config.LoadServe(file(t, c, "lintel", "server.yml"), nil, nil)
	if err != nil || server.GitHub.On() || !server.GitLab.On() {
		t.Fatalf("the server gets %+v, %v", server.GitLab, err)
	}
	if d := get[*apps.Deployment](t, c, "Deployment lintel"); !is(d.Spec.Replicas, 2) {
		t.Errorf("%v servers, want 2", d.Spec.Replicas)
	}
}
