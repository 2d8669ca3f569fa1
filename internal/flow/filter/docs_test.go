package filter

import (
	"os"
	"strings"
	"testing"
)

// The manual names every parameter.
func TestManual(t *testing.T) {
	page, err := os.ReadFile("../../../docs/dashboard.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/dashboard.md does not name %s", name)
		}
	}
}
