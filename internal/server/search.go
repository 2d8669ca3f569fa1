package server

import (
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/redact"
)

// unneeded is how long the rules for secrets are kept when nobody needs them. They are a fifth of what an idle server holds, and back in a twentieth of a second.
const unneeded = time.Minute

// search looks for secrets, and lets go of its rules when it had nothing to do for a while.
type search struct {
	detector *redact.Detector
	release  func()
	wait     time.Duration
	mu       sync.Mutex
	rest     *time.Timer
}

func newSearch(wait time.Duration) *search {
	d := &redact.Detector{}
	return &search{detector: d, release: d.Release, wait: wait}
}

func (s *search) session() advise.Redactor { return lent{s.detector.Session(), s} }

// used puts off the time at which the rules are let go.
func (s *search) used() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rest == nil {
		s.rest = time.AfterFunc(s.wait, s.release)
		return
	}
	s.rest.Reset(s.wait)
}

// lent is a session of a search.
type lent struct {
	session *redact.Session
	search  *search
}

func (l lent) Redact(path, text string) (string, int, error) {
	// When it is done, not before: a long text must not outlast the wait.
	defer l.search.used()
	return l.session.Redact(path, text)
}
