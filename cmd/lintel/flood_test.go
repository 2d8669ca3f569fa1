//go:build linux

package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The documented limit of the server's container, and the flood of server.md: strangers with large bodies and made-up signatures.
const (
	serverMemory = 256 << 20
	senders      = 60
)

// TestFloodOfStrangers has the built program take bodies of 5 to 24 MB from sixty senders at once, and looks at the
// most memory that it ever held. The limit that a container would give comes by GOMEMLIMIT here; without a container
// there is no cgroup to read.
func TestFloodOfStrangers(t *testing.T) {
	address, server := serve(t, build(t))
	var all sync.WaitGroup
	answers := make(chan int, senders*2)
	for i := range senders {
		all.Go(func() {
			for range 2 {
				size := int64(5+i%20) << 20
				req, err := http.NewRequest(http.MethodPost, "http://"+address+"/hooks/github", io.LimitReader(endless{}, size))
				if err != nil {
					t.Error(err)
					return
				}
				req.ContentLength = size
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64))
				resp, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					continue // the server hung up on a body that it has no room for, before its answer could be read
				}
				answers <- resp.StatusCode
				resp.Body.Close()
			}
		})
	}
	all.Wait()
	close(answers)
	for code := range answers {
		if code != http.StatusUnauthorized && code != http.StatusServiceUnavailable && code != http.StatusRequestTimeout {
			t.Errorf("a stranger was answered %d", code)
		}
	}
	if most := peak(t, server.Process.Pid); most > serverMemory {
		t.Errorf("the server held up to %d MB, more than the %d MB of its container", most>>20, serverMemory>>20)
	} else {
		t.Logf("at most %d MB", most>>20)
	}
	resp, err := http.Get("http://" + address + "/healthz")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the server does not live on: %v %v", resp, err)
	}
	resp.Body.Close()
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// serve starts lintel serve for an App whose forge is not there, and waits until it listens.
func serve(t *testing.T, program string) (address string, cmd *exec.Cmd) {
	t.Helper()
	dir := t.TempDir()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	// A port that is free now may be another test's a moment later, so this one is looked for at a loopback address that nothing
	// else uses. Linux has all of 127.0.0.0/8.
	listener, err := net.Listen("tcp", "127.77.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"key.pem": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
		"secret":  "a webhook secret of thirty-two ch",
		"server.yml": fmt.Sprintf(
			"listen: %s\npublic_url: http://%s\nadmin_listen: \"\"\ndatabase: sqlite://%s\ngithub:\n  app_id: 1\n  "+
				"api_url: http://127.0.0.1:1\n"+
				"  private_key_file: %s\n  webhook_secret_file: %s\n", address, address, filepath.Join(dir, "lintel.db"),
			filepath.Join(dir, "key.pem"), filepath.Join(dir, "secret")),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	cmd = exec.Command(filepath.Join(program, "lintel"), "serve", "--config", filepath.Join(dir, "server.yml"))
	cmd.Env = append(os.Environ(), "GOGC=100", fmt.Sprintf("GOMEMLIMIT=%d", serverMemory*85/100))
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := <-ended; err != nil {
			t.Errorf("lintel serve ended with %v:\n%s", err, log.String())
		}
	})
	for {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("lintel serve ended with %v:\n%s", err, log.String())
		case <-time.After(20 * time.Millisecond):
		}
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return address, cmd
		}
	}
}

// peak is the most resident memory that a process ever had, in bytes. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
func peak(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("no VmHWM in the status of the process")
	return 0
}
