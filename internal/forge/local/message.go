package local

import (
	"context"
	"errors"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/git"
	"github.com/lintel-review/lintel/internal/lazyregexp"
)

// MaxMessage is the largest commit message that is read, in bytes.
const MaxMessage = 1 << 20

// scissors is the line behind which git shows the difference to who writes a message with git commit --verbose.
var scissors = lazyregexp.New(`(?m)^\S -{24} >8 -{24}$`)

// ReadMessage makes the snapshot of a commit that is about to be made, of its message alone: one commit without an id, by
// the settings that hold where the work wants to go. Where nothing says where that is, it is HEAD. In a repository without
// a commit the snapshot has no base, and so no settings but those that are given.
func ReadMessage(ctx context.Context, o Options, message []byte) (Reading, error) {
	if o.Dir == "" {
		o.Dir = "."
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := &reader{options: o, raw: map[string]string{}}
	if err := r.open(ctx); err != nil {
		return Reading{}, err
	}
	defer r.blobs.Close()
	r.s = newSnapshot(r.info, o)
	if err := r.target(ctx); err != nil {
		return Reading{}, explain(err)
	}
	if r.s.Base.SHA != "" {
		r.askConfig(ctx)
		r.askHeaders(ctx, false)
		for _, step := range []func(context.Context) error{r.past, r.controls} {
			if err := step(ctx); err != nil {
				return Reading{}, explain(err)
			}
		}
	}
	text, err := r.written(ctx, message)
	if err != nil {
		return Reading{}, err
	}
	name, email := git.Author(ctx, r.info.Root)
	by := change.Signature{Name: name, Email: email}
	commit := change.Commit{Message: text, Author: by, Committer: by, Parents: []string{r.s.Head.SHA}}
	if other, err := r.blobs.Commit("MERGE_HEAD"); err == nil {
		commit.Parents = append(commit.Parents, other)
	}
	r.s.Commits, r.s.CommitsTotal = []change.Commit{commit}, 1
	return Reading{Snapshot: r.s, Head: "the message", Base: r.against, Notes: r.notes}, nil
}

// target finds head and base. What was guessed wrongly bears on the settings alone.
func (r *reader) target(ctx context.Context) error {
	r.origin = ahead(r.origin)
	var err error
	if r.s.Head, err = r.findHead(ctx); errors.Is(err, git.ErrNoCommit) {
		return nil
	} else if err != nil {
		return err
	}
	base, guessed, err := r.findBase(ctx)
	if err != nil && !guessed {
		return err
	}
	if err != nil {
		base, r.against = r.s.Head, "HEAD"
	}
	if bases, err := r.mergeBases(ctx, base.SHA, r.s.Head.SHA); err != nil {
		return err
	} else if guessed && len(bases) > 0 {
		base.SHA = bases[0]
	}
	r.s.Base, r.s.MergeBase = base, base.SHA
	return nil
}

// written is the message as git will keep it. One that is nothing but comments came without an editor, as by "git commit
// -m '#12 new cart'", and then git keeps them.
func (r *reader) written(ctx context.Context, message []byte) (string, error) {
	if at := scissors.FindIndex(message); at != nil {
		message = message[:at[0]]
	}
	text, err := git.WithoutComments(ctx, r.info.Root, message)
	if text == "" {
		text = string(message)
	}
	return text, err
}
