package githost

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/lintel-review/lintel/internal/git"
)

// idleTime is how long a git process is kept without a question.
const idleTime = 20 * time.Second

// servant is a long-lived git process that answers questions over its pipes, one at a time. It starts with the first
// question, ends after idleTime, and starts afresh after an answer it could not read.
type servant struct {
	git  *git.Repo
	args []string

	mu     sync.Mutex
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	idle   *time.Timer
	closed bool
}

// ask sends a question and lets read take the answer. ErrNotFound is an answer; any other error ends the process.
func (s *servant) ask(question string, read func(*bufio.Reader) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.start(); err != nil {
		return err
	}
	_, err := io.WriteString(s.in, question)
	if err == nil {
		err = read(s.out)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		s.stop() // the stream may be out of step
		return fmt.Errorf("ask git %s: %w", s.args[0], err)
	}
	s.idle.Reset(idleTime)
	return err
}

func (s *servant) start() error {
	if s.closed {
		return errors.New("the repository is closed")
	}
	if s.cmd != nil {
		return nil
	}
	cmd := s.git.Command(context.Background(), s.args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start git %s: %w", s.args[0], err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start git %s: %w", s.args[0], err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start git %s: %w", s.args[0], err)
	}
	s.cmd, s.in, s.out = cmd, in, bufio.NewReaderSize(out, 32<<10)
	s.idle = time.AfterFunc(idleTime, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.cmd == cmd {
			s.stop()
		}
	})
	return nil
}

func (s *servant) stop() {
	if s.cmd == nil {
		return
	}
	s.idle.Stop()
	s.in.Close()
	s.cmd.Process.Kill()
	s.cmd.Wait() // killed on purpose: its status says nothing
	s.cmd = nil
}

func (s *servant) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.stop()
}
