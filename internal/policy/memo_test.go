package policy

import (
	"fmt"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

func TestMemo(t *testing.T) {
	var m memo
	input := func(i int) ast.Value { return ast.MustParseTerm(fmt.Sprintf(`{"n": %d}`, i)).Value }
	for i := range memoAnswers + 1 {
		m.put(7, input(i), map[string]any{"answer": i}) // one hash for all: the inputs decide
	}
	if got, ok := m.get(7, input(0)); ok {
		t.Errorf("the oldest is still there: %v", got)
	}
	for i := 1; i <= memoAnswers; i++ {
		if got, ok := m.get(7, input(i)); !ok || got["answer"] != i {
			t.Errorf("of %d it says %v, %v", i, got, ok)
		}
	}
	if got, ok := m.get(8, input(1)); ok {
		t.Errorf("another hash gives %v", got)
	}
}
