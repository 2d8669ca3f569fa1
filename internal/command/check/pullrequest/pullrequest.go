// Package pullrequest reads a pull request from GitHub as the server does, with what the token of a person or a CI job
// may see.
//
// Callers may rely on: it only reads; an error says what a person can do about it; what the token may not see is a gap
// of the snapshot and a note.
package pullrequest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/analysis/ownership"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/cijob"
	"github.com/lintel-review/lintel/internal/forge/github"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/githubaccess"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/review"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// current names the pull request that a CI job runs for.
const current = "current"

// tries is how often a pull request is read when GitHub fails in passing.
const tries = 3

// Reader reads one pull request.
type Reader struct {
	name   github.PullName
	api    string
	reader *github.Reader
}

// Open finds the pull request that a name means ("owner/repo#12", the address of its page, or "current" for the one
// that the CI's job is for), and the address and the token to read it with. Of its files those that
// wants names are read whole. The organisation's file is nil when there is none.
func Open(ctx context.Context, name string, engine *policy.Engine, wants change.WantsFunc,
	organisation *change.File, reviewed change.ReviewFunc, getenv func(string) string) (*Reader, error) {
	found, err := find(ctx, name, getenv)
	if err != nil {
		return nil, err
	}
	api, err := githubaccess.APIURL(found.Host, getenv)
	if err != nil {
		return nil, err
	}
	token, err := githubaccess.Token(api, getenv)
	if err != nil {
		return nil, err
	}
	reader, err := github.NewReader(github.Options{
		APIURL:        api,
		Transport:     github.Transport(),
		Owners:        ownership.Names,
		ValidSettings: review.ValidSettings(engine),
		Wants:         wants,
		Organisation:  above(organisation),
		WantsReview:   reviewed,
		ReadChecks:    engine.ReadsFact("checks"),
		Now:           time.Now,
	}, token)
	if err != nil {
		return nil, err
	}
	return &Reader{name: found, api: api, reader: reader}, nil
}

// above says that a file holds for every repository; nil when there is none.
func above(file *change.File) func(context.Context, change.Ref) (*change.Organisation, error) {
	if file == nil {
		return nil
	}
	return func(_ context.Context, r change.Ref) (*change.Organisation, error) {
		return &change.Organisation{Own: file, Traits: change.Traits{Name: r.Owner + "/" + r.Name}}, nil
	}
}

// Read reads the pull request, and its tree when reports name files in it. An error of the kind change.Unrelated comes
// with a reading.
func (r *Reader) Read(ctx context.Context, tree bool, t terminal.Terminal) (local.Reading, error) {
	s, err := r.read(ctx, t)
	if unrelated, ok := errors.AsType[*change.Unrelated](err); ok {
		return local.Reading{Snapshot: &s, Head: change.Short(s.Head.SHA), Base: s.Base.Ref}, unrelated
	}
	if err != nil {
		return local.Reading{}, forTerminal(err)
	}
	if s.State != change.Open {
		return local.Reading{}, &usage.Error{
			What:   fmt.Sprintf("%s is %s: nothing is left to judge", s.Ref, s.State),
			Remedy: "name a pull request that is open, or judge its commits in a clone with --base and --head",
		}
	}
	if tree {
		paths, err := r.reader.Tree(ctx, s.Ref, s.Head.SHA)
		if err != nil {
			return local.Reading{}, forTerminal(err)
		}
		s.AddTree(paths)
	}
	return local.Reading{
		Snapshot: &s,
		Head:     change.Short(s.Head.SHA),
		Base:     s.Base.Ref,
		Took: fmt.Sprintf("%s: %s against %s, read from %s",
			s.Ref, change.Short(s.Head.SHA), s.Base.Ref, githubaccess.Host(r.api)),
		Notes: unseen(s.Gaps),
	}, nil
}

// read reads the pull request, and again when GitHub failed in passing.
func (r *Reader) read(ctx context.Context, t terminal.Terminal) (change.Snapshot, error) {
	for try := 1; ; try++ {
		s, err := r.reader.Pull(ctx, r.name.Owner, r.name.Name, r.name.Number)
		var refused *change.Refused
		var limited *change.Limited
		var unrelated *change.Unrelated
		if err == nil || try == tries || ctx.Err() != nil || errors.As(err, &refused) || errors.As(err, &limited) ||
			errors.As(err, &unrelated) {
			return s, err
		}
		t.Notef("%s; again in %d s", err, try)
		select {
		case <-time.After(time.Duration(try) * time.Second):
		case <-ctx.Done():
			return s, ctx.Err()
		}
	}
}

// forTerminal says what a person can do about an error of the forge.
func forTerminal(err error) error {
	var refused *change.Refused
	var limited *change.Limited
	switch {
	case errors.As(err, &limited):
		return &usage.Error{
			What:   fmt.Sprintf("GitHub answers no more questions of this token until %s", limited.Until.UTC().Format("15:04:05 UTC")),
			Remedy: "wait until then, or give a token of another account",
			Err:    err,
		}
	case errors.As(err, &refused):
		return &usage.Error{What: refused.What, Remedy: refused.Remedy, Err: err}
	case errors.Is(err, change.ErrMoved):
		return &usage.Error{
			What:   "the pull request changed each time while it was read",
			Remedy: "run it again when the pushes have ended",
			Err:    err,
		}
	}
	return err
}

// find finds which pull request is meant.
func find(ctx context.Context, asked string, getenv func(string) string) (github.PullName, error) {
	if asked == current {
		job, err := cijob.Detect(ctx, getenv)
		if err != nil {
			return github.PullName{}, err
		}
		owner, name, ok := strings.Cut(job.Repository, "/")
		if job.Pull == 0 || !ok {
			return github.PullName{},
				&usage.Error{
					What:   "--pull-request current: no CI says which pull request this job runs for",
					Remedy: "name it as owner/repo#12",
				}
		}
		return github.PullName{Owner: owner, Name: name, Number: job.Pull}, nil
	}
	name, ok := github.ParsePull(asked)
	if !ok {
		return name, &usage.Error{
			What:   fmt.Sprintf("--pull-request: %.200q names no pull request", asked),
			Remedy: "write it as owner/repo#12, or give the address of its page",
		}
	}
	return name, nil
}

// unseen are sentences about the owners that the token may not see. What rests on them alone is not judged, so people
// must read that nobody has looked.
func unseen(gaps []change.Gap) []string {
	byReason := map[string][]string{}
	for _, g := range gaps {
		if strings.HasPrefix(g.Fact, "owners.") && g.Path != "" {
			byReason[g.Reason] = append(byReason[g.Reason], g.Path)
		}
	}
	var out []string
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		out = append(out, fmt.Sprintf("abstained about %s: %s", strings.Join(byReason[reason], ", "), reason))
	}
	return out
}
