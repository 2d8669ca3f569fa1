package policy_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/document"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
)

// The gate enforces as soon as anything does, or when nobody knows what should be; the operator's cap is above it.
func TestGateMode(t *testing.T) {
	e := shipped(t)
	off := enforcing()
	off.Commits.Mode, off.Ownership.Mode, off.Size.Mode = finding.Off, finding.Off, finding.Off
	off.Secrets.Mode, off.Workflows.Mode, off.Dependencies.Mode = finding.Off, finding.Off, finding.Off
	off.Smells.Mode, off.Tests.Mode = finding.Off, finding.Off
	one := off
	one.Size.Mode = finding.Enforce
	incomplete := func(s *change.Snapshot) { s.FilesTotal = 9 }
	for name, tc := range map[string]struct {
		alter      func(*change.Snapshot)
		r          settings.Resolution
		opt        policy.Options
		conclusion effect.Conclusion
		rule       string
	}{
		"nothing enforces": {incomplete, settings.Resolution{Settings: settings.Default(), Source: settings.Absent},
			policy.Options{}, effect.Success, "gate/file-list"},
		"everything is off": {incomplete, settings.Resolution{Settings: off, Source: settings.FromFile}, policy.Options{},
			effect.Success, "gate/file-list"},
		"one rule enforces": {incomplete, settings.Resolution{Settings: one, Source: settings.FromFile}, policy.Options{},
			effect.Failure, "gate/file-list"},
		"the operator's cap": {incomplete, settings.Resolution{Settings: one, Source: settings.FromFile},
			policy.Options{Cap: finding.Warn}, effect.Success, "gate/file-list"},
		"no settings": {nil,
			settings.Resolution{Settings: settings.Default(), Source: settings.None, Reason: "it could not be read"}, policy.Options{},
			effect.Failure, "gate/settings"},
		"no settings, but the cap": {nil,
			settings.Resolution{Settings: settings.Default(), Source: settings.None, Reason: "it could not be read"},
			policy.Options{Cap: finding.Warn}, effect.Success, "gate/settings"},
		"last good settings": {nil,
			settings.Resolution{
				Settings: one,
				Source:   settings.LastGood,
				InForce:  "f00",
				Reason:   "it is not valid",
				Errors:   []document.Problem{{Line: 1, Column: 1, Message: "x"}},
			},
			policy.Options{}, effect.Success, "gate/settings-last-good"},
		"broken merge group": {func(s *change.Snapshot) {
			s.Kind, s.Group = change.MergeGroup, &change.Group{Head: strings.Repeat("c", 40), Problem: "its branch is gone"}
		}, settings.Resolution{Settings: one, Source: settings.FromFile}, policy.Options{}, effect.Failure, "gate/merge-group"},
		"other controls": {func(s *change.Snapshot) { s.Controls.Substituted = "it is not protected" },
			settings.Resolution{Settings: one, Source: settings.FromFile},
			policy.Options{}, effect.Success, "gate/controls"},
	} {
		t.Run(name, func(t *testing.T) {
			s := large(1, true)
			if tc.alter != nil {
				tc.alter(s)
			}
			_, d, err := e.Judge(t.Context(), s, tc.r, tc.opt)
			if err != nil {
				t.Fatal(err)
			}
			if d.Conclusion != tc.conclusion || len(d.Findings) == 0 || d.Findings[0].Rule != tc.rule {
				t.Errorf("%s with %q, want %s with %s", d.Conclusion, rules(d.Findings), tc.conclusion, tc.rule)
			}
		})
	}
}

// A change is judged by the settings in force. What it proposes is shown, with a difference in both directions, and changes nothing else.
//
// Attack by the author: Rules in the change itself: Lintel reads settings and CODEOWNERS at the base; it
// shows what the change proposes and never obeys it. Also `internal/forge/local/local_test.go`
// `TestControlsOfTheHeadAreOnlyProposed`; `cmd/lintel/testdata/script/story_own_rules.txtar`.
//
//race:unwatched
func TestPreviewIsNotObeyed(t *testing.T) {
	e := shipped(t)
	s := large(1, false)
	set := enforcing()
	set.Commits.Mode, set.Ownership.Mode = finding.Enforce, finding.Off
	r := settings.Resolution{Settings: set, Source: settings.FromFile}
	_, before, err := e.Judge(t.Context(), s, r, policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("version: 1\ncommits: {mode: off}\nownership: {mode: enforce}\n")
	s.Proposed = &change.File{Path: settings.Path, Blob: "p", Size: int64(len(text)), Content: text}
	f, after, err := e.Judge(t.Context(), s, r, policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Findings) != len(before.Findings)+1 || after.Findings[0].Rule != "gate/settings-preview" ||
		after.Conclusion != before.Conclusion {
		t.Errorf("%s with %q, want %s with %q and the preview", after.Conclusion, rules(after.Findings), before.Conclusion,
			rules(before.Findings))
	}
	comes, goes := false, false
	for _, c := range f.Controls.Proposed.Changes {
		comes = comes || strings.HasPrefix(c.Rule, "ownership/") && c.Was == facts.WeightNone && c.WouldBe == facts.WeightBlock
		goes = goes || strings.HasPrefix(c.Rule, "commits/") && c.Was == facts.WeightBlock && c.WouldBe == facts.WeightNone
		if strings.HasPrefix(c.Rule, "gate/") {
			t.Errorf("the preview speaks of %s", c.Rule)
		}
	}
	if !comes || !goes {
		t.Errorf("differences %+v, want findings that come and findings that go", f.Controls.Proposed.Changes)
	}
	if first := f.Controls.Proposed.Changes[0]; first.WouldBe != facts.WeightBlock {
		t.Errorf("the first difference is %+v, want what would block", first)
	}
}

func TestJudgeEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := shipped(t).Judge(ctx, large(1, true), settings.Resolution{Settings: enforcing(), Source: settings.FromFile},
		policy.Options{}); err == nil {
		t.Error("an ended context gave a verdict")
	}
}
