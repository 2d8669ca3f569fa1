package family

import (
	"slices"
	"testing"

	"github.com/lintel-review/lintel/internal/advice"
)

func TestTable(t *testing.T) {
	if got, want := Names(false),
		[]string{Commits, Ownership, Size, Coverage, Lint, Secrets, Dependencies, Workflows, Smells, Tests}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	all := append(Names(false), Names(true)...)
	slices.Sort(all)
	if len(slices.Compact(all)) != len(All()) {
		t.Errorf("a name stands there twice: %q", all)
	}
	if !Of(Lint).AboutCode || !slices.Contains(Of(Secrets).Covers, advice.Security) || Of("unknown").AboutCode {
		t.Error("the line of a family is not found")
	}
	for _, name := range []string{Commits, Ownership, Gate, "unknown"} {
		if f := Of(name); f.AboutCode || len(f.Covers) > 0 || f.Name != name {
			t.Errorf("%+v", f)
		}
	}
}
