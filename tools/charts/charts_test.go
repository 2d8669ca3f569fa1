// Package charts holds the Helm chart deploy/helm/lintel to Helm, to Kubernetes and to Lintel. It is a module of its
// own, so that nothing of Helm or Kubernetes reaches what users of Lintel download.
package charts

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

const chartDir = "../../deploy/helm/lintel"

// values parses one or more documents, later ones over earlier ones.
func values(t *testing.T, texts ...string) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, text := range texts {
		var v map[string]any
		if err := yaml.UnmarshalStrict([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		all = loader.MergeMaps(all, v)
	}
	return all
}

func scene(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// render renders as helm install does: the schema first, then the templates.
func render(t *testing.T, v map[string]any) (map[string]string, error) {
	t.Helper()
	c, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	release := common.ReleaseOptions{Name: "lintel", Namespace: "review", Revision: 1, IsInstall: true}
	top, err := util.ToRenderValues(c, v, release, nil)
	if err != nil {
		return nil, err
	}
	return engine.Render(c, top)
}

// kinds are the types of Kubernetes and of Prometheus' operator by what a manifest calls them.
var kinds = map[string]func() any{
	"apps/v1 Deployment":                       func() any { return &apps.Deployment{} },
	"autoscaling/v2 HorizontalPodAutoscaler":   func() any { return &autoscaling.HorizontalPodAutoscaler{} },
	"batch/v1 Job":                             func() any { return &batch.Job{} },
	"monitoring.coreos.com/v1 ServiceMonitor":  func() any { return &monitoring.ServiceMonitor{} },
	"networking.k8s.io/v1 Ingress":             func() any { return &networking.Ingress{} },
	"networking.k8s.io/v1 NetworkPolicy":       func() any { return &networking.NetworkPolicy{} },
	"policy/v1 PodDisruptionBudget":            func() any { return &policy.PodDisruptionBudget{} },
	"v1 ConfigMap":                             func() any { return &core.ConfigMap{} },
	"rbac.authorization.k8s.io/v1 Role":        func() any { return &rbac.Role{} },
	"rbac.authorization.k8s.io/v1 RoleBinding": func() any { return &rbac.RoleBinding{} },
	"v1 Namespace":                             func() any { return &core.Namespace{} },
	"v1 PersistentVolumeClaim":                 func() any { return &core.PersistentVolumeClaim{} },
	"v1 Service":                               func() any { return &core.Service{} },
	"v1 ServiceAccount":                        func() any { return &core.ServiceAccount{} },
}

// cluster is what a chart renders, by "Kind name".
type cluster map[string]any

// decode reads every manifest strictly: a field that its type has not, or one written twice, is an error.
func decode(files map[string]string) (cluster, error) {
	all := cluster{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		for doc := range strings.SplitSeq(files[name], "\n---\n") {
			var head struct {
				APIVersion string `json:"apiVersion"`
				Kind       string `json:"kind"`
				Metadata   struct{ Name string }
			}
			if err := yaml.Unmarshal([]byte(doc), &head); err != nil {
				return nil, fmt.Errorf("%s: %w\n%s", name, err, doc)
			}
			if head.Kind == "" {
				continue
			}
			made := kinds[head.APIVersion+" "+head.Kind]
			if made == nil {
				return nil, fmt.Errorf("%s: no type for %s %s", name, head.APIVersion, head.Kind)
			}
			into := made()
			if err := yaml.UnmarshalStrict([]byte(doc), into); err != nil {
				return nil, fmt.Errorf("%s: %s: %w\n%s", name, head.Kind, err, doc)
			}
			key := head.Kind + " " + head.Metadata.Name
			if all[key] != nil {
				return nil, fmt.Errorf("%s: two of %s", name, key)
			}
			all[key] = into
		}
	}
	return all, nil
}

func installed(t *testing.T, texts ...string) cluster {
	t.Helper()
	files, err := render(t, values(t, texts...))
	if err != nil {
		t.Fatal(err)
	}
	all, err := decode(files)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (c cluster) names() []string { return slices.Sorted(maps.Keys(c)) }

// get returns an object that must be there.
func get[T any](t *testing.T, c cluster, key string) T {
	t.Helper()
	o, ok := c[key].(T)
	if !ok {
		t.Fatalf("no %s among %q", key, c.names())
	}
	return o
}

// TestLint has helm lint look at the chart with the values of each scene.
func TestLint(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"small", "postgres", "everything", "roles", "gitlab", "jobs"} {
		found := lint.RunAll(chartDir, values(t, scene(t, name)), "review")
		for _, m := range found.Messages {
			if m.Severity > support.InfoSev {
				t.Errorf("%s: %s", name, m)
			}
		}
	}
}

// TestEveryFileIsRead: a template that no scene renders is held by nothing.
func TestEveryFileIsRead(t *testing.T) {
	t.Parallel()
	files, err := render(t, values(t, scene(t, "everything")))
	if err != nil {
		t.Fatal(err)
	}
	roles, err := render(t, values(t, scene(t, "roles")))
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := render(t, values(t, scene(t, "jobs")))
	if err != nil {
		t.Fatal(err)
	}
	templates, err := fs.Glob(os.DirFS(chartDir), "templates/[a-z]*.yaml")
	if err != nil || len(templates) < 5 {
		t.Fatal(templates, err)
	}
	for _, f := range templates {
		if !strings.Contains(files["lintel/"+f]+roles["lintel/"+f]+jobs["lintel/"+f], "kind:") {
			t.Errorf("everything on renders nothing of %s", f)
		}
	}
	if notes := files["lintel/templates/NOTES.txt"]; !strings.Contains(
		notes,
		"https://lintel.example.com/hooks/github",
	) {
		t.Errorf("the notes say %q", notes)
	}
	if notes := roles["lintel/templates/NOTES.txt"]; !strings.Contains(
		notes,
		"deployment/lintel-web -- lintel status",
	) {
		t.Errorf("the notes of roles say %q", notes)
	}
}

// TestKinds says what each scene installs.
func TestKinds(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"small": {"ConfigMap lintel", "Deployment lintel", "NetworkPolicy lintel", "PersistentVolumeClaim lintel", "Service lintel",
			"ServiceAccount lintel"},
		"postgres": {"ConfigMap lintel", "ConfigMap lintel-migrate", "Deployment lintel", "Job lintel-migrate", "NetworkPolicy lintel",
			"PodDisruptionBudget lintel", "Service lintel", "ServiceAccount lintel", "ServiceAccount lintel-migrate"},
		"gitlab": {"ConfigMap lintel", "ConfigMap lintel-migrate", "Deployment lintel", "Job lintel-migrate", "NetworkPolicy lintel",
			"PodDisruptionBudget lintel", "Service lintel", "ServiceAccount lintel", "ServiceAccount lintel-migrate"},
		"jobs": {"ConfigMap lintel", "ConfigMap lintel-checks", "ConfigMap lintel-migrate", "Deployment lintel", "Deployment lintel-checks",
			"HorizontalPodAutoscaler lintel-checks", "Job lintel-migrate", "Namespace lintel-checks",
			"NetworkPolicy deny-all", "NetworkPolicy lintel", "NetworkPolicy lintel-checks",
			"PodDisruptionBudget lintel", "PodDisruptionBudget lintel-checks", "Role lintel-checks", "RoleBinding lintel-checks",
			"Service lintel", "ServiceAccount lintel", "ServiceAccount lintel-checks", "ServiceAccount lintel-migrate"},
		"roles": {"ConfigMap lintel", "ConfigMap lintel-checks", "ConfigMap lintel-migrate", "Deployment lintel-advise",
			"Deployment lintel-checks", "Deployment lintel-gate", "Deployment lintel-reports", "Deployment lintel-sweeps",
			"Deployment lintel-web", "HorizontalPodAutoscaler lintel-gate", "Ingress lintel", "Job lintel-migrate",
			"NetworkPolicy lintel-advise", "NetworkPolicy lintel-checks", "NetworkPolicy lintel-gate", "NetworkPolicy lintel-reports",
			"NetworkPolicy lintel-sweeps", "NetworkPolicy lintel-web", "PodDisruptionBudget lintel-advise",
			"PodDisruptionBudget lintel-checks", "PodDisruptionBudget lintel-gate", "PodDisruptionBudget lintel-reports",
			"PodDisruptionBudget lintel-sweeps", "PodDisruptionBudget lintel-web", "Service lintel", "Service lintel-admin",
			"Service lintel-reports", "ServiceAccount lintel", "ServiceAccount lintel-checks", "ServiceAccount lintel-migrate",
			"ServiceMonitor lintel-server-admin"},
		"everything": {"ConfigMap lintel", "ConfigMap lintel-migrate", "ConfigMap lintel-worker", "Deployment lintel",
			"Deployment lintel-worker", "HorizontalPodAutoscaler lintel-worker", "Ingress lintel", "Job lintel-migrate",
			"NetworkPolicy lintel", "NetworkPolicy lintel-worker", "PodDisruptionBudget lintel", "PodDisruptionBudget lintel-worker",
			"Service lintel", "Service lintel-admin", "Service lintel-worker", "ServiceAccount lintel", "ServiceAccount lintel-migrate",
			"ServiceAccount lintel-worker", "ServiceMonitor lintel-server-admin", "ServiceMonitor lintel-worker"},
	} {
		if got := installed(t, scene(t, name)).names(); !slices.Equal(got, want) {
			t.Errorf("%s installs\n%q, want\n%q", name, got, want)
		}
	}
}
