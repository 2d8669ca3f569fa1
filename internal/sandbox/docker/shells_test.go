package docker_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/moby/moby/api/types/container"
)

// shells is an engine whose containers are played: each plays the script, and says what it was told and what its tree holds.
type shells struct {
	host string

	mu  sync.Mutex
	all map[string]*shell
	// deaf ones end before they are ready; mortal ones end when their job comes.
	deaf, mortal bool
	// mute ones take a job and do not begin it; hung is an engine that answers no order to remove one.
	mute, hung bool
	// silent is an engine that never reports an end; busy one says so often that a container still runs.
	silent bool
	busy   int
	// hold stops those that have a job, until it is closed.
	hold chan struct{}
}

// shell is one container.
type shell struct {
	id     string
	config container.Config
	held   container.HostConfig
	conn   net.Conn
	input  *bufio.Reader
	ended  chan struct{}
	gone   chan struct{}
	told   []string // what it read
}

// played starts the engine.
func played(t *testing.T) *shells {
	t.Helper()
	s := &shells{all: map[string]*shell{}, hold: make(chan struct{})}
	close(s.hold)
	path := filepath.Join(t.TempDir(), "s")
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s.host = "unix://" + path
	server := &http.Server{Handler: http.HandlerFunc(s.serve)} //nolint:gosec // a fake in a test
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

func (s *shells) get(id string) *shell {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[id]
}

// reports is closed when the engine reports the end of a container.
func (s *shells) reports(c *shell) <-chan struct{} {
	if s.silent {
		return nil
	}
	return c.ended
}

// running reports whether a container that was asked about is said to run.
func (s *shells) running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	return s.busy >= 0
}

func (s *shells) hangs() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hung
}

// dies ends a container.
func (s *shells) dies(c *shell) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.Close()
	}
}

func (s *shells) made() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

func (s *shells) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Content-Type", "application/json")
	_, path, _ := strings.Cut(r.URL.Path, "/v1.41/containers/")
	id, verb, _ := strings.Cut(path, "/")
	at := s.get(id)
	switch {
	case strings.HasSuffix(r.URL.Path, "/_ping"):
	case id == "json":
		_, _ = w.Write([]byte(`[]`))
	case id == "create":
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"Id":%q}`, s.create(r.Body))
	case at == nil:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodDelete && s.hangs():
		<-r.Context().Done()
	case r.Method == http.MethodDelete:
		close(at.gone)
		s.dies(at)
		w.WriteHeader(http.StatusNoContent)
	case verb == "attach":
		conn, _, _ := w.(http.Hijacker).Hijack() //nolint:forcetypeassert // the server's writers can
		s.mu.Lock()
		at.conn, at.input = conn, bufio.NewReader(conn)
		s.mu.Unlock()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"+
			"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
	case verb == "start":
		go s.play(at)
		w.WriteHeader(http.StatusNoContent)
	case verb == "wait":
		w.(http.Flusher).Flush() //nolint:forcetypeassert // the server's writers can
		select {
		case <-s.reports(at):
		case <-r.Context().Done():
			return
		}
		_, _ = w.Write([]byte(`{"StatusCode":0}`))
	case verb == "json":
		_, _ = fmt.Fprintf(w, `{"State":{"Running":%v}}`, s.running())
	}
}

func (s *shells) create(body io.Reader) string {
	at := &shell{ended: make(chan struct{}), gone: make(chan struct{})}
	whole, _ := io.ReadAll(body) // what is missing is seen below
	var held struct{ HostConfig container.HostConfig }
	if json.Unmarshal(whole, &at.config) != nil || json.Unmarshal(whole, &held) != nil {
		return ""
	}
	at.held = held.HostConfig
	s.mu.Lock()
	defer s.mu.Unlock()
	at.id = fmt.Sprintf("c%d", len(s.all)+1)
	s.all[at.id] = at
	return at.id
}

// play is the life of a container.
func (s *shells) play(c *shell) {
	defer close(c.ended)
	defer s.dies(c)
	var mark string
	if !c.config.OpenStdin {
		mark = c.config.Entrypoint[4]
	} else if mark = s.listen(c); mark == "" {
		return
	}
	s.mu.Lock()
	hold, mute := s.hold, s.mute
	s.mu.Unlock()
	if mute && c.config.OpenStdin {
		<-c.gone
		return
	}
	names, _ := filepath.Glob(filepath.Join(c.held.Mounts[0].Source, "*")) // none is an answer
	for i := range names {
		names[i] = filepath.Base(names[i])
	}
	c.say(fmt.Sprintf("\n%s began\n%s sees %q", mark, c.id, names))
	<-hold
	c.say(fmt.Sprintf("\n%s ended 0 no no\n", mark))
}

// listen is the wait of a container until it was told a job, whose mark it gives; empty where it dies before.
func (s *shells) listen(c *shell) (mark string) {
	for {
		line, err := c.input.ReadString('\n')
		s.mu.Lock()
		deaf, mortal := s.deaf, s.mortal
		s.mu.Unlock()
		if err != nil || deaf || mortal && line == "{\n" {
			return ""
		}
		if line == "echo\n" {
			c.say("\n")
			continue
		}
		c.told = append(c.told, strings.TrimSuffix(line, "\n"))
		if rest, ok := strings.CutPrefix(line, "set -- '"); ok {
			mark, _, _ = strings.Cut(rest, "'")
		}
		if line == "}\n" {
			return mark
		}
	}
}

// say writes one frame of standard output.
func (c *shell) say(text string) {
	head := binary.BigEndian.AppendUint32([]byte{1, 0, 0, 0}, uint32(len(text))) //nolint:gosec // short
	_, _ = c.conn.Write(append(head, text...))
}

// treeOf is a folder with files of these names.
func treeOf(t *testing.T, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
