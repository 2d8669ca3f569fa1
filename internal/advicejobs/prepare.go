package advicejobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advice/consult"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/risk"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/thread"
)

// source reads a change from its forge.
type source interface {
	Snapshot(ctx context.Context, r change.Record) (change.Snapshot, error)
	// Tree lists the files of a commit; its paths are nil when they are too many.
	Tree(ctx context.Context, ref change.Ref, sha string) (change.Tree, error)
	// Contents reads files by path, text alone; those that cannot be read, or are larger than limit bytes, are left out.
	Contents(ctx context.Context, ref change.Ref, files []diff.File, limit int64) (map[string]string, error)
}

// reports adds what CI sent to a snapshot.
type reports interface {
	Join(ctx context.Context, snap *change.Snapshot) error
}

// PrepareStore stores the prepared material, and has the results of earlier advice.
type PrepareStore interface {
	Record(ctx context.Context, key change.Key) (change.Record, error)
	Prepared(ctx context.Context, id int64, material []byte) (bool, error)
	Past(ctx context.Context, key change.Key) (result []byte, points []thread.Finding, err error)
}

// Judged is what the rules say of a change that a model is to read.
type Judged struct {
	Findings []finding.Finding
	Risk     risk.Facts
	// Settings are those of advice at the base.
	Settings settings.Advise
}

// judge judges a snapshot.
type judge func(ctx context.Context, snap *change.Snapshot) (Judged, error)

// PrepareOptions are what a Preparer needs. Every field but Learned is required.
type PrepareOptions struct {
	Common
	Store   PrepareStore
	Source  source
	Reports reports
	Judge   judge
	// Learned returns the suppressions that a repository's dismissals have taught (nil: there are none).
	Learned func(ctx context.Context, forge change.Forge, repo int64, now time.Time) ([]advice.Suppression, error)
	// Redactor makes the redactor of one consult.
	Redactor func() advise.Redactor
}

// Preparer makes the material of a consult. It holds the forge's credentials and never asks a model.
type Preparer struct {
	o PrepareOptions
	// index knows what unchanged files declare that were read for earlier advice.
	index *prepare.Index
}

// mostUnchanged is how many unchanged files are read for one consult: by one query where the forge has one for many blobs,
// else each by one call.
const mostUnchanged = 12

// NewPreparer checks that nothing is missing.
func NewPreparer(o PrepareOptions) (*Preparer, error) {
	return &Preparer{o, &prepare.Index{}}, o.check("preparer",
		part{"Store", o.Store != nil},
		part{"Source", o.Source != nil},
		part{"Reports", o.Reports != nil},
		part{"Judge", o.Judge != nil},
		part{"Redactor", o.Redactor != nil},
	)
}

// Step prepares one consult.
func (p *Preparer) Step(ctx context.Context, id int64) (again time.Duration, err error) {
	c, again, ok, err := p.o.due(ctx, id, consult.Wanted)
	if !ok || err != nil {
		return again, err
	}
	record, err := p.o.Store.Record(ctx, c.Ref.Key)
	if err != nil {
		return 0, err
	}
	snap, err := p.o.Source.Snapshot(ctx, record)
	if err == nil && snap.State == change.Open {
		err = p.o.Reports.Join(ctx, &snap)
	}
	if err != nil {
		return p.o.unread(ctx, c, err)
	}
	if snap.Head.SHA != c.Head {
		// The new head's event, or a sweep, leads to a verdict, and that to a request.
		return p.o.end(ctx, c, consult.Stale, "a newer head")
	}
	judged, err := p.o.Judge(ctx, &snap)
	if err != nil {
		return p.o.unread(ctx, c, err)
	}
	if why := unwanted(&snap, judged.Settings); why != "" {
		return p.o.end(ctx, c, consult.Skipped, why)
	}
	in, err := prepare.Input(&snap, judged.Findings, judged.Settings)
	if err != nil {
		return p.o.end(ctx, c, consult.Failed, err.Error())
	}
	in.Risk = &judged.Risk
	if !prepare.Readable(in) {
		return p.o.end(ctx, c, consult.Skipped, "nothing in it is for a model to read")
	}
	if err := p.past(ctx, c, &in); err != nil {
		return 0, err
	}
	if in.Contents, err = p.o.Source.Contents(ctx, c.Ref, prepare.Wanted(in), prepare.MaxContent); err != nil {
		return p.o.unread(ctx, c, err)
	}
	if err := p.beside(ctx, c, &in, judged.Settings); err != nil {
		return p.o.unread(ctx, c, err)
	}
	in.Now = p.o.Now().UTC()
	if p.o.Learned != nil {
		learned, err := p.o.Learned(ctx, c.Ref.Forge, c.Ref.RepoID, in.Now)
		if err != nil {
			return 0, err
		}
		in.Suppressions = nameless(learned)
	}
	if in, _, err = advise.Redact(in, p.o.Redactor()); err != nil {
		return p.o.end(ctx, c, consult.Failed, "it could not be searched for secrets, and nothing is sent unsearched")
	}
	body, err := json.Marshal(material{Input: in, Set: judged.Settings, Asked: c.Asked})
	if err != nil {
		return 0, fmt.Errorf("write material of consult %d: %w", id, err)
	}
	_, err = p.o.Store.Prepared(ctx, id, body)
	return 0, err
}

// beside adds what the merge base has to say of the change: one call for the list of its files, which the forge may know
// already, and those that read them.
func (p *Preparer) beside(ctx context.Context, c consult.Consult, in *advise.Input, set settings.Advise) error {
	return prepare.AddBeside(in, set, prepare.Source{
		Tree: func() (change.Tree, error) { return p.o.Source.Tree(ctx, c.Ref, in.MergeBase) },
		Read: func(files []diff.File) (map[string]string, error) {
			return p.o.Source.Contents(ctx, c.Ref, files, prepare.MaxContent)
		},
		Index: p.index, Most: mostUnchanged,
	})
}

// unread retries after a failed read of the forge, or ends the consult.
func (j Common) unread(ctx context.Context, c consult.Consult, err error) (time.Duration, error) {
	var limited *change.Limited
	var refused *change.Refused
	var gone *change.Gone
	switch {
	case errors.As(err, &limited):
		return j.retry(ctx, c, limited.Wait(j.Now()), "the forge limits our requests", false)
	case errors.As(err, &refused):
		return j.end(ctx, c, consult.Failed, "the forge refused: "+refused.What)
	case errors.As(err, &gone):
		return j.end(ctx, c, consult.Failed, "the pull request is gone")
	case c.Attempts+1 >= tries:
		return j.end(ctx, c, consult.Failed, "the pull request could not be read")
	}
	return j.retry(ctx, c, backoff(c.Attempts), "the pull request could not be read", true)
}

// past adds the results of earlier advice and people's answers.
func (p *Preparer) past(ctx context.Context, c consult.Consult, in *advise.Input) error {
	body, points, err := p.o.Store.Past(ctx, c.Ref.Key)
	if err != nil || body == nil {
		return err
	}
	before, err := advice.ReadResult(body)
	if err != nil {
		return err
	}
	in.Previous, in.Known = &before.Advice, before.Known
	threads := map[string]thread.Finding{}
	for _, f := range points {
		threads[f.Fingerprint] = f
	}
	for i, k := range in.Known {
		found, ok := threads[string(k.Draft.Key)]
		if ok && found.State == thread.Dismissed && (k.State == advice.Open || k.State == advice.Carried) {
			in.Known[i].State, in.Known[i].By, in.Known[i].Reason = advice.Dismissed, found.Actor, found.Reason
		}
	}
	return nil
}

// nameless removes from suppressions who made them and their words: nobody searched those for secrets, and the model
// needs neither.
func nameless(all []advice.Suppression) []advice.Suppression {
	out := make([]advice.Suppression, 0, len(all))
	for _, s := range all {
		s.By, s.Reason = []string{}, ""
		out = append(out, s)
	}
	return out
}
