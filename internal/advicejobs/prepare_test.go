package advicejobs

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/lifecycle"
)

// TestNameless: what the model's worker gets of suppressions keeps as much silent as before, and nobody's name or words.
func TestNameless(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	all := []advice.Suppression{
		{
			Category: advice.Correctness,
			Path:     "/cart/sum.go",
			By:       []string{"olga", "wendy"},
			Reason:   "dismissed 3 times: the password is hunter2",
			Since:    now,
			Expires:  now.Add(time.Hour),
		},
	}
	got := nameless(all)
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"olga", "wendy", "hunter2"} {
		if strings.Contains(string(b), bad) {
			t.Errorf("%s holds %q", b, bad)
		}
	}
	if _, ok := lifecycle.Suppresses(got, advice.Draft{Category: advice.Correctness, Path: "cart/sum.go"}, now); !ok ||
		len(all[0].By) != 2 {
		t.Errorf("%+v of %+v", got, all)
	}
}
