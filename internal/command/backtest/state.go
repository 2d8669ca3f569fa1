package backtest

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lintel-review/lintel/internal/backtest"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/internal/usage"
)

// stateFile is the file of --state.
type stateFile struct{ *os.File }

// openState opens a state file, hands over what it holds, and leaves it ready for more.
func openState(name string, key backtest.Key, take func(backtest.Outcome)) (stateFile, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return stateFile{}, terminal.Unreadable("--state", name, err)
	}
	if err := begin(file, name, key, take); err != nil {
		return stateFile{}, errors.Join(err, file.Close())
	}
	return stateFile{file}, nil
}

func begin(file *os.File, name string, key backtest.Key, take func(backtest.Outcome)) error {
	var kept []backtest.Outcome
	found, whole, err := backtest.ReadState(file, func(o backtest.Outcome) { kept = append(kept, o) })
	if err != nil {
		return &usage.Error{
			What:   fmt.Sprintf("--state: %q cannot be taken up: %s", name, err),
			Remedy: "name another file, or remove this one to begin anew",
			Err:    err,
		}
	}
	if whole > 0 {
		if other := found.Differs(key); other != "" {
			return &usage.Error{
				What:   fmt.Sprintf("--state: %q is of %s", name, other),
				Remedy: "name another file, or remove this one to begin anew",
			}
		}
	}
	// Half a line that a stopped run left behind is written over.
	if err := file.Truncate(whole); err != nil {
		return fmt.Errorf("write the state: %w", err)
	}
	if _, err := file.Seek(whole, io.SeekStart); err != nil {
		return fmt.Errorf("write the state: %w", err)
	}
	if whole == 0 {
		if _, err := file.Write(backtest.Begin(key)); err != nil {
			return fmt.Errorf("write the state: %w", err)
		}
	}
	for _, o := range kept {
		take(o)
	}
	return nil
}

// append keeps an outcome. Each is one write, so that a stop leaves at most half a line.
func (f stateFile) append(o backtest.Outcome) error {
	if _, err := f.Write(o.Line()); err != nil {
		return fmt.Errorf("write the state: %w", err)
	}
	return nil
}
