package pages

import (
	"slices"
	"strings"
	"testing"
)

// TestReadmeCommandsAreGuarded holds the two commands that the README promises to what CI runs: a promise that nothing runs rots.
func TestReadmeCommandsAreGuarded(t *testing.T) {
	t.Parallel()
	readme, ci, makefile := readRoot(t, "README.md"), readRoot(t, ".ci/run"), readRoot(t, "Makefile")
	for command, step := range map[string]string{"go run ./cmd/lintel demo": "demo-once", "make test": "test"} {
		if !strings.Contains(readme, "```sh\n"+command+"\n```") {
			t.Errorf("README.md does not give the command %q in a block of its own", command)
		}
		_, after, _ := strings.Cut(ci, "groups=(compile")
		steps, _, _ := strings.Cut(after, ")")
		if !slices.Contains(strings.Fields(strings.ReplaceAll(steps, `"`, " ")), step) {
			t.Errorf(".ci/run does not run the step %q that guards %q", step, command)
		}
		if !strings.Contains(makefile, "\n"+step+":") {
			t.Errorf("the Makefile has no target %q", step)
		}
	}
}

// TestReadmeIsShort: whoever opens it has a minute.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if n := strings.Count(readRoot(t, "README.md"), "\n"); n > 120 {
		t.Errorf("README.md has %d lines, more than 120: move something to a guide", n)
	}
}
