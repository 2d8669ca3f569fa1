package kubernetes

import (
	"net"
	"os/exec"
	"strings"
	"testing"
)

// TestReach: the script finds out whether something can be reached, by whatever this machine has for it.
func TestReach(t *testing.T) {
	t.Parallel()
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for _, want := range []string{"reached ", "closed "} {
		out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", reach, "sh", port, "127.0.0.2", "127.0.0.1").CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%q, %v; want %q", out, err, want)
		}
		_ = listener.Close()
	}
}

// TestAddresses: a pod is told addresses, as it has no resolver.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
		all, err := addresses(t.Context(), host)
		if err != nil || len(all) == 0 || net.ParseIP(all[0]) == nil {
			t.Errorf("%s: %v, %v", host, all, err)
		}
	}
}
