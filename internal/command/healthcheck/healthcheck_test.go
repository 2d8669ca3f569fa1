package healthcheck

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/terminal"
)

// TestHealth asks a process that lives and takes no work, by its file and by its address, and one that is not there.
func TestHealth(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	address := server.Listener.Addr().String()
	_, port, _ := strings.Cut(address, ":")
	file := filepath.Join(t.TempDir(), "server.yml")
	if err := os.WriteFile(file, []byte("public_url: https://lintel.example.com\nlisten: 0.0.0.0:"+port+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	private := filepath.Join(t.TempDir(), "server.yml")
	if err := os.WriteFile(private, []byte("public_url: https://lintel.example.com\nlisten: 127.0.0.1:1\nadmin_listen: "+address+
		"\ndatabase: postgres://lintel@db.example.com/lintel\nroles: [gate]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	shared := filepath.Join(t.TempDir(), "server.yml")
	if err := os.WriteFile(shared, []byte("public_url: https://lintel.example.com\nlisten: 127.0.0.1:1\nadmin_listen: "+address+
		"\ndatabase: postgres://lintel@db.example.com/lintel\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		command   Command
		out, want string
	}{
		"by its address":     {command: Command{Address: address}, out: "ok\n"},
		"by its file":        {command: Command{DatabaseFlags: config.DatabaseFlags{Config: file}}, out: "ok\n"},
		"roles by a flag":    {command: Command{DatabaseFlags: config.DatabaseFlags{Config: shared}, Roles: "gate,sweeps"}, out: "ok\n"},
		"unknown roles":      {command: Command{DatabaseFlags: config.DatabaseFlags{Config: shared}, Roles: "gates"}, want: "gates"},
		"no public listener": {command: Command{DatabaseFlags: config.DatabaseFlags{Config: private}}, out: "ok\n"},
		"takes no work":      {command: Command{Address: address, Ready: true}, want: "answers 503"},
		"nothing listens":    {command: Command{Address: "127.0.0.1:1"}, want: "does not answer"},
		"no address":         {command: Command{Address: "8080"}, want: "write HOST:PORT"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errOut strings.Builder
			tt.command.Timeout = time.Minute
			err := tt.command.Run(context.Background(), terminal.New(strings.NewReader(""), &out, &errOut))
			if out.String() != tt.out || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, %v; want %q, %q", out.String(), err, tt.out, tt.want)
			}
		})
	}
}
