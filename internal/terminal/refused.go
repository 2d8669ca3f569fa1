package terminal

import (
	"errors"
)

// ErrRefused ends a command with status 1 and prints nothing: the command's output has said everything.
var ErrRefused = errors.New("refused")

// Verdict makes ErrRefused of an answer that is false.
func Verdict(passed bool, err error) error {
	if err == nil && !passed {
		return ErrRefused
	}
	return err
}
