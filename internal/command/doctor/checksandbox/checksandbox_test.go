//race:unwatched
package checksandbox

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/sandbox/bwrap"
	"github.com/lintel-review/lintel/internal/terminal"
)

// TestRun examines the machine that the tests run on.
func TestRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, want string
		well       bool
	}{
		"off":       {"", "note  sandbox: checks.backend is off", true},
		"bwrap":     {"checks: {backend: bwrap}", "ok    run: a program that does nothing took ", true},
		"no engine": {"checks: {backend: docker, socket: 'unix:///nonexistent/s'}", "FAIL  engine: ", false},
		"no cluster": {"checks: {backend: kubernetes, kubernetes: {kubeconfig: /nonexistent}}", "do: name a kubeconfig by " +
			"checks.kubernetes.kubeconfig", false},
		"a worker's": {"checks: {backend: docker, socket: 'unix:///nonexistent/s', run: worker}",
			"note  checks.run: the file leaves checks to workers", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "bwrap" && os.Getenv("TEST_SANDBOX") == "" {
				if _, err := bwrap.New(bwrap.Options{}); err != nil {
					t.Skipf("nothing is run here: %v", err)
				}
			}
			file := filepath.Join(t.TempDir(), "server.yml")
			text := "public_url: https://lintel.example.com\ndatabase: sqlite://" + file + ".db\n" + c.file + "\n"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			command := Command{}
			command.Config = file
			err := command.Run(t.Context(), terminal.Terminal{Out: &out, Err: &out, Env: os.Environ()})
			if (err == nil) != c.well || !strings.Contains(out.String(), c.want) {
				t.Errorf("%v\n%s", err, out.String())
			}
		})
	}
}
