package charts

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	rbac "k8s.io/api/rbac/v1"
	security "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/kubernetes"
	k8s "github.com/lintel-review/lintel/internal/sandbox/kubernetes/cluster"
)

// restricted asks the code of Kubernetes' own admission whether it would take a pod in a namespace that enforces the
// profile "restricted".
func restricted(t *testing.T, what string, pod core.PodTemplateSpec) {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	level := security.LevelVersion{Level: security.LevelRestricted, Version: security.LatestVersion()}
	if r := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec)); !r.Allowed {
		t.Errorf("%s is refused: %s", what, r.ForbiddenDetail())
	}
}

// TestAdmission takes every pod of the chart but the one with an engine's socket, and would refuse one with a root user.
func TestAdmission(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"everything", "roles", "jobs"} {
		for key, pod := range installed(t, scene(t, name)).pods() {
			if name != "roles" || key != "Deployment lintel-checks" {
				restricted(t, name+": "+key, pod)
			}
		}
	}
}

// TestJobsWorker has no socket, no folder of the node, and a token that may make Jobs in one namespace and nothing else.
func TestJobsWorker(t *testing.T) {
	t.Parallel()
	c := installed(t, scene(t, "jobs"))
	w, err := config.LoadCheckWorker(file(t, c, "lintel-checks", "worker.yml"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	server, err := config.LoadServe(file(t, c, "lintel", "server.yml"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if server.Checks.Run != "worker" || server.Checks.Backend != "kubernetes" {
		t.Errorf("the server leaves checks to %+v", server.Checks)
	}
	pods := w.Checks.Kubernetes
	if w.Checks.Backend != "kubernetes" || w.Checks.Socket != "" || w.Checks.Runtime != "gvisor" ||
		w.Checks.Parallel != 8 ||
		pods.Namespace != "lintel-checks" ||
		pods.StartTimeout != "10m" ||
		!slices.Equal(pods.Nodes, []string{"example.com/checks=yes"}) ||
		!slices.Equal(w.Checks.Images, server.Checks.Images) {
		t.Errorf("the worker reads %+v", w.Checks)
	}
	s := get[*apps.Deployment](t, c, "Deployment lintel-checks").Spec.Template.Spec
	if !is(s.AutomountServiceAccountToken, true) || s.ServiceAccountName != "lintel-checks" ||
		len(s.SecurityContext.SupplementalGroups) != 0 {
		t.Errorf("it runs as %+v", s)
	}
	trees := ""
	for _, v := range s.Volumes {
		if v.HostPath != nil || v.Secret != nil && v.Secret.SecretName != "lintel-database" {
			t.Errorf("it sees %+v", v)
		}
		if v.EmptyDir != nil && v.Name == "trees" {
			trees = s.Containers[0].VolumeMounts[slices.IndexFunc(s.Containers[0].VolumeMounts, func(m core.VolumeMount) bool {
				return m.Name == "trees"
			})].MountPath
		}
	}
	if trees == "" || !strings.HasPrefix(w.Checks.Folder, trees+"/") {
		t.Errorf("its folder %s is not in %q", w.Checks.Folder, trees)
	}
	for key := range installed(t, scene(t, "roles"), "checks: { replicas: 0 }") {
		if strings.Contains(key, "deny-all") || strings.HasPrefix(key, "Role") || strings.HasPrefix(key, "Namespace") {
			t.Errorf("without Jobs there is %s", key)
		}
	}
	p := get[*networking.NetworkPolicy](t, c, "NetworkPolicy lintel-checks")
	api := p.Spec.Egress[2]
	if got := ports(p.Spec.Egress); !slices.Equal(got, []string{"53", "53", "8080", "443", "6443", "5432"}) ||
		len(api.To) != 1 ||
		api.To[0].IPBlock.CIDR != "10.0.0.1/32" {
		t.Errorf("it may connect to %q, and to the cluster at %+v", got, api.To)
	}
	if c := installed(t, scene(t, "jobs"), "checks: { jobs: { createNamespace: false, namespace: mine } }"); c["Namespace mine"] != nil ||
		get[*networking.NetworkPolicy](t, c, "NetworkPolicy deny-all").Namespace != "mine" {
		t.Error("a namespace of the operator's own is not taken")
	}
}

// gate is an API server that lets through what a Role allows, with the namespace and the policy that the chart makes.
type gate struct {
	*httptest.Server
	t     *testing.T
	role  *rbac.Role
	space *core.Namespace
	deny  *networking.NetworkPolicy
	bare  bool // no pod is made
	mu    sync.Mutex
	jobs  []json.RawMessage
	run   string
	asked map[string]bool
}

// may asks the Role as Kubernetes' authorizer does: group, resource, name and verb of a request.
func (g *gate) may(r *http.Request) bool {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	group := ""
	if parts[0] == "apis" {
		group, parts = parts[1], parts[1:]
	}
	if parts = parts[2:]; parts[1] != g.space.Name {
		return false
	}
	if parts = parts[2:]; len(parts) == 0 {
		parts = []string{"namespaces", g.space.Name}
	}
	resource, name := parts[0], ""
	if len(parts) > 1 {
		name = parts[1]
	}
	if len(parts) > 2 {
		resource += "/" + parts[2]
	}
	verb := map[string]string{http.MethodPost: "create", http.MethodDelete: "delete", http.MethodGet: "get"}[r.Method]
	switch {
	case verb == "get" && r.URL.Query().Get("watch") == "true":
		verb = "watch"
	case verb == "get" && name == "":
		verb = "list"
	}
	g.asked[verb+" "+resource] = true
	verbs := []string{verb}
	if resource == "pods/attach" {
		verbs = []string{"get", "create"} // the second since 1.35
	}
	for _, v := range verbs {
		if !slices.ContainsFunc(g.role.Rules, func(rule rbac.PolicyRule) bool {
			return slices.Contains(rule.APIGroups, group) && slices.Contains(rule.Resources, resource) &&
				slices.Contains(rule.Verbs, v) &&
				(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, name))
		}) {
			return false
		}
	}
	return true
}

func (g *gate) serve(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.may(r) {
		g.t.Errorf("the Role does not allow %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	pod := func(state string) json.RawMessage {
		return json.RawMessage(
			fmt.Sprintf(
				`{"metadata":{"name":"p","uid":"u"},"status":{"initContainerStatuses":[{"name":"unpack","state":{%s}}]}}`,
				state,
			),
		)
	}
	var answer any
	switch {
	case strings.HasSuffix(r.URL.Path, "/attach"):
		w.WriteHeader(http.StatusInternalServerError)
	case r.Method == http.MethodPost:
		var raw json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&raw); err != nil {
			g.t.Error(err)
		}
		g.jobs = append(g.jobs, raw)
		answer = raw
	case r.Method == http.MethodDelete:
		g.bare = true
		answer = struct{}{}
	case r.URL.Query().Get("watch") == "true" && g.bare:
		return
	case r.URL.Query().Get("watch") == "true":
		answer = map[string]any{"type": "MODIFIED", "object": pod(`"terminated":{"exitCode":1,"reason":"Error"}`)}
	case strings.HasSuffix(r.URL.Path, "/pods"):
		items := []json.RawMessage{pod(`"running":{}`)}
		if g.bare {
			items = nil
		}
		answer = map[string]any{"metadata": map[string]string{"resourceVersion": "1"}, "items": items}
	case strings.HasSuffix(r.URL.Path, "/networkpolicies"):
		answer = networking.NetworkPolicyList{Items: []networking.NetworkPolicy{*g.deny}}
	case strings.HasSuffix(r.URL.Path, "/namespaces/"+g.space.Name):
		answer = g.space
	default:
		answer = map[string]any{"items": []any{}}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// TestOrders: the backend does its work by the rights, the namespace and the policy that the chart makes, and each Job that
// it orders has the fields of Kubernetes' types alone and passes the admission of the profile "restricted".
func TestOrders(t *testing.T) {
	t.Parallel()
	c := installed(t, scene(t, "jobs"))
	g := &gate{
		t:     t,
		role:  get[*rbac.Role](t, c, "Role lintel-checks"),
		space: get[*core.Namespace](t, c, "Namespace lintel-checks"),
		deny:  get[*networking.NetworkPolicy](t, c, "NetworkPolicy deny-all"),
		asked: map[string]bool{},
	}
	binding := get[*rbac.RoleBinding](t, c, "RoleBinding lintel-checks")
	if s := binding.Subjects[0]; s.Kind != "ServiceAccount" || s.Name != "lintel-checks" || s.Namespace != "review" ||
		binding.RoleRef.Name != g.role.Name || g.role.Namespace != g.space.Name ||
		binding.Namespace != g.space.Name || g.deny.Namespace != g.space.Name {
		t.Errorf("the rights are of %+v", binding)
	}
	g.Server = httptest.NewTLSServer(http.HandlerFunc(g.serve))
	defer g.Close()
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("ca", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.Certificate().Raw})))
	options := kubernetes.Options{
		Cluster: k8s.Options{
			Kubeconfig: write("config", "current-context: c\nclusters: [{name: k, cluster: {server: '"+g.URL+
				"', certificate-authority: ca}}]\ncontexts: [{name: c, context: {cluster: k, namespace: lintel-checks}}]\n"),
		},
		RuntimeClass: "gvisor", Nodes: []string{"example.com/checks=yes"}, PullSecrets: []string{"registry"}, Start: 10 * time.Minute,
	}
	job := sandbox.Job{
		Image:  "example.com/acme/tool@sha256:" + strings.Repeat("0", 64),
		Argv:   []string{"lint", "$(HOME)"},
		Tree:   folder,
		Env:    map[string]string{"A": "b"},
		Report: "out/r.json",
		Limits: sandbox.DefaultLimits(),
	}
	for _, bare := range []bool{false, true} {
		if bare {
			options.Start = 50 * time.Millisecond // no pod comes, and the events are asked why
		}
		b, err := kubernetes.New(context.Background(), options)
		if err != nil {
			t.Fatal(err)
		}
		if r := b.Run(context.Background(), job); r.Ended != sandbox.Unstartable {
			t.Errorf("it ended %s: %s", r.Ended, r.Why)
		}
	}
	if len(g.jobs) != 4 {
		t.Fatalf("%d Jobs were ordered", len(g.jobs))
	}
	for _, raw := range g.jobs {
		var j batch.Job
		if err := yaml.UnmarshalStrict(raw, &j); err != nil {
			t.Fatal(err)
		}
		restricted(t, "a Job", j.Spec.Template)
		pod := j.Spec.Template.Spec
		if !is(j.Spec.BackoffLimit, 0) || j.Spec.ActiveDeadlineSeconds == nil ||
			j.Spec.TTLSecondsAfterFinished == nil ||
			!is(pod.AutomountServiceAccountToken, false) ||
			pod.RestartPolicy != core.RestartPolicyNever {
			t.Errorf("a Job is %+v", j.Spec)
		}
		for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
			limits := c.Resources.Limits
			if limits.Cpu().MilliValue() != 1000 || limits.Memory().Value() != 1<<30 ||
				limits.StorageEphemeral().IsZero() ||
				!is(c.SecurityContext.ReadOnlyRootFilesystem, true) {
				t.Errorf("%s has %+v", c.Name, c)
			}
		}
	}
	// Every right of the Role is used, so it holds no more than is needed.
	for _, rule := range g.role.Rules {
		for _, verb := range rule.Verbs {
			for _, resource := range rule.Resources {
				if used := verb + " " + resource; !g.asked[used] && used != "create pods/attach" {
					t.Errorf("the right to %s is not used", used)
				}
			}
		}
	}
}
