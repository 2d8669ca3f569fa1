// Package live says what holds for one repository by the record of the running server: where each setting comes from, and
// what holds beside the settings for a time.
//
// Callers may rely on: it asks no forge and writes nothing; what the record does not know is said, never guessed.
package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/builtin"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/gateswitch"
	"github.com/lintel-review/lintel/internal/operator"
	"github.com/lintel-review/lintel/internal/organisationjobs"
	"github.com/lintel-review/lintel/internal/organisationpreview"
	"github.com/lintel-review/lintel/internal/settingsfile"
	"github.com/lintel-review/lintel/internal/store"
	"github.com/lintel-review/lintel/internal/usage"
)

// Repository names a repository as people write it; Forge is empty where one forge alone has the name.
type Repository struct {
	Name  string
	Forge change.Forge
}

// State is what holds.
type State struct {
	organisationpreview.Holding
	// Notes say what holds for a time: versions on their way, gates that are switched, demotions, overrides and mutes.
	Notes []string
}

// Read reads the record that a server's file names. Wrong names are a usage.Error.
func Read(ctx context.Context, cfg config.Config, of Repository, now time.Time) (s State, err error) {
	st, err := operator.OpenToRead(ctx, cfg)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	ref, branch, err := find(ctx, st, of)
	if err != nil {
		return s, err
	}
	if s.Holding, err = holding(ctx, cfg, st, ref, branch, now); err != nil {
		return s, err
	}
	s.Notes, err = notes(ctx, st, ref, now)
	return s, err
}

func holding(ctx context.Context, cfg config.Config, st *store.Store, ref change.Ref, branch string, now time.Time) (
	h organisationpreview.Holding, err error) {
	engine, err := builtin.Engine(ctx)
	if err != nil {
		return h, err
	}
	file, err := settingsfile.Organisation(ctx, "organisation.settings_file", cfg.Organisation.SettingsFile, engine.Configurable())
	if err != nil {
		return h, err
	}
	p, err := organisationpreview.New(st, engine, organisationjobs.NewAbove(st, file).Known)
	if err != nil {
		return h, err
	}
	facts, err := newest(ctx, st, ref, branch)
	if err != nil {
		return h, err
	}
	return p.Holds(ctx, ref, facts, now)
}

func find(ctx context.Context, st *store.Store, of Repository) (ref change.Ref, branch string, err error) {
	owner, name, _ := change.SplitName(of.Name)
	found := 0
	for _, forge := range change.Forges() {
		if of.Forge != "" && of.Forge != forge {
			continue
		}
		r, connection, err := st.Owned(ctx, forge, 0, owner+"/"+name)
		if errors.Is(err, change.ErrNotFound) {
			continue
		}
		if err != nil {
			return ref, "", err
		}
		found++
		ref = change.Ref{Key: change.Key{Forge: forge, RepoID: r.ID}, Owner: r.Owner, Name: r.Name, Connection: connection}
		branch = r.DefaultBranch
	}
	switch found {
	case 0:
		return ref, "", &usage.Error{What: "no event told of " + of.Name + " yet", Remedy: "write its name as on the forge"}
	case 1:
		return ref, branch, nil
	}
	return ref, "", &usage.Error{What: of.Name + " is on GitHub and on GitLab", Remedy: "say which with --forge github or --forge gitlab"}
}

// judged is among how many pull requests one into the default branch is looked for.
const judged = 50

// newest is the digest of the facts of the newest verdict on a pull request into a branch; empty when there is none.
func newest(ctx context.Context, st *store.Store, ref change.Ref, branch string) (string, error) {
	records, err := st.JudgedLast(ctx, ref.Forge, ref.RepoID, 0, judged)
	if err != nil {
		return "", err
	}
	for _, r := range records {
		all, err := st.Verdicts(ctx, r, 1)
		if err != nil {
			return "", err
		}
		if len(all) > 0 && (branch == "" || all[0].Base.Ref == branch) {
			return all[0].Facts, nil
		}
	}
	return "", nil
}

// most bounds how many demotions and open pull requests are read.
const most = 1000

func notes(ctx context.Context, st *store.Store, ref change.Ref, now time.Time) (out []string, err error) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switches, err := st.GateSwitches(ctx)
	if err != nil {
		return nil, err
	}
	if s := gateswitch.For(switches, ref, now); s != nil {
		say("the gate of %s is %s until %s, by %s: %s", s.Scope.Name, s.State, moment(s.Until), s.Actor, s.Reason)
	}
	demotions, err := st.Demotions(ctx, most)
	if err != nil {
		return nil, err
	}
	for _, d := range demotions {
		if !strings.EqualFold(d.Repository, ref.Owner+"/"+ref.Name) {
			continue
		}
		what := "is proposed for warn"
		if !d.AppliedAt.IsZero() {
			what = "was demoted to warn"
		}
		say("%s %s: nobody wanted %d of %d findings", d.Rule, what, d.Unwanted, d.Decided)
	}
	open, err := st.OpenChanges(ctx, ref.Forge, ref.RepoID)
	if err != nil {
		return nil, err
	}
	for _, c := range open[:min(len(open), most)] {
		overrides, err := st.Overrides(ctx, c.Key)
		if err != nil {
			return nil, err
		}
		for _, o := range overrides {
			if o.Holds(c.Head.SHA, c.Base.SHA, now) {
				say("%s: override of %s by %s. It ends with %s", c.Ref, o.Rule, o.Actor, o.Ends())
			}
		}
		mutes, err := st.Mutes(ctx, c.Key)
		if err != nil {
			return nil, err
		}
		for _, m := range mutes {
			if m.Holds(now) {
				say("%s: %s is muted by %s, until %s", c.Ref, m.Rule, m.Actor, moment(m.Until))
			}
		}
	}
	return out, nil
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
