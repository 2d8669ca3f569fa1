// Package budget is what a language model may cost: accounts, caps, reservations and what was spent, in tokens and
// micro-dollars. It does no I/O and has no clock: the ledger passes the time.
//
// Callers may rely on: caps are hard; a reservation counts like spending; the text of a full cap names the cap and says
// when it resets; without a price only tokens count.
package budget

import (
	"fmt"
	"math"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/llm"
)

// Account is who pays: one head of one change in one repository.
type Account struct {
	Connection int64
	Change     change.Key
	Head       string
	// Asked is true when a person requested this advice: then the cap on heads does not apply. All others do.
	Asked bool
}

// Caps are the most that may be spent; 0 is no cap.
type Caps struct {
	// Calls and HeadTokens are for one head. Calls counts questions: retries and repairs are none.
	Calls      int
	HeadTokens int64
	// Heads is how many heads of one change get advice that nobody requested, ChangeMicro what all heads of it may cost.
	Heads       int
	ChangeMicro int64
	// The others are for one UTC day.
	RepositoryTokens, RepositoryMicro int64
	ServerTokens, ServerMicro         int64
}

// Lower is the lower cap of each two.
func (c Caps) Lower(o Caps) Caps {
	return Caps{
		Calls: lower(c.Calls, o.Calls), HeadTokens: lower(c.HeadTokens, o.HeadTokens), Heads: lower(c.Heads, o.Heads),
		ChangeMicro:      lower(c.ChangeMicro, o.ChangeMicro),
		RepositoryTokens: lower(c.RepositoryTokens, o.RepositoryTokens), RepositoryMicro: lower(c.RepositoryMicro, o.RepositoryMicro),
		ServerTokens: lower(c.ServerTokens, o.ServerTokens), ServerMicro: lower(c.ServerMicro, o.ServerMicro),
	}
}

func lower[T int | int64](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// Micro is dollars in micro-dollars.
func Micro(dollars float64) int64 { return int64(math.Round(dollars * 1e6)) }

// Reservation is the most that one call can cost.
type Reservation struct {
	Account Account
	Purpose llm.Purpose
	Model   string
	// EstimateIn is about how many tokens the prompt has; MaxOut is the most that the answer can have.
	EstimateIn, MaxOut int
	// Micro is what that costs; nil without a price.
	Micro *int64
	// Again is true for a retry or a repair of a question that was counted; see llm.Request.
	Again bool
	// For is how long the reservation lasts when nobody settles it, as after a crash.
	For time.Duration
}

// Tokens is what is reserved.
func (w Reservation) Tokens() int64 { return int64(w.EstimateIn) + int64(w.MaxOut) }

// Bill is what a call cost.
type Bill struct {
	Usage llm.Usage
	Micro *int64
	// Outcome is "answered" or the kind of the problem.
	Outcome string
}

// Total is what was spent and what is reserved, by one head, change, repository or server.
type Total struct {
	Calls int
	// Questions are the calls that are no retries and no repairs.
	Questions int
	// Tokens and Micro include reservations that are not settled yet.
	Tokens, Micro int64
	Usage         llm.Usage
	// Unpriced counts calls without a price. If there are any, Micro is too low.
	Unpriced int
}

// State is what was spent before, for one request.
type State struct {
	Head, Change, Repository, Server Total
	// Heads counts the other heads of the change that were paid for.
	Heads int
}

// Full says which cap has no room.
type Full struct {
	// Cap names it as the server's file does.
	Cap    string
	Text   string
	Resets time.Time // zero when no time resets it
}

// Check compares a reservation with the caps. It is nil when there is room under all of them.
func Check(c Caps, w Reservation, s State, now time.Time) *Full {
	tomorrow := now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	need, cost := w.Tokens(), int64(0)
	if w.Micro != nil {
		cost = *w.Micro
	}
	dollars := func(micro int64) string { return fmt.Sprintf("US$%.2f", float64(micro)/1e6) }
	daily := func(name, what string) *Full {
		return &Full{
			Cap:    name,
			Resets: tomorrow,
			Text:   fmt.Sprintf("%s for a day is reached; it resets on %s at 00:00 UTC", what, tomorrow.Format("2 January")),
		}
	}
	switch {
	case c.Calls > 0 && !w.Again && s.Head.Questions+1 > c.Calls:
		return &Full{Cap: "calls", Text: fmt.Sprintf("the cap of %d questions for one head is reached; the next push has its own", c.Calls)}
	case c.HeadTokens > 0 && s.Head.Tokens+need > c.HeadTokens:
		return &Full{
			Cap:  "head_tokens",
			Text: fmt.Sprintf("the cap of %d tokens for one head leaves no room for this call; the next push has its own", c.HeadTokens),
		}
	case c.Heads > 0 && s.Heads+1 > c.Heads && !w.Account.Asked:
		return &Full{
			Cap:  "heads",
			Text: fmt.Sprintf("%d heads of this pull request had advice, which is the cap; later ones get it when somebody asks", c.Heads),
		}
	case c.ChangeMicro > 0 && s.Change.Micro+cost > c.ChangeMicro:
		return &Full{
			Cap:  "change_dollars",
			Text: fmt.Sprintf("the cap of %s for this pull request is reached; it does not reset", dollars(c.ChangeMicro)),
		}
	case c.RepositoryTokens > 0 && s.Repository.Tokens+need > c.RepositoryTokens:
		return daily("repository_day_tokens", fmt.Sprintf("the repository's cap of %d tokens", c.RepositoryTokens))
	case c.RepositoryMicro > 0 && s.Repository.Micro+cost > c.RepositoryMicro:
		return daily("repository_day_dollars", "the repository's cap of "+dollars(c.RepositoryMicro))
	case c.ServerTokens > 0 && s.Server.Tokens+need > c.ServerTokens:
		return daily("day_tokens", fmt.Sprintf("the server's cap of %d tokens", c.ServerTokens))
	case c.ServerMicro > 0 && s.Server.Micro+cost > c.ServerMicro:
		return daily("day_dollars", "the server's cap of "+dollars(c.ServerMicro))
	}
	return nil
}

// Day is the UTC day that a time belongs to, as the ledger writes it.
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
