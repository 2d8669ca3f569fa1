package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTraces: an address that is none, and a file that is no header, are said before anything is sent.
func TestTraces(t *testing.T) {
	t.Parallel()
	for endpoint, bad := range map[string]bool{"": false, "http://localhost:4318": false, "https://otel.example.com/x": false,
		"localhost:4318": true, "ftp://x": true, "http://user:secret@x": true, "http://x?y": true} {
		var all problems
		Traces{Endpoint: endpoint}.check(all.add)
		if (len(all) > 0) != bad {
			t.Errorf("%q: %q", endpoint, all)
		}
	}
	file := filepath.Join(t.TempDir(), "header")
	for text, want := range map[string]string{"Authorization: Bearer x\n": "Authorization: Bearer x", "X-Key:1": "X-Key:1", "nothing": "",
		"A: b\nC: d": "", ": x": "", "A b: x": "", "A:": "", "A: " + strings.Repeat("x", maxHeader): ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Traces{Endpoint: "http://x", HeaderFile: file}.Header()
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%.40q: %q, %v", text, got, err)
		}
	}
	if got, err := (Traces{HeaderFile: "/nowhere"}).Header(); got != "" || err != nil {
		t.Errorf("without an endpoint: %q, %v", got, err)
	}
	if _, err := (Traces{Endpoint: "http://x", HeaderFile: file + "x"}).Header(); err == nil ||
		!strings.Contains(err.Error(), "traces.header_file") {
		t.Errorf("a file that is not there: %v", err)
	}
}
