package organisation

import (
	"errors"
	"fmt"
	"time"

	"github.com/lintel-review/lintel/internal/audit"
)

const (
	// longest is the longest step of the clock that counts: a longer one is a jump, or the server did not run.
	longest = 2 * time.Minute
	// proof is how many verdicts say enough to stop the waves.
	proof = 5
)

// Advance looks at the clock and at what was refused since the next version landed, in the repositories that it has
// reached. It lets the next wave begin when the last one has lasted long enough, or stops them all. It returns whether
// anything changed, and what the audit log has of it.
func (s *State) Advance(now time.Time, since Share) (changed bool, entries []audit.Entry) {
	if s.Next == nil || s.Stopped != "" {
		return false, nil
	}
	step := min(max(now.Sub(s.Tick), 0), longest)
	changed = step > 0 || now.Before(s.Tick)
	s.Tick, s.Elapsed = now, s.Elapsed+step
	factor := s.Next.Waves.Factor
	if since.Judged >= proof && float64(since.Refused)/float64(since.Judged) > factor*s.Before.part() {
		s.Stopped = fmt.Sprintf("%d of %d pull requests are refused, %d of %d were before", since.Refused, since.Judged,
			s.Before.Refused, s.Before.Judged)
		return true, []audit.Entry{s.entry(Stopped, "lintel", s.Next, s.Stopped)}
	}
	if s.Elapsed < time.Duration(s.Next.Waves.Minutes)*time.Minute {
		return changed, nil
	}
	from := s.reached()
	s.Wave, s.Elapsed = s.Wave+1, 0
	s.ask(from, s.reached())
	return true, s.settle()
}

// Resume lets stopped waves go on: what was refused since is the measure from now on.
func (s *State) Resume(actor string, since Share) ([]audit.Entry, error) {
	if s.Next == nil || s.Stopped == "" {
		return nil, errors.New("no waves are stopped")
	}
	s.Stopped, s.Elapsed, s.Before = "", 0, since
	return []audit.Entry{s.entry(Resumed, actor, s.Next, "")}, nil
}

// Rollback drops the version that is on its way or, when none is, the one in force, for the one before.
func (s *State) Rollback(actor, why string) ([]audit.Entry, error) {
	var gone *Version
	switch {
	case s.Next != nil:
		gone = s.Next
	case s.InForce != nil && s.Previous != nil:
		gone = s.InForce
	default:
		return nil, errors.New("there is no older version to go back to")
	}
	e := s.entry(RolledBack, actor, gone, why)
	if s.Next != nil {
		s.ask(0, s.reached())
		s.drop()
	} else {
		s.InForce, s.Previous = s.Previous, nil
		s.ask(0, 100)
	}
	s.Refused, s.RefusedBy = gone, actor
	return []audit.Entry{e}, nil
}
