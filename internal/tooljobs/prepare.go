package tooljobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/checkplan"
	"github.com/lintel-review/lintel/internal/checkrun"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/job"
)

// PrepareStore keeps runs that are wanted.
type PrepareStore interface {
	CheckRun(ctx context.Context, id int64) (checkrun.Run, error)
	QueueRun(ctx context.Context, id int64, key string, document []byte) (cached bool, err error)
	EndRun(ctx context.Context, id int64, r checkrun.Result) error
}

// keyKind is the kind under which the record keeps the key of a result by the alias of checkplan.Foretell.
const keyKind = "check-key"

// PrepareOptions are what a Preparer needs. Every field but Keys and Observe is required.
type PrepareOptions struct {
	Store PrepareStore
	// Keys keeps by which key a look finds the result of such a change at once (nil: it waits for the files to be listed).
	Keys  FileStore
	Trees Lists
	// Digest is that of a tool on the machines that run checks, by the tool's name and its image.
	Digest func(ctx context.Context, tool, image string) (string, error)
	// Observe is called after a run that got its result here (nil: nobody is).
	Observe func(context.Context, Ended)
}

// Preparer finds the files of a check, and the key of its result. It holds what reaches the forge, and runs nothing.
type Preparer struct{ o PrepareOptions }

// NewPreparer checks that nothing is missing.
func NewPreparer(o PrepareOptions) (*Preparer, error) {
	return &Preparer{o}, check("preparer", need{"Store", o.Store != nil}, need{"Trees", o.Trees != nil}, need{"Digest", o.Digest != nil})
}

// Prepare prepares one run. An error is retried; at the last try the run ends with it.
func (p *Preparer) Prepare(ctx context.Context, args job.PrepareCheck, attempt job.Attempt) error {
	run, err := p.o.Store.CheckRun(ctx, args.Run)
	if errors.Is(err, change.ErrNotFound) || err == nil && run.State != checkrun.Wanted {
		return nil
	}
	if err != nil {
		return err
	}
	s, ok := read[spec](run.Spec)
	if !ok {
		return p.end(ctx, run, failed(s.Check, "unstartable", "it was wanted by another version of Lintel; ask for a re-check"))
	}
	item, err := s.item()
	if err != nil {
		return p.end(ctx, run, failed(s.Check, "unstartable", err.Error()))
	}
	o, key, whole, err := p.order(ctx, run, s, item)
	refused, final := errors.AsType[*checkrun.Refused](err)
	forge, denied := errors.AsType[*change.Refused](err)
	switch {
	case final:
		return p.end(ctx, run, failed(s.Check, "unallowed", refused.Why))
	case denied:
		return p.end(ctx, run, failed(s.Check, "unstartable", "the forge refused its files: "+forge.What))
	case err != nil && attempt.Last:
		return errors.Join(err, p.end(ctx, run, failed(s.Check, "unstartable", "its files could not be read; ask for a re-check")))
	case err != nil:
		return err
	}
	if whole {
		if err := p.foretell(ctx, item, o, key); err != nil {
			return err
		}
	}
	document, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write down the order of run %d: %w", run.ID, err)
	}
	cached, err := p.o.Store.QueueRun(ctx, run.ID, key, document)
	if cached && p.o.Observe != nil {
		p.o.Observe(ctx, Ended{Run: run, Outcome: "cached"})
	}
	return err
}

// order finds what a check is given, and the key of its result. Whole says that the files of the change are those of the tree.
func (p *Preparer) order(ctx context.Context, run checkrun.Run, s spec, item checkplan.Item) (
	o order, key string, whole bool, err error) {
	files, err := p.o.Trees.List(ctx, run.Ref, s.Commit)
	if err != nil {
		return o, "", false, err
	}
	o = order{spec: s}
	if o.Tool, err = p.o.Digest(ctx, item.Check.Tool, item.Image); err != nil {
		return o, "", false, err
	}
	seen := item.Inputs(files)
	if item.Tool.Sparse {
		o.Names = []string{}
		for _, f := range seen {
			o.Names = append(o.Names, f.Path)
			if item.SetBy(f.Path) {
				o.Settings = append(o.Settings, f)
			}
		}
	}
	there := map[string]string{}
	for _, f := range files {
		there[f.Path] = f.Blob
	}
	for _, path := range item.Given(files) {
		blob, ok := there[path]
		if !ok {
			return o, "", false, &checkrun.Refused{Why: fmt.Sprintf("the file %q cannot be given to a check", path)}
		}
		o.Tree = append(o.Tree, checkplan.Input{Path: path, Blob: blob})
	}
	if item.Exhausted() {
		return o, "", false, &checkrun.Refused{Why: "its patterns are too many to be held against all files"}
	}
	return o, checkplan.Key(item, o.Tool, seen), stands(s.Change, there), nil
}

// stands reports whether the files that a change names stand so in a tree. Forges take a link for a file where they tell no
// modes: a name by such a change would be that of the result of another one, which has the file.
func stands(c checkplan.Change, tree map[string]string) bool {
	for _, f := range c.Files {
		blob, there := tree[f.Path]
		plain := f.Status != diff.Removed && (f.Mode == "" || strings.HasPrefix(f.Mode, "100"))
		if there != plain || plain && !strings.HasPrefix(blob[strings.LastIndexByte(blob, ' ')+1:], f.Blob) {
			return false
		}
	}
	return true
}

// foretell writes down the key for looks at changes that are the same to the check.
func (p *Preparer) foretell(ctx context.Context, item checkplan.Item, o order, key string) error {
	if p.o.Keys == nil {
		return nil
	}
	_, alias := checkplan.Foretell(item, o.Tool, o.From, o.Change)
	if alias == "" {
		return nil
	}
	return p.o.Keys.KeepAll(ctx, keyKind, map[string][]byte{alias: []byte(key)})
}

func (p *Preparer) end(ctx context.Context, run checkrun.Run, r checkrun.Result) error {
	if p.o.Observe != nil {
		p.o.Observe(ctx, Ended{Run: run, Outcome: "failed"})
	}
	return p.o.Store.EndRun(ctx, run.ID, r)
}
