package llm

import (
	"errors"
	"fmt"
	"testing"
)

func TestADigestNamesTheWholeRequest(t *testing.T) {
	base := Request{Purpose: Find, System: "s", User: "u", MaxOutput: 10}
	for name, other := range map[string]Request{
		"purpose": {Purpose: Verify, System: "s", User: "u", MaxOutput: 10},
		"system":  {Purpose: Find, System: "S", User: "u", MaxOutput: 10},
		"user":    {Purpose: Find, System: "s", User: "U", MaxOutput: 10},
		"schema":  {Purpose: Find, System: "s", User: "u", MaxOutput: 10, Schema: []byte(`{}`)},
		"output":  {Purpose: Find, System: "s", User: "u", MaxOutput: 11},
		"attempt": {Purpose: Find, System: "s", User: "u", MaxOutput: 10, Attempt: 1},
	} {
		if base.Digest() == other.Digest() {
			t.Errorf("another %s, the same digest", name)
		}
	}
	if again := base; base.Digest() != again.Digest() {
		t.Error("equal requests have different digests")
	}
}

func TestProblemsSayWhatPasses(t *testing.T) {
	for kind, passing := range map[Kind]bool{
		Limited: true, Timeout: true, Server: true, Unreachable: true, Empty: true,
		Length: false, Refusal: false, Filtered: false, Broken: false, Unauthorised: false, Budget: false, TooLarge: false, Unusable: false,
	} {
		cause := errors.New("cause")
		err := fmt.Errorf("advise: %w", &Problem{Kind: kind, Detail: "why", Err: cause})
		p, ok := ProblemOf(err)
		if !ok || p.Kind != kind || p.Passing() != passing || !errors.Is(err, cause) {
			t.Errorf("%s: %v, passing %v, want %v", kind, ok, p.Passing(), passing)
		}
	}
	if _, ok := ProblemOf(errors.New("other")); ok {
		t.Error("any error is a Problem")
	}
	if got := (&Problem{Kind: Limited}).Error(); got != "ask the model: limited" {
		t.Error(got)
	}
}
