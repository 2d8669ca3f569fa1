package policy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/rollout"
	"github.com/lintel-review/lintel/internal/settings"
)

// A mode that is rolled out blocks in the chosen repositories only, equally for all of their changes, until its last day.
// The verdict follows from facts and settings, so that it can be derived again on another day.
//
//race:unwatched
func TestRollout(t *testing.T) {
	e := shipped(t)
	set, problems := settings.Parse("lintel.yml",
		[]byte("version: 1\nownership: {mode: off}\n"+
			"commits: {mode: enforce, rollout: 40, until: 2027-03-31, otherwise: shadow}\n"), e.Configurable())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r := settings.Resolution{Settings: set, Source: settings.FromFile}
	last := time.Date(2027, 3, 31, 23, 0, 0, 0, time.UTC)
	refused := map[int64]bool{}
	for id := int64(1); id <= 12; id++ {
		for number, at := range []time.Time{last.AddDate(0, -2, 0), last, last.Add(time.Hour)} {
			s := large(1, false)
			s.Ref.RepoID, s.Ref.Number, s.TakenAt = id, number+1, at
			f, d, err := e.Judge(t.Context(), s, r, policy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			blocks := d.Conclusion == effect.Failure
			ended := strings.Contains(fmt.Sprint(rules(d.Findings)), "gate/rollout-ended")
			switch number {
			case 0:
				refused[id] = blocks
			case 1:
				if blocks != refused[id] {
					t.Errorf("in repository %d one change is refused and another is not", id)
				}
			case 2:
				if blocks || !ended {
					t.Errorf("after the last day repository %d has %s with %q", id, d.Conclusion, rules(d.Findings))
				}
			}
			if number < 2 && ended {
				t.Errorf("the rollout has ended at %s", at)
			}
			rederive(t, e, f, set, d)
		}
	}
	n := 0
	for _, blocks := range refused {
		if blocks {
			n++
		}
	}
	if n == 0 || n == len(refused) {
		t.Errorf("%d of %d repositories are chosen at 40 %%", n, len(refused))
	}
}

// rederive holds that the facts as they are kept give the same decision.
func rederive(t *testing.T, e *policy.Engine, f facts.Facts, set settings.Settings, want policy.Decision) {
	t.Helper()
	kept, err := facts.Parse(want.FactsJSON)
	if err != nil {
		t.Fatal(err)
	}
	again, err := e.Decide(t.Context(), kept, set, policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, errA := json.Marshal(want)
	b, errB := json.Marshal(again)
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Errorf("the decision on %s derived again is another one:\n%s\n%s", f.Change.Ref, a, b)
	}
}

// Whoever owns a rollout, or why it is there, is text: no part of it breaks the finding.
//
//race:unwatched
func TestHostileOwnerOfARollout(t *testing.T) {
	e := shipped(t)
	owner := `<script>alert(1)</script> @acme/all [x](javascript:y) %s %d`
	set := enforcing()
	set.Size.Mode, set.Size.Until = finding.Warn, "2020-01-01"
	set.Size.Owner, set.Size.Reason = owner, "\u202e \\ ${x} {{y}}"
	s := large(1, true)
	s.TakenAt = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	_, d, err := e.Judge(t.Context(), s, settings.Resolution{Settings: set, Source: settings.FromFile}, policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Findings {
		if f.Rule == "gate/rollout-ended" {
			if !strings.Contains(f.Message, owner) || !strings.Contains(f.Message, "${x} {{y}}") {
				t.Errorf("the message is %q", f.Message)
			}
			return
		}
	}
	t.Errorf("findings %q", rules(d.Findings))
}

// A change whose settings let a rule block brings what the rule would have blocked; one that does not asks nobody.
//
//race:unwatched
func TestEvidenceOfProposedSettings(t *testing.T) {
	e := shipped(t)
	asked := 0
	opt := policy.Options{Evidence: func(_ context.Context, of change.Ref, rules []string) ([]rollout.Evidence, error) {
		asked++
		out := make([]rollout.Evidence, len(rules))
		for i, rule := range rules {
			out[i] = rollout.Evidence{Rule: rule, Pulls: int(of.RepoID), Judged: int(of.RepoID)}
			if rule == "commits/header" {
				out[i].WouldBlock = 2
			}
		}
		return out, nil
	}}
	set, problems := settings.Parse("lintel.yml", []byte("version: 1\ncommits: {mode: shadow}\nsize: {mode: enforce}\n"), e.Configurable())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	r := settings.Resolution{Settings: set, Source: settings.FromFile}
	for _, c := range []struct{ proposed, want string }{
		{"commits: {mode: warn}\nsize: {mode: enforce}\n", ""},
		{"commits: {mode: enforce, rollout: 0}\nsize: {mode: enforce}\n", "commits/header, shadow now, would have blocked 2 of the last 9"},
		{"commits: {mode: shadow}\nsize: {mode: enforce, fail_over: 7}\n", ""},
		{"commits: {mode: enforce}\nsize: {mode: enforce}\n", "commits/header, shadow now, would have blocked 2 of the last 9"},
	} {
		s := large(1, true)
		s.Ref.RepoID, asked = 9, 0
		text := []byte("version: 1\n" + c.proposed)
		s.Proposed = &change.File{Path: settings.Path, Blob: "p", Size: int64(len(text)), Content: text}
		_, d, err := e.Judge(t.Context(), s, r, opt)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, f := range d.Findings {
			if f.Rule == "gate/rollout-evidence" {
				said = f.Message
			}
		}
		if (c.want == "") != (said == "") || !strings.Contains(said, c.want) || strings.Contains(said, "size/") {
			t.Errorf("%s says %q, want %q", c.proposed, said, c.want)
		}
		if (asked > 0) != (c.want != "") {
			t.Errorf("%s asked for evidence %d times", c.proposed, asked)
		}
	}
}
