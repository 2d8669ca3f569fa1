//go:build cluster

package charts

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"

	"github.com/lintel-review/lintel/internal/sandbox"
	"github.com/lintel-review/lintel/internal/sandbox/kubernetes"
	k8s "github.com/lintel-review/lintel/internal/sandbox/kubernetes/cluster"
)

// control is a real API server on a real etcd. What a controller and a kubelet would do, the test does.
type control struct {
	t       *testing.T
	url     string
	folder  string
	client  *http.Client
	kubelet *httptest.Server
}

// TestRealServer holds the backend, the chart's Role and its namespace to a real API server, with its own authorisation and
// admission. Controllers and the kubelet are played, so no pod runs.
func TestRealServer(t *testing.T) {
	c := start(t)
	chart := installed(t, scene(t, "jobs"))
	c.apply("/api/v1/namespaces", &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "review"}})
	c.apply("/api/v1/namespaces", chart["Namespace lintel-checks"])
	c.apply("/api/v1/namespaces/review/serviceaccounts", chart["ServiceAccount lintel-checks"])
	c.apply("/api/v1/namespaces/lintel-checks/serviceaccounts", &core.ServiceAccount{ObjectMeta: meta.ObjectMeta{Name: "default"}})
	c.apply("/apis/networking.k8s.io/v1/namespaces/lintel-checks/networkpolicies", chart["NetworkPolicy deny-all"])
	c.apply("/apis/rbac.authorization.k8s.io/v1/namespaces/lintel-checks/roles", chart["Role lintel-checks"])
	c.apply("/apis/rbac.authorization.k8s.io/v1/namespaces/lintel-checks/rolebindings", chart["RoleBinding lintel-checks"])
	c.node()
	worker := c.token("review", "lintel-checks")

	t.Run("admission refuses a pod that rules its node", func(t *testing.T) {
		status, answer := c.call("admin", http.MethodPost, "/api/v1/namespaces/lintel-checks/pods", &core.Pod{
			ObjectMeta: meta.ObjectMeta{Name: "bad"},
			Spec:       core.PodSpec{Containers: []core.Container{{Name: "c", Image: "x"}}},
		})
		if status != http.StatusForbidden || !strings.Contains(answer, `violates PodSecurity \"restricted:latest\"`) {
			t.Errorf("%d: %s", status, answer)
		}
	})
	t.Run("the worker may do no more", func(t *testing.T) {
		for path, body := range map[string]any{
			"/api/v1/namespaces/lintel-checks/secrets":                 nil,
			"/api/v1/namespaces/review/secrets":                        nil,
			"/api/v1/secrets":                                          nil,
			"/api/v1/nodes":                                            nil,
			"/apis/batch/v1/namespaces/review/jobs":                    nil,
			"/api/v1/namespaces/lintel-checks/pods":                    &core.Pod{},
			"/apis/batch/v1/namespaces/review/jobs?dryRun=All":         &batch.Job{},
			"/api/v1/namespaces/lintel-checks/serviceaccounts":         &core.ServiceAccount{},
			"/api/v1/namespaces/lintel-checks/pods/x/exec?stdin=1":     struct{}{},
			"/api/v1/namespaces/lintel-checks/serviceaccounts/x/token": struct{}{},
		} {
			method := http.MethodPost
			if body == nil {
				method = http.MethodGet
			}
			if status, answer := c.call(worker, method, path, body); status != http.StatusForbidden {
				t.Errorf("%s %s: %d: %s", method, path, status, answer)
			}
		}
	})
	options := kubernetes.Options{Cluster: k8s.Options{Kubeconfig: c.kubeconfig(worker)}, Start: 2 * time.Minute}
	t.Run("doctor", func(t *testing.T) {
		for _, l := range kubernetes.Examine(t.Context(), options, "") {
			t.Log(l.What, l.Detail)
			if l.Remedy != "" || l.Unsure && l.What != "network" {
				t.Errorf("%+v", l)
			}
		}
	})
	b, err := kubernetes.New(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a.go"), bytes.Repeat([]byte("x"), 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	job := sandbox.Job{Image: "example.com/acme/tool@sha256:" + strings.Repeat("0", 64), Argv: []string{"lint", "$(HOME)"},
		Tree: folder, Limits: sandbox.DefaultLimits()}
	ctx, stop := context.WithCancel(t.Context())
	var played sync.WaitGroup
	played.Go(func() { c.play(ctx) })
	defer played.Wait()
	defer stop()
	t.Run("a job", func(t *testing.T) {
		got := b.Run(t.Context(), job)
		if got.Ended != sandbox.Finished || got.Exit != 7 || !strings.Contains(string(got.Stdout), "played") {
			t.Errorf("%+v\n%s%s", got, got.Stdout, got.Stderr)
		}
		if len(got.Unheld) != 1 {
			t.Errorf("%q", got.Unheld)
		}
	})
	t.Run("a job that is given up", func(t *testing.T) {
		job := job
		job.Argv = []string{"stay"}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		if got := b.Run(ctx, job); got.Ended != sandbox.Killed {
			t.Errorf("%+v", got)
		}
	})
	t.Run("a job past its deadline", func(t *testing.T) {
		job := job
		job.Argv, job.Limits.Deadline = []string{"stay"}, time.Second
		if got := b.Run(t.Context(), job); got.Ended != sandbox.Deadline {
			t.Errorf("%+v", got)
		}
	})
	if _, left := c.call("admin", http.MethodGet, "/apis/batch/v1/namespaces/lintel-checks/jobs", nil); !strings.Contains(left, `"items":[]`) {
		t.Errorf("Jobs stay: %s", left)
	}
}

// free is a port that nobody listens on now.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// start starts etcd and the API server, and waits for it.
func start(t *testing.T) *control {
	t.Helper()
	server := os.Getenv("TEST_KUBE_APISERVER")
	if server == "" {
		t.Fatal("no API server is named: make kube-proof")
	}
	c := &control{t: t, folder: t.TempDir()}
	write := func(name, text string) string {
		path := filepath.Join(c.folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signing := write("sa.key", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	tokens := write("tokens.csv", "admin,admin,1,system:masters\n")
	store, peers, port := "http://127.0.0.1:"+free(t), "http://127.0.0.1:"+free(t), free(t)
	c.run("etcd", "--data-dir", filepath.Join(c.folder, "etcd"), "--listen-client-urls", store, "--advertise-client-urls", store,
		"--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", "default="+peers)
	c.run(server, "--etcd-servers", store, "--bind-address", "127.0.0.1", "--secure-port", port,
		"--cert-dir", filepath.Join(c.folder, "certs"), "--token-auth-file", tokens, "--authorization-mode", "RBAC",
		"--service-account-issuer", "https://cluster.example", "--service-account-signing-key-file", signing,
		"--service-account-key-file", signing, "--service-cluster-ip-range", "10.0.0.0/24",
		"--kubelet-preferred-address-types", "InternalIP", "--endpoint-reconciler-type", "none")
	c.url = "https://127.0.0.1:" + port
	c.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // its own
	for {
		if status, answer := c.call("admin", http.MethodGet, "/readyz", nil); status == http.StatusOK {
			break
		} else if t.Context().Err() != nil {
			t.Fatal(answer)
		}
		time.Sleep(200 * time.Millisecond)
	}
	_, version := c.call("admin", http.MethodGet, "/version", nil)
	t.Log(version)
	return c
}

// run starts a program that ends with the test.
func (c *control) run(name string, args ...string) {
	c.t.Helper()
	log, err := os.Create(filepath.Join(c.folder, filepath.Base(name)+".log"))
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = log.Close()
		if c.t.Failed() {
			said, _ := os.ReadFile(log.Name())
			c.t.Logf("%s: %s", name, said[max(0, len(said)-3000):])
		}
	})
}

// call makes one request with a token.
func (c *control) call(token, method, path string, body any) (int, string) {
	var raw []byte
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case patch:
		raw, kind = []byte(b), "application/merge-patch+json"
	default:
		var err error
		if raw, err = json.Marshal(b); err != nil {
			c.t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, c.url+path, bytes.NewReader(raw))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", kind)
	answer, err := c.client.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(said)
}

type patch string

// apply makes an object; the server refuses fields that it does not know.
func (c *control) apply(path string, object any) {
	c.t.Helper()
	if status, answer := c.call("admin", http.MethodPost, path+"?fieldValidation=Strict", object); status != http.StatusCreated {
		c.t.Fatalf("%s: %d: %s", path, status, answer)
	}
}

func (c *control) token(namespace, account string) string {
	c.t.Helper()
	status, answer := c.call("admin", http.MethodPost, "/api/v1/namespaces/"+namespace+"/serviceaccounts/"+account+"/token", struct{}{})
	var made struct{ Status struct{ Token string } }
	if err := json.Unmarshal([]byte(answer), &made); err != nil || made.Status.Token == "" {
		c.t.Fatalf("%d: %s", status, answer)
	}
	return made.Status.Token
}

func (c *control) kubeconfig(token string) string {
	file := filepath.Join(c.folder, "kubeconfig")
	text := "current-context: c\nclusters: [{name: k, cluster: {server: '" + c.url + "', certificate-authority: certs/apiserver.crt}}]\n" +
		"users: [{name: u, user: {token: '" + token + "'}}]\n" +
		"contexts: [{name: c, context: {cluster: k, user: u, namespace: lintel-checks}}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return file
}

// node makes the node whose kubelet is played.
func (c *control) node() {
	c.kubelet = httptest.NewTLSServer(http.HandlerFunc(c.attach))
	c.t.Cleanup(c.kubelet.Close)
	c.apply("/api/v1/nodes", &core.Node{ObjectMeta: meta.ObjectMeta{Name: "played"}})
	status := fmt.Sprintf(`{"status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}],`+
		`"daemonEndpoints":{"kubeletEndpoint":{"Port":%d}}}}`, c.kubelet.Listener.Addr().(*net.TCPAddr).Port)
	if code, answer := c.call("admin", http.MethodPatch, "/api/v1/nodes/played/status", patch(status)); code != http.StatusOK {
		c.t.Fatal(answer)
	}
}

const jobs, pods = "/apis/batch/v1/namespaces/lintel-checks/jobs", "/api/v1/namespaces/lintel-checks/pods"

// play does what controllers and the kubelet do: it makes a pod of each Job, starts its containers one after the other, and
// removes what is deleted.
func (c *control) play(ctx context.Context) {
	for ctx.Err() == nil {
		var all batch.JobList
		_, answer := c.call("admin", http.MethodGet, jobs, nil)
		if json.Unmarshal([]byte(answer), &all) != nil {
			continue
		}
		for _, j := range all.Items {
			pod := pods + "/" + j.Name + "-abcde"
			switch {
			case j.DeletionTimestamp != nil:
				c.call("admin", http.MethodDelete, pod+"?gracePeriodSeconds=0", nil)
				c.call("admin", http.MethodPatch, jobs+"/"+j.Name, patch(`{"metadata":{"finalizers":null}}`))
			case j.Status.Active == 0:
				spec := j.Spec.Template.Spec
				spec.NodeName, spec.NodeSelector = "played", nil
				if code, said := c.call("admin", http.MethodPost, pods+"?fieldValidation=Strict", &core.Pod{
					ObjectMeta: meta.ObjectMeta{Name: j.Name + "-abcde", Labels: j.Spec.Template.Labels}, Spec: spec,
				}); code != http.StatusCreated {
					c.t.Errorf("admission refuses the pod of a Job: %d: %s", code, said)
				}
				c.call("admin", http.MethodPatch, jobs+"/"+j.Name+"/status", patch(`{"status":{"active":1}}`))
				c.set(pod, `"initContainerStatuses":[{"name":"unpack","image":"i","imageID":"i","ready":false,"restartCount":0,"state":{"running":{}}}]`)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// set changes the status of a pod.
func (c *control) set(pod, status string) {
	if code, said := c.call("admin", http.MethodPatch, pod+"/status", patch(`{"status":{`+status+`}}`)); code != http.StatusOK &&
		code != http.StatusNotFound {
		c.t.Errorf("%d: %s", code, said)
	}
}

// attach plays the kubelet's streams of a container: /attach/NAMESPACE/POD/CONTAINER.
func (c *control) attach(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) != 4 || parts[0] != "attach" {
		http.NotFound(w, r)
		return
	}
	if _, err := httpstream.Handshake(r, w, []string{"v5.channel.k8s.io", "v4.channel.k8s.io"}); err != nil {
		c.t.Error(err)
		return
	}
	streams := make(chan httpstream.Stream, 4)
	connection := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(s httpstream.Stream, replied <-chan struct{}) error {
		go func() { <-replied; streams <- s }()
		return nil
	})
	if connection == nil {
		return
	}
	defer connection.Close()
	by := map[string]httpstream.Stream{}
	for len(by) < 4 {
		select {
		case s := <-streams:
			by[s.Headers().Get("streamType")] = s
		case <-connection.CloseChan():
			return
		}
	}
	pod := pods + "/" + parts[2]
	_, answer := c.call("admin", http.MethodGet, pod, nil)
	var p core.Pod
	if err := json.Unmarshal([]byte(answer), &p); err != nil {
		c.t.Error(err)
		return
	}
	success := func() { _, _ = by["error"].Write([]byte(`{"metadata":{},"status":"Success"}`)) }
	const end = `"image":"i","imageID":"i","ready":false,"restartCount":0,"state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]`
	if parts[3] == "unpack" {
		size, err := strconv.ParseInt(p.Spec.InitContainers[0].Command[4], 10, 64)
		if err == nil {
			_, err = io.CopyN(io.Discard, by["stdin"], size)
		}
		if err != nil {
			c.t.Error(err)
		}
		success()
		c.set(pod, `"initContainerStatuses":[{"name":"unpack",`+end+`,"phase":"Running","containerStatuses":[{"name":"tool","image":"i",`+
			`"imageID":"i","ready":true,"restartCount":0,"state":{"running":{}}}]`)
		return
	}
	mark, err := bufio.NewReader(by["stdin"]).ReadString('\n')
	if err != nil {
		c.t.Error(err)
	}
	mark = strings.TrimSpace(mark)
	fmt.Fprintf(by["stdout"], "\n%s began\n", mark)
	if slices.Contains(p.Spec.Containers[0].Command, "stay") {
		<-connection.CloseChan()
		return
	}
	fmt.Fprintf(by["stdout"], "played\n\n%s ended 7 no no\n\n%s closed\n", mark, mark)
	fmt.Fprintf(by["stderr"], "\n%s closed\n", mark)
	success()
	c.set(pod, `"phase":"Succeeded","containerStatuses":[{"name":"tool",`+end)
}
