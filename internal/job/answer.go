package job

import "time"

// Later is the answer of a try that could not be made yet. It counts as no failure.
type Later struct{ After time.Duration }

// Error says it for a log.
func (l *Later) Error() string { return "not yet; again in " + l.After.String() }

// GivenUp is the answer of a try after which no other is made: Err says why.
type GivenUp struct{ Err error }

// Error is the text of Err.
func (g *GivenUp) Error() string { return g.Err.Error() }

// Unwrap returns Err.
func (g *GivenUp) Unwrap() error { return g.Err }

// Logged is a failure that the log has already; the job is tried again as after any other.
type Logged struct{ Err error }

// Error is the text of Err.
func (l *Logged) Error() string { return l.Err.Error() }

// Unwrap returns Err.
func (l *Logged) Unwrap() error { return l.Err }
