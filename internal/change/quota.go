package change

import "time"

// Quota is what a forge told of how many requests a connection may send until a time.
type Quota struct {
	// Resource is what is counted: on GitHub "core" (REST) or "graphql", elsewhere "core".
	Resource string
	// Allowed is how many requests one span of time has, Left how many of them are left until Reset.
	Allowed, Left int
	Reset         time.Time
}

// Current reports whether the span of time that was told of lasts. A reset further ahead than any can be was told by a
// clock that is wrong.
func (q Quota) Current(now time.Time) bool {
	left := q.Reset.Sub(now)
	return q.Allowed > 0 && left > 0 && left <= LongestLimit
}

// Low reports whether less than a fifth is left. Requests are counted out to processes from then on, and work that
// nobody waits for stops.
func (q Quota) Low(now time.Time) bool { return q.Current(now) && q.Left*5 < q.Allowed }

// Pause is a connection of which a forge takes no request until a time.
type Pause struct {
	Forge      Forge
	Connection int64
	Until      time.Time
}

// Room is what the forge's limits leave to a connection, as all processes know it together.
type Room struct {
	// Paused is until when the forge takes no request, Low until when less than a fifth of a limit is left. Zero: it is not so.
	Paused, Low time.Time
}
