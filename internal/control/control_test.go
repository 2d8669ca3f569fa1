package control

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/chat"
	"github.com/lintel-review/lintel/internal/delivery"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/policy"
)

// forge answers from memory; err is the answer to everything when it is set.
type forge struct {
	roles     map[string]string
	teams     map[string]string
	err       error
	asked     int
	reactions []string
}

func (f *forge) React(_ context.Context, _ change.Ref, _ chat.Place, _ int64, reaction string) error {
	f.reactions = append(f.reactions, reaction)
	return f.err
}

func (f *forge) Role(_ context.Context, _ change.Ref, login string) (string, error) {
	f.asked++
	return f.roles[login], f.err
}

func (f *forge) InTeam(_ context.Context, _ change.Ref, team, login string) (bool, error) {
	f.asked++
	return f.teams[team] == login, f.err
}

func (f *forge) RequestReviews(context.Context, change.Ref, []string) error { return f.err }

// memory keeps commands, what was granted and no verdicts.
type memory struct {
	waiting []delivery.Command
	ignored []string
}

func (m *memory) Waiting(context.Context, change.Key) ([]delivery.Command, error) {
	return m.waiting, nil
}

func (m *memory) Ignore(_ context.Context, c delivery.Command) error {
	m.ignored = append(m.ignored, c.Actor)
	return nil
}

func (m *memory) SettleCommand(context.Context, delivery.Command, delivery.Answer, override.Deed) error {
	return nil
}

func (m *memory) Replies(context.Context, change.Key) ([]delivery.Answered, error) { return nil, nil }

func (m *memory) Overrides(context.Context, change.Key) ([]override.Override, error) { return nil, nil }

func (m *memory) Mutes(context.Context, change.Key) ([]override.Mute, error) { return nil, nil }

func (m *memory) FalseAlarms(context.Context, change.Key) ([]override.FalseAlarm, error) {
	return nil, nil
}

func (m *memory) Decided(context.Context, change.Key, string) ([]byte, error) { return nil, nil }

func (m *memory) Unreacted(context.Context, change.Key) ([]delivery.Reaction, error) {
	return []delivery.Reaction{{Place: chat.OnIssue, Comment: 1, Good: true}}, nil
}

func (m *memory) Reacted(context.Context, change.Key, delivery.Reaction) error { return nil }

func (m *memory) Answered(context.Context, change.Key, string) (*delivery.Answerable, error) {
	return nil, nil
}

func made(t *testing.T, f *forge, m *memory) *Control {
	t.Helper()
	c, err := New(Options{Store: m, Grants: m, Verdicts: m, Reactions: m, Threads: m, Forge: f,
		Rules: []policy.Rule{{ID: "a/b", Family: "a"}},
		Owners: func(*change.Snapshot, []string) map[string][]string {
			return map[string][]string{"pay/a.go": {"@mika", "@acme/core"}, "docs/b.md": {"@rita", "rita@example.com"}}
		}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNewChecksItsParts(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a control of nothing")
	}
}

// TestWhoMayOverride: one entry that lets somebody is enough, and a forge that does not say refuses.
func TestWhoMayOverride(t *testing.T) {
	pay, docs := finding.Finding{Path: "pay/a.go"}, finding.Finding{Path: "docs/b.md"}
	for name, c := range map[string]struct {
		allow []string
		actor string
		found []finding.Finding
		may   bool
	}{
		"nobody":                     {nil, "olga", nil, false},
		"maintain is above write":    {[]string{"permission:write"}, "olga", nil, true},
		"write is not maintain":      {[]string{"permission:maintain"}, "wendy", nil, false},
		"a permission that is none":  {[]string{"permission:owner"}, "olga", nil, false},
		"a team":                     {[]string{"team:core"}, "core", nil, true},
		"the second entry":           {[]string{"permission:admin", "team:core"}, "core", nil, true},
		"the owner":                  {[]string{"owner:path"}, "Mika", []finding.Finding{pay}, true},
		"a team of the owners":       {[]string{"owner:path"}, "core", []finding.Finding{pay}, true},
		"an address is nobody":       {[]string{"owner:path"}, "rita@example.com", []finding.Finding{docs}, false},
		"the owner of one path":      {[]string{"owner:path"}, "mika", []finding.Finding{pay, docs}, false},
		"nothing is known to pass":   {[]string{"owner:path"}, "mika", nil, false},
		"a finding of no path":       {[]string{"owner:path"}, "mika", []finding.Finding{pay, {}}, false},
		"a path without owners":      {[]string{"owner:path"}, "mika", []finding.Finding{{Path: "x"}}, false},
		"a stranger with no reading": {[]string{"permission:write", "team:core", "owner:path"}, "eve", []finding.Finding{pay}, false},
	} {
		f := &forge{roles: map[string]string{"olga": "maintain", "wendy": "write", "eve": "none"}, teams: map[string]string{"core": "core"}}
		a := &asking{ref: change.Ref{Owner: "acme"}, actor: c.actor, found: c.found}
		why, err := made(t, f, &memory{}).mayNot(t.Context(), c.allow, a)
		if err != nil || (why == "") != c.may {
			t.Errorf("%s: %q %v", name, why, err)
		}
	}
	f := &forge{err: &change.Refused{What: "no permission"}}
	if why, err := made(t, f, &memory{}).mayNot(t.Context(), []string{"team:core"}, &asking{actor: "olga"}); why == "" || err != nil {
		t.Errorf("a refusal of the forge lets pass: %q %v", why, err)
	}
	f.err = errors.New("timeout")
	if _, err := made(t, f, &memory{}).mayNot(t.Context(), []string{"team:core"}, &asking{actor: "olga"}); err == nil {
		t.Error("a fault of the forge is an answer")
	}
}

// TestBotsAreIgnored: only what the settings list is left to be carried out.
func TestBotsAreIgnored(t *testing.T) {
	m := &memory{waiting: []delivery.Command{{Actor: "a[bot]", Bot: true}, {Actor: "B[bot]", Bot: true}, {Actor: "mona"}}}
	err := made(t, &forge{}, m).ignoreBots(t.Context(), change.Key{}, []string{"b[bot]"})
	if err != nil || !slices.Equal(m.ignored, []string{"a[bot]"}) {
		t.Errorf("ignored %q: %v", m.ignored, err)
	}
}

// TestReactions: eyes for each comment of a person once, and a locked conversation is no error.
func TestReactions(t *testing.T) {
	why := delivery.Command{Place: chat.OnIssue, Comment: 1}
	m := &memory{waiting: []delivery.Command{why, why, {Place: chat.OnIssue, Comment: 2, Bot: true}}}
	f := &forge{}
	c := made(t, f, m)
	if err := c.Accept(t.Context(), change.Ref{}); err != nil || strings.Join(f.reactions, " ") != "eyes" {
		t.Errorf("%q %v", f.reactions, err)
	}
	f.err = &change.Refused{What: "locked"}
	if err := c.React(t.Context(), change.Ref{}); err != nil || f.reactions[1] != "+1" {
		t.Errorf("%q %v", f.reactions, err)
	}
}

// timed ends nothing, or fails.
type timed struct{ err error }

func (e timed) ExpireOverrides(context.Context, time.Time) (int, error) { return 0, e.err }

func (e timed) ExpireGateSwitches(context.Context, time.Time) ([]gateswitch.Switch, error) {
	return []gateswitch.Switch{{State: gateswitch.Open}}, nil
}

func TestExpire(t *testing.T) {
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	if err := Expire(t.Context(), timed{}, logger, time.Now()); err != nil || !strings.Contains(log.String(), "was=open") {
		t.Errorf("%v: %s", err, log.String())
	}
	if err := Expire(t.Context(), timed{errors.New("locked")}, logger, time.Now()); err == nil {
		t.Error("a fault was lost")
	}
}
