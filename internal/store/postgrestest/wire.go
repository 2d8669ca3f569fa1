package postgrestest

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Wire is the network between the processes and PostgreSQL, which a test can cut.
type Wire struct {
	network, to string
	down        atomic.Bool
	mu          sync.Mutex
	through     map[net.Conn]bool
	lose        func(answer []byte) bool
}

// NewWire listens in the place of the database at an address, and returns the address with itself in between.
func NewWire(t testing.TB, address string) (*Wire, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	w := &Wire{network: "unix", through: map[net.Conn]bool{}}
	port := "5432"
	if p := query.Get("port"); p != "" {
		port = p
	}
	var l net.Listener
	if folder := query.Get("host"); strings.HasPrefix(folder, "/") {
		dir, err := os.MkdirTemp("/tmp", "wire") //nolint:usetesting // a socket's path is short
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		name := ".s.PGSQL." + port
		w.to = filepath.Join(folder, name)
		l, err = net.Listen("unix", filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		query.Set("host", dir)
		u.RawQuery = query.Encode()
	} else {
		w.network, w.to = "tcp", u.Host
		l, err = net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		u.Host = l.Addr().String()
	}
	t.Cleanup(func() { l.Close() })
	go w.serve(l)
	return w, u.String()
}

func (w *Wire) serve(l net.Listener) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial(w.network, w.to)
		if err != nil || w.down.Load() {
			near.Close()
			if err == nil {
				far.Close()
			}
			continue
		}
		w.mu.Lock()
		w.through[near] = true
		w.mu.Unlock()
		for _, pair := range [][2]io.ReadWriter{{answered{near, w}, far}, {far, near}} {
			go func() {
				_, _ = io.Copy(pair[0], pair[1])
				near.Close()
				far.Close()
				w.mu.Lock()
				delete(w.through, near)
				w.mu.Unlock()
			}()
		}
	}
}

// answered is a connection's end at the process.
type answered struct {
	net.Conn
	wire *Wire
}

func (a answered) Write(answer []byte) (int, error) {
	a.wire.mu.Lock()
	lose := a.wire.lose
	a.wire.mu.Unlock()
	if lose != nil && lose(answer) {
		return 0, net.ErrClosed
	}
	return a.Conn.Write(answer)
}

// Lose cuts a connection instead of handing over an answer that PostgreSQL gave: what it asked for is done, and the process
// does not hear of it. The function is called by several goroutines at once.
func (w *Wire) Lose(answer func(answer []byte) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lose = answer
}

// Cut ends those of the connections that it is told to.
func (w *Wire) Cut(which func() bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.through {
		if which() {
			c.Close()
		}
	}
}

// Set takes the network away, or gives it back.
func (w *Wire) Set(up bool) {
	if w.down.Store(!up); !up {
		w.Cut(func() bool { return true })
	}
}
