package evidence

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/rollout"
	"github.com/lintel-review/lintel/internal/verdict"
)

var noon = time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC)

// look is a verdict by a short text: head, minutes after noon, mode, and whether the rule found something.
func look(head string, minutes int, mode string, found bool) verdict.PastLook {
	findings := ""
	if found {
		findings = fmt.Sprintf(`{"rule":"size/lines","severity":"error","mode":%q,"blocking":%t},{"rule":"size/note",
			"severity":"notice","mode":"warn","blocking":false}`, mode, mode == "enforce")
	}
	return verdict.PastLook{Head: head, At: noon.Add(time.Duration(minutes) * time.Minute), Decision: []byte(
		`{"findings":[` + findings + `],"judged":["size/lines","size/note"],"conclusion":"success"}`)}
}

func pull(number int, state change.State, ended time.Time, title string, looks ...verdict.PastLook) verdict.Past {
	return verdict.Past{
		Record: change.Record{
			Ref:   change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: number}, Owner: "acme", Name: "shop"},
			State: state,
		},
		Title: title, EndedAt: ended, Looks: looks,
	}
}

func TestSum(t *testing.T) {
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	cut := look("h9", 0, "shadow", true)
	cut.Decision = nil
	reverting := pull(9, change.Merged, day(6), `Revert "feat: three"`, look("h8", 0, "shadow", false))
	reverting.Body = "Reverts acme/shop#3"
	all := []verdict.Past{
		pull(10, change.Open, time.Time{}, "feat: ten", cut),
		reverting,
		// The rule is fixed on the second head, not by the second look at the first.
		pull(5, change.Merged, day(5), "feat: five", look("a", 0, "shadow", true), look("a", 3, "shadow", false),
			look("b", 10, "shadow", false)),
		pull(4, change.Open, time.Time{}, "feat: four", look("c", 0, "shadow", true), look("d", 30, "shadow", false)),
		pull(3, change.Merged, day(4), "feat: three", look("e", 0, "warn", true)),
		pull(2, change.Merged, day(3), "feat: two", look("f", 0, "enforce", true), look("g", 5, "enforce", true)),
		pull(1, change.Closed, day(2), "feat: one", look("h", 0, "shadow", false)),
	}
	var s Sum
	for _, p := range all {
		if err := s.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	want := []rollout.Evidence{
		{
			Rule: "size/lines", Mode: "shadow", Pulls: 6, Judged: 6, WouldBlock: 4, Blocked: 1, Merged: 3, MergedWith: 2, Reverted: 1,
			Fixed: 2, MedianFix: 20 * 60,
		},
		{Rule: "size/note", Pulls: 6, Judged: 6},
	}
	if d := cmp.Diff(want, s.Evidence()); d != "" {
		t.Error(d)
	}
	if all, lost := s.Pulls(); all != 7 || lost != 1 {
		t.Errorf("%d pull requests, %d of them no longer kept", all, lost)
	}
	if got := s.Of("lint/finding"); got != (rollout.Evidence{Rule: "lint/finding", Pulls: 6}) {
		t.Errorf("a rule that was never asked has %+v", got)
	}
	if want, got := "would have blocked 4 of the last 6 pull requests, 1 of them was reverted later; median 20 minutes to fix",
		s.Of("size/lines").Summary(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNumbersOfOtherRepositories holds that a revert names a change of its own repository.
func TestNumbersOfOtherRepositories(t *testing.T) {
	other := pull(9, change.Merged, noon.AddDate(0, 0, 2), `Revert "something else"`)
	other.Record.RepoID, other.Body = 8, "Reverts #3"
	var s Sum
	for _, p := range []verdict.Past{other, pull(3, change.Merged, noon, "feat: three", look("e", 0, "shadow", true))} {
		if err := s.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Of("size/lines"); got.Reverted != 0 || got.Merged != 1 || got.MergedWith != 1 {
		t.Errorf("%+v", got)
	}
}

func TestADecisionThatCannotBeRead(t *testing.T) {
	var s Sum
	err := s.Add(pull(3, change.Open, time.Time{}, "x", verdict.PastLook{Head: "a", Decision: []byte("{")}))
	if err == nil || !strings.Contains(err.Error(), "acme/shop#3") {
		t.Errorf("the error is %v", err)
	}
	if len(s.Evidence()) != 0 {
		t.Errorf("%v", s.Evidence())
	}
}

// TestARuleThatAbstains holds that a rule which could not judge has neither passed nor been fixed.
func TestARuleThatAbstains(t *testing.T) {
	silent := look("b", 5, "shadow", false)
	silent.Decision = []byte(`{"findings":[],"judged":["size/lines","size/note"],"abstained":[{"rule":"size/lines"}]}`)
	var s Sum
	for _, p := range []verdict.Past{
		pull(2, change.Open, time.Time{}, "x", look("a", 0, "shadow", true), silent),
		pull(1, change.Open, time.Time{}, "x", silent),
	} {
		if err := s.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	want := rollout.Evidence{Rule: "size/lines", Mode: "shadow", Pulls: 2, Judged: 1, WouldBlock: 1}
	if d := cmp.Diff(want, s.Of("size/lines")); d != "" {
		t.Error(d)
	}
	if got := s.Of("size/note"); got.Judged != 2 {
		t.Errorf("%+v", got)
	}
}
