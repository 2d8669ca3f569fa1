// Package fleet is the repositories of a server as its operators see them: what is open, what waits, what is refused, what
// fails and what advice cost, and how to find one of many.
//
// Callers may rely on: the same repositories and the same question give the same list; a question that is not understood
// is a problem in words, never a wider list.
package fleet

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/sorting"
)

// Repository is one repository and the sum of its open changes.
type Repository struct {
	Forge change.Forge `json:"-"`
	ID    int64        `json:"-"`
	Name  string       `json:"name"` // OWNER/NAME
	Gone  bool         `json:"gone,omitempty"`
	// Open are the open changes. Waiting are those of them with something newer than their verdict, since the time of the
	// longest; Refused, Passing and Pending count the verdicts.
	Open         int       `json:"open"`
	Waiting      int       `json:"waiting"`
	WaitingSince time.Time `json:"waiting_since,omitzero"`
	Refused      int       `json:"refused"`
	Passing      int       `json:"passing"`
	Pending      int       `json:"pending"`
	JudgedAt     time.Time `json:"judged_at,omitzero"`
	// Failing are the waiting changes whose last look failed, Failure is why the newest did.
	Failing  int       `json:"failing"`
	Failure  string    `json:"failure,omitempty"`
	FailedAt time.Time `json:"failed_at,omitzero"`
	// Gate and Webhook are described at Watched; empty where nobody looks.
	Gate    string `json:"gate,omitempty"`
	Webhook string `json:"webhook,omitempty"`
	// Calls, Tokens and Micro are what advice cost in the month, in millionths of the currency.
	Calls  int64 `json:"calls"`
	Tokens int64 `json:"tokens"`
	Micro  int64 `json:"micro"`
}

// Change is one open change of a repository.
type Change struct {
	Ref        change.Ref
	Title      string
	Draft      bool
	Conclusion string // of the newest verdict; empty without one
	JudgedAt   time.Time
	// WaitingSince is zero when nothing waits, Failure is empty unless the last look failed.
	WaitingSince time.Time
	Failure      string
	FailedAt     time.Time
}

// Refusals are the findings of one rule that refused changes.
type Refusals struct {
	Rule         string `json:"rule"`
	Refused      int64  `json:"refused"`
	Repositories int64  `json:"repositories"`
}

// State narrows a list to repositories in a state.
type State string

// The states.
const (
	Any     State = ""
	Waiting State = "waiting"
	Refused State = "refused"
	Failing State = "failing"
	Paid    State = "paid"
	Idle    State = "idle"
)

// States are all of them, in the order of a menu.
func States() []State { return []State{Any, Failing, Waiting, Refused, Paid, Idle} }

// perPage is how many repositories stand on a page.
const perPage = 50

// Question is what an operator asks for.
type Question struct {
	// Text is in the name, whatever its letter case; every word of it must be.
	Text  string
	State State
	// Page counts from 1.
	Page int
}

// Ask reads the parameters q, state and page of an address.
func Ask(v url.Values) (q Question, problem string) {
	q = Question{Text: strings.Join(strings.Fields(v.Get("q")), " "), State: State(v.Get("state")), Page: 1}
	if len(q.Text) > 200 {
		return q, "q is longer than 200 bytes"
	}
	if !slices.Contains(States(), q.State) {
		return q, fmt.Sprintf("there is no state %.40q", string(q.State))
	}
	if given := v.Get("page"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 1 || n > 100_000 {
			return q, "page is no number from 1 on"
		}
		q.Page = n
	}
	return q, ""
}

// Values is the question as parameters, of another page.
func (q Question) Values(page int) url.Values {
	v := url.Values{}
	if q.Text != "" {
		v.Set("q", q.Text)
	}
	if q.State != Any {
		v.Set("state", string(q.State))
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return v
}

// List is the answer to a question: one page of what was found.
type List struct {
	Found        int
	Repositories []Repository
	More         bool
}

// Answer gives the repositories that are asked for: what fails first, then what waits longest, then by name.
func (q Question) Answer(all []Repository) List {
	words := strings.Fields(strings.ToLower(q.Text))
	var found []Repository
	for _, r := range all {
		name := strings.ToLower(r.Name)
		missing := func(word string) bool { return !strings.Contains(name, word) }
		if r.in(q.State) && !slices.ContainsFunc(words, missing) {
			found = append(found, r)
		}
	}
	sorting.By(found, func(a, b Repository) int {
		return cmp.Or(cmp.Compare(b.Failing, a.Failing), before(a.WaitingSince, b.WaitingSince), cmp.Compare(b.Refused, a.Refused),
			cmp.Compare(a.Name, b.Name))
	})
	l := List{Found: len(found)}
	from := min((q.Page-1)*perPage, len(found))
	to := min(from+perPage, len(found))
	l.Repositories, l.More = found[from:to], to < len(found)
	return l
}

// before orders times, and puts what has none last.
func before(a, b time.Time) int {
	if a.IsZero() != b.IsZero() {
		if a.IsZero() {
			return 1
		}
		return -1
	}
	return a.Compare(b)
}

func (r Repository) in(s State) bool {
	switch s {
	case Waiting:
		return r.Waiting > 0
	case Refused:
		return r.Refused > 0
	case Failing:
		return r.Failing > 0
	case Paid:
		return r.Calls > 0
	case Idle:
		return r.Open == 0
	}
	return true
}

// Sum adds repositories up.
func Sum(all []Repository) (total Repository) {
	for _, r := range all {
		total.Open += r.Open
		total.Waiting += r.Waiting
		total.Refused += r.Refused
		total.Passing += r.Passing
		total.Pending += r.Pending
		total.Failing += r.Failing
		total.Calls += r.Calls
		total.Tokens += r.Tokens
		total.Micro += r.Micro
		if !r.WaitingSince.IsZero() && (total.WaitingSince.IsZero() || r.WaitingSince.Before(total.WaitingSince)) {
			total.WaitingSince = r.WaitingSince
		}
	}
	return total
}
