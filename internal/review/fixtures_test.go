package review

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/effect"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/override"
	"github.com/lintel-review/lintel/internal/render/comment"
	"github.com/lintel-review/lintel/internal/settings"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func pull(n int) change.Ref {
	return change.Ref{Key: change.Key{Forge: change.GitHub, RepoID: 7, Number: n}, Owner: "acme", Name: "shop", Connection: 11}
}

func inlineAt(point string, line int) effect.InlineComment {
	m := effect.InlineComment{Fingerprint: point, SHA: "bbb", Path: "a.go", Side: effect.Right, StartLine: line, Line: line, Body: "b"}
	m.About = effect.About{Origin: effect.FromAdvice, Rule: "advice/correctness"}
	return m
}

// show writes effects as JSON, for messages and to search in.
func show(effects []effect.Effect) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(effects); err != nil {
		panic(err)
	}
	return b.String()
}

// none is a CI without reports, for which nobody ever waited.
type none struct{}

func (none) Join(context.Context, *change.Snapshot) error { return nil }

func (none) WaitingSince(context.Context, change.Key, string) (time.Time, error) {
	return time.Time{}, nil
}

// silent is a control that nobody asks for anything.
type silent struct{}

func (silent) Answer(context.Context, change.Key, comment.Verdict, settings.Settings) (string, error) {
	return "", nil
}

func (silent) Grant(context.Context, *change.Snapshot, settings.Settings) (override.Granted, error) {
	return override.Granted{}, nil
}

func (silent) GateSwitches(context.Context) ([]gateswitch.Switch, error) { return nil, nil }

func (silent) Accept(context.Context, change.Ref) error { return nil }

func (silent) React(context.Context, change.Ref) error { return nil }
