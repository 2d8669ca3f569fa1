package door

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

func TestDoorStaysOnThisMachine(t *testing.T) {
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	quiet := slog.New(slog.DiscardHandler)
	var d Door
	if err := d.Open("0.0.0.0:0", "a fake", hello, quiet); err == nil ||
		!strings.Contains(err.Error(), "a fake has no real protection") {
		t.Fatalf("an open address: %v", err)
	}
	if err := d.Open("nowhere", "a fake", hello, quiet); err == nil {
		t.Fatal("an address without a port")
	}
	if err := d.Open("127.0.0.1:0", "a fake", hello, quiet); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(d.URL())
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || string(body) != "hello" {
		t.Errorf("%q, %v", body, err)
	}
	for host, want := range map[string]bool{"localhost:80": true, "[::1]:80": true, "evil.example:80": false, "10.0.0.1": false} {
		if got := d.Admits(&http.Request{Host: host}); got != want {
			t.Errorf("host %s: %v", host, got)
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if (&Door{}).Close() != nil || (&Door{}).URL() != "" {
		t.Error("a door never opened")
	}
	d.SetURL("https://fake.example/")
	if d.URL() != "https://fake.example" {
		t.Error(d.URL())
	}
}
