package budget

import (
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	now := time.Date(2026, 2, 28, 23, 30, 0, 0, time.FixedZone("east", 5*3600)) // 18:30 UTC
	cost := int64(2_000_000)
	reservation := Reservation{EstimateIn: 800, MaxOut: 200, Micro: &cost}
	spent := func(tokens, micro int64, calls int) Total {
		return Total{Questions: calls, Tokens: tokens, Micro: micro}
	}
	for name, tt := range map[string]struct {
		caps Caps
		at   State
		want string
		day  bool
	}{
		"no caps":   {Caps{}, State{Head: spent(1e12, 1e12, 1e6)}, "", false},
		"just fits": {Caps{Calls: 3, HeadTokens: 3000}, State{Head: spent(2000, 0, 2)}, "", false},
		"calls": {Caps{Calls: 3}, State{Head: spent(0, 0, 3)},
			"the cap of 3 questions for one head is reached; the next push has its own", false},
		"head tokens":   {Caps{HeadTokens: 3000}, State{Head: spent(2001, 0, 0)}, "the cap of 3000 tokens for one head", false},
		"heads":         {Caps{Heads: 5}, State{Heads: 5}, "5 heads of this pull request had advice", false},
		"the last head": {Caps{Heads: 5}, State{Heads: 4}, "", false},
		"change": {Caps{ChangeMicro: 5_000_000}, State{Change: spent(0, 3_000_001, 0)},
			"the cap of US$5.00 for this pull request", false},
		"repository": {Caps{RepositoryTokens: 10_000}, State{Repository: spent(9_001, 0, 0)},
			"the repository's cap of 10000 tokens for a day is reached; it resets on 1 March at 00:00 UTC", true},
		"repository $": {Caps{RepositoryMicro: 2_000_000}, State{Repository: spent(0, 1, 0)},
			"the repository's cap of US$2.00 for a day", true},
		"server":         {Caps{ServerTokens: 10_000}, State{Server: spent(9_001, 0, 0)}, "the server's cap of 10000 tokens", true},
		"server $":       {Caps{ServerMicro: 2_000_000}, State{Server: spent(0, 1, 0)}, "the server's cap of US$2.00", true},
		"larger than it": {Caps{HeadTokens: 999}, State{}, "the cap of 999 tokens", false},
	} {
		got := Check(tt.caps, reservation, tt.at, now)
		switch {
		case tt.want == "" && got != nil:
			t.Errorf("%s: %s", name, got.Text)
		case tt.want != "" && (got == nil || !strings.Contains(got.Text, tt.want)):
			t.Errorf("%s: got %+v, want %q", name, got, tt.want)
		case got != nil && got.Resets.IsZero() == tt.day:
			t.Errorf("%s: resets %s", name, got.Resets)
		}
	}
	asked := reservation
	asked.Account.Asked = true
	if got := Check(Caps{Heads: 5}, asked, State{Heads: 9}, now); got != nil {
		t.Errorf("somebody asked, and got %s", got.Text)
	}
	free := reservation
	free.Micro = nil
	if got := Check(Caps{ServerMicro: 1}, free, State{}, now); got != nil {
		t.Errorf("a model without a price meets a cap in dollars: %s", got.Text)
	}
}

func TestLower(t *testing.T) {
	got := Caps{Calls: 3, HeadTokens: 0, Heads: 5}.Lower(Caps{Calls: 0, HeadTokens: 9, Heads: 2, ServerMicro: 7})
	if got != (Caps{Calls: 3, HeadTokens: 9, Heads: 2, ServerMicro: 7}) {
		t.Errorf("%+v", got)
	}
}
