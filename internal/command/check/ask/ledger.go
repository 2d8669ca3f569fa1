package ask

import (
	"context"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/budget"
)

// memoryLedger is a ledger for one command: its caps hold for what the command spends. It knows nothing of what was
// spent before.
type memoryLedger struct {
	mu   sync.Mutex
	open map[int64]budget.Reservation
	last int64
	// spent is what is settled.
	spent budget.Total
}

// Reserve compares a reservation with the caps, what was spent, and what is reserved.
func (l *memoryLedger) Reserve(_ context.Context, r budget.Reservation, c budget.Caps) (int64, *budget.Full, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := l.spent
	for _, o := range l.open {
		sum.Calls++
		sum.Questions += question(o)
		sum.Tokens += o.Tokens()
		sum.Micro += dollars(o.Micro)
	}
	if full := budget.Check(c, r, budget.State{Head: sum, Change: sum, Repository: sum, Server: sum}, time.Now()); full != nil {
		return 0, full, nil
	}
	if l.open == nil {
		l.open = map[int64]budget.Reservation{}
	}
	l.last++
	l.open[l.last] = r
	return l.last, nil, nil
}

// Settle puts what a call cost in the place of what was reserved. A call that cost nothing is not counted.
func (l *memoryLedger) Settle(_ context.Context, id int64, b budget.Bill) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.open[id]
	delete(l.open, id)
	if tokens := int64(b.Usage.In) + int64(b.Usage.Out); tokens > 0 {
		l.spent.Calls++
		l.spent.Questions += question(o)
		l.spent.Tokens += tokens
		l.spent.Micro += dollars(b.Micro)
	}
	return nil
}

// question is 1 unless the call is a retry or a repair.
func question(r budget.Reservation) int {
	if r.Again {
		return 0
	}
	return 1
}

func dollars(micro *int64) int64 {
	if micro == nil {
		return 0
	}
	return *micro
}
