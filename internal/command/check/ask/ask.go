// Package ask asks a language model for advice on a change that "lintel check" has judged.
//
// Callers may rely on: the verdict has been given before, and nothing here changes it; no line that the settings keep
// from models, and no secret, is sent.
package ask

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/diff"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/model"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/render/console"
	"github.com/lintel-review/lintel/internal/risk"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/spend"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Flags say whether a model is asked, and which.
type Flags struct {
	Advise bool `help:"Also ask a language model for advice after the verdict. It changes neither the verdict nor the exit status."`
	config.ModelFlags
}

// Open opens the model; nil when none is to be asked. A person waits for the answer, so a failing model is tried twice.
func (f Flags) Open(t terminal.Terminal) (*model.Model, error) {
	if !f.Advise {
		if f.ModelFlags != (config.ModelFlags{}) {
			return nil, errors.New(
				"a model is named and nothing is asked of it\nto fix it: add --advise, or leave --config and the --model flags out")
		}
		return nil, nil
	}
	m, err := f.Read(t.Env)
	if err != nil {
		return nil, err
	}
	return model.Open(m, model.Options{Ledger: &memoryLedger{}, Patience: spend.Retry{Tries: 2}, Now: time.Now})
}

// mostUnchanged is how many unchanged files are read; git is at hand, so they cost little.
const mostUnchanged = 200

// Judged is a change that was judged.
type Judged struct {
	// Repo is the folder of the repository.
	Repo       string
	Snapshot   *change.Snapshot
	Resolution settings.Resolution
	Decision   policy.Decision
	Risk       risk.Facts
}

// Print asks the model once and writes its advice to out. The verdict has been given: an error here is printed and
// changes nothing of it.
func Print(ctx context.Context, out io.Writer, t terminal.Terminal, m *model.Model, j Judged) {
	a, err := j.ask(ctx, m)
	if err == nil {
		_, err = io.WriteString(out, "\n"+console.Advice(a))
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		t.Notef("interrupted before there was advice; the verdict stands")
	default:
		t.Notef("no advice: %s", err)
	}
}

// ask asks the model once.
func (j Judged) ask(ctx context.Context, m *model.Model) (advice.Advice, error) {
	if !j.Resolution.Decided() {
		return advice.Advice{}, errors.New("no settings could be read at the base, so nobody knows what no model may read")
	}
	set := j.Resolution.Settings.Advise
	in, err := prepare.Input(j.Snapshot, j.Decision.Visible(), set)
	if err != nil {
		return advice.Advice{}, err
	}
	if !prepare.Readable(in) {
		return advice.Advice{}, errors.New("nothing in this change is for a model to read")
	}
	if in.Contents, err = local.Contents(ctx, j.Repo, prepare.Wanted(in), prepare.MaxContent); err != nil {
		return advice.Advice{}, err
	}
	err = prepare.AddBeside(&in, set, prepare.Source{
		Tree: func() (change.Tree, error) { return local.Tree(ctx, j.Repo, in.MergeBase) },
		Read: func(files []diff.File) (map[string]string, error) {
			return local.Contents(ctx, j.Repo, files, prepare.MaxContent)
		},
		Index: &prepare.Index{}, Most: mostUnchanged,
	})
	if err != nil {
		return advice.Advice{}, err
	}
	in.Now, in.Risk = time.Now().UTC(), &j.Risk
	m.Size(&in.Options)
	detector := &redact.Detector{}
	session := detector.Session()
	if in, _, err = advise.Redact(in, session); err != nil {
		return advice.Advice{}, err
	}
	fences := make([]byte, 32)
	if _, err := rand.Read(fences); err != nil {
		return advice.Advice{}, fmt.Errorf("make fences: %w", err)
	}
	asker := m.ForChange(budget.Account{Change: j.Snapshot.Ref.Key, Head: j.Snapshot.Head.SHA, Asked: true}, set)
	return advise.Advise(ctx, in, advise.Tools{Model: asker, Redactor: session, Fences: fences})
}
