// Package secretscan finds secrets with rules that it keeps in memory only while they are used.
package secretscan

import (
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/redact"
)

// IdleTimeout is how long the compiled rules for secrets are kept without use. They are a fifth of what an idle server
// holds, and back in a twentieth of a second.
const IdleTimeout = time.Minute

// Scanner finds secrets. It frees its compiled rules after a while without use.
type Scanner struct {
	detector *redact.Detector
	release  func()
	wait     time.Duration
	mu       sync.Mutex
	timer    *time.Timer
}

// New makes a scanner that frees its rules after so long without use.
func New(wait time.Duration) *Scanner {
	d := &redact.Detector{}
	return &Scanner{detector: d, release: d.Release, wait: wait}
}

// Session redacts the texts of one prompt; the same secret has the same placeholder in all of them.
func (s *Scanner) Session() advise.Redactor { return session{s.detector.Session(), s} }

// used restarts the timer that frees the rules.
func (s *Scanner) used() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer == nil {
		s.timer = time.AfterFunc(s.wait, s.release)
		return
	}
	s.timer.Reset(s.wait)
}

// session is a session of a scanner that restarts its timer.
type session struct {
	redactor *redact.Session
	scanner  *Scanner
}

func (l session) Redact(path, text string) (string, int, error) {
	// When it is done, not before: a long text must not outlast the wait.
	defer l.scanner.used()
	return l.redactor.Redact(path, text)
}
