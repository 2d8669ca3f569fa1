package initialise

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/merged"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/survey"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// Run writes a settings file from the repository's history and says what it concluded.
func (c Command) Run(ctx context.Context, t terminal.Terminal) error {
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return err
	}
	p := past{}
	if p.History, err = c.Flags.Read(ctx); err != nil {
		return err
	}
	place, there := settingsfile.Place(ctx, p.Root)
	file := filepath.Join(p.Root, filepath.FromSlash(place))
	if there && !c.DryRun && !c.Force {
		return &usage.Error{
			What:   place + " is there already",
			Remedy: "print what would be written with --dry-run, or write over it with --force",
		}
	}
	forge, err := c.asked(ctx, &p, t.Getenv)
	if err != nil {
		return err
	}
	h, err := p.history(ctx, engine)
	if err != nil {
		return err
	}
	h.Forge = forge
	if h.Replays, err = p.tried(ctx, engine, h, t); err != nil {
		return err
	}
	choice := survey.Conclude(h, c.Enforce)
	text := survey.Write(h, choice)
	if _, problems := settings.Parse(settings.Path, text, engine.Configurable()); len(problems) > 0 {
		return fmt.Errorf("the settings that were concluded are not valid, which is a fault of Lintel's own: %s\n%s",
			strings.Join(settingsfile.Lines(problems), "; "), text)
	}
	t.Notef("%s", h.Read())
	t.Notef("%s", concluded(h, choice))
	if !c.DryRun {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("make the folder of %s: %w", place, err)
		}
		if err := terminal.WriteFile(file, text); err != nil {
			return err
		}
	}
	if c.JSON() {
		return t.WriteJSON(result{
			Path:     place,
			Written:  !c.DryRun,
			Settings: string(text),
			Changes:  len(h.Replays),
			Modes:    choice.Modes,
			Refused:  choice.Refused,
			Together: choice.Together,
		})
	}
	if c.DryRun {
		_, err := t.Out.Write(text)
		return err
	}
	_, err = fmt.Fprintf(t.Out, "%s is written. Read it, then commit it: git add %s\n", place, place)
	return err
}

// result is what was concluded, for programs.
type result struct {
	Path     string `json:"path"`
	Written  bool   `json:"written"`
	Settings string `json:"settings"`
	// Changes are the merged changes that the rules were tried on. Modes and Refused go by the ids of the rules; Together
	// counts the changes that the enforced rules would have refused.
	Changes  int               `json:"changes"`
	Modes    map[string]string `json:"modes"`
	Refused  map[string]int    `json:"refused"`
	Together int               `json:"together"`
}

// concluded is the summary on the error stream.
func concluded(h survey.History, c survey.Choice) string {
	if len(h.Changes) == 0 {
		return "there is no history yet, so the file holds the defaults; run lintel init --force again when some changes are merged"
	}
	var enforced []string
	for id, mode := range c.Modes {
		if mode == "enforce" {
			enforced = append(enforced, id)
		}
	}
	summary := fmt.Sprintf("style %s (%s); squash %s; 99 of 100 changes have at most %d new lines", c.Style, c.StyleWhy, c.Squash, c.P99)
	if len(enforced) > 0 {
		summary += fmt.Sprintf("; %d rules enforce and would have refused %d of %d changes", len(enforced), c.Together, len(h.Replays))
	}
	return summary
}

// past is the history that settings are concluded from.
type past struct{ merged.History }

// history is what can be said before any change is tried.
func (p past) history(ctx context.Context, engine *policy.Engine) (survey.History, error) {
	h := survey.History{Branch: p.Branch, Changes: p.Changes}
	for _, r := range engine.Rules() {
		if r.Family == "commits" || r.Family == "size" {
			h.Rules = append(h.Rules, survey.Rule{ID: r.ID, Default: string(r.Mode)})
		}
	}
	if p.Tip == "" {
		return h, nil
	}
	if n := len(p.Changes); n > 0 {
		h.Newest, h.Oldest = change.Short(p.Changes[0].Commit), change.Short(p.Changes[n-1].Commit)
	}
	h.Style = survey.Style(p.Changes, p.Merged)
	h.SignedOff, h.Commits = survey.SignedOff(append(slices.Clone(p.Merged), p.Line...))
	paths, configs, err := p.files(ctx)
	if err != nil {
		return h, err
	}
	inside := "\n" + string(configs["pyproject.toml"]) + "\n" + string(configs["setup.cfg"])
	h.Owners, h.Tools = survey.Owners(paths), survey.Tools(paths, inside)
	if t, ok := survey.Thresholds(configs); ok {
		h.Threshold = &t
	}
	return h, nil
}

// maxTreeBytes is what the list of a tree may take; a repository of a million files has less.
const maxTreeBytes = 128 << 20

// files lists the tree of the newest commit, and reads the configurations in it that say more than that they are there.
// A larger one is left out.
func (p past) files(ctx context.Context) (paths []string, configs map[string][]byte, err error) {
	entries, err := p.Repo.ListTree(ctx, p.Tip, maxTreeBytes)
	if err != nil {
		return nil, nil, err
	}
	blobs, err := p.Repo.Blobs(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer blobs.Close()
	configs = map[string][]byte{}
	for _, e := range entries {
		paths = append(paths, e.Name)
		if !survey.IsConfig(e.Name) || !e.IsFile() {
			continue
		}
		obj, err := blobs.Read(e.ID, survey.MaxConfig)
		if err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", e.Name, err)
		}
		if obj.Size <= survey.MaxConfig {
			configs[e.Name] = obj.Data
		}
	}
	return paths, configs, nil
}

// tried judges the changes of the past under the settings of the trial, every rule enforcing.
func (p past) tried(ctx context.Context, engine *policy.Engine, h survey.History, t terminal.Terminal) ([]survey.Replay, error) {
	trial, problems := settings.Parse(settings.Path, survey.Trial(h), engine.Configurable())
	if len(problems) > 0 {
		return nil, fmt.Errorf("the settings of the trial are not valid, which is a fault of Lintel's own: %s",
			strings.Join(settingsfile.Lines(problems), "; "))
	}
	all, err := p.Judge(ctx, engine, settings.Resolution{Settings: trial, Source: facts.Given},
		t.Progress("changes tried on the rules", len(p.Changes)))
	if err != nil {
		return nil, err
	}
	var out []survey.Replay
	var unread []error
	for _, r := range all {
		if r.Err != nil {
			unread = append(unread, r.Err)
			continue
		}
		x := survey.Replay{Change: r.Change, Lines: r.Lines}
		for _, f := range r.Findings {
			if f.Blocking && !slices.Contains(x.Refusing, f.Rule) {
				x.Refusing = append(x.Refusing, f.Rule)
			}
		}
		out = append(out, x)
	}
	if len(unread) > 0 {
		first, _, _ := strings.Cut(unread[0].Error(), "\n")
		t.Notef("%d of %d changes could not be judged; the first because %s", len(unread), len(all), first)
	}
	return out, nil
}
