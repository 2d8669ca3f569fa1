package kubernetes_test

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the handshake of WebSocket
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox/kubernetes"
	"github.com/lintel-review/lintel/internal/sandbox/kubernetes/cluster"
)

type object = map[string]any

// api is a cluster as far as the backend sees it: an API server with a store and watches, whose pods live as a test says.
type api struct {
	*httptest.Server
	t     *testing.T
	life  func(*fakePod)
	space object // labels of the namespace
	notes object // its annotations
	// mayNot is a right that the client lacks, and may one that it has beside those that it needs: VERB RESOURCE.
	mayNot, may string
	policies    []object
	events      []object
	// answer answers instead of the API where it is set and says so.
	answer func(w http.ResponseWriter, r *http.Request) bool

	mu      sync.Mutex
	changed *sync.Cond
	version int
	jobs    map[string]object
	pods    map[string]*fakePod
	history []change
	removed []string
	// ahead is how far its clock is ahead of this machine's.
	ahead time.Duration
	asked []string
	lives sync.WaitGroup
}

// change is one line of a watch.
type change struct {
	version int
	kind    string
	labels  map[string]any
	object  json.RawMessage
}

var denyAll = object{
	"metadata": object{"name": "deny"},
	"spec":     object{"podSelector": object{}, "policyTypes": []string{"Ingress", "Egress"}},
}

func newAPI(t *testing.T) *api {
	t.Helper()
	a := &api{t: t, space: object{"pod-security.kubernetes.io/enforce": "restricted"}, policies: []object{denyAll},
		jobs: map[string]object{}, pods: map[string]*fakePod{}}
	a.changed = sync.NewCond(&a.mu)
	a.Server = httptest.NewUnstartedServer(http.HandlerFunc(a.serve))
	a.StartTLS()
	t.Cleanup(func() {
		a.mu.Lock()
		for _, p := range a.pods {
			p.kill()
		}
		a.mu.Unlock()
		a.lives.Wait()
		a.CloseClientConnections()
		a.Close()
	})
	return a
}

// options lead to the fake.
func (a *api) options() kubernetes.Options {
	authority := base64.StdEncoding.EncodeToString(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw}),
	)
	file := filepath.Join(a.t.TempDir(), "config")
	text := fmt.Sprintf(
		"apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: k\n  cluster:\n    server: %s\n"+
			"    certificate-authority-data: %s\n    tls-server-name: example.com\n"+
			"users:\n- name: u\n  user: {token: secret-of-the-cluster}\n"+
			"contexts:\n- name: c\n  context: {cluster: k, user: u, namespace: checks}\n",
		a.URL,
		authority,
	)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return kubernetes.Options{Cluster: cluster.Options{Kubeconfig: file}, Start: 10 * time.Minute}
}

func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", time.Now().Add(a.ahead).UTC().Format(http.TimeFormat))
	if r.Header.Get("Authorization") != "Bearer secret-of-the-cluster" {
		refuse(w, 401, "Unauthorized", "no token")
		return
	}
	a.mu.Lock()
	a.asked = append(a.asked, r.Method+" "+r.URL.Path)
	answer := a.answer
	a.mu.Unlock()
	if answer != nil && answer(w, r) {
		return
	}
	const core, batch = "/api/v1/namespaces/checks", "/apis/batch/v1/namespaces/checks/jobs"
	switch path := r.URL.Path; {
	case path == "/version":
		give(w, object{"gitVersion": "v1.37.2"})
	case path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
		a.review(w, r)
	case path == core:
		give(w, object{"metadata": object{"labels": a.space, "annotations": a.notes}})
	case path == "/apis/networking.k8s.io/v1/namespaces/checks/networkpolicies":
		give(w, object{"items": a.policies})
	case path == core+"/events":
		give(w, object{"items": a.events})
	case path == batch && r.Method == http.MethodPost:
		a.makeJob(w, r)
	case path == batch:
		a.mu.Lock()
		items := slices.Collect(maps.Values(a.jobs))
		a.mu.Unlock()
		give(w, object{"items": items})
	case strings.HasPrefix(path, batch+"/") && r.Method == http.MethodDelete:
		a.removeJob(w, r, strings.TrimPrefix(path, batch+"/"))
	case path == core+"/pods" && r.URL.Query().Get("watch") == "true":
		a.watch(w, r)
	case path == core+"/pods":
		a.list(w, r)
	case strings.HasPrefix(path, core+"/pods/") && strings.HasSuffix(path, "/attach"):
		a.attach(w, r, strings.TrimSuffix(strings.TrimPrefix(path, core+"/pods/"), "/attach"))
	default:
		refuse(w, 404, "NotFound", "the fake has no "+path)
	}
}

// review says what the client may do.
func (a *api) review(w http.ResponseWriter, r *http.Request) {
	var asked object
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		refuse(w, 400, "BadRequest", err.Error())
		return
	}
	of := at[object](asked, "spec", "resourceAttributes")
	right := at[string](of, "verb") + " " + at[string](of, "resource")
	if sub := at[string](of, "subresource"); sub != "" {
		right += "/" + sub
	}
	held := slices.Contains([]string{"create jobs", "list jobs", "delete jobs", "list pods", "watch pods", "get pods/attach",
		"create pods/attach", "list events", "list networkpolicies", a.may}, right) || right == "get namespaces" &&
		at[string](of, "name") == "checks"
	give(w, object{"status": object{"allowed": held && right != a.mayNot && at[string](of, "namespace") == "checks"}})
}

func give(w http.ResponseWriter, o any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(o)
}

func refuse(w http.ResponseWriter, code int, reason, message string) {
	w.WriteHeader(code)
	give(w, object{"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message})
}

func (a *api) makeJob(w http.ResponseWriter, r *http.Request) {
	var job object
	if err := json.NewDecoder(r.Body).Decode(&job); err != nil {
		refuse(w, 400, "BadRequest", err.Error())
		return
	}
	if r.URL.Query().Get("dryRun") != "All" {
		a.mu.Lock()
		name := at[string](job, "metadata", "name")
		a.jobs[name] = job
		if a.life != nil {
			p := newPod(a, name+"-x1y2z", at[object](job, "spec", "template"))
			a.pods[p.name] = p
			a.record("ADDED", p)
			a.lives.Go(func() {
				a.life(p)
				<-p.killed // until the Job goes
				a.mu.Lock()
				delete(a.pods, p.name)
				a.record("DELETED", p)
				delete(a.jobs, name)
				a.mu.Unlock()
			})
		}
		a.mu.Unlock()
	}
	w.WriteHeader(http.StatusCreated)
	give(w, job)
}

func (a *api) removeJob(w http.ResponseWriter, r *http.Request, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), `"propagationPolicy":"Foreground"`) {
		refuse(w, 400, "BadRequest", "the pod would stay: "+string(body))
		return
	}
	if a.jobs[name] == nil {
		refuse(w, 404, "NotFound", "no such job")
		return
	}
	a.removed = append(a.removed, name)
	for _, p := range a.pods {
		if strings.HasPrefix(p.name, name+"-") {
			p.kill()
		}
	}
	if a.life == nil {
		delete(a.jobs, name)
	}
	give(w, object{})
}

// record is called with the lock.
func (a *api) record(kind string, p *fakePod) {
	a.version++
	raw, err := json.Marshal(p.object())
	if err != nil {
		panic(err)
	}
	a.history = append(a.history, change{a.version, kind, p.labels, raw})
	a.changed.Broadcast()
}

func matches(r *http.Request, labels map[string]any) bool {
	key, value, _ := strings.Cut(r.URL.Query().Get("labelSelector"), "=")
	return labels[key] == value
}

func (a *api) list(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	items := []object{}
	for _, p := range a.pods {
		if matches(r, p.labels) {
			items = append(items, p.object())
		}
	}
	give(w, object{"metadata": object{"resourceVersion": fmt.Sprint(a.version)}, "items": items})
}

func (a *api) watch(w http.ResponseWriter, r *http.Request) {
	from := 0
	if _, err := fmt.Sscan(r.URL.Query().Get("resourceVersion"), &from); err != nil {
		refuse(w, 400, "BadRequest", "a watch from nowhere misses what was before")
		return
	}
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	stop := func() { a.mu.Lock(); a.changed.Broadcast(); a.mu.Unlock() }
	defer afterDone(r, stop)()
	for {
		a.mu.Lock()
		for a.version <= from && r.Context().Err() == nil {
			a.changed.Wait()
		}
		news := slices.Clone(a.history[from:])
		from = a.version
		a.mu.Unlock()
		if r.Context().Err() != nil {
			return
		}
		for _, c := range news {
			if matches(r, c.labels) {
				give(w, object{"type": c.kind, "object": c.object})
			}
		}
		_ = http.NewResponseController(w).Flush()
	}
}

func afterDone(r *http.Request, f func()) func() {
	done := make(chan struct{})
	go func() {
		select {
		case <-r.Context().Done():
			f()
		case <-done:
		}
	}()
	return func() { close(done) }
}

// attach speaks WebSocket with a client, as RFC 6455 and the protocol v5.channel.k8s.io have it.
func (a *api) attach(w http.ResponseWriter, r *http.Request, pod string) {
	a.mu.Lock()
	var c *fakeContainer
	if p := a.pods[pod]; p != nil {
		c = p.containers[r.URL.Query().Get("container")]
	}
	a.mu.Unlock()
	if c == nil || !slices.Contains(strings.Split(r.Header.Get("Sec-Websocket-Protocol"), ", "), "v5.channel.k8s.io") ||
		r.URL.Query().
			Get("stdin") !=
			"true" || r.URL.Query().Get("stdout") != "true" || r.URL.Query().Get("stderr") != "true" {
		refuse(w, 400, "BadRequest", "the container is not running, or the streams are not ours")
		return
	}
	connection, from, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	sum := sha1.Sum(
		[]byte(r.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"),
	) //nolint:gosec // as above
	fmt.Fprintf(connection, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Protocol: v5.channel.k8s.io\r\nSec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
	s := &session{connection: connection, in: make(chan []byte, 16), closed: make(chan struct{})}
	s.send(1, nil) // servers begin with empty messages
	go s.read(from)
	c.attached <- s
}

// session is one client that is attached.
type session struct {
	mu         sync.Mutex
	connection net.Conn
	in         chan []byte
	closed     chan struct{}
}

func (s *session) read(from io.Reader) {
	defer close(s.closed)
	defer close(s.in)
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(from, head); err != nil {
			return
		}
		size := uint64(head[1] & 0x7f)
		if wide := map[uint64]int{126: 2, 127: 8}[size]; wide > 0 {
			long := make([]byte, 8)
			if _, err := io.ReadFull(from, long[8-wide:]); err != nil {
				return
			}
			size = binary.BigEndian.Uint64(long)
		}
		rest := make([]byte, 4+size)
		if _, err := io.ReadFull(from, rest); err != nil || head[1]&0x80 == 0 {
			return
		}
		mask, payload := rest[:4], rest[4:]
		subtle.XORBytes(payload, payload, bytes.Repeat(mask, len(payload)/len(mask)+1))
		if head[0] == 0x82 && len(payload) > 0 && payload[0] == 0 {
			s.in <- payload[1:]
		}
	}
}

// send sends one message on a channel.
func (s *session) send(channel byte, p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	frame := []byte{0x82, 126}
	if len(p) > 60_000 {
		panic("the fake sends small pieces")
	}
	frame = binary.BigEndian.AppendUint16(frame, uint16(len(p)+1))
	_, _ = s.connection.Write(append(append(frame, channel), p...))
}

// end says that the streams ended, and closes.
func (s *session) end() {
	s.send(3, []byte(`{"metadata":{},"status":"Success"}`))
	_, _ = s.connection.Write([]byte{0x88, 2, 3, 232})
	s.cut()
}

func (s *session) cut() { _ = s.connection.Close() }

// at reads a value out of an object.
func at[T any](o any, path ...string) (found T) {
	for _, step := range path {
		m, _ := o.(object)
		o = m[step]
	}
	found, _ = o.(T)
	return found
}
