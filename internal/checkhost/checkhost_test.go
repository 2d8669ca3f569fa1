//race:unwatched
package checkhost_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/checkhost"
	"github.com/lintel-review/lintel/internal/config"
)

// TestAnotherSandbox: what containers that waited left is removed where a Lintel that was killed ran by another sandbox.
func TestAnotherSandbox(t *testing.T) {
	trees := t.TempDir()
	left := filepath.Join(trees, "waiting.d", "c1", "x")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	h, err := checkhost.Open(t.Context(), config.Checks{Backend: "off"}, trees, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if all, err := os.ReadDir(trees); err != nil || len(all) != 0 {
		t.Errorf("the folder has %v, %v", all, err)
	}
}
