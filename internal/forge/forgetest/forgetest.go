package forgetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
)

// Open makes the repository of a scene and gives what reads its change. The reader takes Valid for valid settings.
type Open func(t *testing.T, s Scene) (read func(context.Context) (change.Snapshot, error))

// Exercise holds a forge to all scenes that are not large, but for those that it cannot have: the test that names one says
// why, and holds the forge to what it does instead. A forge passes ExerciseLarge, too.
func Exercise(t *testing.T, open Open, cannot ...string) {
	exercise(t, false, open, cannot)
}

// ExerciseLarge holds a forge to the scenes with megabytes or thousands of files. They run the code that the others run; with
// the race detector most of their time is its memory's.
func ExerciseLarge(t *testing.T, open Open) { exercise(t, true, open, nil) }

func exercise(t *testing.T, large bool, open Open, cannot []string) {
	all := scenes()
	for _, name := range cannot {
		if !slices.ContainsFunc(all, func(s Scene) bool { return s.Name == name }) {
			t.Errorf("there is no scene %q to leave out", name)
		}
	}
	for _, s := range all {
		if s.large() != large || slices.Contains(cannot, s.Name) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			snap, err := open(t, s)(t.Context())
			if got, want := outcome(&snap, err), lines(s.Want); got != want {
				t.Errorf("got:\n%s\nwant:\n%s\nwhat differs:\n%s", got, want, difference(got, want))
			}
		})
	}
}

// outcome is what reading came to: the facts, or the kind of the error.
func outcome(s *change.Snapshot, err error) string {
	var unrelated *change.Unrelated
	switch {
	case errors.As(err, &unrelated):
		return "no common ancestor\n"
	case err != nil:
		return "error: " + err.Error() + "\n"
	}
	return facts(s)
}

// lines takes the indentation off a text in a table.
func lines(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line+"\n")
		}
	}
	return strings.Join(out, "")
}

// difference lists the lines of one text that the other does not have.
func difference(got, want string) string {
	var out strings.Builder
	only := func(sign, a, b string) {
		for line := range strings.Lines(a) {
			if !strings.Contains("\n"+b, "\n"+line) {
				out.WriteString(sign + line)
			}
		}
	}
	only("- ", want, got)
	only("+ ", got, want)
	return out.String()
}
