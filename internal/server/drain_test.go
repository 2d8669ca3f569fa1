package server_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/lintel-review/lintel/internal/config"
	fakehub "github.com/lintel-review/lintel/internal/fake/github"
	"github.com/lintel-review/lintel/internal/server"
)

// holding lets a look begin and not go on until it is released.
type holding struct {
	begun   chan struct{}
	once    sync.Once
	release chan struct{}
}

func (h *holding) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/graphql") {
		h.once.Do(func() { close(h.begun) })
		<-h.release
	}
	return http.DefaultTransport.RoundTrip(r)
}

// TestDrainIsSeen stops a server while a look runs: load balancers read that it stops, a delivery is still stored, and the look ends well.
func TestDrainIsSeen(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	hold := &holding{begun: make(chan struct{}), release: make(chan struct{})}
	r := start(t, hub, t.TempDir(), func(_ *config.Config, o *server.Options) { o.Transport = hold })
	_, err := hub.Install("acme")
	must(t, err)
	commit(t, hub, shop,
		fakehub.Commit{
			Branch:  "topic",
			From:    "main",
			Author:  "wendy",
			Message: "feat: sell",
			Files:   fakehub.Files{"cart/cart.go": "package cart // more\n"},
		})
	open(t, hub, shop, fakehub.Pull{Head: "topic", Base: "main", Author: "wendy", Title: "feat: sell"})
	<-hold.begun
	stopped := make(chan struct{})
	go func() { r.stop(); close(stopped) }()
	for {
		resp, err := http.Get("http://" + r.config.Listen + "/readyz")
		if err != nil {
			t.Fatalf("the listener ended before the running look: %v", err)
		}
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		resp.Body.Close()
		if resp.StatusCode == http.StatusServiceUnavailable && strings.Contains(string(body), "is stopping") {
			break
		}
	}
	close(hold.release)
	<-stopped
}

// TestReadableSecret warns of a key that everybody on the machine can read.
//
//race:unwatched
func TestReadableSecret(t *testing.T) {
	t.Parallel()
	hub := world(t, fakehub.Options{})
	var log bytes.Buffer
	dir := t.TempDir()
	first := start(t, hub, dir, func(_ *config.Config, o *server.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	first.stop()
	if strings.Contains(log.String(), "can read a secret") {
		t.Errorf("a key of mode 600: %s", log.String())
	}
	must(t, os.Chmod(first.config.GitHub.PrivateKeyFile, 0o644))
	server, err := server.New(t.Context(), first.config,
		server.Options{Engine: shippedPolicies(t), Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	must(t, server.Close())
	if !strings.Contains(log.String(), "can read a secret") || !strings.Contains(log.String(), "key.pem") {
		t.Errorf("a key of mode 644: %s", log.String())
	}
}
