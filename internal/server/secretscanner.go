package server

import (
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/advise"
	"github.com/lintel-review/lintel/internal/redact"
)

// idleTimeout is how long the compiled rules for secrets are kept without use. They are a fifth of what an idle server holds, and back in a twentieth of
// a second.
const idleTimeout = time.Minute

// secretScanner finds secrets. It frees its compiled rules after a while without use.
type secretScanner struct {
	detector *redact.Detector
	release  func()
	wait     time.Duration
	mu       sync.Mutex
	timer    *time.Timer
}

func newSecretScanner(wait time.Duration) *secretScanner {
	d := &redact.Detector{}
	return &secretScanner{detector: d, release: d.Release, wait: wait}
}

func (s *secretScanner) session() advise.Redactor { return scannerSession{s.detector.Session(), s} }

// used restarts the timer that frees the rules.
func (s *secretScanner) used() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer == nil {
		s.timer = time.AfterFunc(s.wait, s.release)
		return
	}
	s.timer.Reset(s.wait)
}

// scannerSession is a session of a scanner that restarts its timer.
type scannerSession struct {
	session *redact.Session
	scanner *secretScanner
}

func (l scannerSession) Redact(path, text string) (string, int, error) {
	// When it is done, not before: a long text must not outlast the wait.
	defer l.scanner.used()
	return l.session.Redact(path, text)
}
