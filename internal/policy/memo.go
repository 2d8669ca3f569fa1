package policy

import (
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Bounds of what one family's memo keeps: so many answers, each to an input of at most so many values. Most families
// have nothing to look at in most changes, and then their inputs are small and equal.
const (
	memoAnswers = 16
	memoValues  = 400
)

// memo keeps a family's last answers by their whole input. Policies have no clock, chance or network, so an equal input
// has an equal answer; the input is what the family can see, which a push, an approval or another change often
// leaves as it was. It is safe for concurrent use; nobody may change what it gives.
type memo struct {
	mu   sync.Mutex
	kept []remembered // oldest first
}

type remembered struct {
	hash   int
	input  ast.Value
	answer map[string]any
}

// get finds the answer to an input.
func (m *memo) get(hash int, input ast.Value) (map[string]any, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.kept {
		if r.hash == hash && r.input.Compare(input) == 0 {
			return r.answer, true
		}
	}
	return nil, false
}

// put keeps an answer in place of the oldest.
func (m *memo) put(hash int, input ast.Value, answer map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.kept) == memoAnswers {
		m.kept = append(m.kept[:0], m.kept[1:]...)
	}
	m.kept = append(m.kept, remembered{hash, input, answer})
}
