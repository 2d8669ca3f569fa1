package trends_test

import (
	"fmt"
	"testing"

	"github.com/lintel-review/lintel/internal/flow/figure"
)

// TestAgeOfThePast: the past is known since the latest of the times since which each repository's is.
func TestAgeOfThePast(t *testing.T) {
	r := open(t)
	age := func() figure.Age {
		t.Helper()
		a, err := r.Age(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	add := func(id int, state string, since, reached int64) {
		r.exec(fmt.Sprintf(`INSERT INTO backfill (forge, repo_id, installation, owner, name, state, since, began_at, cursor, reached,
			total, pulls, calls, points, until, why, revision, updated_at)
			VALUES ('github', %d, 1, 'o', 'n', '%s', %d, 1, '', %d, 0, 0, 0, 0, 0, '', 1, 1)`,
			id, state, since, reached))
	}
	if a := age(); a.Asked != 0 || !a.Whole.IsZero() {
		t.Errorf("nobody asked: %+v", a)
	}
	add(1, "complete", 1000, 500)
	add(2, "reading", 1000, 3000)
	if a := age(); a.Asked != 2 || a.Read != 1 || a.Whole.UnixMilli() != 3000 {
		t.Errorf("%+v", a)
	}
	add(3, "wanted", 1000, 0)
	if a := age(); a.Asked != 3 || !a.Whole.IsZero() {
		t.Errorf("one has nothing yet: %+v", a)
	}
}
