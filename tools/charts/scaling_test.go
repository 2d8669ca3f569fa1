//go:build cluster

package charts

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lintel-review/lintel/internal/job"
	"github.com/lintel-review/lintel/internal/metrics"
)

// TestScaling holds the chart's autoscalers to Kubernetes' own controllers of autoscalers, Deployments and ReplicaSets, on a
// real API server: as a queue ages its workers become more, up to the most, and when nothing waits they become few again. What
// the autoscalers read is what Lintel publishes; the metrics adapter, the scheduler and the kubelet are played.
func TestScaling(t *testing.T) {
	manager := os.Getenv("TEST_KUBE_CONTROLLER_MANAGER")
	if manager == "" {
		t.Fatal("no controller manager is named: make kube-proof")
	}
	c := start(t)
	lintel := publish()
	c.adapter(lintel)
	c.apply("/api/v1/namespaces", &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "review"}})
	c.run(manager, "--kubeconfig", c.kubeconfig("admin"), "--leader-elect=false", "--secure-port=0",
		"--controllers=deployment-controller,replicaset-controller,horizontal-pod-autoscaler-controller",
		"--horizontal-pod-autoscaler-sync-period=1s", "--horizontal-pod-autoscaler-downscale-stabilization=3s")
	ctx, stop := context.WithCancel(t.Context())
	var played sync.WaitGroup
	played.Go(func() { c.ready(ctx) })
	defer played.Wait()
	defer stop()
	for _, x := range []struct {
		scene, more, name, queue string
	}{
		{"everything", "worker: { autoscaling: { metrics: [] } }", "lintel-worker", job.AskQueue},
		{"jobs", "", "lintel-checks", job.RunCheck{}.Queue()},
		{"roles", "", "lintel-gate", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			chart := installed(t, scene(t, x.scene), "imagePullSecrets: []\n"+x.more)
			h := get[*autoscaling.HorizontalPodAutoscaler](t, chart, "HorizontalPodAutoscaler "+x.name)
			account := get[*apps.Deployment](t, chart, "Deployment "+x.name).Spec.Template.Spec.ServiceAccountName
			for kind, path := range map[string]string{
				"ServiceAccount " + account:         "/api/v1/namespaces/review/serviceaccounts",
				"Deployment " + x.name:              "/apis/apps/v1/namespaces/review/deployments",
				"HorizontalPodAutoscaler " + x.name: "/apis/autoscaling/v2/namespaces/review/horizontalpodautoscalers",
			} {
				c.apply(path, chart[kind])
			}
			least, most := int(*h.Spec.MinReplicas), int(h.Spec.MaxReplicas)
			target := h.Spec.Metrics[0].External.Target.Value.Value()
			c.replicas(x.name, least)
			lintel.ages(x.queue, time.Duration(target*10)*time.Second)
			c.replicas(x.name, most)
			lintel.ages(x.queue, 0)
			c.replicas(x.name, least)
			// A little over the target asks for as many more as it is over.
			lintel.ages(x.queue, time.Duration(target*3/2)*time.Second)
			c.replicas(x.name, (least*3+1)/2)
			lintel.ages(x.queue, 0)
			for other := range lintel.asked() {
				if !slices.Contains([]string{"lintel_queue_age_seconds", "lintel_queue_lag_seconds"}, other) {
					t.Errorf("it asks for %s", other)
				}
			}
		})
	}
}

// published is what Lintel's processes publish, by Lintel's own code, while the ages of its queues are the test's.
type published struct {
	*metrics.Metrics
	mu    sync.Mutex
	age   map[string]time.Duration
	names map[string]bool
}

func publish() *published {
	p := &published{age: map[string]time.Duration{}, names: map[string]bool{}}
	p.Metrics = metrics.New(func(context.Context) (int, time.Duration, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		return 0, p.age[""], nil
	})
	p.Register(metrics.Queues(job.Queues(), func(context.Context) (map[string]time.Duration, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		return maps.Clone(p.age), nil
	}))
	return p
}

// ages sets how long the oldest job of a queue has waited; without a name, the oldest change.
func (p *published) ages(queue string, age time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.age[queue] = age
}

// asked are the metrics that autoscalers asked for.
func (p *published) asked() map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.names)
}

// sample is a line of what is published.
type sample struct {
	name   string
	labels map[string]string
	value  float64
}

// scraped reads what is published, as Prometheus does, and adds the label of the namespace that it was read in.
func (p *published) scraped() (all []sample, err error) {
	page := httptest.NewRecorder()
	p.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for lines := bufio.NewScanner(page.Body); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if !ok || strings.HasPrefix(name, "#") || strings.Contains(value, " ") {
			continue
		}
		s := sample{labels: map[string]string{"namespace": "review"}}
		var labels string
		s.name, labels, _ = strings.Cut(name, "{")
		for pair := range strings.SplitSeq(strings.TrimSuffix(labels, "}"), ",") {
			if key, text, ok := strings.Cut(pair, "="); ok {
				s.labels[key] = strings.Trim(text, `"`)
			}
		}
		if s.value, err = strconv.ParseFloat(value, 64); err != nil {
			return nil, fmt.Errorf("%s: %w", lines.Text(), err)
		}
		all = append(all, s)
	}
	return all, nil
}

// adapter is the API of external metrics as a metrics adapter serves it from what Lintel publishes, behind the API server.
func (c *control) adapter(p *published) {
	served := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const group = "/apis/external.metrics.k8s.io/v1beta1"
		w.Header().Set("Content-Type", "application/json")
		if strings.TrimSuffix(r.URL.Path, "/") == group {
			fmt.Fprint(w, `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"external.metrics.k8s.io/v1beta1","resources":[]}`)
			return
		}
		if !strings.HasPrefix(r.URL.Path, group+"/namespaces/review/") {
			http.NotFound(w, r)
			return
		}
		name, selector := path.Base(r.URL.Path), r.URL.Query().Get("labelSelector")
		p.mu.Lock()
		p.names[name] = true
		p.mu.Unlock()
		all, err := p.scraped()
		if err != nil {
			c.t.Error(err)
		}
		items := []any{}
		for _, s := range all {
			if s.name == name && meets(s.labels, selector) {
				items = append(items, map[string]any{"metricName": name, "metricLabels": s.labels,
					"timestamp": time.Now().UTC().Format(time.RFC3339), "value": strconv.FormatFloat(s.value, 'f', 0, 64)})
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"kind": "ExternalMetricValueList",
			"apiVersion": "external.metrics.k8s.io/v1beta1", "metadata": map[string]any{}, "items": items})
	}))
	c.t.Cleanup(served.Close)
	c.apply("/api/v1/namespaces/default/services", &core.Service{ObjectMeta: meta.ObjectMeta{Name: "adapter"},
		Spec: core.ServiceSpec{Type: core.ServiceTypeExternalName, ExternalName: "localhost"}})
	c.apply("/apis/apiregistration.k8s.io/v1/apiservices", map[string]any{"apiVersion": "apiregistration.k8s.io/v1",
		"kind": "APIService", "metadata": map[string]any{"name": "v1beta1.external.metrics.k8s.io"},
		"spec": map[string]any{"group": "external.metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100,
			"versionPriority": 100, "insecureSkipTLSVerify": true,
			"service": map[string]any{"name": "adapter", "namespace": "default", "port": served.Listener.Addr().(*net.TCPAddr).Port}}})
	for c.t.Context().Err() == nil {
		status, answer := c.call("admin", http.MethodGet,
			"/apis/external.metrics.k8s.io/v1beta1/namespaces/review/lintel_queue_age_seconds?labelSelector="+url.QueryEscape("queue=advise"), nil)
		if status == http.StatusOK && strings.Contains(answer, `"value":"0"`) {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// meets reports whether labels meet a selector of the form key=value,...
func meets(labels map[string]string, selector string) bool {
	for want := range strings.SplitSeq(selector, ",") {
		key, value, _ := strings.Cut(want, "=")
		if want != "" && labels[key] != value {
			return false
		}
	}
	return true
}

// ready does what a scheduler and a kubelet do: each pod runs and is ready.
func (c *control) ready(ctx context.Context) {
	for ctx.Err() == nil {
		var all core.PodList
		_, answer := c.call("admin", http.MethodGet, "/api/v1/namespaces/review/pods", nil)
		_ = json.Unmarshal([]byte(answer), &all) // the next answer may be better
		for _, p := range all.Items {
			at := "/api/v1/namespaces/review/pods/" + p.Name
			switch {
			case p.DeletionTimestamp != nil:
				c.call("admin", http.MethodDelete, at+"?gracePeriodSeconds=0", nil)
			case p.Status.Phase != core.PodRunning:
				now := time.Now().UTC().Format(time.RFC3339)
				c.set(at, `"phase":"Running","startTime":"`+now+`","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"`+now+`"}]`)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// replicas waits until a Deployment has so many pods, all ready.
func (c *control) replicas(name string, want int) {
	c.t.Helper()
	var d apps.Deployment
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		_, answer := c.call("admin", http.MethodGet, "/apis/apps/v1/namespaces/review/deployments/"+name, nil)
		if err := json.Unmarshal([]byte(answer), &d); err != nil {
			c.t.Fatal(err)
		}
		if int(d.Status.Replicas) == want && int(d.Status.ReadyReplicas) == want {
			c.t.Logf("%s: %d pods", name, want)
			return
		}
		if time.Now().After(deadline) {
			_, scaler := c.call("admin", http.MethodGet, "/apis/autoscaling/v2/namespaces/review/horizontalpodautoscalers/"+name, nil)
			c.t.Fatalf("%s has %d pods, %d ready, want %d\n%s", name, d.Status.Replicas, d.Status.ReadyReplicas, want, scaler)
		}
	}
}
