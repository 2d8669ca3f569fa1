package cli

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFlagsOfServe holds the flags that docs/server.md names and those of "lintel serve" against each other.
func TestFlagsOfServe(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/server.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, real []string
	for _, m := range regexp.MustCompile("(?m)^\\| .* \\| `--([a-z-]+)` \\|$").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, m[1])
	}
	var help bytes.Buffer
	if status := Run(context.Background(), []string{"serve", "--help"}, strings.NewReader(""), &help, &help); status != Passed {
		t.Fatalf("serve --help ended with status %d", status)
	}
	for _, m := range regexp.MustCompile(`(?m)^ +(?:-[a-z], )?--([a-z-]+)`).FindAllStringSubmatch(help.String(), -1) {
		if !slices.Contains([]string{"help", "config", "setup"}, m[1]) { // these are no keys of the file
			real = append(real, m[1])
		}
	}
	slices.Sort(documented)
	slices.Sort(real)
	if d := cmp.Diff(real, documented); d != "" || len(real) == 0 {
		t.Errorf("docs/server.md (+) and the flags of serve (-) differ:\n%s", d)
	}
}
