package operator

import (
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// TestNamesOfChanges reads what people write on each forge: the sigil says which, and groups of GitLab are nested.
func TestNamesOfChanges(t *testing.T) {
	for name, want := range map[string]Pull{
		"acme/shop#12":        {change.GitHub, "acme", "shop", 12},
		"group/sub/name!12":   {change.GitLab, "group/sub", "name", 12},
		"group/name.x_y-z!1":  {change.GitLab, "group", "name.x_y-z", 1},
		"a/b/c/d/e/f/g/h/i!9": {change.GitLab, "a/b/c/d/e/f/g/h", "i", 9},
	} {
		got, err := parsePull(name)
		if err != nil || got != want || got.String() != name {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "acme/shop", "acme/sub/shop#12", "shop!1", "group//name!1",
		"group/name!0", "/group/name!1", "a/b!1x", "../b!1"} {
		if got, err := parsePull(name); err == nil {
			t.Errorf("%q names %+v", name, got)
		}
	}
}
