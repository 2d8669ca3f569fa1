package traffic

import (
	"sync"
	"time"
)

// Rules are the limits in force. Zero values mean GitHub's own (docs.github.com, "Rate limits for the REST API").
type Rules struct {
	PerHour int // primary limit of one installation or user; 0 is 5,000
	// Secondary turns on the limits below.
	Secondary         bool
	Concurrent        int // requests under way at once; 0 is 100
	ContentPerMinute  int // requests that create content; 0 is 80
	PointsPerMinute   int // REST: a read is 1 point, a write 5; 0 is 900
	GraphQLPerMinute  int // GraphQL: a query is 1 point, a mutation 5; 0 is 2,000
	RetryAfterSeconds int // what a refusal names; 0 is 60
	// NodesInTime is how many nodes a GraphQL query may ask for before it takes GitHub too long; 0 is any number.
	NodesInTime int
}

func (r Rules) or(v, otherwise int) int {
	if v > 0 {
		return v
	}
	return otherwise
}

// Ask is one request as the limits see it.
type Ask struct {
	Who      string // installation or user
	Resource string // core or graphql
	Write    bool
	Creates  bool // makes content: comments, reviews, pull requests, issues
}

// State is what the X-RateLimit headers say.
type State struct {
	Limit, Remaining, Used int
	Reset                  time.Time
	Resource               string
}

// Refusal is why a request is not answered. RetryAfter is 0 for the primary limit, which names its reset alone.
type Refusal struct {
	Secondary  bool
	RetryAfter int
}

// Limits counts requests per installation or user.
type Limits struct {
	mu    sync.Mutex
	rules Rules
	now   func() time.Time
	who   map[string]*usage
}

type usage struct {
	hours   map[string]*hour // by resource
	minute  time.Time
	points  map[string]int
	content int
	flying  int
}

type hour struct {
	reset time.Time
	used  int
}

// NewLimits starts with nothing used.
func NewLimits(rules Rules, now func() time.Time) *Limits {
	return &Limits{rules: rules, now: now, who: map[string]*usage{}}
}

// SetRules changes the limits; what is used stays used.
func (l *Limits) SetRules(rules Rules) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = rules
}

// Spend uses up all but remaining of somebody's primary limit until reset.
func (l *Limits) Spend(who, resource string, remaining int, reset time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.usage(who).hour(resource, l.now())
	h.used, h.reset = l.rules.or(l.rules.PerHour, 5000)-remaining, reset
}

// Enter counts a request. Done must be called when it has been answered, refused or not.
func (l *Limits) Enter(a Ask) (State, *Refusal, func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	u := l.usage(a.Who)
	h := u.hour(a.Resource, now)
	limit := l.rules.or(l.rules.PerHour, 5000)
	u.flying++
	done := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		u.flying--
	}
	if h.used >= limit {
		return h.state(limit, a.Resource), &Refusal{}, done
	}
	h.used++
	if l.rules.Secondary && u.over(l.rules, a, now) {
		return h.state(limit, a.Resource), &Refusal{Secondary: true, RetryAfter: l.rules.or(l.rules.RetryAfterSeconds, 60)}, done
	}
	return h.state(limit, a.Resource), nil, done
}

// Look is the state without counting a request.
func (l *Limits) Look(who, resource string) State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.usage(who).hour(resource, l.now()).state(l.rules.or(l.rules.PerHour, 5000), resource)
}

// Charge counts so many points more of the primary limit: a GraphQL query costs by what it asks for.
func (l *Limits) Charge(who, resource string, points int) State {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.usage(who).hour(resource, l.now())
	h.used += points
	return h.state(l.rules.or(l.rules.PerHour, 5000), resource)
}

// NodesInTime is the rule of that name.
func (l *Limits) NodesInTime() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rules.NodesInTime
}

// Refund gives one request back: an answer 304 costs nothing.
func (l *Limits) Refund(who, resource string) State {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.usage(who).hour(resource, l.now())
	h.used = max(0, h.used-1)
	return h.state(l.rules.or(l.rules.PerHour, 5000), resource)
}

func (l *Limits) usage(who string) *usage {
	u := l.who[who]
	if u == nil {
		u = &usage{hours: map[string]*hour{}, points: map[string]int{}}
		l.who[who] = u
	}
	return u
}

func (u *usage) hour(resource string, now time.Time) *hour {
	h := u.hours[resource]
	if h == nil || !now.Before(h.reset) {
		h = &hour{reset: now.Add(time.Hour)}
		u.hours[resource] = h
	}
	return h
}

func (u *usage) over(rules Rules, a Ask, now time.Time) bool {
	if now.Sub(u.minute) >= time.Minute {
		u.minute, u.content = now, 0
		clear(u.points)
	}
	cost, most := 1, rules.or(rules.PointsPerMinute, 900)
	if a.Write {
		cost = 5
	}
	if a.Resource == "graphql" {
		most = rules.or(rules.GraphQLPerMinute, 2000)
	}
	u.points[a.Resource] += cost
	if a.Creates {
		u.content++
	}
	return u.flying > rules.or(rules.Concurrent, 100) || u.points[a.Resource] > most ||
		u.content > rules.or(rules.ContentPerMinute, 80)
}

func (h *hour) state(limit int, resource string) State {
	used := min(h.used, limit)
	return State{Limit: limit, Remaining: limit - used, Used: used, Reset: h.reset, Resource: resource}
}
