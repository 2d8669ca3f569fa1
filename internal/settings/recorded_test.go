package settings

import (
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/finding"
)

// TestDiffers: recorded settings come to other modes on the day on which a rollout begins, on the day after it ends, and
// when other rules are demoted; and to the same on every other day.
func TestDiffers(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 3, d, 12, 0, 0, 0, time.UTC) }
	noisy := []change.NoisyRule{{Rule: "size/too-large", Decided: 60, Unwanted: 30}}
	floor := []FloorRollout{{Name: "size", Mode: finding.Enforce, Rollout: Rollout{From: "2026-03-10"}}}
	for name, c := range map[string]struct {
		file         string
		floors       []FloorRollout
		was, is      []change.NoisyRule
		reached, now int
		want         string
	}{
		"no rollout":       {"size: { mode: enforce }\n", nil, nil, nil, 1, 30, ""},
		"the same day":     {"size: { mode: enforce, from: 2026-03-10 }\n", nil, nil, nil, 10, 10, ""},
		"before it begins": {"size: { mode: enforce, from: 2026-03-10 }\n", nil, nil, nil, 8, 9, ""},
		"it begins":        {"size: { mode: enforce, from: 2026-03-10 }\n", nil, nil, nil, 9, 10, "a rollout began or ended"},
		"its last day":     {"size: { mode: enforce, until: 2026-03-10 }\n", nil, nil, nil, 9, 10, ""},
		"it has ended":     {"size: { mode: enforce, until: 2026-03-10 }\n", nil, nil, nil, 10, 11, "a rollout began or ended"},
		"of a rule": {
			"rules: { size/too-large: { mode: warn, from: 2026-03-10 } }\n", nil, nil, nil, 9, 10, "a rollout began or ended",
		},
		"of a floor":               {"", floor, nil, nil, 9, 10, "a rollout began or ended"},
		"of a floor, that began":   {"", floor, nil, nil, 10, 11, ""},
		"a demotion":               {"demote: auto\n", nil, nil, noisy, 1, 1, "other rules are demoted"},
		"a demotion that stands":   {"demote: auto\n", nil, noisy, noisy, 1, 1, ""},
		"a demotion that is over":  {"demote: auto\n", nil, noisy, nil, 1, 1, "other rules are demoted"},
		"a demotion as a proposal": {"", nil, nil, noisy, 1, 1, ""},
	} {
		content := []byte("version: 1\n" + c.file)
		file := change.File{Path: Path, Blob: "b", Size: int64(len(content)), Content: content}
		r := Resolve(change.Controls{Files: map[string]change.File{Path: file}, Noisy: c.was}, nil, nil)
		if len(r.Errors) > 0 {
			t.Fatalf("%s: %v", name, r.Errors)
		}
		r.Settings.Floors = c.floors
		got, err := Differs(Canonical(r.Settings), 7, day(c.reached), day(c.now), c.is)
		if err != nil || got != c.want {
			t.Errorf("%s: %q %v, want %q", name, got, err, c.want)
		}
	}
	if _, err := Differs([]byte("{"), 7, day(1), day(2), nil); err == nil {
		t.Error("settings that cannot be read do not differ")
	}
}
