// Package history makes up a year of a team's pull requests, as the events that a forge would have told of. It is for
// the demo: everybody in it is invented, and the same seed and the same end give the same year.
package history

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/lintel-review/lintel/internal/flow"
)

// Repository is one that the year happens in.
type Repository struct {
	ID          int64
	Owner, Name string
	// Team is asked for reviews; PerWeek is how many pull requests people open in a usual week.
	Team    string
	PerWeek float64
}

// Year is what to make up.
type Year struct {
	Forge        string
	Seed         uint64
	End          time.Time
	Repositories []Repository
}

// days is the length of the year, adopted the day on which the team begins to use Lintel.
const (
	days    = 365
	adopted = 190
)

// Each hands over the events of one pull request after the other.
func (y Year) Each(use func([]flow.Event) error) error {
	for i, repo := range y.Repositories {
		w := writer{
			Year:   y,
			repo:   repo,
			random: rand.New(rand.NewPCG(y.Seed, uint64(i))),
			begin:  y.End.AddDate(0, 0, -days).Truncate(24 * time.Hour),
			ids:    int64(i+1) * 1_000_000,
		}
		for day := range days {
			for range w.opened(day) {
				if events := w.pull(day); len(events) > 0 {
					if err := use(events); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// writer makes up the pull requests of one repository.
type writer struct {
	Year
	repo    Repository
	random  *rand.Rand
	begin   time.Time
	number  int
	ids     int64
	events  []flow.Event
	current flow.Pull
}

var people = []flow.Actor{person(11, "olga"), person(12, "wendy"), person(13, "mika"), person(14, "jonas"),
	person(15, "priya"),
	person(16, "sam"), person(17, "lucia"), person(18, "theo")}

var (
	robot   = flow.Actor{ID: 41, Login: "dependabot[bot]", Kind: flow.Bot, Source: "api"}
	reviews = flow.Actor{ID: 43, Login: "lintel[bot]", Kind: flow.Bot, Source: "api"}
	agent   = flow.Actor{ID: 42, Login: "copilot-swe-agent[bot]", Kind: flow.AI, Source: "list"}
)

func person(id int64, login string) flow.Actor {
	return flow.Actor{ID: id, Login: login, Kind: flow.Human, Source: "api"}
}

// opened is how many pull requests are opened on a day: fewer on weekends, in the last week of December, and in August.
func (w *writer) opened(day int) int {
	at := w.begin.AddDate(0, 0, day)
	mean := w.repo.PerWeek / 5
	switch _, month, date := at.Date(); {
	case at.Weekday() == time.Saturday || at.Weekday() == time.Sunday:
		mean *= 0.06
	case month == time.December && date > 22, month == time.January && date < 3:
		mean *= 0.1
	case month == time.August:
		mean *= 0.6
	}
	// Poisson, by Knuth.
	limit, n, p := math.Exp(-mean), 0, w.random.Float64()
	for p > limit {
		n, p = n+1, p*w.random.Float64()
	}
	return n
}

// spread draws a duration around a median, with the long tail that waiting has.
func (w *writer) spread(median time.Duration, width float64) time.Duration {
	return time.Duration(float64(median) * math.Exp(width*w.random.NormFloat64())).Truncate(time.Second)
}

func (w *writer) chance(p float64) bool { return w.random.Float64() < p }

// since gives how far the team is with Lintel, from 0 to 1.
func (w *writer) since(day int) float64 { return min(1, max(0, float64(day-adopted)/90)) }

// blend goes from one value to another as the team adopts Lintel.
func (w *writer) blend(day int, before, after float64) float64 {
	return before + (after-before)*w.since(day)
}

func (w *writer) id() int64 { w.ids++; return w.ids }

func (w *writer) sha() string {
	return fmt.Sprintf("%016x%016x%08x", w.random.Uint64(), w.random.Uint64(), w.random.Uint32())
}

// happen adds an event, unless it lies after the end of the year.
func (w *writer) happen(kind flow.Kind, who flow.Actor, at time.Time, change func(*flow.Event)) {
	if at.After(w.End) {
		return
	}
	e := flow.Event{Pull: w.current, Kind: kind, Actor: who, At: at.Truncate(time.Second)}
	if change != nil {
		change(&e)
	}
	e.Key = flow.Key(e)
	if kind == flow.Commented {
		e.Key = flow.CommentKey(w.Forge, e.Detail.Inline, w.id())
	}
	w.events = append(w.events, e)
}

// pull makes up one pull request that is opened on a day.
func (w *writer) pull(day int) []flow.Event {
	w.number++
	w.events, w.current = nil, flow.Pull{Forge: w.Forge, RepoID: w.repo.ID, Number: 100 + w.number}
	at := w.begin.AddDate(0, 0, day).Add(8*time.Hour + time.Duration(w.random.Int64N(int64(9*time.Hour))))
	author := people[w.random.IntN(len(people))]
	switch {
	case w.chance(0.12):
		author = robot
	case w.chance(w.blend(day, 0.02, 0.16)):
		author = agent
	}
	reviewer := people[w.random.IntN(len(people))]
	for reviewer.ID == author.ID {
		reviewer = people[w.random.IntN(len(people))]
	}
	head, lines := w.sha(), int(math.Exp(w.blend(day, 4.6, 4.1)+1.2*w.random.NormFloat64()))
	coding := w.spread(9*time.Hour, 1.1)
	if author.Kind != flow.Human {
		coding = w.spread(10*time.Minute, 0.5)
	}
	w.happen(flow.Commit, author, at.Add(-coding), func(e *flow.Event) { e.SHA = head; e.Detail.Lines = lines })
	w.happen(flow.Opened, author, at, func(e *flow.Event) {
		e.SHA = head
		e.Detail.Branch = fmt.Sprintf("topic-%d",
			w.number)
	})
	w.happen(flow.Whole, author, at, nil)
	if w.chance(0.18) {
		w.happen(flow.Drafted, author, at, nil)
		at = at.Add(w.spread(7*time.Hour, 0.9))
		w.happen(flow.Ready, author, at, nil)
	}
	w.happen(flow.ReviewRequested, author, at, func(e *flow.Event) { e.Detail.Team = w.repo.Team })
	// Lintel comments at once, and counts for nothing.
	w.happen(flow.Commented, reviews, at.Add(40*time.Second), nil)
	w.state(author, at, head, lines)
	w.review(day, author, reviewer, at, head, lines)
	return w.events
}

// state is what the forge says of it as it is.
func (w *writer) state(who flow.Actor, at time.Time, head string, lines int) {
	w.happen(flow.State, who, at, func(e *flow.Event) {
		e.SHA = head
		e.Detail.Base, e.Detail.Default = "main", "main"
		e.Detail.Additions, e.Detail.Deletions, e.Detail.Files = lines-lines/4, lines/4, 1+lines/60
	})
}

// review is what follows: words of a reviewer, rounds of corrections, approval and merge, or none of them.
func (w *writer) review(day int, author, reviewer flow.Actor, at time.Time, head string, lines int) {
	if w.chance(0.05) {
		w.happen(flow.Closed, author, at.Add(w.spread(50*time.Hour, 1)), nil)
		return
	}
	if w.chance(w.blend(day, 0.2, 0.05)) { // nobody looks at it
		w.merge(author, author, at.Add(w.spread(2*time.Hour, 1.2)), head)
		return
	}
	at = at.Add(w.awake(at, w.spread(time.Duration(w.blend(day, 5.5, 1.6)*float64(time.Hour)), 1.1)))
	for w.chance(w.blend(day, 0.5, 0.28) + min(0.2, float64(lines)/4000)) {
		w.say(reviewer, at, flow.ChangesRequested, head)
		if w.chance(0.7) {
			w.happen(flow.Commented, reviewer, at.Add(time.Minute), func(e *flow.Event) { e.Detail.Inline = true })
		}
		at = at.Add(w.awake(at, w.spread(4*time.Hour, 1)))
		head = w.sha()
		w.happen(flow.Pushed, author, at, func(e *flow.Event) { e.SHA = head; e.Detail.Forced = w.chance(0.2) })
		w.happen(flow.Commit, author, at.Add(-10*time.Minute),
			func(e *flow.Event) { e.SHA = head; e.Detail.Lines = 1 + lines/9 })
		at = at.Add(w.awake(at, w.spread(time.Duration(w.blend(day, 3.5, 1.5)*float64(time.Hour)), 1)))
	}
	w.say(reviewer, at, flow.Approved, head)
	if w.chance(0.02) { // forgotten, until somebody tidies up
		w.happen(flow.Closed, author, at.Add(w.spread(15*24*time.Hour, 0.4)), nil)
		return
	}
	w.merge(author, reviewer, at.Add(w.awake(at, w.spread(time.Duration(w.blend(day, 70, 25)*float64(time.Minute)), 1.2))),
		head)
}

func (w *writer) say(who flow.Actor, at time.Time, what flow.Review, head string) {
	w.happen(flow.Reviewed, who, at, func(e *flow.Event) {
		e.SHA, e.Detail.Review, e.Detail.State = head, w.id(), what
		if what == flow.ChangesRequested {
			e.Detail.Comments = 1 + w.random.IntN(4)
		}
	})
}

func (w *writer) merge(author, by flow.Actor, at time.Time, head string) {
	if by.Kind == flow.Bot {
		by = people[0]
	}
	w.happen(flow.Merged, by, at, func(e *flow.Event) {
		e.SHA = w.sha()
		e.Detail.Base, e.Detail.Default = "main", "main"
	})
	if w.chance(0.02) {
		w.happen(flow.Reverted, author, at.Add(w.spread(20*time.Hour, 0.8)), func(e *flow.Event) {
			e.SHA, e.Detail.Base, e.Detail.Before = head, "main", w.sha()
		})
	}
}

// awake makes a wait end in somebody's working day: at night and on weekends nobody answers.
func (w *writer) awake(from time.Time, wait time.Duration) time.Duration {
	end := from.Add(wait)
	for {
		switch {
		case end.Weekday() == time.Saturday || end.Weekday() == time.Sunday, end.Hour() < 7:
			end = time.Date(end.Year(), end.Month(), end.Day(), 7, 30+w.random.IntN(60), w.random.IntN(60), 0, time.UTC)
			for end.Weekday() == time.Saturday || end.Weekday() == time.Sunday {
				end = end.AddDate(0, 0, 1)
			}
		case end.Hour() >= 19:
			end = time.Date(end.Year(), end.Month(), end.Day()+1, 7, 30+w.random.IntN(60), w.random.IntN(60), 0, time.UTC)
		default:
			return end.Sub(from)
		}
	}
}
