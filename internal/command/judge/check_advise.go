package judge

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/advise/prepare"
	"github.com/lintel-review/lintel/internal/budget"
	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/config"
	"github.com/lintel-review/lintel/internal/forge/local"
	"github.com/lintel-review/lintel/internal/model"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/redact"
	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/settings"
	"github.com/lintel-review/lintel/internal/spend"
	"github.com/lintel-review/lintel/internal/terminal"
)

// adviser opens the model that "lintel check --advise" asks; nil when none is to be asked. A person waits for the
// answer, so a failing one is tried twice.
func adviser(c *config.Model) (*model.Model, error) {
	if c == nil {
		return nil, nil
	}
	return model.Open(*c, model.Options{Ledger: &memoryLedger{}, Patience: spend.Retry{Tries: 2}, Now: time.Now})
}

// printAdvice writes the advice. The verdict has been given: an error here is printed and changes nothing of it.
func printAdvice(ctx context.Context, out io.Writer, t terminal.Terminal, look func() (advice.Advice, error)) {
	a, err := look()
	if err == nil {
		_, err = io.WriteString(out, "\n"+render.AdviceText(a))
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		t.Notef("interrupted before there was advice; the verdict stands")
	default:
		t.Notef("no advice: %s", err)
	}
}

// look asks the model once about a change that was judged.
func look(ctx context.Context, m *model.Model, repo string, s *change.Snapshot, r settings.Resolution,
	d policy.Decision) (advice.Advice, error) {
	if !r.Decided() {
		return advice.Advice{}, errors.New("no settings could be read at the base, so nobody knows what no model may read")
	}
	set := r.Settings.Advise
	in, err := prepare.Input(s, d.Visible(), set)
	if err != nil {
		return advice.Advice{}, err
	}
	if !prepare.Readable(in) {
		return advice.Advice{}, errors.New("nothing in this change is for a model to read")
	}
	if in.Contents, err = local.Contents(ctx, repo, prepare.Wanted(in), prepare.MaxContent); err != nil {
		return advice.Advice{}, err
	}
	in.Now = time.Now().UTC()
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
	asker := m.ForChange(budget.Account{Change: s.Ref.Key, Head: s.Head.SHA, Asked: true}, set)
	return advise.Advise(ctx, in, advise.Tools{Model: asker, Redactor: session, Fences: fences})
}

// memoryLedger is a ledger for one command: its caps hold for what the command spends, and nothing is known of what was spent before.
type memoryLedger struct {
	mu   sync.Mutex
	open map[int64]budget.Reservation
	last int64
	// spent is what is settled.
	spent budget.Total
}

// Reserve holds a wish against what was spent and what is reserved.
func (p *memoryLedger) Reserve(_ context.Context, w budget.Reservation, c budget.Caps) (int64, *budget.Full, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := p.spent
	for _, o := range p.open {
		sum.Calls++
		sum.Tokens += o.Tokens()
		sum.Micro += dollars(o.Micro)
	}
	if full := budget.Check(c, w, budget.State{Head: sum, Change: sum, Repository: sum, Server: sum}, time.Now()); full != nil {
		return 0, full, nil
	}
	if p.open == nil {
		p.open = map[int64]budget.Reservation{}
	}
	p.last++
	p.open[p.last] = w
	return p.last, nil, nil
}

// Settle puts what a call cost in the place of what was reserved. A call that cost nothing is not counted.
func (p *memoryLedger) Settle(_ context.Context, id int64, b budget.Bill) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, id)
	if tokens := int64(b.Usage.In) + int64(b.Usage.Out); tokens > 0 {
		p.spent.Calls++
		p.spent.Tokens += tokens
		p.spent.Micro += dollars(b.Micro)
	}
	return nil
}

func dollars(micro *int64) int64 {
	if micro == nil {
		return 0
	}
	return *micro
}
