//go:build pages

package web

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"
)

// browser has headless Chromium open a path of a site until the test ends, and gives what the site's scripts post to
// /result, which is one text each for so many looks. Run its tests by "make pages".
func browser(t *testing.T, site *http.ServeMux, path string, looks int, flags ...string) (next func() []byte) {
	t.Helper()
	program := os.Getenv("LINTEL_CHROMIUM")
	if program == "" {
		t.Fatal(`run this by "make pages": LINTEL_CHROMIUM names the browser`)
	}
	results := make(chan []byte, looks+1)
	site.HandleFunc("POST /result", func(_ http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		results <- b.Bytes()
	})
	profile, err := os.MkdirTemp("", "lintel-pages")
	if err != nil {
		t.Fatal(err)
	}
	// The browser's helpers may write a moment longer than it lives; what is left then is a few files in the folder for such.
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(context.Background())
	args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + profile,
		"--remote-debugging-port=0"}, flags...)
	cmd := exec.CommandContext(ctx, program, append(args, server.URL+path)...)
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	return func() []byte {
		t.Helper()
		select {
		case body := <-results:
			return body
		case <-time.After(5 * time.Minute):
			t.Fatal("the browser fell silent")
			return nil
		}
	}
}

// prefers is the flag by which the browser asks for a scheme, light or dark.
func prefers(scheme string) string {
	return "--blink-settings=preferredColorScheme=" + map[string]string{"light": "1", "dark": "0"}[scheme]
}
