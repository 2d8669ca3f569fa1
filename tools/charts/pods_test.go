package charts

import (
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
)

// pods are the templates of all pods, by their object.
func (c cluster) pods() map[string]core.PodTemplateSpec {
	all := map[string]core.PodTemplateSpec{}
	for key, o := range c {
		switch o := o.(type) {
		case *apps.Deployment:
			all[key] = o.Spec.Template
		case *batch.Job:
			all[key] = o.Spec.Template
		}
	}
	return all
}

func is[T comparable](p *T, want T) bool { return p != nil && *p == want }

// TestPodsAreRestricted holds every pod to the profile "restricted" of Kubernetes' Pod Security Standards, and to a
// root that cannot be written.
func TestPodsAreRestricted(t *testing.T) {
	t.Parallel()
	pods := installed(t, scene(t, "everything")).pods()
	for key, pod := range installed(t, scene(t, "roles")).pods() {
		// The engine's socket is the node's: TestCheckWorker holds that one.
		if key != "Deployment lintel-checks" {
			pods["roles: "+key] = pod
		}
	}
	if len(pods) != 3+6 {
		t.Fatalf("%d pods", len(pods))
	}
	for key, pod := range pods {
		s, sec := pod.Spec, pod.Spec.SecurityContext
		if sec == nil || !is(sec.RunAsNonRoot, true) || !is(sec.RunAsUser, 65532) ||
			!is(sec.RunAsGroup, 65532) || !is(sec.FSGroup, 65532) ||
			sec.SeccompProfile == nil || sec.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s: the pod is not restricted: %+v", key, sec)
		}
		if !is(s.AutomountServiceAccountToken, false) || !is(s.EnableServiceLinks, false) || s.HostNetwork || s.HostPID || s.HostIPC ||
			s.ServiceAccountName == "" || s.ServiceAccountName == "default" {
			t.Errorf("%s: the pod gets a token, links, or the host", key)
		}
		if len(s.ImagePullSecrets) != 1 || len(s.Containers) != 1 || len(s.InitContainers) != 0 {
			t.Fatalf("%s: %d pull secrets, %d containers", key, len(s.ImagePullSecrets), len(s.Containers))
		}
		c := s.Containers[0]
		sec2 := c.SecurityContext
		if sec2 == nil || !is(sec2.AllowPrivilegeEscalation, false) || !is(sec2.ReadOnlyRootFilesystem, true) ||
			!is(sec2.RunAsNonRoot, true) ||
			sec2.Privileged != nil || sec2.Capabilities == nil || len(sec2.Capabilities.Add) != 0 ||
			!slices.Equal(sec2.Capabilities.Drop, []core.Capability{"ALL"}) || sec2.SeccompProfile == nil {
			t.Errorf("%s: the container is not restricted: %+v", key, sec2)
		}
		if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
			t.Errorf("%s has no limit of memory or asks for no CPU", key)
		}
		if !strings.HasSuffix(c.Image, "/lintel@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef") {
			t.Errorf("%s runs %s", key, c.Image)
		}
		volumes := map[string]core.Volume{}
		for _, v := range s.Volumes {
			volumes[v.Name] = v
			if v.HostPath != nil || v.Secret != nil && !is(v.Secret.DefaultMode, int32(0o440)) {
				t.Errorf("%s: volume %s is the host's, or its secrets can be read by everybody", key, v.Name)
			}
		}
		for _, m := range c.VolumeMounts {
			v, ok := volumes[m.Name]
			if !ok || (v.Secret != nil || v.ConfigMap != nil) != m.ReadOnly {
				t.Errorf("%s: mount %+v", key, m)
			}
		}
		if len(c.VolumeMounts) != len(volumes) {
			t.Errorf("%s: %d volumes, %d mounts", key, len(volumes), len(c.VolumeMounts))
		}
	}
}

// TestServer is one process that does all; on a file it ends before the next one starts.
func TestServer(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"small", "postgres", "everything"} {
		c := installed(t, scene(t, name))
		d := get[*apps.Deployment](t, c, "Deployment lintel")
		want := apps.RollingUpdateDeploymentStrategyType // on PostgreSQL versions work side by side
		if name == "small" {
			want = apps.RecreateDeploymentStrategyType
		}
		if !is(d.Spec.Replicas, 1) || d.Spec.Strategy.Type != want {
			t.Errorf("%s: %v servers by %s", name, d.Spec.Replicas, d.Spec.Strategy.Type)
		}
		s := d.Spec.Template.Spec.Containers[0]
		if s.LivenessProbe.HTTPGet.Path != "/healthz" || s.ReadinessProbe.HTTPGet.Path != "/readyz" ||
			s.LivenessProbe.HTTPGet.Port.StrVal != "http" || s.ReadinessProbe.HTTPGet.Port.StrVal != "http" {
			t.Errorf("%s: probes %v, %v", name, s.LivenessProbe, s.ReadinessProbe)
		}
		if got := strings.Join(s.Args, " "); got != "serve --config /etc/lintel/config/server.yml" {
			t.Errorf("%s: it runs lintel %s", name, got)
		}
		for label, value := range d.Spec.Selector.MatchLabels {
			if d.Spec.Template.Labels[label] != value {
				t.Errorf("%s: the server does not select its own pods", name)
			}
		}
		data := ""
		for _, v := range d.Spec.Template.Spec.Volumes {
			if v.PersistentVolumeClaim != nil {
				data = v.PersistentVolumeClaim.ClaimName
			}
		}
		if want := map[string]string{"small": "lintel"}[name]; data != want {
			t.Errorf("%s: the data is in the claim %q, want %q", name, data, want)
		}
	}
	own := installed(t, scene(t, "small"), "persistence: { existingClaim: mine }")
	if own["PersistentVolumeClaim lintel"] != nil {
		t.Error("a claim is made beside that of the operator")
	}
}

// TestWorkersHoldNoKeyOfTheForge neither as a file nor in the environment.
func TestWorkersHoldNoKeyOfTheForge(t *testing.T) {
	t.Parallel()
	for key, pod := range installed(t, scene(t, "everything")).pods() {
		for _, v := range pod.Spec.Volumes {
			if v.Secret != nil && v.Secret.SecretName == "lintel" && key != "Deployment lintel" {
				t.Errorf("%s mounts the secrets of the App", key)
			}
		}
	}
}

// TestWorkers are spread, and scaled by hand or by the autoscaler.
func TestWorkers(t *testing.T) {
	t.Parallel()
	d := get[*apps.Deployment](t, installed(t, scene(t, "everything")), "Deployment lintel-worker")
	if d.Spec.Replicas != nil {
		t.Error("an upgrade would take the autoscaler's replicas back")
	}
	spread := d.Spec.Template.Spec.TopologySpreadConstraints
	if len(spread) != 2 || spread[0].LabelSelector.MatchLabels["app.kubernetes.io/component"] != "worker" {
		t.Errorf("spread by %+v", spread)
	}
	c := d.Spec.Template.Spec.Containers[0]
	if got := strings.Join(c.Args, " "); got != "worker --queue advise --config /etc/lintel/config/worker.yml" {
		t.Errorf("it runs lintel %s", got)
	}
	if got := strings.Join(c.LivenessProbe.Exec.Command, " "); got != "/usr/local/bin/lintel healthcheck --address 127.0.0.1:8081" {
		t.Errorf("it lives when %s", got)
	}
	d = get[*apps.Deployment](t, installed(t, scene(t, "everything"), "worker: { replicas: 5, autoscaling: { enabled: false } }"),
		"Deployment lintel-worker")
	if !is(d.Spec.Replicas, 5) {
		t.Errorf("%v workers, want 5", d.Spec.Replicas)
	}
}

// TestMigrationRunsBefore the new version, and can be left out.
func TestMigrationRunsBefore(t *testing.T) {
	t.Parallel()
	job := get[*batch.Job](t, installed(t, scene(t, "postgres")), "Job lintel-migrate")
	config := installed(t, scene(t, "postgres"))
	if job.Annotations["helm.sh/hook"] != "pre-install,pre-upgrade" || job.Annotations["helm.sh/hook-weight"] != "0" {
		t.Errorf("the hook is %q", job.Annotations)
	}
	if got := strings.Join(job.Spec.Template.Spec.Containers[0].Args, " "); got != "migrate up --config /etc/lintel/config/server.yml" {
		t.Errorf("it runs lintel %s", got)
	}
	if m := get[*core.ConfigMap](t, config, "ConfigMap lintel-migrate"); m.Annotations["helm.sh/hook-weight"] != "-5" {
		t.Errorf("its file comes after it: %q", m.Annotations)
	}
	if installed(t, scene(t, "postgres"), "migrations: { enabled: false }")["Job lintel-migrate"] != nil {
		t.Error("it cannot be left out")
	}
}

// ports are what a policy lets out, as text.
func ports(rules []networking.NetworkPolicyEgressRule) (all []string) {
	for _, r := range rules {
		for _, p := range r.Ports {
			all = append(all, p.Port.String())
		}
	}
	return all
}

// TestNetworkPolicies let in and out what is needed.
func TestNetworkPolicies(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"small":      {"53", "53", "443"},
		"postgres":   {"53", "53", "443", "5432", "6432"},
		"everything": {"53", "53", "443", "5432", "3128"},
	} {
		p := get[*networking.NetworkPolicy](t, installed(t, scene(t, name)), "NetworkPolicy lintel")
		if got := ports(p.Spec.Egress); !slices.Equal(got, want) {
			t.Errorf("%s: the server may connect to %q, want %q", name, got, want)
		}
		admin := slices.ContainsFunc(p.Spec.Ingress, func(r networking.NetworkPolicyIngressRule) bool {
			return r.Ports[0].Port.StrVal == "admin" && len(r.From) > 0
		})
		if admin != (name == "everything") {
			t.Errorf("%s: port 8081 is let in: %t", name, admin)
		}
	}
	c := installed(t, scene(t, "everything"))
	p := get[*networking.NetworkPolicy](t, c, "NetworkPolicy lintel-worker")
	if got, want := ports(p.Spec.Egress), []string{"53", "53", "8443", "5432", "3128"}; !slices.Equal(got, want) {
		t.Errorf("a worker may connect to %q, want %q", got, want)
	}
	c = installed(t, scene(t, "everything"), "worker: { metrics: false }")
	if p := get[*networking.NetworkPolicy](t, c, "NetworkPolicy lintel-worker"); len(p.Spec.Ingress) != 0 || len(p.Spec.PolicyTypes) != 2 {
		t.Errorf("a worker without metrics lets in %+v", p.Spec)
	}
	if installed(t, scene(t, "small"), "networkPolicy: { enabled: false }")["NetworkPolicy lintel"] != nil {
		t.Error("it cannot be left out")
	}
}
